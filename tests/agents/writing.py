"""How a value may be written, by its unit: figures, words, rounded, hedged, in another unit that means the same."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import date

Writer = Callable[[float | date], str]

_WORDS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen"
    " seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety"
)
_ONES, _TENS = _WORDS.split(" ")[:20], _WORDS.split(" ")[20:]


def in_english(number: int) -> str:
    if number < 20:
        return _ONES[number]
    if number < 100:
        ten, one = divmod(number, 10)
        return _TENS[ten - 2] + (f"-{_ONES[one]}" if one else "")
    if number < 1000:
        hundreds, rest = divmod(number, 100)
        return f"{_ONES[hundreds]} hundred" + (f" and {in_english(rest)}" if rest else "")
    thousands, rest = divmod(number, 1000)
    return f"{in_english(thousands)} thousand" + (f" {in_english(rest)}" if rest else "")


def _ordinal(day: int) -> str:
    return f"{day}{'th' if 10 < day % 100 < 14 else {1: 'st', 2: 'nd', 3: 'rd'}.get(day % 10, 'th')}"


def _wide(text: str) -> str:
    return "".join(chr(ord(mark) + 0xFEE0) if mark.isdigit() else mark for mark in text)


def _rounded(value: float) -> str:
    return f"{value:.0f}" if abs(value % 1 - 0.5) > 1e-6 and value >= 2 else f"{value:g}"


def _ceil(value: float) -> int:
    return math.ceil(value - 1e-9)


MONEY: list[Writer] = [
    lambda v: f"${v:,.2f}",
    lambda v: f"{v:.2f} USD",
    lambda v: f"${v:.2f} per share",
    lambda v: f"{v:.2f} dollars",
    lambda v: f"US${v:.2f}",
    lambda v: f"about ${v:.2f}",
    lambda v: f"${v:.2f} a share",
    lambda v: f"${v * 100:,.0f} per contract" if v < 20 else f"${v:.2f}",
    lambda v: _wide(f"${v:.2f}"),
    lambda v: f"{v:.2f}",
    lambda v: f"{round(v * 100)} cents" if v < 1 else f"${v:.2f}/share",
]
CONTRACT: list[Writer] = [
    lambda v: f"${v:,.0f}",
    lambda v: f"{v:,.0f} dollars",
    lambda v: f"USD {v:.0f}",
    lambda v: f"${v:.0f} per contract",
    lambda v: f"${v / 1000:.1f}k" if v >= 2000 else f"${v:.0f}",
    lambda v: f"roughly ${v:,.0f}",
    lambda v: f"{in_english(round(v))} dollars",
    lambda v: f"${v:,.0f} a contract",
    lambda v: f"${v / 100:,.2f} per share" if v >= 100 else f"${v:.0f}",
]
PERCENT: list[Writer] = [
    lambda v: f"{v:g} %",
    lambda v: f"{v:g}%",
    lambda v: f"{v:g} percent",
    lambda v: f"{v:g} per cent",
    lambda v: f"about {_rounded(v)} %",
    lambda v: f"{v:g} pct",
    lambda v: f"{v:.1f}%",
    lambda v: f"{in_english(int(v))} percent" if v == int(v) else f"{v:g} %",
    lambda v: _wide(f"{v:g}") + " %",
    lambda v: f"just under {_ceil(v)} %" if v > 11 and v != int(v) else f"{v:g} %",
    lambda v: f"over {int(v)} %" if v > 11 and v != int(v) else f"{v:g}\u00a0%",
    lambda v: f"{v * 100:.0f} basis points" if v < 10 else f"{v:g} %",
]
PLAIN: list[Writer] = [
    lambda v: f"{v:g}",
    lambda v: f"{v:.2f}" if v < 10 and round(v, 2) == v else f"{v:g}",
    lambda v: f"about {v:g}",
    lambda v: f"roughly {v:g}",
    lambda v: f"{v:g}".lstrip("0") if v < 1 else f"{v:g}",
]
POINTS: list[Writer] = [
    lambda v: f"{v:g}",
    lambda v: f"{v:g} points",
    lambda v: f"about {_rounded(v)}",
    lambda v: in_english(int(v)) if v == int(v) and v > 12 else f"{v:g}",
    lambda v: f"nearly {_ceil(v)}" if v > 11 and v != int(v) else f"{v:g}",
]
VOLS: list[Writer] = [
    lambda v: f"{v:g} points",
    lambda v: f"{v:g} vol points",
    lambda v: f"{v:g} volatility points",
]
DAYS: list[Writer] = [
    lambda v: f"{v:g} days",
    lambda v: f"{v:g} calendar days",
    lambda v: f"{in_english(int(v))} days",
    lambda v: f"about {round(v / 7)} weeks" if v >= 14 else f"{v:g} days",
    lambda v: f"{v:g}d",
]
COUNT: list[Writer] = [
    lambda v: f"{v:,.0f} contracts",
    lambda v: f"{v:,.0f}",
    lambda v: f"{v:.0f} lots",
    lambda v: f"about {v:,.0f} contracts",
    lambda v: f"{v / 1000:.1f}k contracts" if v >= 2000 else f"{v:.0f} contracts",
    lambda v: f"more than {int(v // 100) * 100} contracts" if v > 1500 else f"{v:.0f} contracts",
]
PER_DAY: list[Writer] = [
    lambda v: f"${v:.2f} a day",
    lambda v: f"${v:g} per day",
    lambda v: f"${v:g}",
    lambda v: f"{v:g} dollars a day",
]
PER_POINT: list[Writer] = [
    lambda v: f"${v:g} per vol point",
    lambda v: f"${v:g} a point",
    lambda v: f"-${v:g}",
    lambda v: f"\u2212{v:g} dollars",
]
DATES: list[Writer] = [
    lambda d: d.isoformat(),
    lambda d: f"{d:%B} {d.day}, {d.year}",
    lambda d: f"{d.day} {d:%B} {d.year}",
    lambda d: f"{d:%b} {d.day}",
    lambda d: f"{d.day} {d:%B}",
    lambda d: f"{d:%m/%d/%Y}",
    lambda d: f"the {_ordinal(d.day)} of {d:%B}",
    lambda d: f"{d:%A}, {d:%B} {_ordinal(d.day)}",
    lambda d: f"{d:%b}. {d.day}, {d.year}",
    lambda d: f"{d.day}-{d:%b}-{d:%y}",
]

WRITERS: dict[str, list[Writer]] = {
    "USD/share": MONEY,
    "USD/contract": CONTRACT,
    "percent": PERCENT,
    "percent/year": [*PERCENT, lambda v: f"{v:g} % a year", lambda v: f"{v:g} % annualised"],
    "ratio": PLAIN,
    "per share": PLAIN,
    "points": POINTS,
    "vol points": VOLS,
    "days": DAYS,
    "contracts": COUNT,
    "USD/day": PER_DAY,
    "USD/vol point": PER_POINT,
    "date": DATES,
}
_EXACT: dict[str, Writer] = {
    "USD/share": lambda v: f"${v:,.2f}",
    "USD/contract": lambda v: f"${v:,.0f}",
    "percent": lambda v: f"{v:g} %",
    "percent/year": lambda v: f"{v:.1f} %",
    "ratio": lambda v: f"{v:.2f}",
    "per share": lambda v: f"{v:g}" if v < 0.1 else f"{v:.2f}",
    "points": lambda v: f"{v:g}",
    "vol points": lambda v: f"{v:g} points",
    "days": lambda v: f"{v:g} days",
    "contracts": lambda v: f"{v:,.0f} contracts",
    "USD/day": lambda v: f"${v:.1f} a day",
    "USD/vol point": lambda v: f"${v:.1f} per vol point",
    "date": lambda d: d.isoformat(),
}


def exact(unit: str) -> Writer:
    return _EXACT[unit]
