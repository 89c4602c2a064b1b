"""What the account can still commit, after open positions and all reservations: the screen's `Holdings`."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable

from tools.calendar.trading_time import Clock
from tools.domain.account import Account, Reservation
from tools.domain.market import Snapshot
from tools.portfolio.exposure import reserved_exposure
from tools.portfolio.positions import Positions, read_positions
from tools.risk.measure import UNKNOWN_SECTOR, measure
from tools.risk.profile import LimitProfile
from tools.screening.holdings import Holdings


def availability(account: Account, snapshot: Snapshot, *, clock: Clock, profile: LimitProfile) -> Holdings:
    """NAV, free cash, free shares and sector exposure; None where a part is unknown."""
    positions = read_positions(account, snapshot, clock=clock, gap=profile.overnight)
    return available(account, positions, account.reservations)


def available(account: Account, positions: Positions, reservations: Iterable[Reservation]) -> Holdings:
    """The same from positions already read, against the given reservations."""
    open_ = tuple(reservations)
    reserved = [reserved_exposure(reservation, broker=account.broker) for reservation in open_]
    sectors = measure((*positions.exposures, *reserved)).sectors
    free_cash = math.fsum((account.cash, -positions.locked_cash, *(-each.cash for each in open_)))
    free_shares = Counter(positions.free_shares)
    for each in open_:
        if each.shares:
            free_shares[each.underlying] -= each.shares
    unknown = sectors.get(UNKNOWN_SECTOR, 0.0) != 0 or any(map(math.isnan, sectors.values()))
    return Holdings(
        nav=None if math.isnan(positions.nav) else positions.nav,
        free_cash=None if math.isnan(free_cash) else free_cash,
        free_shares=dict(free_shares),
        sector_exposure=None if unknown else {s: a for s, a in sectors.items() if s != UNKNOWN_SECTOR},
    )
