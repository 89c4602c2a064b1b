"""The one rule for all limits: a limit vetoes what worsens its measure beyond the bound, and nothing else.

    readings → beyond the bound? → made worse by this trade? → state, veto, headroom → words

An unknown measure vetoes an opening trade that could worsen it; it never passes as zero.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import NamedTuple

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
_NO_BOUND = Bound(math.nan)
_NO_READING = Reading(math.nan, math.nan, math.nan)


class Verdict(NamedTuple):
    """What one limit comes to, in numbers; `result` says it in words, for whoever keeps it.

    exempt  why the limit does not apply, "" where it does
    level   what is held against the bound
    worse   whether the trade makes the measure worse
    """

    limit: Limit
    case: Case
    bound: Bound
    reading: Reading
    state: LimitState
    level: float = math.nan
    worse: bool = False
    vetoes: bool = False
    exempt: str = ""

    @property
    def rule(self) -> str:
        return self.limit.rule

    @property
    def headroom(self) -> float | None:
        """1 - level / limit between 0 and 1; None where either is unknown, or the limit enters no score."""
        most = self.bound.limit
        if not self.limit.scored or self.bound.advice or math.isnan(self.level) or math.isnan(most):
            return None
        left = 1 - self.level / most
        return min(1.0, left) if left > SLACK else 0.0

    @property
    def result(self) -> LimitResult:
        limit, case, bound, reading = self.limit, self.case, self.bound, self.reading
        source = case.profile.source(limit.rule)
        if self.exempt:
            return _not_applicable(limit.rule, limit.name, limit.unit, source, self.exempt)
        fits = _fits(limit, case) if self.state is LimitState.FAIL else None  # nobody else is told how many
        return LimitResult(
            rule=limit.rule,
            name=f"{reading.subject} {limit.name}".strip(),
            before=_or_none(reading.before),
            after=_or_none(reading.after),
            limit=_or_none(bound.limit),
            alert=bound.alert,
            unit=limit.unit,
            state=self.state,
            vetoes=self.vetoes,
            headroom=self.headroom,
            overridable=limit.rule in case.profile.overridable,
            source=source,
            text=sentence(limit, case, bound, reading, state=self.state, worse=self.worse, fits=fits),
        )


def judge(limit: Limit, case: Case) -> Verdict:
    """One limit's verdict; of several readings (sectors) the gravest."""
    readings = limit.read(case)
    if isinstance(readings, str):
        return Verdict(limit, case, _NO_BOUND, _NO_READING, LimitState.NOT_APPLICABLE, exempt=readings)
    bound = limit.bound(case)
    return max((_verdict(limit, case, bound, reading) for reading in readings), key=_weight)


def _weight(verdict: Verdict) -> tuple[bool, int, float]:
    """The gravest is the largest; among equals, what is measured highest."""
    after = verdict.reading.after
    return verdict.vetoes, _GRAVITY[verdict.state], 0.0 if math.isnan(after) else abs(after)


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


def _verdict(limit: Limit, case: Case, bound: Bound, reading: Reading) -> Verdict:
    level = abs(reading.after) if limit.signed else reading.after
    state = _state(level, bound, reading)
    worse = worsens(limit, reading)
    vetoes = worse and (state is LimitState.FAIL or (state is LimitState.UNKNOWN and case.opening))
    if bound.advice:
        state, vetoes = LimitState.ALERT if state is LimitState.FAIL else state, False
    return Verdict(limit, case, bound, reading, state, level, worse, vetoes)


def _state(level: float, bound: Bound, reading: Reading) -> LimitState:
    if math.isnan(level) or math.isnan(bound.limit):
        return LimitState.UNKNOWN
    if level > bound.limit * (1 + SLACK):
        certain = level - reading.doubt > bound.limit * (1 + SLACK)
        return LimitState.FAIL if certain else LimitState.UNKNOWN
    if bound.alert is not None and level > bound.alert * (1 + SLACK):
        return LimitState.ALERT
    return LimitState.PASS


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
