"""What rule sets came to and what the account looked like, run by run (spec H4).

Both can be computed again, so they stand beside the chain of events and not in it: nothing is decided from them.
A run has a name of its own making; recorded again, its rows take the place of those it wrote before.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic import Field
from sqlalchemy import Connection, delete, func, insert, or_, select

from tools.domain.value import Value, canonical, digest
from tools.ledger.instant import from_text, to_text
from tools.ledger.schema import portfolio_metrics, strategy_rules_audit


class RunKind(StrEnum):
    BACKTEST = "backtest"
    LIVE = "live"


class Evaluation(Value):
    """One rule set in one run. `rules` is the book as data; `figures` what it came to, None for unknown.

    status  one word of what became of it: traded, idle; of a rollout began, promoted, stepped_back
    """

    name: str
    kind: RunKind
    rules: dict[str, Any]
    figures: dict[str, Any]
    status: str

    @property
    def version(self) -> str:
        """Of the rules, 16 hex digits."""
        return version_of(self.rules)


def version_of(rules: Mapping[str, Any]) -> str:
    """Of a book as data: a changed book is another version of itself."""
    return digest(rules)[:16]


class PortfolioMetrics(Value):
    """The account at one instant, account currency, None where unknown.

    delta Σ δ·n·mult·S, gamma for a move of 1 %, vega per volatility point, theta per day; `by_book` profit so far
    """

    as_of: datetime
    nav: float | None
    cash: float
    collateral: float | None = None
    delta: float | None = None
    gamma: float | None = None
    vega: float | None = None
    theta: float | None = None
    open_trades: int = 0
    by_book: dict[str, float | None] = Field(default_factory=dict)


def record(
    connection: Connection,
    run: str,
    *,
    kind: RunKind,
    evaluations: Iterable[Evaluation],
    metrics: Iterable[PortfolioMetrics],
    at: datetime,
) -> None:
    for table in (strategy_rules_audit, portfolio_metrics):
        connection.execute(delete(table).where(table.c.run == run))
    rows = [_evaluation(run, each, at) for each in evaluations]
    if rows:
        connection.execute(insert(strategy_rules_audit), rows)
    snapshots = [_snapshot(run, kind, each, at) for each in metrics]
    if snapshots:
        connection.execute(insert(portfolio_metrics), snapshots)


def evaluations(connection: Connection, name: str | None = None) -> tuple[tuple[str, Evaluation], ...]:
    """(run, evaluation) of one book or of all, as they were written."""
    table = strategy_rules_audit
    query = select(table).order_by(table.c.at, table.c.run, table.c.name)
    if name is not None:
        query = query.where(table.c.name == name)
    return tuple((row.run, _read(row)) for row in connection.execute(query))


def metrics(connection: Connection, run: str) -> tuple[PortfolioMetrics, ...]:
    """Of one run, in the order of time."""
    table = portfolio_metrics
    query = select(table.c.as_of, table.c.nav, table.c.body).where(table.c.run == run).order_by(table.c.as_of)
    return tuple(_metrics(row) for row in connection.execute(query))


def live_metrics(connection: Connection, *, since: datetime) -> tuple[PortfolioMetrics, ...]:
    """Of live cycles: the last one up to `since`, if there is one, and every one after it, in the order of time."""
    table = portfolio_metrics
    live = table.c.source == RunKind.LIVE.value
    before = select(func.max(table.c.as_of)).where(live, table.c.as_of <= to_text(since)).scalar_subquery()
    query = select(table.c.as_of, table.c.nav, table.c.body).where(
        live, or_(table.c.as_of == before, table.c.as_of > to_text(since))
    )
    return tuple(_metrics(row) for row in connection.execute(query.order_by(table.c.as_of)))


def _evaluation(run: str, each: Evaluation, at: datetime) -> Mapping[str, Any]:
    figures = canonical(each.figures)
    return {
        "run": run,
        "name": each.name,
        "version": each.version,
        "rules": canonical(each.rules),
        "backtest": figures if each.kind is RunKind.BACKTEST else None,
        "live": figures if each.kind is RunKind.LIVE else None,
        "status": each.status,
        "at": to_text(at),
    }


def _snapshot(run: str, kind: RunKind, each: PortfolioMetrics, at: datetime) -> Mapping[str, Any]:
    body = each.model_dump(mode="json", exclude={"as_of", "nav"})
    return {
        "run": run,
        "as_of": to_text(each.as_of),
        "source": kind.value,
        "nav": None if each.nav is None else repr(each.nav),
        "body": canonical(body),
        "at": to_text(at),
    }


def _metrics(row: Any) -> PortfolioMetrics:
    nav = None if row.nav is None else float(row.nav)
    return PortfolioMetrics(as_of=from_text(row.as_of), nav=nav, **json.loads(row.body))


def _read(row: Any) -> Evaluation:
    kind = RunKind.LIVE if row.backtest is None else RunKind.BACKTEST
    told = row.live if kind is RunKind.LIVE else row.backtest
    return Evaluation(
        name=row.name, kind=kind, rules=json.loads(row.rules), figures=json.loads(told), status=row.status
    )
