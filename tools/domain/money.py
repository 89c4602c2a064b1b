"""Ticks and rounding at the order boundary.

Penny Interval Program classes trade in 0.01 below 3.00 and 0.05 from there; SPY, QQQ and IWM in 0.01
throughout; other classes in 0.05 below 3.00 and 0.10 from there (Cboe Rule 5.4(a)-(b)). Multi-leg
orders trade in 0.01.
"""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

PENNY_ALWAYS = frozenset({"SPY", "QQQ", "IWM"})
NON_PENNY = frozenset({"SPX", "SPXW", "NDX", "RUT", "VIX", "XSP"})
CENT = Decimal("0.01")


def tick_size(root: str, price: float, *, legs: int = 1, shares: bool = False) -> Decimal:
    """The minimum price increment of an option class at `price` (per share); of shares a cent (SEC Rule 612)."""
    if shares or legs > 1 or root in PENNY_ALWAYS or root == "XSP":
        return CENT
    below = price < 3.0
    if root in NON_PENNY:
        return Decimal("0.05") if below else Decimal("0.10")
    return CENT if below else Decimal("0.05")


def exact(price: float) -> Decimal:
    """A quoted price in decimals, without the noise of binary floats: 1.2999999999999998 is 1.3."""
    return Decimal(repr(float(price))).quantize(Decimal("0.000001"))


def round_down(price: float | Decimal, tick: Decimal) -> Decimal:
    """The nearest tick at or below `price`."""
    units = (Decimal(repr(price)) if isinstance(price, float) else price) / tick
    return (units.to_integral_value(rounding=ROUND_FLOOR) * tick).quantize(tick)


def round_up(price: float | Decimal, tick: Decimal) -> Decimal:
    """The nearest tick at or above `price`."""
    units = (Decimal(repr(price)) if isinstance(price, float) else price) / tick
    return (units.to_integral_value(rounding=ROUND_CEILING) * tick).quantize(tick)
