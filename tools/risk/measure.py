"""What exposures add up to. A sum with an unknown part is unknown.

exposures → what each sum is of (+ more of it) → measures, each rounded once
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

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
BESIDES = tuple(name for name in AMOUNTS if name not in LEANS)


Parts = tuple[float, ...]
"""All that a sum is of: `math.fsum` adds them up without error and rounds once."""


@dataclass(frozen=True)
class Sums:
    """Sums that were not rounded yet: what is added later gives the digits of one sum over everything."""

    amounts: Mapping[str, Parts] = field(default_factory=dict)
    sectors: Mapping[str, Parts] = field(default_factory=dict)
    brokers: Mapping[str, Parts] = field(default_factory=dict)

    def plus(self, exposures: Iterable[Exposure]) -> Sums:
        """The sums with these exposures in them; the order of exposures never changes a verdict."""
        rows = tuple(exposures)
        if not rows:
            return self
        of_prices = [row for row in rows if row.underlying not in VIX_ROOTS]
        columns = {name: [getattr(row, name) for row in (of_prices if name in LEANS else rows)] for name in AMOUNTS}
        sectors = [(sector, amount) for row in rows if row.sectors for sector, amount in row.sectors.items()]
        return Sums(
            amounts=_added(self.amounts, columns),
            sectors=_added(self.sectors, _grouped(sectors)),
            brokers=_added(self.brokers, _grouped([(row.broker, row.collateral) for row in rows])),
        )

    @cached_property
    def measures(self) -> Measures:
        """Every sum, rounded once."""
        totals = {name: math.fsum(self.amounts.get(name, ())) for name in AMOUNTS}
        sectors, brokers = (
            {key: math.fsum(parts) for key, parts in sorted(each.items())} for each in (self.sectors, self.brokers)
        )
        return Measures(**totals, sectors=sectors, brokers=brokers)

    def measures_with(self, row: Exposure) -> Measures:
        """`plus` one more, which nothing will be added to."""
        counted = AMOUNTS if row.underlying not in VIX_ROOTS else BESIDES
        more = {name: (*self.amounts.get(name, ()), getattr(row, name)) for name in counted}
        sectors = {sector: (*self.sectors.get(sector, ()), amount) for sector, amount in row.sectors.items()}
        broker = {row.broker: (*self.brokers.get(row.broker, ()), row.collateral)}
        return Sums({**self.amounts, **more}, {**self.sectors, **sectors}, {**self.brokers, **broker}).measures


def measure(exposures: Iterable[Exposure]) -> Measures:
    """Sum exposures."""
    return Sums().plus(exposures).measures


def scaled(exposure: Exposure, factor: float) -> Exposure:
    """`factor` times the exposure: contracts of a unit, or -1 times a position for its close."""
    amounts = {name: factor * getattr(exposure, name) for name in AMOUNTS}
    sectors = {sector: factor * amount for sector, amount in exposure.sectors.items()}
    return replace(exposure, **amounts, sectors=sectors)


def _grouped(pairs: Iterable[tuple[str, float]]) -> dict[str, list[float]]:
    groups: dict[str, list[float]] = {}
    for key, amount in pairs:
        groups.setdefault(key, []).append(amount)
    return groups


def _added(sums: Mapping[str, Parts], more: Mapping[str, list[float]]) -> dict[str, Parts]:
    return {**sums, **{key: (*sums.get(key, ()), *amounts) for key, amounts in more.items()}}
