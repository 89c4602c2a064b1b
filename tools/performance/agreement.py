"""Whether a verdict agrees with the numbers where the numbers leave no doubt.

    filters, quantitative → clear-cut for, clear-cut against, or neither ─┐
    verdict ──────────────────────────────────────────────────────────────┴→ agreed → share with Wilson's interval

Clear-cut for    every required filter passes or cannot apply, no filter is unknown, quantitative ≥ 8
Clear-cut against  a required filter fails, or no filter is unknown and quantitative ≤ 4.5

`approve` agrees with the first; `caution` and `decline` with the second. Everything between is the model's own
ground, where it is asked because the numbers do not settle it, and is not counted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from tools.domain.rationale import Verdict
from tools.domain.score import FilterResult, FilterState
from tools.performance.intervals import Interval
from tools.performance.proportion import cases_to_show, wilson

CLEARLY_FOR = 8.0
CLEARLY_AGAINST = 4.5
TARGET = 0.85
"""The share of clear-cut cases in which the verdict should agree (spec C)."""


class Sign(StrEnum):
    FOR = "for"
    AGAINST = "against"


@dataclass(frozen=True, slots=True)
class Agreement:
    """`share` of the clear-cut cases with Wilson's 95 %; `by_verdict` counts every (sign, verdict)."""

    cases: int
    agreed: int
    share: Interval
    by_verdict: tuple[tuple[Sign, Verdict, int], ...]

    @property
    def meets_target(self) -> bool | None:
        """None while the interval lies on both sides of the target."""
        if self.share.low >= TARGET:
            return True
        return False if self.cases and self.share.high < TARGET else None

    @property
    def needed(self) -> int:
        """Cases more that could show the target, if every one of them agreed; 0 where it is shown or missed."""
        if self.meets_target is not None:
            return 0
        total = max(self.cases, cases_to_show(TARGET))
        while wilson(self.agreed + total - self.cases, total).low < TARGET:
            total += 1
        return total - self.cases


def clear_cut(filters: Iterable[FilterResult], quantitative: float | None) -> Sign | None:
    """What the numbers alone say, None where they leave a doubt. `quantitative` 0-10."""
    results = tuple(filters)
    if any(each.required and each.state is FilterState.FAIL for each in results):
        return Sign.AGAINST
    if quantitative is None or any(each.state is FilterState.UNKNOWN for each in results):
        return None
    if quantitative >= CLEARLY_FOR:
        return Sign.FOR
    return Sign.AGAINST if quantitative <= CLEARLY_AGAINST else None


def agrees(sign: Sign, verdict: Verdict) -> bool:
    return (verdict is Verdict.APPROVE) == (sign is Sign.FOR)


def agreement(cases: Iterable[tuple[Sign | None, Verdict]]) -> Agreement:
    """Of cases as `clear_cut` names them; those it does not are left out."""
    told = Counter((sign, verdict) for sign, verdict in cases if sign is not None)
    agreed = sum(count for (sign, verdict), count in told.items() if agrees(sign, verdict))
    rows = tuple((sign, verdict, told[sign, verdict]) for sign in Sign for verdict in Verdict)
    return Agreement(told.total(), agreed, wilson(agreed, told.total()), rows)
