"""Numbers and times as the pages write them: true minus, thousands, units, New York time with its date."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from tools.approvals.card import Card, RiskLine, ScorePart
from tools.approvals.console import age, amount, plain
from tools.domain.decision import LimitState

MINUS = "−"
WARN = 0.8
"""The share of a limit from which its gauge is amber; at the limit it is red."""

_NEW_YORK = ZoneInfo("America/New_York")


def money(value: float | Decimal, *, signed: bool = False) -> str:
    """`−13,590.00`."""
    return f"{value:{'+' if signed else ''},.2f}".replace("-", MINUS)


def share(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.0%}"


def stamp(at: datetime | None) -> str:
    """`2026-11-20 16:00 New York`."""
    return "–" if at is None else f"{at.astimezone(_NEW_YORK):%Y-%m-%d %H:%M} New York"


@dataclass(frozen=True)
class Gauge:
    """One limit as a row: words, and how full it is in hundredths."""

    name: str
    before: str
    after: str
    limit: str
    filled: int
    colour: str
    note: str


def gauge(line: RiskLine) -> Gauge:
    alone = line.before is None and line.state is not LimitState.UNKNOWN
    used = None if line.after is None or not line.limit else abs(line.after) / abs(line.limit)
    colour = "calm" if used is None or used < WARN else "amber" if used < 1 else "red"
    notes = {LimitState.ALERT: "alert", LimitState.FAIL: "over the limit", LimitState.UNKNOWN: "unknown"}
    return Gauge(
        name=plain(line.name),
        before="" if alone else _amount(line.before, line),
        after=_amount(line.after, line, beside=line.limit),
        limit=_amount(line.limit, line),
        filled=0 if used is None else round(100 * min(used, 1)),
        colour=colour,
        note=notes.get(line.state, ""),
    )


@dataclass(frozen=True)
class Bar:
    """One of the three opinions: what it adds to the score of ten."""

    name: str
    weight: str
    value: str
    adds: str
    filled: int


def bar(part: ScorePart) -> Bar:
    known = part.value is not None
    return Bar(
        name=part.name,
        weight=f"{part.weight:.0%}",
        value=f"{part.value:.2f}" if part.value is not None else "unknown",
        adds=f"{part.weight * part.value:.2f}" if part.value is not None else "–",
        filled=round(10 * part.value) if known and part.value is not None else 0,
    )


def total(card: Card) -> str:
    """The sum of the three, `–` where one is unknown."""
    values = [part.weight * part.value for part in card.parts if part.value is not None]
    return f"{sum(values):.2f}" if card.parts and len(values) == len(card.parts) else "–"


def quote_age(card: Card) -> str:
    return f"{age(card.quote_age_seconds)} old, feed {plain(card.feed)}"


def _amount(value: float | None, line: RiskLine, *, beside: float | None = None) -> str:
    return amount(value, line.unit, beside=beside).replace("-", MINUS)
