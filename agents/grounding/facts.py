"""The facts a narrative is held against: name → (value, unit), read once into comparable values.

name, value, unit → kind, value in the base unit, concepts of the name, which way is loss
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from functools import lru_cache
from typing import Any, NamedTuple

from agents.brief import entries
from agents.grounding.concepts import GREEKS, Name, concepts_of
from agents.grounding.units import Kind

Facts = Mapping[str, tuple[float | str, str]]
"""Name → value and unit, as a brief states them; dates as ISO text, times as `HH:MM`, texts as they are."""

_KINDS: dict[str, tuple[Kind, float]] = {
    "percent": (Kind.PERCENT, 1.0), "%": (Kind.PERCENT, 1.0), "percent/year": (Kind.PERCENT, 1.0),
    "percentile": (Kind.PERCENT, 1.0), "fraction": (Kind.PERCENT, 100.0), "fraction/year": (Kind.PERCENT, 100.0),
    "bps": (Kind.PERCENT, 0.01), "basis points": (Kind.PERCENT, 0.01),
    "vol points": (Kind.POINTS, 1.0), "points": (Kind.POINTS, 1.0),
    "days": (Kind.DAYS, 1.0), "weeks": (Kind.DAYS, 7.0), "months": (Kind.DAYS, 365.25 / 12),
    "years": (Kind.DAYS, 365.25), "hours": (Kind.HOURS, 1.0), "minutes": (Kind.HOURS, 1 / 60),
    "contracts": (Kind.COUNT, 1.0), "shares": (Kind.COUNT, 1.0), "lots": (Kind.COUNT, 1.0),
    "count": (Kind.COUNT, 1.0), "trades": (Kind.COUNT, 1.0),
    "expected moves": (Kind.MOVES, 1.0), "standard deviations": (Kind.MOVES, 1.0), "sigma": (Kind.MOVES, 1.0),
    "date": (Kind.DATE, 1.0), "time": (Kind.TIME, 1.0),
}  # fmt: skip
_MONEY = ("USD", "EUR", "GBP", "JPY")
_NOUNS = {"contracts": "contracts", "lots": "contracts", "shares": "shares"}
_PER = {"share": "share", "contract": "contract", "day": "day", "year": "year", "vol point": "point"}
_NOW = ("as_of_date", "as_of", "today", "quote_date", "date")


class Known(NamedTuple):
    """One fact. `value` is signed, in the base unit; `way` is 1 for a gain or a rise, -1 for a loss, else 0."""

    name: str
    kind: Kind
    value: float
    said: Name
    day: date | None = None
    time: tuple[int, int] | None = None
    per: str = ""
    noun: str = ""
    way: int = 0
    signed: bool = True


class Given:
    """All facts of one check, by kind; `names` are the texts whose digits are no claims."""

    def __init__(self, facts: Facts) -> None:
        self.facts: list[Known] = []
        self.names: list[str] = []
        for name, (value, unit) in facts.items():
            if unit == "text":
                text = str(value)
                if any(mark.isdigit() for mark in text) and any(mark.isalpha() for mark in text):
                    self.names.append(text)
            else:
                self.facts.append(_known(name, value, unit))
        self.facts.extend(_distances(self.facts))
        self.names.sort(key=lambda name: (-len(name), name))
        self.multiplier = next(
            (fact.value for fact in self.facts if fact.kind is Kind.COUNT and "multiplier" in fact.said.words),
            100.0,
        )
        self.by_kind: dict[Kind, list[Known]] = {}
        for fact in self.facts:
            self.by_kind.setdefault(fact.kind, []).append(fact)
        self.heads = frozenset(fact.said.head for fact in self.facts)
        self.by_word: dict[str, list[Known]] = {}
        for fact in self.facts:
            for word in fact.said.words:
                self.by_word.setdefault(word, []).append(fact)

    def of(self, kinds: Iterable[Kind]) -> list[Known]:
        return [fact for kind in kinds for fact in self.by_kind.get(kind, ())]


def facts_of(brief: Mapping[str, Any]) -> dict[str, tuple[float | str, str]]:
    """Every known fact of a brief as name → (value, unit), the numbers of the filters among them."""
    facts: dict[str, tuple[float | str, str]] = {"label": (brief["label"], "text")}
    moment = str(brief["as_of"]).split()
    facts |= {"as_of_date": (moment[0], "date"), "as_of_time": (moment[1], "time")}
    facts |= {name: (entry["value"], entry["unit"]) for name, entry in entries(brief) if "value" in entry}
    for result in brief["filters"]:
        for part in ("value", "threshold", "low", "high"):
            if part in result:
                facts[f"{result['rule']} filter {part}"] = (result[part], result["unit"])
        if "margin" in result:
            facts[f"{result['rule']} filter margin"] = (result["margin"], "score")
    return facts


def _known(name: str, value: float | str, unit: str) -> Known:
    said = concepts_of(name)
    currency, _, per = unit.partition("/")
    if currency in _MONEY:
        way, signed = _way(said, float(value), unit)
        return Known(
            name, Kind.MONEY, float(value), said, per=_PER.get(per, per), noun=currency, way=way, signed=signed
        )
    kind, factor = _KINDS.get(unit, (Kind.PLAIN, 1.0))
    if kind is Kind.DATE:
        return Known(name, kind, 0.0, said, day=date.fromisoformat(str(value)[:10]))
    if kind is Kind.TIME:
        hour, minute = (int(part) for part in str(value).split(":")[:2])
        return Known(name, kind, 0.0, said, time=(hour, minute))
    if isinstance(value, str):
        return Known(name, Kind.PLAIN, float("nan"), said)
    number = float(value) * factor
    way, signed = _way(said, number, unit)
    per = "year" if unit.endswith("/year") else ("share" if unit == "per share" else "")
    return Known(name, kind, number, said, per=per, noun=_NOUNS.get(unit, ""), way=way, signed=signed)


@lru_cache(maxsize=1024)
def _way(said: Name, value: float, unit: str) -> tuple[int, bool]:
    """Whether a fact is a gain or a loss, a rise or a fall, and whether a written minus contradicts it.

    Greeks are `0.22` to the seller and `-0.22` in a table; a loss is written with and without its minus.
    """
    sign = (value > 0) - (value < 0)
    if said.words & GREEKS:
        return 0, False
    if said.head == "probability":
        return 0, True
    if said.words & {"loss", "drawdown", "decline", "debit", "drop"}:
        return -1, False
    if said.words & {"below", "under"}:
        return -sign, False
    if said.words & {"profit", "pnl", "change", "performance", "from", "above", "over", "momentum", "return"}:
        return sign, True
    return (-1 if sign < 0 else 0), True


def _distances(facts: Iterable[Known]) -> list[Known]:
    """Where the facts say which day it is, the days from it to every other date are facts too."""
    known = {fact.name: fact for fact in facts if fact.day is not None}
    now = next((known[name].day for name in _NOW if name in known), None)
    if now is None:
        return []
    return [
        Known(fact.name, Kind.DAYS, float(abs((fact.day - now).days)), fact.said)
        for fact in known.values()
        if fact.day is not None and fact.day != now
    ]
