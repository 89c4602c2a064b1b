"""What a model's word brought: the same decisions with it and without it, and the difference in money.

    decisions, each taken or not with the model and without ─→ those that change ─→ P&L of either
                                                            └→ paired difference, resampled by day → verdict

A decision that both take or both leave adds nothing to the difference. One that only the model's word let in adds
its result; one that only the model's word kept out takes its result away, where that is known at all: a trade
nobody made has no result, and what is unknown is counted and never guessed.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from tools.performance.clustered import paired_bootstrap
from tools.performance.evidence import lacking
from tools.performance.intervals import Interval

KNOWN = 0.8
"""Share of the changed decisions that need a result: results that are missing are mostly of one kind."""


@dataclass(frozen=True, slots=True)
class Twin:
    """One decision: whether it is taken with the model's word and without; `pnl` its result, None where unknown."""

    id: str
    label: str
    day: date
    with_model: bool
    without: bool
    pnl: float | None

    @property
    def changes(self) -> bool:
        return self.with_model != self.without


class Verdict(StrEnum):
    HELPED = "helped"
    HURT = "hurt"
    NO_DIFFERENCE = "no_difference"
    CANNOT_BE_TOLD = "cannot_be_told"


@dataclass(frozen=True, slots=True)
class Side:
    """Decisions that are taken on one side alone: how many, of how many the result is known, and its sum."""

    count: int
    known: int
    pnl: float


@dataclass(frozen=True, slots=True)
class Ablation:
    """Account currency. `difference` is P&L with the model less P&L without, over all decisions with a known part.

    with_model, without  P&L of the decisions each takes, as far as known
    let_in, kept_out     taken with the model alone; taken without it alone
    changed              the decisions that change, in their order
    lacks                why nothing can be told, empty where it can
    """

    decisions: int
    with_model: Side
    without: Side
    let_in: Side
    kept_out: Side
    changed: tuple[Twin, ...]
    difference: Interval | None
    verdict: Verdict
    lacks: str = ""

    @property
    def sentence(self) -> str:
        """Whether the model helped, hurt, or cannot be told, and why."""
        if not self.decisions:
            return "Nothing is known of what the model brings: no decision rests on an answer of it."
        if self.verdict is Verdict.NO_DIFFERENCE:
            return (
                f"The model made no difference: none of {self.decisions:,} decisions would change without its word."
            )
        changed = f"of {self.decisions:,} decisions {len(self.changed):,} would change without its word"
        if self.verdict is Verdict.CANNOT_BE_TOLD:
            return f"Whether the model helped cannot be told: {changed}; {self.lacks}."
        return f"The model {self.verdict.value}: {changed}, and with it they brought {self._money()}."

    def _money(self) -> str:
        found = self.difference
        if found is None:
            return "an unknown difference"
        low, high = (f"{each:+,.0f}".replace("-", "−") for each in (found.low, found.high))
        more = "more" if found.estimate >= 0 else "less"
        return f"{abs(found.estimate):,.0f} {more} (95 %: {low} to {high})"


def ablate(twins: Iterable[Twin], *, seed: int) -> Ablation:
    """Both sides of all decisions; a difference from zero is told where its 95 % interval leaves it out."""
    every = tuple(twins)
    changed = tuple(twin for twin in every if twin.changes)
    difference = _difference(every, seed=seed)
    lacks = _lacks(changed)
    if not lacks and difference is not None and difference.low <= 0 <= difference.high:
        low, high = (f"{each:+,.0f}".replace("-", "−") for each in (difference.low, difference.high))
        lacks = f"the difference of {low} to {high} (95 %) may be chance"
    return Ablation(
        decisions=len(every),
        with_model=_side(twin for twin in every if twin.with_model),
        without=_side(twin for twin in every if twin.without),
        let_in=_side(twin for twin in changed if twin.with_model),
        kept_out=_side(twin for twin in changed if twin.without),
        changed=changed,
        difference=difference,
        verdict=_verdict(changed, difference, lacks),
        lacks=lacks,
    )


def _verdict(changed: Sequence[Twin], difference: Interval | None, lacks: str) -> Verdict:
    if not changed:
        return Verdict.NO_DIFFERENCE
    if lacks or difference is None:
        return Verdict.CANNOT_BE_TOLD
    return Verdict.HELPED if difference.estimate > 0 else Verdict.HURT


def _difference(twins: Sequence[Twin], *, seed: int) -> Interval | None:
    """Over all decisions but those that change with a result nobody knows; None where no other changes."""
    known = [twin for twin in twins if not twin.changes or twin.pnl is not None]
    if not any(twin.changes for twin in known):
        return None
    gaps = [(twin.with_model - twin.without) * (twin.pnl or 0.0) for twin in known]
    mean = paired_bootstrap(gaps, [twin.day for twin in known], seed)
    count = len(known)
    return Interval(mean.estimate * count, mean.low * count, mean.high * count, mean.confidence)


def _lacks(changed: Sequence[Twin]) -> str:
    known = [twin for twin in changed if twin.pnl is not None]
    if len(known) < KNOWN * len(changed):
        return f"of those {len(changed) - len(known):,} without a result: not traded to their end"
    missing = lacking([(twin.pnl or 0.0) > 0 for twin in known], [twin.day for twin in known])
    return f"those bring {missing}" if missing else ""


def _side(twins: Iterable[Twin]) -> Side:
    every = tuple(twins)
    known = [twin.pnl for twin in every if twin.pnl is not None]
    return Side(len(every), len(known), math.fsum(known))
