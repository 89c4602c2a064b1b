"""Decisions of the embedded day as their records, made without a ledger: every structure the day has, once."""

from __future__ import annotations

from datetime import timedelta
from functools import lru_cache
from typing import Any

from tools.approvals import policy
from tools.approvals.policy import Thresholds
from tools.books.book import seen_by
from tools.books.load import shipped_book
from tools.data.simulated import EmbeddedMarket, demo_account
from tools.desk.assumed import assumed_analysis
from tools.desk.entering import fit_entry, score_entry
from tools.desk.house import House
from tools.desk.kept import Inputs, Weighed
from tools.desk.scan import screen_market
from tools.domain.candidate import Candidate
from tools.domain.decision import DecisionRecord, DecisionState, Gate, RecordPart
from tools.domain.errors import NotFound
from tools.domain.market import Snapshot
from tools.domain.value import Value
from tools.portfolio.positions import read_positions
from tools.review.toolbox import Toolbox
from tools.review.what_if import Judged

BOOKS = ("cash_secured_put", "covered_call", "primary", "strangle", "momentum_etf")
FEW = ("DIS", "IWM", "KO", "QQQ", "XLE", "XOM")
HOUSE = House()


class Desk:
    """Where the tools find other decisions."""

    def __init__(self, records: tuple[DecisionRecord, ...]) -> None:
        self.records = records

    def record(self, wanted: str) -> DecisionRecord:
        found = next((each for each in self.records if each.id.startswith(wanted)), None)
        if found is None:
            raise NotFound(f"no decision {wanted}")
        return found

    def of_scan(self, snapshot: str) -> tuple[DecisionRecord, ...]:
        return tuple(each for each in self.records if each.candidate.snapshot == snapshot)


def gate(judged: Judged) -> Gate:
    return policy.gate(
        score=judged.score,
        fit=judged.fit,
        filters=judged.filters,
        analysis=judged.analysis,
        thresholds=Thresholds(automatic=judged.automatic, human=judged.human),
        mode=judged.mode,
        deadline=judged.at,
    )


@lru_cache(maxsize=1)
def toolbox() -> Toolbox:
    return Toolbox(judge=gate, others=Desk(decided()))


@lru_cache(maxsize=1)
def decided() -> tuple[DecisionRecord, ...]:
    """A record per candidate of the day, of several books and all their structures."""
    snapshot = EmbeddedMarket().snapshot()
    few = {"universe": FEW}
    books = {name: shipped_book(name).model_copy(update=few) for name in BOOKS}
    account = seen_by(books.values(), demo_account(snapshot))
    found = screen_market(snapshot, account, books.values(), profile=HOUSE.profile)
    made = []
    for candidate in found.candidates:
        book = books[candidate.book]
        positions = read_positions(account, snapshot, clock=book.clock, gap=HOUSE.profile.overnight)
        weighed = Weighed(HOUSE, account, positions)
        inputs = Inputs.of(candidate, snapshot, book=book, holdings=found.holdings[book.name])
        made.append(_record(candidate, snapshot, inputs, weighed))
    return tuple(made)


def one(structure: str = "cash_secured_put") -> DecisionRecord:
    return next(each for each in decided() if each.candidate.structure == structure)


def _record(candidate: Candidate, snapshot: Snapshot, inputs: Inputs, weighed: Weighed) -> DecisionRecord:
    analysis = assumed_analysis()
    fitted, _ = fit_entry(
        candidate,
        book=inputs.book,
        house=HOUSE,
        account=weighed.account,
        snapshot=snapshot,
        analysis=analysis,
        positions=weighed.positions,
    )
    score, word = score_entry(
        candidate,
        book=inputs.book,
        house=HOUSE,
        analysis=analysis,
        fitted=fitted,
        deadline=snapshot.as_of + timedelta(minutes=15),
    )
    facts = {
        "snapshot": snapshot.fingerprint,
        "source": snapshot.source,
        "simulated": snapshot.simulated,
        "as_of": snapshot.as_of.isoformat(),
        "underlying": snapshot.facts[candidate.underlying].model_dump(mode="json"),
        "conditions": snapshot.conditions.model_dump(mode="json"),
        "notes": [],
        "inputs": inputs.body,
    }
    bodies: dict[str, Value] = {"fit": fitted.record, "score": score, "gate": word}
    return DecisionRecord(
        id=candidate.id,
        state=DecisionState(word.outcome.value),
        outcome=word.outcome,
        candidate=candidate,
        facts=facts,
        analysis=analysis,
        weighed=weighed.body,
        fit=fitted.record,
        score=score,
        gate=word,
        reasons=word.reasons,
        parts=tuple(_part(kind, body, snapshot) for kind, body in bodies.items()),
        content_hash="",
    )


def _part(kind: str, body: Value, snapshot: Snapshot) -> RecordPart:
    data: dict[str, Any] = body.model_dump(mode="json")
    return RecordPart(kind=kind, at=snapshot.as_of, actor="desk", body=data, previous="", hash="")
