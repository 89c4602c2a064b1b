"""Monthly returns as a table of years: each month shaded by how much it won or lost, each year compounded."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tools.domain.chain import FloatArray
from tools.performance.statistics import Days
from tools.reporting.wording import percent, tone

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
FULL = 0.7
"""How opaque the best or the worst month is."""


@dataclass(frozen=True, slots=True)
class Cell:
    """`shade` from 0 to `FULL`; `tone` is its colour's class. Empty for a month outside the window."""

    text: str = ""
    tone: str = ""
    shade: float = 0.0


@dataclass(frozen=True, slots=True)
class Year:
    name: str
    months: tuple[Cell, ...]
    whole: Cell


def years(months: Days, returns: FloatArray) -> tuple[Year, ...]:
    """Months (datetime64[M]) with their returns, by calendar year."""
    most = float(np.quantile(np.abs(returns), 0.98)) or 1.0
    place = months.astype("datetime64[M]").astype(np.int64)
    found = []
    for year in np.unique(place // 12):
        here = place // 12 == year
        cells = [Cell()] * 12
        for month, value in zip(place[here] % 12, returns[here], strict=True):
            cells[int(month)] = Cell(
                percent(value, sign=True), tone(value), round(FULL * min(abs(value) / most, 1.0), 2)
            )
        whole = float(np.prod(1 + returns[here]) - 1)
        found.append(Year(str(1970 + int(year)), tuple(cells), Cell(percent(whole, sign=True), tone(whole))))
    return tuple(found)
