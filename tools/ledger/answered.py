"""The half of the ledger that people meet: what they were shown, how they edited it, and who agreed with whom."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from tools.domain.account import Reservation
from tools.domain.decision import Edit, FitResult
from tools.domain.offer import Announced, Asked, Offer, Standing
from tools.domain.score import ScoreBreakdown
from tools.ledger import offers, seconding, settlement
from tools.ledger.database import Database


class Answered:
    """Part of `Ledger`; every method is one transaction."""

    database: Database
    _now: Callable[[], datetime]

    def put_offer(self, offer: Offer) -> None:
        """Write down what is about to be shown."""
        with self.database.write() as connection:
            offers.put(connection, offer, at=self._now())

    def offer(self, nonce: str) -> Standing | None:
        """The offer of this digest."""
        with self.database.read() as connection:
            return offers.find(connection, nonce)

    def latest_offer(self, decision_id: str, channel: str) -> Standing | None:
        """What a channel showed last of a decision, spent or not."""
        with self.database.read() as connection:
            return offers.latest(connection, decision_id, channel)

    def turn_away(self, told: dict[str, str]) -> None:
        """Keep what somebody tried through `told["channel"]` and why it counted for nothing."""
        with self.database.write() as connection:
            offers.turn_away(connection, told, at=self._now())

    def edit(
        self, decision_id: str, edit: Edit, *, fit: FitResult, score: ScoreBreakdown, reservation: Reservation
    ) -> None:
        """The next revision of a waiting decision, with what it takes; `AlreadyDecided` when it waits no more."""
        with self.database.write() as connection:
            settlement.edit(connection, decision_id, edit, fit=fit, score=score, held=reservation, at=self._now())

    def second(self, word: Asked, reservation: Reservation, *, since: datetime) -> str:
        """A word for a refused trade that takes two people.

        Who asked first, now that somebody else agrees on the same order and it is approved; "" where this word is
        the first one since `since`. `LedgerError` for one's own second word.
        """
        with self.database.write() as connection:
            return seconding.second(connection, word, reservation, since=since, at=self._now())

    def asked(self, *, since: datetime) -> tuple[Asked, ...]:
        """First words for overrides that nobody has agreed to, the newest of each trade that is still refused."""
        with self.database.read() as connection:
            return seconding.open_words(connection, since=since)

    # where channels keep their cards

    def announce(self, announced: Announced) -> None:
        with self.database.write() as connection:
            offers.announce(connection, announced)

    def announced(self, channel: str) -> tuple[Announced, ...]:
        with self.database.read() as connection:
            return offers.announced(connection, channel)

    def forget_announced(self, decision_id: str, channel: str) -> None:
        with self.database.write() as connection:
            offers.forget(connection, decision_id, channel)
