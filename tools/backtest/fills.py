"""How a limit order is filled on a day of history.

legs → quotes of the day (never a carried or gap-filled one) → price within the spread → inside the order's
limits? → units the day's volume leaves → fills, a leg at a time, at prices that sum to the net
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from tools.backtest.costs import Commissions, FillStyle, Slippage
from tools.domain.contract import ShareContract
from tools.domain.decision import Reason
from tools.domain.market import Snapshot
from tools.domain.mode import Mode
from tools.domain.money import exact, round_down
from tools.domain.order import Fill, OrderIntent
from tools.domain.structure import Leg
from tools.execution.fill_model import chance, draw, leg_prices
from tools.execution.gate import SIMULATED, SendLimits, pre_trade
from tools.execution.price_walk import ladder
from tools.portfolio.quoting import row_of
from tools.screening.long_shares import share_quote

SHARES_A_DAY = 1e9
"""What a history without the volume of shares lets us buy of: the funds these books hold trade millions a day."""


@dataclass(frozen=True, slots=True)
class Execution:
    """What came of an order: `fills` are empty where nothing was, and `why` says why not all of it.

    net     credit per share of one unit
    mid     of the legs at that moment: (mid - net)·multiplier·units is what slippage took
    """

    fills: tuple[Fill, ...]
    units: int
    net: Decimal
    mid: Decimal
    why: str = ""


@dataclass(slots=True)
class Exchange:
    """One day's counterparty, behind the gate that every live order passes.

    taken  what each contract has been traded by us today
    """

    snapshot: Snapshot
    limits: SendLimits
    slippage: Slippage
    commissions: Commissions
    taken: dict[str, int] = field(default_factory=dict)

    def execute(self, intent: OrderIntent, *, whole: bool = False) -> Execution:
        """Fill what can be filled of it now; the rest is cancelled, as the price walk cancels it.

        whole  all of it or nothing
        """
        quotes = [_quote(self.snapshot, leg) for leg in intent.legs]
        if any(each is None for each in quotes):
            return _nothing("a leg has no quote today")
        legs = [(leg, each) for leg, each in zip(intent.legs, quotes, strict=True) if each is not None]
        mid = sum((-leg.quantity * exact(each.mid) for leg, each in legs), Decimal(0))
        stopped = self._stopped(intent, intent.limit_price, legs)
        if stopped:
            return _nothing(f"{stopped[0].rule}: {stopped[0].text}")
        net = self._price(intent, legs, mid)
        if net is None:
            return _nothing(f"nobody took it down to {intent.floor_price}")
        units = self._units(intent, legs)
        if units == 0 or (whole and units < intent.quantity):
            return _nothing(f"the day's volume leaves {units} of {intent.quantity}")
        why = "" if units == intent.quantity else f"the day's volume leaves {units} of {intent.quantity}"
        return Execution(self._fills(intent, legs, units=units, net=net), units, net, mid, why)

    def _price(self, intent: OrderIntent, legs: Sequence[tuple[Leg, _Quote]], mid: Decimal) -> Decimal | None:
        """The net credit per share that the market gives, None where it is less than the order takes."""
        if self.slippage.style is FillStyle.WORKED:
            return self._worked(intent, legs)
        given = sum(
            abs(leg.quantity) * self.slippage.share_at(quote.volume) * quote.half_spread for leg, quote in legs
        )
        net = min(round_down(mid - exact(given), intent.tick), intent.limit_price)
        return net if net >= intent.floor_price else None

    def _worked(self, intent: OrderIntent, legs: Sequence[tuple[Leg, _Quote]]) -> Decimal | None:
        """From rung to rung of the price walk, as `tools.execution` walks it, until somebody takes it."""
        bid, ask = _sides(legs)
        for price in ladder(intent.limit_price, intent.floor_price, tick=intent.tick):
            if self._stopped(intent, price, legs):
                return None
            likely = chance(float(price), bid=bid, ask=ask, at_mid=self.slippage.at_mid)
            if draw(0, "fill", intent.client_order_id, price) < likely:
                return max(price, round_down(exact(bid), intent.tick))
        return None

    def _stopped(
        self, intent: OrderIntent, price: Decimal, legs: Sequence[tuple[Leg, _Quote]]
    ) -> tuple[Reason, ...]:
        """Why the pre-trade gate lets nothing through at this price."""
        return pre_trade(
            intent, price, quote=_sides(legs), others=(), mode=Mode.SIMULATED, broker=SIMULATED, limits=self.limits
        )

    def _units(self, intent: OrderIntent, legs: list[tuple[Leg, _Quote]]) -> int:
        units = intent.quantity
        for leg, quote in legs:
            left = self.slippage.units(quote.volume, taken=self.taken.get(leg.contract.occ, 0))
            units = units if left is None else min(units, left // abs(leg.quantity))
        return units

    def _fills(
        self, intent: OrderIntent, legs: list[tuple[Leg, _Quote]], *, units: int, net: Decimal
    ) -> tuple[Fill, ...]:
        prices = leg_prices(net, intent.legs, [exact(quote.mid) for _, quote in legs])
        fills = []
        for place, ((leg, _), price) in enumerate(zip(legs, prices, strict=True)):
            quantity, symbol = leg.quantity * units, leg.contract.occ
            self.taken[symbol] = self.taken.get(symbol, 0) + abs(quantity)
            shares = isinstance(leg.contract, ShareContract)
            fee = self.commissions.per_share if shares else self.commissions.per_contract
            commission = fee * abs(quantity)
            fills.append(
                Fill(
                    fill_id=f"{intent.client_order_id}/0/{place}",
                    client_order_id=intent.client_order_id,
                    symbol=symbol,
                    quantity=quantity,
                    price=price,
                    commission=commission + (self.commissions.per_order if place == 0 else 0),
                    at=self.snapshot.as_of,
                )
            )
        return tuple(fills)


@dataclass(frozen=True, slots=True)
class _Quote:
    bid: float
    ask: float
    volume: float

    @property
    def mid(self) -> float:
        return (self.bid + self.ask) / 2

    @property
    def half_spread(self) -> float:
        return (self.ask - self.bid) / 2


def _quote(snapshot: Snapshot, leg: Leg) -> _Quote | None:
    """Both sides of a contract as quoted today; None where it is not, or the value was only filled in."""
    chain = snapshot.chains.get(leg.contract.underlying)
    if chain is not None and isinstance(leg.contract, ShareContract):
        return _Quote(*share_quote(chain), volume=SHARES_A_DAY)
    row = None if chain is None else row_of(chain, leg.contract)
    if chain is None or row is None or chain.filled[row]:
        return None
    bid, ask = float(chain.bid[row]), float(chain.ask[row])
    if math.isnan(bid + ask):
        return None
    return _Quote(bid, ask, float(chain.volume[row]))


def _sides(legs: Sequence[tuple[Leg, _Quote]]) -> tuple[float, float]:
    """(bid, ask) credit per share of one unit."""
    bid = math.fsum(-leg.quantity * (each.bid if leg.quantity < 0 else each.ask) for leg, each in legs)
    ask = math.fsum(-leg.quantity * (each.ask if leg.quantity < 0 else each.bid) for leg, each in legs)
    return bid, ask


def _nothing(why: str) -> Execution:
    return Execution((), 0, Decimal(0), Decimal(0), why)
