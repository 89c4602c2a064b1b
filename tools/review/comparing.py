"""Two decisions side by side, or one beside everything its scan proposed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from tools.domain.decision import DecisionRecord
from tools.domain.errors import InputError
from tools.review.fact import TEXT, Facts
from tools.review.record_facts import record_facts

BESIDE = (
    "label", "outcome", "score.quantitative", "score.model", "score.fit", "score.total", "candidate.credit",
    "candidate.premium_yield", "candidate.probability_of_profit", "candidate.max_loss", "candidate.collateral",
    "candidate.dte", "candidate.iv", "candidate.spread", "candidate.greeks.delta", "facts.iv_rank",
    "reasons.0.says",
)  # fmt: skip
"""What two trades are compared by."""

LISTED = 10
"""Of a scan the best so many by score are named."""


class Others(Protocol):
    """Where other decisions are found: by id or its beginning, and all that one scan proposed."""

    def record(self, wanted: str) -> DecisionRecord:
        """`NotFound` where there is none."""
        ...

    def of_scan(self, snapshot: str) -> Iterable[DecisionRecord]: ...


def compare(record: DecisionRecord, other: DecisionRecord) -> Facts:
    """Both trades by the same names, under `compare.this` and `compare.other`."""
    if other.id == record.id:
        raise InputError(f"{record.id} is the decision that is being talked about; name another one.")
    facts = Facts()
    for name, each in (("this", record), ("other", other)):
        facts.put(f"compare.{name}.id", each.id, TEXT)
        told = record_facts(each)
        for path in BESIDE:
            if path in told:
                facts.put(f"compare.{name}.{path}", told[path].value, told[path].unit)
    return facts


def alternatives(record: DecisionRecord, scan: Iterable[DecisionRecord]) -> Facts:
    """Where a decision stands among those of its scan, by score, with the best of the others by name."""
    every = sorted(scan, key=lambda each: (-(_total(each) or -1.0), each.id))
    facts = Facts()
    facts.put("scan.decisions", len(every), "number")
    for place, each in enumerate(every, start=1):
        if each.id == record.id:
            facts.put("scan.place", place, "number")
    others = [each for each in every if each.id != record.id][:LISTED]
    for place, each in enumerate(others, start=1):
        where = f"scan.others.{place}"
        facts.put(f"{where}.id", each.id, TEXT)
        facts.put(f"{where}.label", each.candidate.label, TEXT)
        facts.put(f"{where}.total", _total(each), "score")
        facts.put(f"{where}.outcome", None if each.outcome is None else each.outcome.value, TEXT)
    return facts


def _total(record: DecisionRecord) -> float | None:
    return None if record.score is None else record.score.total
