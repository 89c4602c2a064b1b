"""Whether the account's limits admit a roll: what it changes, judged as every other trade is.

    legs before, legs after → exposures of each, secured as the account secures them → the difference → limits

A limit vetoes only what worsens its measure. A roll opens nothing new, so that limits on entries leave it alone.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from tools.calendar.trading_time import Clock
from tools.domain.account import Account, Exposure, Position
from tools.domain.decision import LimitResult, LimitState
from tools.domain.market import Snapshot
from tools.domain.structure import UNDEFINED_RISK, Leg, StructureKind
from tools.domain.trade import Trade
from tools.portfolio.exposure import reserved_exposure
from tools.portfolio.holdings import available
from tools.portfolio.positions import Positions, read_positions
from tools.risk.case import Case
from tools.risk.limit import Limit
from tools.risk.limits import evaluate
from tools.risk.measure import AMOUNTS, measure, scaled
from tools.risk.profile import LimitProfile
from tools.sizing.budget import free_cash

# Delta, gamma and vega: what a roll is made to mend must be known to be mended (spec E3).
BALANCE = frozenset({"F3", "F4", "F5"})


@dataclass(frozen=True, slots=True)
class Change:
    """What a roll of all contracts does to the account: exposure added, cash it takes (account currency)."""

    exposure: Exposure
    cash: float


@dataclass(frozen=True)
class Desk:
    """What a roll is held against.

    positions  `read_positions` of the same account and snapshot
    rolled     the rolls admitted before this one in the same sitting
    """

    account: Account
    snapshot: Snapshot
    profile: LimitProfile
    clock: Clock
    positions: Positions
    rolled: tuple[Change, ...] = ()

    @classmethod
    def read(cls, account: Account, snapshot: Snapshot, profile: LimitProfile, clock: Clock) -> Desk:
        positions = read_positions(account, snapshot, clock=clock, gap=profile.overnight)
        return cls(account, snapshot, profile, clock, positions)

    def after(self, change: Change) -> Desk:
        """The same once a roll has been admitted."""
        return replace(self, rolled=(*self.rolled, change))


def change_of(trade: Trade, legs: tuple[Leg, ...], *, credit: float, desk: Desk) -> Change:
    """From the trade's legs to `legs`, one unit each; `credit` is what the order brings per share of a unit."""
    before, after = (_held(trade, each, desk) for each in (trade.legs, legs))
    total = measure((*after.exposures, *(scaled(each, -1) for each in before.exposures)))
    exposure = Exposure(
        underlying=trade.underlying,
        sectors=total.sectors,
        sector_exempt=all(each.sector_exempt for each in after.exposures),
        broker=desk.account.broker,
        book=trade.book,
        **{amount: getattr(total, amount) for amount in AMOUNTS},
    )
    received = credit * trade.multiplier * trade.contracts
    return Change(exposure, after.locked_cash - before.locked_cash - received)


def refusals(trade: Trade, change: Change, *, desk: Desk) -> tuple[LimitResult, ...]:
    """The limits that refuse the roll: those it breaks, and of the balance also those that cannot be told."""
    limits = evaluate(_case(trade, change, desk), own=(_cash(trade, change, desk),))
    return tuple(
        each for each in limits if each.vetoes or (each.rule in BALANCE and each.state is LimitState.UNKNOWN)
    )


def _case(trade: Trade, change: Change, desk: Desk) -> Case:
    account, held = desk.account, desk.positions
    reserved = tuple(reserved_exposure(each, broker=account.broker) for each in account.reservations)
    more = (*reserved, *(each.exposure for each in desk.rolled))
    return Case(
        nav=held.nav,
        held=(*held.exposures, *more),
        sums=held.sums.plus(more),
        proposal=change.exposure,
        profile=desk.profile,
        conditions=desk.snapshot.conditions,
        contracts=trade.contracts,
        day_opened_max_loss=account.opened_today_max_loss,
        open_underlyings=held.optioned,
        configured_brokers=account.configured_brokers,
        opening=False,
        undefined_risk=trade.structure in UNDEFINED_RISK,
        loses_upwards=trade.structure is StructureKind.STRANGLE,
        missing=held.missing,
    )


def _cash(trade: Trade, change: Change, desk: Desk) -> Limit:
    """What rolls before this one release is not counted before they are filled."""
    free = available(desk.account, desk.positions, desk.account.reservations).free_cash
    left = None if free is None else free - sum(max(0.0, each.cash) for each in desk.rolled)
    return free_cash(required=max(0.0, change.cash / trade.contracts), free=left)


def _held(trade: Trade, legs: tuple[Leg, ...], desk: Desk) -> Positions:
    """The legs as positions of an account that holds nothing else but the shares a covered call is written on."""
    positions = [
        Position(symbol=leg.contract.occ, quantity=leg.quantity * trade.contracts, price=None, book=trade.book)
        for leg in legs
    ]
    if trade.structure is StructureKind.COVERED_CALL:
        shares = trade.multiplier * trade.contracts
        positions.append(Position(symbol=trade.underlying, quantity=shares, price=None, book=trade.book))
    alone = Account(cash=0.0, positions=tuple(positions), broker=desk.account.broker)
    return read_positions(alone, desk.snapshot, clock=desk.clock, gap=desk.profile.overnight)
