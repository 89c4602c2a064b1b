"""The one rule for all limits: a limit vetoes what worsens its measure beyond the bound, and nothing else.

    readings → beyond the bound? → made worse by this trade? → state, veto, headroom → words

An unknown measure vetoes an opening trade that could worsen it; it never passes as zero.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

from tools.domain.decision import LimitResult, LimitState
from tools.risk.case import Case
from tools.risk.limit import Bound, Limit, Reading
from tools.risk.wording import sentence

# Sums of floats: 0.1 + 0.1 is a limit of 0.2 reached, not breached.
SLACK = 1e-9

_GRAVITY = {
    LimitState.NOT_APPLICABLE: 0,
    LimitState.PASS: 1,
    LimitState.ALERT: 2,
    LimitState.UNKNOWN: 3,
    LimitState.FAIL: 4,
}


def judge(limit: Limit, case: Case) -> LimitResult:
    """One limit's result; of several readings (sectors) the gravest."""
    readings = limit.read(case)
    if isinstance(readings, str):
        return _not_applicable(limit.rule, limit.name, limit.unit, case.profile.source(limit.rule), readings)
    bound = limit.bound(case)
    verdicts = [_verdict(limit, case, bound, reading) for reading in readings]
    return _result(limit, case, bound, max(verdicts, key=lambda each: each.weight))


@dataclass(frozen=True, slots=True)
class _Verdict:
    """What one reading comes to."""

    reading: Reading
    level: float
    state: LimitState
    worse: bool
    vetoes: bool

    @property
    def weight(self) -> tuple[bool, int, float]:
        """The gravest is the largest; among equals, what is measured highest."""
        after = 0.0 if math.isnan(self.reading.after) else abs(self.reading.after)
        return self.vetoes, _GRAVITY[self.state], after


def worsens(limit: Limit, reading: Reading) -> bool:
    """Whether the trade makes the measure worse, or might for all that is known."""
    if not limit.signed:
        return not reading.added <= 0
    if math.isnan(reading.after):
        return reading.added != 0
    return abs(reading.after) > abs(reading.before) * (1 + SLACK)


def room(limit: Limit, case: Case) -> float:
    """How many contracts fit under the limit, fractional; `inf` where size does not matter, 0 where unknown.

    Up to that many contracts the limit never vetoes; `case.contracts` says how many the proposal holds.
    """
    readings = limit.read(case)
    bound = limit.bound(case)
    if isinstance(readings, str) or bound.advice or not limit.linear:
        return math.inf
    return min(_room(limit, reading, bound.limit, case.contracts) for reading in readings)


def _room(limit: Limit, reading: Reading, bound: float, contracts: int) -> float:
    unit = reading.added / contracts
    if unit == 0 or (unit < 0 and not limit.signed):
        return math.inf
    if math.isnan(reading.before + unit + bound):
        return 0.0
    # Towards zero first, then on to the bound of the other side.
    distance = bound - math.copysign(1, unit) * reading.before
    return max(0.0, distance / abs(unit))


def _verdict(limit: Limit, case: Case, bound: Bound, reading: Reading) -> _Verdict:
    level = abs(reading.after) if limit.signed else reading.after
    state = _state(level, bound, reading)
    worse = worsens(limit, reading)
    vetoes = worse and (state is LimitState.FAIL or (state is LimitState.UNKNOWN and case.opening))
    if bound.advice:
        state, vetoes = LimitState.ALERT if state is LimitState.FAIL else state, False
    return _Verdict(reading, level, state, worse, vetoes)


def _result(limit: Limit, case: Case, bound: Bound, verdict: _Verdict) -> LimitResult:
    reading, state = verdict.reading, verdict.state
    fits = _fits(limit, case) if state is LimitState.FAIL else None  # nobody else is told how many
    return LimitResult(
        rule=limit.rule,
        name=f"{reading.subject} {limit.name}".strip(),
        before=_or_none(reading.before),
        after=_or_none(reading.after),
        limit=_or_none(bound.limit),
        alert=bound.alert,
        unit=limit.unit,
        state=state,
        vetoes=verdict.vetoes,
        headroom=_headroom(verdict.level, bound) if limit.scored and not bound.advice else None,
        overridable=limit.rule in case.profile.overridable,
        source=case.profile.source(limit.rule),
        text=sentence(limit, case, bound, reading, state=state, worse=verdict.worse, fits=fits),
    )


def _state(level: float, bound: Bound, reading: Reading) -> LimitState:
    if math.isnan(level) or math.isnan(bound.limit):
        return LimitState.UNKNOWN
    if level > bound.limit * (1 + SLACK):
        certain = level - reading.doubt > bound.limit * (1 + SLACK)
        return LimitState.FAIL if certain else LimitState.UNKNOWN
    if bound.alert is not None and level > bound.alert * (1 + SLACK):
        return LimitState.ALERT
    return LimitState.PASS


def _headroom(level: float, bound: Bound) -> float | None:
    """1 - level / limit between 0 and 1; None where the measure or the limit is unknown."""
    if math.isnan(level) or math.isnan(bound.limit):
        return None
    left = 1 - level / bound.limit
    return min(1.0, left) if left > SLACK else 0.0


def _fits(limit: Limit, case: Case) -> int | None:
    count = room(limit, case)
    return None if math.isinf(count) else math.floor(count + SLACK)


@lru_cache(maxsize=256)
def _not_applicable(rule: str, name: str, unit: str, source: str, reason: str) -> LimitResult:
    """The same for every trade that the limit has nothing to say of."""
    return LimitResult(
        rule=rule,
        name=name,
        before=None,
        after=None,
        limit=None,
        unit=unit,
        state=LimitState.NOT_APPLICABLE,
        source=source,
        text=f"{name} does not apply: {reason}.",
    )


def _or_none(value: float) -> float | None:
    return None if math.isnan(value) else value
