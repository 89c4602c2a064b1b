"""What every limit sees: the account before the trade, the sized trade, and the day's conditions."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from tools.domain.account import Exposure
from tools.domain.market import Conditions
from tools.risk.measure import Measures, Sums
from tools.risk.profile import LimitProfile

# The smallest NAV that anything can be a share of.
CENT = 0.01


@dataclass(frozen=True)
class Case:
    """One proposed trade in front of the limits.

    nav                  account currency, `nan` when unknown
    held                 exposures of positions and of all other open reservations
    proposal             exposure the whole trade adds (`contracts` contracts); negative amounts take away
    spread               Σ (ask - bid) / Σ mid over the legs, `nan` when unknown
    day_opened_max_loss  Σ max loss of what was opened or reserved today, without this trade
    open_underlyings     underlyings with open or reserved option contracts
    opening              false for closes, rolls and hedges: limits on new trades leave them alone, and
                         missing data never locks a position in
    undefined_risk       index puts and strangles: F15 stands in for F1 and F14
    loses_upwards        nothing bounds the trade's loss in a rising market
    missing              why an amount is unknown: `nav` or a field of `Exposure` → a phrase
    sums                 of `held`, where they are at hand
    """

    nav: float
    held: tuple[Exposure, ...]
    proposal: Exposure
    profile: LimitProfile
    conditions: Conditions
    spread: float = math.nan
    contracts: int = 1
    day_opened_max_loss: float = 0.0
    open_underlyings: frozenset[str] = frozenset()
    configured_brokers: int = 1
    opening: bool = True
    undefined_risk: bool = False
    loses_upwards: bool = False
    missing: Mapping[str, str] = field(default_factory=dict)
    sums: Sums | None = None

    @cached_property
    def _held(self) -> Sums:
        return Sums().plus(self.held) if self.sums is None else self.sums

    @property
    def before(self) -> Measures:
        return self._held.measures

    @cached_property
    def after(self) -> Measures:
        return self._held.measures_with(self.proposal)

    @property
    def vix(self) -> float:
        """VIX in points, `nan` when unknown."""
        return _known(self.conditions.vix.value)

    @property
    def average_correlation(self) -> float:
        return _known(self.conditions.average_correlation.value)

    @property
    def has_nav(self) -> bool:
        """Whether NAV is known and large enough to hold anything against."""
        return self.nav >= CENT

    def share(self, amount: float) -> float:
        """`amount` as a share of NAV; `nan` where either is unknown or there is no NAV to speak of."""
        return amount / self.nav if self.nav >= CENT else math.nan

    def added(self, amount: float) -> float:
        """The trade's own share of NAV: nothing is nothing, even of an unknown NAV."""
        return 0.0 if amount == 0 else self.share(amount)

    def why(self, *amounts: str) -> str:
        """Why NAV or one of these amounts is unknown."""
        if self.nav < CENT:
            return f"NAV is {'-' if self.nav < 0 else ''}${abs(self.nav):,.0f}"
        if not self.missing:
            return "an input is missing"
        reasons = (self.missing[key] for key in ("nav", *amounts) if key in self.missing)
        return next(reasons, "an input is missing")


def _known(value: float | None) -> float:
    return math.nan if value is None else value
