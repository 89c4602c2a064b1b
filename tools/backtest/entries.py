"""A day's new trades, decided as the graph decides them, without the graph.

screen → missing data? → analysis → rank → (fit → reserve → score → gate) one by one → orders of the approved
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from tools.approvals import policy
from tools.books.book import Book
from tools.calendar.trading_time import Clock
from tools.desk.entering import fit_entry, score_entry
from tools.desk.house import House
from tools.desk.ordering import deadline
from tools.domain.account import Account, Reservation
from tools.domain.candidate import Candidate
from tools.domain.decision import FitResult, Gate, Outcome
from tools.domain.market import Snapshot
from tools.domain.rationale import Analysis
from tools.domain.score import ScoreBreakdown
from tools.portfolio.positions import Positions
from tools.scoring.rank import RankKey, rank_key

MINUTES = 30.0
"""How long a person would have had; it decides nothing here."""


@dataclass(frozen=True, slots=True)
class Judged:
    """One decision before any order. `reservation` is what it holds, None where it holds nothing."""

    candidate: Candidate
    gate: Gate
    fit: FitResult | None = None
    score: ScoreBreakdown | None = None
    reservation: Reservation | None = None


@dataclass(frozen=True)
class Room:
    """Where decisions are taken: the account before any of them, and its positions by clock."""

    snapshot: Snapshot
    account: Account
    books: Mapping[str, Book]
    house: House
    positions: Mapping[Clock, Positions]

    def fit(
        self,
        candidate: Candidate,
        *,
        analysis: Analysis,
        reservations: Iterable[Reservation],
        contracts: int | None = None,
    ) -> tuple[FitResult, Reservation]:
        book = self.books[candidate.book]
        return fit_entry(
            candidate,
            book=book,
            house=self.house,
            account=replace(self.account, reservations=tuple(reservations)),
            snapshot=self.snapshot,
            analysis=analysis,
            contracts=contracts,
            positions=self.positions[book.clock],
        )


def judge_all(candidates: Iterable[Candidate], room: Room, *, analysis: Analysis) -> tuple[Judged, ...]:
    """Every candidate, in rank order; each sees what the ones before it hold."""
    known, refused = [], {}
    for candidate in distinct(candidates):
        gate = policy.refused_for_missing_data(candidate.filters)
        if gate is not None:
            refused[candidate.id] = gate
        known.append(candidate)
    held: list[Reservation] = []
    judged = []
    until = deadline(room.snapshot.as_of, minutes=MINUTES)
    for candidate in sorted(known, key=lambda each: _rank(each, room, None if each.id in refused else analysis)):
        each = (
            Judged(candidate, refused[candidate.id])
            if candidate.id in refused
            else _judge(candidate, room, analysis, held, until)
        )
        judged.append(each)
        if each.reservation is not None:
            held.append(each.reservation)
    return tuple(judged)


def distinct(candidates: Iterable[Candidate]) -> tuple[Candidate, ...]:
    """One candidate per leg set: what two books propose at one instant is the first one's."""
    first: dict[str, Candidate] = {}
    for candidate in candidates:
        first.setdefault(candidate.legs_hash, candidate)
    return tuple(first.values())


def _judge(
    candidate: Candidate, room: Room, analysis: Analysis, held: list[Reservation], until: datetime
) -> Judged:
    fitted, reservation = room.fit(candidate, analysis=analysis, reservations=held)
    score, gate = score_entry(
        candidate,
        book=room.books[candidate.book],
        house=room.house,
        analysis=analysis,
        fitted=fitted,
        deadline=until,
    )
    holds = reservation if gate.outcome is not Outcome.REFUSED else None
    return Judged(candidate, gate, fitted, score, holds)


def _rank(candidate: Candidate, room: Room, analysis: Analysis | None) -> RankKey:
    return rank_key(
        turn=room.books[candidate.book].turn(candidate.structure),
        quantitative=candidate.quantitative,
        model=None if analysis is None else analysis.confidence,
        candidate_id=candidate.id,
        weights=room.house.weights,
    )
