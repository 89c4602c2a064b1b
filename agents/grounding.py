"""Numeric grounding: every number a narrative states must be a fact it was given, within rounding.

    text → numbers (agents.numbers) → facts of the same kind, and of the same subject where one is named → misses

    >>> check(
    ...     "Credit of $1.05, IV rank 62.", {"credit": (1.05, "USD/share"), "iv_rank": (62.0, "percent")}
    ... ).grounded
    True

Kinds do not mix: dollars match money, percents match percents, days match days (weeks and months convert),
dates match dates. A number without a unit may be any quantity. Where the words right before a number name a
subject (`delta of 0.22`), only the facts of that subject count. Signs are not compared: the same short put is
`delta 0.22` to its seller and `-0.22` in a table.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from agents.brief import entries
from agents.numbers import Kind, Number, plain, read

Facts = Mapping[str, tuple[float | str, str]]


class Miss(NamedTuple):
    """A number without a fact: its place in the text, how it is written, why it is not grounded."""

    span: tuple[int, int]
    number: str
    reason: str


class Grounding(NamedTuple):
    misses: tuple[Miss, ...]

    @property
    def grounded(self) -> bool:
        return not self.misses


class _Known(NamedTuple):
    name: str
    kind: Kind
    value: float
    date: tuple[int, int, int]


# Names and terms of the trade whose digits are no claims.
_TERMS = re.compile(
    r"S&P ?500|Russell ?[12]000|Nasdaq[ -]?100|Dow ?30|10-[KQ]\b|8-K\b|VIX9D|52-week|24/7|one-day 95 ?%"
    r"|RSI[ -]?\(?14\)?|14-day RSI|SMA[ -]?\(?20\)?|20-day (?:SMA|(?:simple )?(?:moving )?average)",
    re.IGNORECASE,
)

_UNITS: dict[str, Kind] = {
    "percent": Kind.PERCENT,
    "percent/year": Kind.PERCENT,
    "percentile": Kind.PERCENT,
    "fraction": Kind.PERCENT,
    "vol points": Kind.POINTS,
    "points": Kind.POINTS,
    "days": Kind.DAYS,
    "contracts": Kind.COUNT,
    "shares": Kind.COUNT,
    "expected moves": Kind.MOVES,
    "standard deviations": Kind.MOVES,
    "date": Kind.DATE,
    "time": Kind.TIME,
}

# What a number written as the key may refer to.
_ALLOWED: dict[Kind, frozenset[Kind]] = {
    Kind.MONEY: frozenset({Kind.MONEY}),
    Kind.PERCENT: frozenset({Kind.PERCENT, Kind.POINTS}),
    Kind.POINTS: frozenset({Kind.PERCENT, Kind.POINTS, Kind.PLAIN}),
    Kind.DAYS: frozenset({Kind.DAYS}),
    Kind.COUNT: frozenset({Kind.COUNT}),
    Kind.MULTIPLE: frozenset({Kind.PLAIN, Kind.MOVES}),
    Kind.MOVES: frozenset({Kind.MOVES}),
    Kind.DATE: frozenset({Kind.DATE}),
    Kind.TIME: frozenset({Kind.TIME}),
    Kind.PLAIN: frozenset(Kind) - {Kind.DATE, Kind.TIME},
}

# Words that name a subject → the facts that are about it.
_SUBJECTS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (words, re.compile(names))
    for words, names in (
        (r"iv rank|implied volatility rank", r"iv_rank"),
        (r"iv percentile|implied volatility percentile", r"iv_percentile"),
        (r"realised vol(?:atility)?|realized vol(?:atility)?", r"realised_vol"),
        (r"implied vol(?:atility)?|iv", r"^iv(?:$| |_above)"),
        (r"probability of profit|pop", r"probability_of_profit|^pop\b"),
        (r"probability of loss", r"probability_of_loss"),
        (r"put/call ratio", r"put_call_ratio"),
        (r"open interest", r"open_interest"),
        (r"expected move", r"expected_move"),
        (r"max(?:imum)? loss", r"max_loss"),
        (r"max(?:imum)? profit", r"max_profit"),
        (r"yield", r"yield"),
        (r"half (?:of )?the credit", r"half_credit"),
        (r"(?:twice|double) the credit", r"double_credit"),
        (r"credit|premium", r"^(?:natural_)?credit|^premium"),
        (r"collateral", r"collateral"),
        (r"breakeven", r"breakeven"),
        (r"strike", r"strike"),
        (r"spot", r"spot"),
        (r"delta", r"delta"),
        (r"gamma", r"gamma"),
        (r"theta", r"theta"),
        (r"vega", r"vega"),
        (r"beta", r"beta"),
        (r"volume", r"volume"),
        (r"spread", r"spread"),
        (r"correlation", r"correlation"),
        (r"vix", r"vix"),
        (r"rsi", r"rsi"),
    )
)
_FILLERS = r"(?:[ (:=]|\b(?:of|at|is|was|near|around|about|roughly|only|just|stands|sits|reads|a|the)\b)*"
_NAMED = re.compile(
    r"\b(?:" + "|".join(f"(?P<s{i}>{words})" for i, (words, _) in enumerate(_SUBJECTS)) + rf")s?{_FILLERS}$",
    re.IGNORECASE,
)
_REACH = 48

# A text that is a name with digits in it: a bare number is never a name.
_NAME = re.compile(r"(?=.*\d).*[^\W\d_]")

# The bounds and margins of a filter are about a subject, but `delta of 0.35` does not mean its upper bound.
_BOUND = re.compile(r"filter (?:threshold|low|high|margin)$")


def check(text: str, facts: Facts) -> Grounding:
    """Every number of `text` held against `facts` (name → value and unit; dates as ISO text)."""
    readable = _masked(plain(text), facts)
    known = tuple(_known(facts))
    misses = []
    for number in read(readable):
        reason = _why_not(number, _about(number, readable, known))
        if reason:
            misses.append(Miss((number.start, number.end), text[number.start : number.end].strip(), reason))
    return Grounding(tuple(misses))


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


def _masked(text: str, facts: Facts) -> str:
    """The text without the digits of names: terms of the trade and the brief's own texts (`IWM 45d 235 put`)."""
    names = {str(value) for value, unit in facts.values() if unit == "text" and _NAME.search(str(value))}
    for pattern in (_TERMS, *(re.compile(rf"(?<!\w){re.escape(name)}(?!\w)") for name in _longest_first(names))):
        text = pattern.sub(lambda match: " " * len(match[0]), text)
    return text


