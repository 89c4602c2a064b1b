"""Numbers as a page shows them: true minus, thousands separated, unknown as a dash; a sign where it is a profit."""

from __future__ import annotations

import math

MINUS, DASH = "−", "–"


def money(value: float, *, sign: bool = False) -> str:
    """Whole money."""
    return _written(value, ",.0f", sign=sign)


def number(value: float, places: int = 2, *, sign: bool = False) -> str:
    return _written(value, f",.{places}f", sign=sign)


def percent(value: float, places: int = 1, *, sign: bool = False) -> str:
    """A decimal share in percent."""
    return _written(value, f",.{places}%", sign=sign)


def amount(value: float, unit: str) -> str:
    """A figure in its unit: share, ratio, money, count or days."""
    match unit:
        case "share":
            return percent(value)
        case "money":
            return money(value)
        case "ratio":
            return number(value)
        case _:
            return number(value, 1)


def tone(value: float) -> str:
    """The class of a profit or a loss; none for what is neither."""
    if math.isnan(value) or value == 0:
        return ""
    return "gain" if value > 0 else "loss"


def _written(value: float, form: str, *, sign: bool) -> str:
    if math.isnan(value):
        return DASH
    if math.isinf(value):
        return "∞" if value > 0 else f"{MINUS}∞"
    text = f"{abs(value):{form}}"
    if not any(digit in text for digit in "123456789"):
        return text
    return (MINUS if value < 0 else "+" if sign else "") + text
