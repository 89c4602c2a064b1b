"""What exposures add up to. A sum with an unknown part is unknown."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace

from tools.calendar.expiries import VIX_ROOTS
from tools.domain.account import Exposure

AMOUNTS = (
    "dollar_delta", "gamma_1pct", "vega_point", "theta_day", "collateral", "max_loss", "notional", "overnight_loss",
    "rise_loss",
)  # fmt: skip
UNKNOWN_SECTOR = "unknown"


@dataclass(frozen=True, slots=True)
class Measures:
    """Sums over exposures in account currency, named as in `Exposure`; `nan` where a part is unknown.

    `sectors` leaves exempt exposures out and holds what no sector is known of under `UNKNOWN_SECTOR`;
    `brokers` is the collateral held at each.
    """

    dollar_delta: float
    gamma_1pct: float
    vega_point: float
    theta_day: float
    collateral: float
    max_loss: float
    notional: float
    overnight_loss: float
    rise_loss: float
    sectors: dict[str, float]
    brokers: dict[str, float]


# The Greeks of an option on volatility lean against it, not against prices: a VIX call that hedges sold options
# would count as exposure of their kind, and make F3-F5 refuse it.
LEANS = ("dollar_delta", "gamma_1pct", "vega_point")


def measure(exposures: Iterable[Exposure]) -> Measures:
    """Sum exposures. Exactly rounded (`fsum`), so the order of positions never changes a verdict."""
    rows = tuple(exposures)
    of_prices = [row for row in rows if row.underlying not in VIX_ROOTS]
    totals = {name: math.fsum(getattr(row, name) for row in rows) for name in AMOUNTS}
    totals |= {name: math.fsum(getattr(row, name) for row in of_prices) for name in LEANS}
    sectors = _grouped((sector, amount) for row in rows for sector, amount in row.sectors.items())
    brokers = _grouped((row.broker, row.collateral) for row in rows)
    return Measures(**totals, sectors=sectors, brokers=brokers)


def scaled(exposure: Exposure, factor: float) -> Exposure:
    """`factor` times the exposure: contracts of a unit, or -1 times a position for its close."""
    amounts = {name: factor * getattr(exposure, name) for name in AMOUNTS}
    sectors = {sector: factor * amount for sector, amount in exposure.sectors.items()}
    return replace(exposure, **amounts, sectors=sectors)


def _grouped(pairs: Iterable[tuple[str, float]]) -> dict[str, float]:
    groups: dict[str, list[float]] = {}
    for key, amount in pairs:
        groups.setdefault(key, []).append(amount)
    return {key: math.fsum(amounts) for key, amounts in sorted(groups.items())}
