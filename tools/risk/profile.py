"""Every number of the limits, with its unit and source, as one frozen value.

The house profile sets the base; a book replaces its own per-trade limits (F1, F4, F14, F17) through
`with_overrides`, and each result says who set its limit. An impossible number is refused at its key, so
that whoever reads the file can name file, line and key.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Self

from pydantic import AfterValidator, Field, ValidationError, model_validator
from pydantic_core import InitErrorDetails, PydanticCustomError

from tools.domain.value import Value

Share = Annotated[float, Field(gt=0, le=1)]
Ratio = Annotated[float, Field(gt=0)]
Count = Annotated[int, Field(ge=1)]
Points = Annotated[float, Field(gt=0)]

RULES = (
    "F1", "F2", "F3", "F4", "F5", "F6", "F9", "F13", "F14", "F15", "F15-overnight", "F15-stress", "F17",
)  # fmt: skip


def _declared(rule: str) -> str:
    if rule not in RULES:
        raise ValueError(f"there is no limit {rule!r}; the limits are {', '.join(RULES)}")
    return rule


RuleId = Annotated[str, AfterValidator(_declared)]


class AllocationBasis(StrEnum):
    """What F1 measures per trade (decision D6): collateral (income) or max loss (multi-book)."""

    COLLATERAL = "collateral"
    MAX_LOSS = "max_loss"


class Tier(Value):
    """From confidence `start` (0-100) up to the next tier's start, half-open: `fraction` of NAV as max loss."""

    start: float = Field(ge=0, lt=100)
    fraction: Share


def _rising(tiers: tuple[Tier, ...]) -> tuple[Tier, ...]:
    starts = [tier.start for tier in tiers]
    if starts != sorted(set(starts)):
        raise ValueError(f"tiers must rise; they start at {starts}")
    return tiers


Tiers = Annotated[tuple[Tier, ...], AfterValidator(_rising)]


class OvernightGap(Value):
    """The overnight shock of F15: every underlying moves by `move`, every volatility is multiplied.

    The spec names the move; doubled volatilities are the house's choice: on 19 October 1987 the VXO
    went from 36.4 to 150.2, more than four times, on a fall of 20.5 %.
    """

    move: float = Field(default=-0.30, gt=-1, lt=0)
    vol_factor: float = Field(default=2.0, ge=1)


class BookLimits(Value):
    """The per-trade limits a book may replace; None keeps the house's number.

    spread    F9, for a book that sells options so cheap that a tick alone is more than the house's 5 %
    slippage  K2, how far its orders may walk from the mid as a share of the premium, for the same reason: where a
              tick is more than the house's 2 %, an order has no second price to walk to
    """

    allocation: Share | None = None
    gamma: Share | None = None
    spread: Share | None = None
    day_at_risk: Share | None = None
    tiers: Tiers | None = None
    slippage: Share | None = None


