"""The half of the ledger that measures: what rule sets and books came to, and how far each book is rolled out."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any

from tools.domain.mode import Mode
from tools.ledger import decisions, profits, rollouts
from tools.ledger import evaluations as evaluated
from tools.ledger.database import Database
from tools.ledger.evaluations import Evaluation, PortfolioMetrics, RunKind
from tools.ledger.profits import EndedTrade
from tools.ledger.rollouts import Standing


class Measured:
    """Part of `Ledger`; every method is one transaction."""

    database: Database
    account_name: str
    _now: Callable[[], datetime]

    def record_run(
        self,
        run: str,
        *,
        kind: RunKind,
        evaluations: Iterable[Evaluation],
        metrics: Iterable[PortfolioMetrics],
    ) -> None:
        """Keep what each rule set of a run came to and what the account looked like; again replaces what was."""
        with self.database.write() as connection:
            evaluated.record(connection, run, kind=kind, evaluations=evaluations, metrics=metrics, at=self._now())

    def evaluations(self, name: str | None = None) -> tuple[tuple[str, Evaluation], ...]:
        """(run, evaluation) of one rule set or of all, oldest first."""
        with self.database.read() as connection:
            return evaluated.evaluations(connection, name)

    def portfolio_metrics(self, run: str) -> tuple[PortfolioMetrics, ...]:
        with self.database.read() as connection:
            return evaluated.metrics(connection, run)

    def live_metrics(self, *, since: datetime) -> tuple[PortfolioMetrics, ...]:
        """The account after each live cycle from `since` on, and the last one before it."""
        with self.database.read() as connection:
            return evaluated.live_metrics(connection, since=since)

    # rollout

    def ended_trades(self, book: str | None = None) -> tuple[EndedTrade, ...]:
        """Of one book or of all, in the order in which they ended."""
        with self.database.read() as connection:
            return profits.ended(connection, self.account_name, book)

    def modes(self) -> dict[str, Mode]:
        """Where the orders of each decision go, by its id."""
        with self.database.read() as connection:
            return decisions.modes(connection)

    def profit(self, book: str) -> Decimal | None:
        """Of everything the book traded, open trades at their last marks; None where one has none."""
        with self.database.read() as connection:
            return profits.of_book(connection, self.account_name, book)

    def standings(self) -> dict[str, Standing]:
        """Where each book stands that is being rolled out, by name."""
        with self.database.read() as connection:
            return rollouts.standings(connection, self.account_name)

    def move_stage(self, standing: Standing, *, rules: dict[str, Any], shown: dict[str, Any], actor: str) -> None:
        """Put a book in a stage, with what it was moved for."""
        with self.database.write() as connection:
            rollouts.move(
                connection, self.account_name, standing, rules=rules, shown=shown, actor=actor, at=self._now()
            )
