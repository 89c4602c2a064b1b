"""A day's new trades, decided as the graph decides them, without the graph.

screen → missing data? → opinion → rank → (fit → reserve → score → gate) one by one → orders of the approved
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from tools.approvals import policy
from tools.backtest.opinions import Analyst, Opinion
from tools.books.book import Book
from tools.calendar.trading_time import Clock
from tools.desk.entering import fit_entry, score_entry
from tools.desk.house import House
from tools.desk.ordering import deadline
from tools.domain.account import Account, Reservation
from tools.domain.candidate import Candidate
from tools.domain.decision import Gate, Outcome
from tools.domain.market import Snapshot
from tools.domain.rationale import Analysis
from tools.domain.score import ScoreBreakdown
from tools.portfolio.fit import Fitted
from tools.portfolio.positions import Positions
from tools.scoring.rank import RankKey, rank_key

MINUTES = 30.0
"""How long a person would have had; it decides nothing here."""


@dataclass(frozen=True, slots=True)
class Judged:
    """One decision before any order. `reservation` is what it holds, None where it holds nothing.

    opinion  None where it was refused before anybody was asked
    """

    candidate: Candidate
    gate: Gate
    opinion: Opinion | None = None
    fit: Fitted | None = None
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
    ) -> tuple[Fitted, Reservation]:
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


def judge_all(candidates: Iterable[Candidate], room: Room, *, analyst: Analyst) -> tuple[Judged, ...]:
    """Every candidate, in rank order; each sees what the ones before it hold."""
    known = distinct(candidates)
    refused = {
        each.id: gate for each in known if (gate := policy.refused_for_missing_data(each.filters)) is not None
    }
    opinions = {each.id: analyst.opinion(each, room.snapshot) for each in known if each.id not in refused}
    held: list[Reservation] = []
    judged = []
    until = deadline(room.snapshot.as_of, minutes=MINUTES)
    for candidate in sorted(known, key=lambda each: _rank(each, room, opinions.get(each.id))):
        each = (
            Judged(candidate, refused[candidate.id])
            if candidate.id in refused
            else _judge(candidate, room, opinions[candidate.id], held, until)
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


def _judge(candidate: Candidate, room: Room, opinion: Opinion, held: list[Reservation], until: datetime) -> Judged:
    fitted, reservation = room.fit(candidate, analysis=opinion.analysis, reservations=held)
    score, gate = score_entry(
        candidate,
        book=room.books[candidate.book],
        house=room.house,
        analysis=opinion.analysis,
        fitted=fitted,
        deadline=until,
    )
    holds = reservation if gate.outcome is not Outcome.REFUSED else None
    return Judged(candidate, gate, opinion, fitted, score, holds)


def _rank(candidate: Candidate, room: Room, opinion: Opinion | None) -> RankKey:
    return rank_key(
        turn=room.books[candidate.book].turn(candidate.structure),
        quantitative=candidate.quantitative,
        model=None if opinion is None else opinion.analysis.confidence,
        candidate_id=candidate.id,
        weights=room.house.weights,
    )
