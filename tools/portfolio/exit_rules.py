"""What ends or moves an open trade: the rules a book may set, each a number of its own, each to be switched off."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from functools import lru_cache
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, model_validator

from tools.domain.value import Value
from tools.screening.impossible import Problem, refuse


class ExitRule(StrEnum):
    """In the order of precedence: the first that has fired names the reason, whatever else has.

    take_profit, early_decay_exit   nothing is left to wait for
    adverse_stop                    the loss the book bears
    expiry_day, time_stop           the planned end
    ex_dividend, assignment         delivery before the next session
    vix_rise … spread_rise          the market is not the one it was sold into (spec F7)
    delta, net_delta                the trade leans
    loss, faded, held               of what was bought: it cost enough, why it was bought is gone, its time is over
    cash_need                       of a reserve: what comes before it needs the money
    orphan                          a leg was assigned or has expired: what is left protects nothing any more
    delivered                       shares that no book goes on with
    rollback                        a day of the staged way out (spec H7)
    flatten                         a person ends everything; of these four no book has a say
    """

    TAKE_PROFIT = "take_profit"
    EARLY_DECAY = "early_decay_exit"
    ADVERSE_STOP = "adverse_stop"
    EXPIRY_DAY = "expiry_day"
    TIME_STOP = "time_stop"
    EX_DIVIDEND = "ex_dividend"
    ASSIGNMENT = "assignment"
    VIX_RISE = "vix_rise"
    IV_OVER_MEAN = "iv_over_mean"
    SPREAD_RISE = "spread_rise"
    DELTA = "delta"
    NET_DELTA = "net_delta"
    LOSS = "loss"
    FADED = "faded"
    HELD = "held"
    CASH_NEED = "cash_need"
    ORPHAN = "orphan"
    DELIVERED = "delivered"
    ROLLBACK = "rollback"
    FLATTEN = "flatten"


NO_BOOKS = frozenset({ExitRule.ORPHAN, ExitRule.DELIVERED, ExitRule.ROLLBACK, ExitRule.FLATTEN})

# Stops end a trade and gains are taken: neither is a reason to open the next one in the same breath.
ROLLABLE = frozenset(
    {
        ExitRule.EXPIRY_DAY,
        ExitRule.TIME_STOP,
        ExitRule.EX_DIVIDEND,
        ExitRule.ASSIGNMENT,
        ExitRule.DELTA,
        ExitRule.NET_DELTA,
    }
)


def _false_is_none(value: Any) -> Any:
    if value is True:
        raise ValueError("it is a number, or false for no such rule")
    return None if value is False else value


_OFF = BeforeValidator(_false_is_none)
Share = Annotated[Annotated[float, Field(gt=0, lt=1)] | None, _OFF]
Ratio = Annotated[Annotated[float, Field(gt=0)] | None, _OFF]
Days = Annotated[Annotated[int, Field(ge=0)] | None, _OFF]
Sessions = Annotated[Annotated[int, Field(ge=1, le=5)] | None, _OFF]


class ExitRules(Value):
    """When a trade is left. None (in a book: false) is no such rule; all prices are mids.

    take_profit        share of the credit that is kept when the trade is bought back, (credit - cost) / credit
    early_decay_exit   the same figure under the seed's rule "stop-loss at 20 % premium decay", which leaves a
                       seller's profit early (decision D5); off unless a book asks
    adverse_stop       loss as a multiple of the credit, (cost - credit) / credit (decision D5)
    time_stop          calendar days to the nearest expiry at which the trade is left
    expiry_day         left on the last day its nearest expiry trades
    delta              the size of a short leg's delta above which it is breached
    net_delta          the size of the unit's delta above which it leans (spec E1)
    vix_rise           rise of VIX since the legs were opened, as a share of what it was then (spec F7)
    iv_over_mean       rise of the first short leg's volatility over its 30-day mean (spec F7)
    spread_rise        rise of Σ (ask - bid) / Σ mid since the legs were opened (spec F7)
    spread_floor       at or below this spread (spec F9: above it reduce) such a rise only warns
    warn_at            share of a stop at which it warns (spec F7)
    ex_dividend        sessions before an ex-date within which a short call in the money may not be worth less
                       above its intrinsic value than the dividend
    assignment         extrinsic value as a share of the strike at or below which a short leg in the money counts
                       as about to be assigned
    loss               of what was bought: fall of its value below its cost, as a share of that
    faded              of what was bought: left once the MACD histogram of the underlying is no longer above 0
    held               of what was bought: calendar days after its purchase on which it is left
    cash_need          of a reserve: as much of it is sold as books before it in the day's sequence lack in cash
    assignment_spread  (ask - bid) / mid of such a leg above which it is not bought back: delivery is accepted
                       (spec E4)
    """

    take_profit: Share = None
    early_decay_exit: Share = None
    adverse_stop: Ratio = None
    time_stop: Days = None
    expiry_day: bool = False
    delta: Share = None
    net_delta: Share = None
    vix_rise: Ratio = 0.50
    iv_over_mean: Ratio = 1.00
    spread_rise: Ratio = 0.50
    spread_floor: float = Field(default=0.05, ge=0)
    warn_at: float = Field(default=0.75, gt=0, le=1)
    ex_dividend: Sessions = 1
    assignment: Share = 0.001
    assignment_spread: Ratio = None
    loss: Share = None
    faded: bool = False
    held: Days = None
    cash_need: bool = False

    @property
    def active(self) -> frozenset[ExitRule]:
        """The rules that hold."""
        return _active(self)

    @model_validator(mode="after")
    def _possible(self) -> Self:
        problems = list(_problems(self))
        if problems:
            refuse(type(self).__name__, problems)
        return self


@lru_cache(maxsize=256)
def _active(rules: ExitRules) -> frozenset[ExitRule]:
    set_to = {rule: getattr(rules, rule.value) for rule in ExitRule if rule not in NO_BOOKS}
    return frozenset(rule for rule, value in set_to.items() if value is not None and value is not False)


def _problems(rules: ExitRules) -> Iterator[Problem]:
    early, target = rules.early_decay_exit, rules.take_profit
    if early is not None and target is not None and early >= target:
        yield ("early_decay_exit",), f"never acts: take_profit ({target:g}) comes before {early:g}"
    if rules.assignment_spread is not None and rules.assignment is None:
        yield ("assignment_spread",), "has no meaning without assignment"
    if "spread_floor" in rules.model_fields_set and rules.spread_rise is None:
        yield ("spread_floor",), "has no meaning without spread_rise"
