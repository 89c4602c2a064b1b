"""The weekly review (F8): what has drifted more than 10 % beyond its limit, and the cheapest way back.

    open trades, units each, cost of leaving one ─┐
    measures per unit, bounds ────────────────────┴→ integer programme → units to close of each → after

Only what is held is closed, in whole units of whole trades, so that nothing proposed raises gross exposure or
leaves a short leg bare (E2). Where no closing brings everything back, what is left beyond is as small as can be,
and is said. Bounds are those of the limits, not 110 % of them: who acts comes all the way back.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import Bounds, LinearConstraint, milp

from tools.domain.errors import InputError
from tools.risk.judge import SLACK

FloatArray = npt.NDArray[np.float64]

DRIFT = 0.10
"""F8: what is at most 10 % beyond its limit is left to come back by itself. New trades know no such band (D2)."""


@dataclass(frozen=True, slots=True)
class Open:
    """One open trade: `units` of it, what closing one costs (half its spread and commissions, money)."""

    name: str
    units: int
    cost: float


@dataclass(frozen=True, slots=True)
class Measured:
    """One measure of the account against its bound, and what each unit of each trade adds to it.

    signed  the measure is a net of both signs and its size is held; else only its upper side is
    """

    rule: str
    now: float
    bound: float
    per_unit: FloatArray
    signed: bool = False

    def __post_init__(self) -> None:
        if not self.bound > 0:
            raise InputError(f"The bound of {self.rule} is {self.bound:g}; a review needs one above 0.")

    def share(self, value: float) -> float:
        """Of its bound."""
        return (abs(value) if self.signed else value) / self.bound

    @property
    def drifted(self) -> bool:
        return self.share(self.now) > 1 + DRIFT + SLACK


@dataclass(frozen=True, slots=True)
class Close:
    name: str
    units: int
    cost: float


@dataclass(frozen=True)
class Review:
    """`closes` in the order of the trades; `after` of each measure as it would be; `left` beyond its bound then.

    `unknown` names measures that nobody can review because a part of them is unknown.
    """

    drifted: tuple[str, ...]
    closes: tuple[Close, ...]
    after: dict[str, float]
    left: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()

    @property
    def cost(self) -> float:
        return math.fsum(each.cost for each in self.closes)


def review(trades: tuple[Open, ...], measures: tuple[Measured, ...]) -> Review:
    """What to close. Nothing, where nothing has drifted; every known bound is kept where something is."""
    known = tuple(each for each in measures if math.isfinite(each.now) and np.isfinite(each.per_unit).all())
    unknown = tuple(each.rule for each in measures if each not in known)
    drifted = tuple(each.rule for each in known if each.drifted)
    if not drifted:
        return Review((), (), {each.rule: each.now for each in known}, unknown=unknown)
    units = _solved(trades, known)
    closes = tuple(
        Close(each.name, int(count), float(count) * each.cost)
        for each, count in zip(trades, units, strict=True)
        if count
    )
    after = {each.rule: each.now - float(each.per_unit @ units) for each in known}
    left = tuple(
        each.rule for each in known if each.share(after[each.rule]) > max(1.0, each.share(each.now)) + SLACK
    )
    beyond = tuple(each.rule for each in known if each.rule in drifted and each.share(after[each.rule]) > 1 + SLACK)
    return Review(drifted, closes, after, left=tuple(dict.fromkeys((*beyond, *left))), unknown=unknown)


DEAR = 1e4
"""What a whole bound of excess counts beside the cost of closing everything: keeping bounds comes first."""


def _solved(trades: tuple[Open, ...], measures: tuple[Measured, ...]) -> FloatArray:
    """Units of each trade: min cost + dear·excess, each excess the share of its bound that is left beyond it.

    What was within its bound stays within, and what was beyond does not grow.
    """
    n, k = len(trades), len(measures)
    cost = np.array([each.cost for each in trades])
    scale = max(float(cost @ np.array([each.units for each in trades])), 1.0)
    rows, low, high = [], [], []
    for place, each in enumerate(measures):
        excess = np.zeros(k)
        excess[place] = 1.0
        unit = each.per_unit / each.bound
        rows.append(np.concatenate((-unit, -excess)))
        low.append(-np.inf)
        high.append(1 - each.now / each.bound)
        if each.signed:
            rows.append(np.concatenate((unit, -excess)))
            low.append(-np.inf)
            high.append(1 + each.now / each.bound)
    most = [max(0.0, each.share(each.now) - 1) for each in measures]
    found = milp(
        np.concatenate((cost / scale + TIDY, np.full(k, DEAR))),
        constraints=LinearConstraint(np.array(rows), np.array(low), np.array(high)),
        integrality=np.concatenate((np.ones(n), np.zeros(k))),
        bounds=Bounds(np.zeros(n + k), np.concatenate(([each.units for each in trades], np.array(most) + SLACK))),
    )
    if found.x is None:
        raise InputError(f"The review found no way: {found.message}")
    return np.asarray(np.round(found.x[:n]))


TIDY = 1e-9
"""Of two ways at the same cost, the one of fewer units."""
