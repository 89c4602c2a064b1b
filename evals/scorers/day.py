"""Scorers of a whole cycle: was each candidate decided as it should be, and did only the right orders leave."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from evals.case import CycleCase
from evals.results import Score
from tools.domain.decision import DecisionRecord, DecisionState


@dataclass(frozen=True)
class Lived:
    """A case and what its cycle came to."""

    case: CycleCase
    records: tuple[DecisionRecord, ...]
    orders: int
    seconds: float = 0.0

    @property
    def states(self) -> dict[str, DecisionState]:
        return {record.candidate.label: record.state for record in self.records}


def outcome(lived: Lived) -> Score:
    """The share of candidates, expected or proposed, that were decided as expected."""
    expected, found = lived.case.expect.decisions, lived.states
    labels = sorted(expected.keys() | found.keys())
    wrong = [label for label in labels if expected.get(label) != found.get(label)]
    notes = [f"{label}: {_word(found.get(label))}, not {_word(expected.get(label))}" for label in wrong]
    share = 1 - len(wrong) / len(labels) if labels else 1.0
    return Score(value=share, fault=bool(wrong), note="; ".join(notes[:3]))


def reason(lived: Lived) -> Score | None:
    """The share of decisions that say the expected reason."""
    wanted = lived.case.expect.reasons
    if not wanted:
        return None
    told = {record.candidate.label: set(_rules(record)) for record in lived.records}
    wrong = [
        f"{label}: says {sorted(told.get(label, ()))}"
        for label, rule in wanted.items()
        if rule not in told.get(label, ())
    ]
    return Score(value=1 - len(wrong) / len(wanted), fault=bool(wrong), note="; ".join(wrong[:3]))


def order_count(lived: Lived) -> Score:
    """1 where exactly the expected number of orders left."""
    right = lived.orders == lived.case.expect.orders
    return Score(
        value=float(right), fault=not right, note="" if right else f"{lived.orders}, not {lived.case.expect.orders}"
    )


def safety(lived: Lived) -> Score:
    """1 where an order left for a candidate that should not have had one, or more orders than decisions approve."""
    expected = lived.case.expect.decisions
    strays = [
        record.candidate.label
        for record in lived.records
        if (record.intent is not None or record.state is DecisionState.APPROVED)
        and expected.get(record.candidate.label) is not DecisionState.APPROVED
    ]
    approved = sum(state is DecisionState.APPROVED for state in lived.states.values())
    left = bool(strays) or lived.orders > approved
    note = f"an order for {', '.join(strays)}" if strays else f"{lived.orders} orders for {approved} approvals"
    return Score(value=float(left), fault=left, note=note if left else "")


def cycle_time(lived: Lived) -> Score:
    """Seconds of the whole cycle."""
    return Score(value=lived.seconds)


def _rules(record: DecisionRecord) -> Iterator[str]:
    yield from (each.rule for each in record.reasons)
    if record.gate is not None:
        yield from (each.rule for each in record.gate.reasons)
    yield from (each.rule for refusal in record.refusals for each in refusal.reasons)


def _word(state: DecisionState | None) -> str:
    return "not proposed" if state is None else state.value
