"""A past decision made again from its record with today's code, and where the two differ.

record ─┬ legs' quotes, facts, book, holdings → screen ─→ candidate, filters ┐
        ├ the answer as it was given ───────────────────────────────────────┤→ each beside what is recorded
        └ house, account, positions ─→ fit → score → gate ──────────────────┘

A model is not asked again: its answer is in the record. Of an edited trade the proposal is made again, of a
trade that a person or the clock ended before its fit nothing but the screen.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tools.approvals import policy
from tools.books.screen import screen_underlying
from tools.desk.entering import fit_entry, score_entry
from tools.desk.kept import Inputs, Weighed, inputs_of, snapshot_of, weighed_of
from tools.domain.candidate import Candidate
from tools.domain.decision import DecisionRecord, FitResult, Gate
from tools.domain.errors import InputError
from tools.domain.halt import RULE as KILL_SWITCH
from tools.domain.market import Snapshot
from tools.domain.score import ScoreBreakdown
from tools.domain.value import Value

MANY = 1_000
"""More units than the legs of one candidate can make: none of them is cut."""

STEPS = ("candidate", "fit", "score", "gate")


class Difference(Value):
    """One field that came out otherwise: its path, what the record says, what today's code says."""

    path: str
    then: Any
    now: Any


class Replayed(Value):
    """What was made again of one decision.

    checked    the steps that were made again, in their order
    unchecked  what could not be, each with its reason
    """

    id: str
    label: str
    checked: tuple[str, ...]
    unchecked: dict[str, str]
    differences: tuple[Difference, ...]

    @property
    def identical(self) -> bool:
        """Whether everything the record holds came out the same; what could not be checked did not."""
        return not self.differences and not self.unchecked


@dataclass(frozen=True)
class _Then:
    """The first of each step, as it was before any person changed the terms."""

    fit: FitResult | None
    score: ScoreBreakdown | None
    gate: Gate | None

    @classmethod
    def of(cls, record: DecisionRecord) -> _Then:
        first: dict[str, dict[str, Any]] = {}
        for part in record.parts:
            first.setdefault(part.kind, part.body)
        told = {kind: first.get(kind) for kind in ("fit", "score", "gate")}
        fit, score, gate = told["fit"], told["score"], told["gate"]
        return cls(
            fit=None if fit is None else FitResult.model_validate(fit),
            score=None if score is None else ScoreBreakdown.model_validate(score),
            gate=None if gate is None else Gate.model_validate(gate),
        )


def replay(record: DecisionRecord) -> Replayed:
    """Make the decision of a record again. Never raises for what a record holds or lacks."""
    made, unchecked = dict[str, Any](), dict[str, str]()
    then = _Then.of(record)
    recorded = {"candidate": record.candidate, "fit": then.fit, "score": then.score, "gate": then.gate}
    try:
        inputs = inputs_of(record)
        weighed = weighed_of(record)
        made, unchecked = _made(record, then, inputs, weighed)
    except InputError as error:
        unchecked = {step: str(error) for step in STEPS if recorded[step] is not None}
    differences = tuple(each for step in STEPS if step in made for each in differ(recorded[step], made[step], step))
    checked = tuple(step for step in STEPS if step in made)
    return Replayed(
        id=record.id,
        label=record.candidate.label,
        checked=checked,
        unchecked=unchecked,
        differences=differences,
    )