def _longest_first(names: set[str]) -> list[str]:
    return sorted(names, key=lambda name: (-len(name), name))


def _known(facts: Facts) -> list[_Known]:
    known = []
    for name, (value, unit) in facts.items():
        kind = Kind.MONEY if unit.startswith("USD") else _UNITS.get(unit, Kind.PLAIN)
        if unit == "text":
            continue
        if kind is Kind.DATE:
            year, month, day = (int(part) for part in str(value).split("-"))
            known.append(_Known(name, kind, 0.0, (year, month, day)))
        elif kind is Kind.TIME:
            hour, minute = (int(part) for part in str(value).split(":"))
            known.append(_Known(name, kind, 0.0, (0, hour, minute)))
        else:
            known.append(_Known(name, kind, abs(float(value)) * (100.0 if unit == "fraction" else 1.0), (0, 0, 0)))
    return known


def _about(number: Number, text: str, known: tuple[_Known, ...]) -> list[_Known]:
    """The facts a number may refer to: of an allowed kind, and of the named subject where that has any."""
    allowed = _ALLOWED[number.kind]
    pool = [fact for fact in known if fact.kind in allowed]
    match = _NAMED.search(text, max(0, number.start - _REACH), number.start)
    if match is None or match.lastgroup is None:
        return pool
    names = _SUBJECTS[int(match.lastgroup[1:])][1]
    subject = [fact for fact in pool if names.search(fact.name)]
    measured = [fact for fact in subject if not _BOUND.search(fact.name)] or subject
    return [fact for fact in measured if fact.kind is number.kind] or measured or pool


def _why_not(number: Number, facts: list[_Known]) -> str:
    """Empty when one of `facts` carries the number."""
    if number.kind in (Kind.DATE, Kind.TIME):
        same = any(_same_date(number.date, fact.date) for fact in facts)
        return "" if same else f"no {number.kind.value} of the brief"
    if any(_near(number, fact) for fact in facts):
        return ""
    if not facts:
        return f"the brief states nothing in this unit ({number.kind.value})"
    nearest = min(facts, key=lambda fact: abs(fact.value - number.value))
    return f"not in the brief; the nearest fact is {nearest.name.replace('_', ' ')} at {nearest.value:g}"


def _same_date(written: tuple[int, int, int], fact: tuple[int, int, int]) -> bool:
    """Parts that are not written (a year, a day) are zero and match anything; a time is (0, hour, minute)."""
    if fact[0] == 0:
        return written == fact
    return all(part in (0, whole) for part, whole in zip(written, fact, strict=True))


def _near(number: Number, fact: _Known) -> bool:
    if not math.isfinite(number.value):
        return False
    slack = number.tolerance + 1e-9 * max(1.0, number.value)
    if abs(fact.value - number.value) <= slack:
        return True
    # `0.084` for 8.4 %: a percent may be written as the fraction it is
    fraction = number.kind is Kind.PLAIN and fact.kind is Kind.PERCENT and number.value < 1
    return fraction and abs(fact.value / 100 - number.value) <= min(slack, 0.005)