class LimitProfile(Value):
    """The limits of spec F. Shares and ratios are decimals of NAV unless named otherwise.

    allocation          F1   collateral or max loss of one trade / NAV (`allocation_basis`)
    underlyings         F2   underlyings with open options; `_extreme` above `vix_extreme`, `_calm` below
                             `vix_calm`, and from `_high` on no new one above `vix_high`
    net_delta           F3   |Σ δ·n·mult·S| / NAV, held shares at δ = 1
    gamma               F4   |Σ γ·n·mult·S²·0.01| / NAV
    vega, _alert        F5   |Σ money per volatility point| / NAV
    sector, _alert      F6   Σ exposure per GICS sector / NAV; `_high_vix` above `vix_high`, `_uncorrelated`
                             when the average correlation is below `low_correlation`; the tightest holds
    spread, _alert      F9   (ask - bid) / mid of the structure
    broker              F13  collateral at one broker / NAV; alert within `broker_alert_within` of the limit,
                             a veto only where `broker_veto_from` brokers or more are configured
    day_at_risk         F14  Σ max loss opened today / NAV
    leverage            F15  Σ notional / NAV (2.5 from B5)
    overnight_loss      F15  loss in the `overnight` gap / NAV
    stress_loss         F15  the same loss for undefined-risk structures, where it stands in for F1 and F14
    tiers               F17  confidence tiers of multi-book sizing
    fit_weights         D    weight of each rule's headroom in the fit score, 1 where not named
    fit_cap             D    what a fit score cannot exceed when any limit has no headroom
    overridable         rules a person may override with a second approver; none by default
    """

    name: str = "income"
    allocation: Share = 0.05
    allocation_basis: AllocationBasis = AllocationBasis.COLLATERAL
    underlyings: Count = 10
    underlyings_extreme: Count = 7
    underlyings_calm: Count = 12
    underlyings_high: Count = 9
    vix_calm: Points = 15.0
    vix_high: Points = 30.0
    vix_extreme: Points = 40.0
    net_delta: Ratio = 0.20
    gamma: Share = 0.05
    vega: Share = 0.02
    vega_alert: Share = 0.015
    sector: Share = 0.25
    sector_alert: Share = 0.20
    sector_high_vix: Share = 0.20
    sector_uncorrelated: Share = 0.30
    low_correlation: float = Field(default=0.3, gt=-1, lt=1)
    spread: Share = 0.05
    spread_alert: Share = 0.03
    broker: Share = 0.30
    broker_alert_within: float = Field(default=0.15, ge=0, lt=1)
    broker_veto_from: int = Field(default=4, ge=2)
    day_at_risk: Share = 0.10
    leverage: Ratio = 2.5
    overnight: OvernightGap = OvernightGap()
    overnight_loss: Share = 1.0
    stress_loss: Share = 0.15
    tiers: Tiers = (
        Tier(start=60, fraction=0.01),
        Tier(start=70, fraction=0.03),
        Tier(start=80, fraction=0.05),
        Tier(start=90, fraction=0.08),
    )
    fit_weights: dict[RuleId, Annotated[float, Field(ge=0)]] = Field(default_factory=dict)
    fit_cap: float = Field(default=2.0, ge=0, le=10)
    overridable: tuple[RuleId, ...] = ()
    sources: dict[RuleId, str] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        """Numbers that only make sense in a certain order; each error is located at the lower key."""
        problems = [
            InitErrorDetails(
                type=PydanticCustomError("impossible", "must not lie above {high}", {"high": f"{high} ({top:g})"}),
                loc=(low,),
                input=value,
            )
            for low, high in _ORDERED
            if (value := getattr(self, low)) > (top := getattr(self, high))
        ]
        if problems:
            raise ValidationError.from_exception_data(type(self).__name__, problems)
        return self

    def with_overrides(self, limits: BookLimits, *, book: str) -> LimitProfile:
        """This profile with the book's own per-trade limits; results name the book as their source."""
        replaced = {key: getattr(limits, key) for key in _BOOK_RULES if getattr(limits, key) is not None}
        if not replaced:
            return self
        sources = self.sources | {_BOOK_RULES[key]: book for key in replaced}
        if "spread" in replaced:
            replaced["spread_alert"] = min(self.spread_alert, replaced["spread"])
        return self.model_validate({**dict(self), **replaced, "sources": sources})

    def source(self, rule: str) -> str:
        """Who set the limit: `house` or the name of a book."""
        return self.sources.get(rule, "house")


_BOOK_RULES = {"allocation": "F1", "gamma": "F4", "spread": "F9", "day_at_risk": "F14", "tiers": "F17"}
_ORDERED = (
    ("vix_calm", "vix_high"),
    ("vix_high", "vix_extreme"),
    ("underlyings_extreme", "underlyings_high"),
    ("underlyings_high", "underlyings"),
    ("underlyings", "underlyings_calm"),
    ("vega_alert", "vega"),
    ("sector_alert", "sector"),
    ("sector_high_vix", "sector"),
    ("sector", "sector_uncorrelated"),
    ("spread_alert", "spread"),
)

INCOME = LimitProfile()
MULTI_BOOK = LimitProfile(
    name="multi-book", net_delta=0.30, allocation=0.08, allocation_basis=AllocationBasis.MAX_LOSS
)