def _made(
    record: DecisionRecord, then: _Then, inputs: Inputs | None, weighed: Weighed | None
) -> tuple[dict[str, Any], dict[str, str]]:
    """What today's code makes of each step, and why of some it makes nothing."""
    made, unchecked = dict[str, Any](), dict[str, str]()
    if inputs is None:
        old = "the record was written before it kept what this was made from"
        return made, {step: old for step, told in _told(then).items() if told} | {"candidate": old}
    snapshot = snapshot_of(record, inputs)
    candidate = _candidate(record.candidate, snapshot, inputs)
    made["candidate"] = candidate
    if candidate is None:
        return made, {step: "nothing is proposed any more" for step, told in _told(then).items() if told}
    if then.fit is None or weighed is None:
        return _without_fit(candidate, then, made, weighed)
    fitted, _ = fit_entry(
        candidate,
        book=inputs.book,
        house=weighed.house,
        account=weighed.account,
        snapshot=snapshot,
        analysis=record.analysis,
        positions=weighed.positions,
    )
    made["fit"] = fitted.record
    if then.gate is None or then.score is None:
        return made, unchecked
    score, gate = score_entry(
        candidate,
        book=inputs.book,
        house=weighed.house,
        analysis=record.analysis,
        fitted=fitted,
        deadline=then.gate.deadline or record.candidate.as_of,
    )
    made["score"] = score
    if _from_outside(then.gate, gate):
        unchecked["gate"] = f"it was stopped from outside: {then.gate.reasons[0].text}"
    else:
        made["gate"] = gate
    return made, unchecked


def _without_fit(
    candidate: Candidate, then: _Then, made: dict[str, Any], weighed: Weighed | None
) -> tuple[dict[str, Any], dict[str, str]]:
    """What never came to a fit was refused for missing data, or ended from outside."""
    if then.fit is not None and weighed is None:
        old = "the record was written before it kept what its fit was made from"
        return made, {step: old for step, told in _told(then).items() if told}
    if then.gate is None:
        return made, {}
    refusal = policy.refused_for_missing_data(candidate.filters)
    if refusal is None and _from_outside(then.gate, None):
        return made, {"gate": f"it ended before its fit: {then.gate.reasons[0].text}"}
    return made | {"gate": refusal}, {}


def _told(then: _Then) -> dict[str, bool]:
    return {"fit": then.fit is not None, "score": then.score is not None, "gate": then.gate is not None}


OUTSIDE = frozenset({"stale", KILL_SWITCH, "reconciliation"})
"""Rules of refusals that are about the desk and not about the trade."""


def _from_outside(then: Gate, now: Gate | None) -> bool:
    """Whether the recorded word was nobody's of the record: a halt, a difference with the broker, the clock.

    Such a gate has one reason, of a rule that nothing in the record can give.
    """
    if len(then.reasons) != 1:
        return False
    return then.reasons[0].rule in OUTSIDE and (now is None or now.reasons != then.reasons)


def _candidate(asked: Candidate, snapshot: Snapshot, inputs: Inputs) -> Candidate | None:
    """The unit of the same legs as today's screen proposes it, None where it does not."""
    book = inputs.book.model_copy(update={"best_k": MANY})
    results = screen_underlying(book, snapshot, inputs.holdings, asked.underlying)
    found = (each for result in results for each in result.candidates)
    return next((each for each in found if each.id == asked.id), None)


def differ(then: Any, now: Any, path: str = "") -> Iterator[Difference]:
    """The fields of two values that are not the same, by their paths."""
    told, made = _plain(then), _plain(now)
    if isinstance(told, Mapping) and isinstance(made, Mapping):
        for key in dict.fromkeys((*told, *made)):
            yield from differ(told.get(key), made.get(key), f"{path}.{key}".lstrip("."))
    elif isinstance(told, list) and isinstance(made, list):
        before, after = (_named(each) for each in (told, made))
        for key in dict.fromkeys((*before, *after)):
            yield from differ(before.get(key), after.get(key), f"{path}.{key}".lstrip("."))
        if before == after and list(before) != list(after):
            yield Difference(path=f"{path} (order)", then=list(before), now=list(after))
    elif told != made:
        yield Difference(path=path, then=told, now=made)


def _named(rows: list[Any]) -> dict[str, Any]:
    """Rows by their rule where each has its own, else by their place."""
    rules = [row.get("rule") if isinstance(row, Mapping) else None for row in rows]
    if all(isinstance(rule, str) for rule in rules) and len(set(rules)) == len(rules):
        return dict(zip(map(str, rules), rows, strict=True))
    return {str(place): row for place, row in enumerate(rows)}


def _plain(value: Any) -> Any:
    return value.model_dump(mode="json") if isinstance(value, Value) else value
