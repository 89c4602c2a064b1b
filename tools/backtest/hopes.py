"""The success figures of the founding documents, beside what was measured (spec L): shown, never assumed."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from tools.backtest.figures import Figure
from tools.performance.statistics import Drawdown


@dataclass(frozen=True, slots=True)
class Hope:
    """`above` whether more is better; `met` None where the measure has no meaning.

    sure  whether the whole interval lies on the same side of the hope as the measure
    """

    name: str
    wanted: float
    above: bool
    measured: float
    met: bool | None
    sure: bool


def hopes(figures: Iterable[Figure], *, drawdown: Drawdown) -> tuple[Hope, ...]:
    """Sharpe above 1.2, drawdown below 15 %, more than 75 % of trades won."""
    by_name = {each.name: each for each in figures}
    fall = by_name["max drawdown"]
    return (
        _hope(by_name["Sharpe"], 1.2, above=True),
        _hope(Figure(fall.name, abs(drawdown.depth), fall.unit, fall.of, -fall.high, -fall.low), 0.15, above=False),
        _hope(by_name["win rate"], 0.75, above=True),
    )


def _hope(figure: Figure, wanted: float, *, above: bool) -> Hope:
    if math.isnan(figure.value):
        return Hope(figure.name, wanted, above, figure.value, None, sure=False)
    met = figure.value > wanted if above else figure.value < wanted
    sure = figure.low > wanted or figure.high < wanted
    return Hope(figure.name, wanted, above, figure.value, met, sure)
