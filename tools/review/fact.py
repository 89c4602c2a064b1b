"""One fact of a record: where it stands, what it says, in which unit."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any
from zoneinfo import ZoneInfo

from tools.domain.value import Value

NEW_YORK = ZoneInfo("America/New_York")

TEXT = "text"
"""A name or a word of ours; digits in it are no claims."""
WORDS = "words"
"""What a model, a person or a source wrote: data, never instruction, and no ground for a number."""
UNKNOWN = "unknown"
"""Nobody knows it; the value is the reason."""
NOT_APPLICABLE = "not applicable"
HASH = "hash"
"""The identity of something; it is checked, not read."""

NO_GROUND = frozenset({WORDS, UNKNOWN, NOT_APPLICABLE, HASH})


class RecordFact(Value):
    """A value at a dotted path (`filters.delta.value`). Numbers are as shown: percent, dollars, days."""

    path: str
    value: float | int | str
    unit: str

    @property
    def words(self) -> str:
        """`12.97 %`, `$22,821`, `34 days`, `unknown (no calendar)`."""
        return in_words(self.value, self.unit)


class Facts(dict[str, RecordFact]):
    """Facts by path, in the order of the record."""

    def put(self, path: str, value: Any, unit: str) -> None:
        """Add one; what is None or empty is left out, a number is rounded to what is shown."""
        if value is None or value == "":
            return
        if isinstance(value, bool):
            value, unit = "yes" if value else "no", TEXT
        if isinstance(value, float | Decimal):
            if not math.isfinite(value):
                return
            value = shown(float(value), unit)
        self[path] = RecordFact(path=path, value=value, unit=unit)

    def percent(self, path: str, fraction: float | None, unit: str = "percent") -> None:
        self.put(path, None if fraction is None else 100 * fraction, unit)

    def at(self, path: str, instant: datetime | None) -> None:
        """A day and a time, both New York's."""
        if instant is not None:
            local = instant.astimezone(NEW_YORK)
            self.put(f"{path}.date", local.date().isoformat(), "date")
            self.put(f"{path}.time", f"{local:%H:%M}", "time")

    def under(self, prefix: str) -> Iterator[RecordFact]:
        """Everything below a path."""
        return (fact for path, fact in self.items() if path.startswith(f"{prefix}."))

    def words(self, path: str) -> str:
        """A fact in words; `unknown` where the record does not hold it."""
        return self[path].words if path in self else "unknown"

    def number(self, path: str) -> float | None:
        fact = self.get(path)
        return float(fact.value) if fact is not None and not isinstance(fact.value, str) else None

    def grounds(self) -> dict[str, tuple[float | str, str]]:
        """What a number may rest on: name → (value, unit), each name opening with its subject."""
        told = ((path, fact) for path, fact in self.items() if fact.unit not in NO_GROUND)
        return {_subject(path): (fact.value, _ground(fact.unit)) for path, fact in told}


def shown(value: float, unit: str) -> float:
    """As many digits as a reader needs: two decimals, or four significant ones where that says more."""
    digits = 2 if unit.startswith("USD") and abs(value) >= 0.01 else 4 if unit == "score" else 2
    rounded = _places(value, digits)
    return rounded if abs(rounded) >= 1 or unit == "score" else _figures(value, 3)


def in_words(value: float | str, unit: str) -> str:
    """A value as written in a sentence."""
    if unit in (UNKNOWN, NOT_APPLICABLE):
        return f"{unit} ({value})"
    if isinstance(value, str):
        return value
    number = f"{value:,}"
    if unit.startswith("percent"):
        return f"{number} %{' a year' if unit == 'percent/year' else ''}"
    if unit.startswith("USD"):
        sign, per = "-" if value < 0 else "", unit.removeprefix("USD").replace("/", " per ")
        cents = abs(value) >= 1 or round(value, 2) == value
        digits = f"{abs(value):,.0f}" if float(value).is_integer() else f"{abs(value):{',.2f' if cents else 'g'}}"
        return f"{sign}${digits}{per}"
    if unit in ("number", "score", "ratio"):
        return number
    return f"{number} {unit.removesuffix('s') if value == 1 else unit}"


def _ground(unit: str) -> str:
    """A share of something is a percentage as well."""
    return "percent" if unit.startswith("percent of") else unit


def _subject(path: str) -> str:
    """`delta filter value` for `filters.delta.value`; else the last word and the path it stands at."""
    parts = path.split(".")
    if parts[0] == "filters" and len(parts) == 3:
        return f"{parts[1]} filter {parts[2]}"
    if parts[0] == "limits" and len(parts) == 3:
        return f"limit {parts[1]} {parts[2]}"
    return f"{parts[-1]} {path}"


def _places(value: float, digits: int) -> float:
    """Rounded on twelve digits first, so that float noise never tips a tie."""
    exact = Decimal(f"{value:.12g}").quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_EVEN)
    return _number(exact)


def _figures(value: float, digits: int) -> float:
    exact = Decimal(f"{value:.12g}")
    if exact == 0:
        return 0
    return _number(exact.quantize(Decimal(1).scaleb(exact.adjusted() - digits + 1), rounding=ROUND_HALF_EVEN))


def _number(value: Decimal) -> float:
    """Whole numbers without a decimal point; zero without a sign."""
    return int(value) if value == value.to_integral_value() else float(value)


def plain(data: Mapping[str, Any], *keys: str) -> Any:
    """`data[a][b]…`, None where one is missing."""
    found: Any = data
    for key in keys:
        found = found.get(key) if isinstance(found, Mapping) else None
    return found
