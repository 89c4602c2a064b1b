"""The card as plain text, and the console as a channel.

Analyst's words come from outside the house: control characters are taken out, so that no text can move the cursor
or paint over a number.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from zoneinfo import ZoneInfo

from tools.approvals.card import Card, RiskLine
from tools.domain.decision import LimitState
from tools.domain.wording import told_apart

WIDTH = 96
NARRATIVE_LINES = 2

_NEW_YORK = ZoneInfo("America/New_York")


class ConsoleChannel:
    """Implements `ApprovalChannel` by writing lines: a card once, its price again when only that has moved."""

    name = "console"

    def __init__(self, write: Callable[[str], None]) -> None:
        self._write = write
        self._shown: dict[str, tuple[int, int, str]] = {}

    def announce(self, card: Card) -> None:
        before, terms = self._shown.get(card.decision_id), (card.revision, card.contracts, f"{card.credit:.4f}")
        self._shown[card.decision_id] = terms
        if before is None or before[:2] != terms[:2]:
            self._write(render(card))
        elif before != terms:
            self._write(f"{card.decision_id}: quoted again, {card.credit:.2f} per share; expires {_expiry(card)}")

    def withdraw(self, decision_id: str, what_happened: str) -> None:
        if self._shown.pop(decision_id, None) is not None:
            self._write(f"{decision_id}: {plain(what_happened)}")

    def shown(self) -> tuple[str, ...]:
        return tuple(self._shown)


def render(card: Card) -> str:
    """The card, at most `WIDTH` characters wide."""
    lines = [f"[{card.mode.value.upper()}] {card.decision_id}  {plain(card.title)}"]
    lines += [f"  {leg}" for leg in card.legs]
    lines += [
        _row("credit", f"{card.credit:.2f} per share, {card.premium:,.2f} in all"),
        *(
            [_row("order", f"limit {card.limit}, walked to {card.floor} at worst")]
            if card.limit is not None
            else []
        ),
        _row("max loss", f"{card.max_loss:,.2f}"),
        _row("breakeven", " / ".join(f"{price:,.2f}" for price in card.breakevens) or "unknown"),
        _row("PoP", "unknown" if card.pop is None else f"{card.pop:.0%}"),
        _row("score", card.score),
    ]
    lines += [_row("because" if place == 0 else "", plain(reason)) for place, reason in enumerate(card.reasons)]
    widest = max((len(plain(line.name)) for line in card.risk), default=0)
    lines += [_row("risk" if place == 0 else "", _risk(line, widest)) for place, line in enumerate(card.risk)]
    lines += [_row("analyst" if place == 0 else "", text) for place, text in enumerate(_narrative(card))]
    lines += [
        _row("quote", f"{age(card.quote_age_seconds)} old, feed {plain(card.feed)}"),
        _row("expires", _expiry(card)),
    ]
    return "\n".join(line if len(line) <= WIDTH else f"{line[: WIDTH - 1]}…" for line in lines)


def plain(text: str) -> str:
    """One line of printable characters."""
    return "".join(letter if letter.isprintable() else " " for letter in text).strip()


def age(seconds: float) -> str:
    """`12 s`, `3 min`, `2 h`."""
    if seconds < 120:
        return f"{max(seconds, 0):.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.0f} h"


def _row(name: str, value: str) -> str:
    return f"  {name:<10}{value}"


def _narrative(card: Card) -> list[str]:
    """Two lines of the risk narrative, then who wrote it."""
    wrapped = textwrap.wrap(plain(card.narrative), WIDTH - 12, max_lines=NARRATIVE_LINES, placeholder=" …")
    return [*wrapped, f"({plain(card.analyst)})"] if card.analyst else wrapped


def _risk(line: RiskLine, width: int) -> str:
    flag = {LimitState.ALERT: "  alert", LimitState.FAIL: "  over the limit", LimitState.UNKNOWN: "  unknown"}
    before, limit = amount(line.before, line.unit), amount(line.limit, line.unit)
    after = amount(line.after, line.unit, beside=line.limit)
    concerns_the_trade_alone = line.before is None and line.state is not LimitState.UNKNOWN
    moved = after if concerns_the_trade_alone else f"{before} → {after}"
    return f"{plain(line.name):<{width + 2}}{moved} of {limit}{flag.get(line.state, '')}"


def amount(value: float | None, unit: str, *, beside: float | None = None) -> str:
    """A measure in its unit: shares as percent, money and counts with separators; told apart from `beside`."""
    if value is None:
        return "unknown"
    if unit.startswith("share of"):
        limit = value if beside is None else beside
        return told_apart(value, limit, lambda number, places: f"{number:.{places}%}", places=1)
    return f"{value:,.2f}" if value != round(value) else f"{value:,.0f}"


def _expiry(card: Card) -> str:
    return (
        "no deadline"
        if card.expires is None
        else f"{card.expires.astimezone(_NEW_YORK):%Y-%m-%d %H:%M} New York time"
    )
