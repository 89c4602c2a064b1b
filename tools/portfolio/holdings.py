"""What the account can still commit, after open positions and all reservations: the screen's `Holdings`.

positions, reservations → of the account → of a book: shares of its own and nobody's, never another book's
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from tools.calendar.trading_time import Clock
from tools.domain.account import Account, Reservation
from tools.domain.market import Snapshot
from tools.portfolio.exposure import reserved_exposure
from tools.portfolio.positions import Positions, read_positions
from tools.risk.measure import UNKNOWN_SECTOR, Sums
from tools.risk.profile import LimitProfile
from tools.screening.holdings import Holdings


@dataclass(frozen=True)
class Availability:
    """The account's holdings, and how they look to each of its books."""

    holdings: Holdings
    positions: Positions
    reservations: tuple[Reservation, ...]
    reserves: frozenset[str] = frozenset()

    def of(self, book: str, *, own_shares: bool = False) -> Holdings:
        """To `book`: free shares are its own and those of no book; with `own_shares` its own alone.

        Cash that a reserve is sold for is free to every book but the reserves themselves.
        """
        free, raised = self.holdings.free_cash, raisable(self.positions, of_reserve=book in self.reserves)
        return replace(
            self.holdings,
            free_cash=None if free is None else free + raised,
            pledged=self.holdings.pledged - raised,
            free_shares=shares_of(book, self.positions, self.reservations, own_shares=own_shares),
            own_shares={symbol: n for (owner, symbol), n in self.positions.shares.items() if owner == book and n},
            own_open=book in self.positions.open_of or any(each.book == book for each in self.reservations),
        )


def availability(
    account: Account, snapshot: Snapshot, *, clock: Clock, profile: LimitProfile, positions: Positions | None = None
) -> Availability:
    """NAV, free cash, free shares and sector exposure; None where a part is unknown.

    positions  `read_positions` of the same account and snapshot, where it is at hand
    """
    positions = positions or read_positions(account, snapshot, clock=clock, gap=profile.overnight)
    holdings = replace(available(account, positions, account.reservations), iv_rank=_iv_rank(positions, snapshot))
    reserves = frozenset(book for book, _ in account.haircuts)
    return Availability(holdings, positions, account.reservations, reserves)


def raisable(positions: Positions, *, of_reserve: bool) -> float:
    """What selling the reserve brings a book for certain; 0 for a reserve itself, and where it is unknown."""
    return 0.0 if of_reserve or math.isnan(positions.raisable) else positions.raisable


def available(
    account: Account, positions: Positions, reservations: Iterable[Reservation], *, sums: Sums | None = None
) -> Holdings:
    """The same from positions already read, against the given reservations; `sums` of both where at hand."""
    open_ = tuple(reservations)
    if sums is None:
        sums = positions.sums.plus(reserved_exposure(each, broker=account.broker) for each in open_)
    total = sums.measures
    free_cash = math.fsum((account.cash, -positions.locked_cash, *(-each.cash for each in open_)))
    free_shares = Counter(positions.free_shares)
    for each in open_:
        if each.shares:
            free_shares[each.underlying] -= each.shares
    sectors = total.sectors
    unknown = sectors.get(UNKNOWN_SECTOR, 0.0) != 0 or any(map(math.isnan, sectors.values()))
    return Holdings(
        nav=None if math.isnan(positions.nav) else positions.nav,
        free_cash=None if math.isnan(free_cash) else free_cash,
        free_shares=dict(free_shares),
        sector_exposure=None if unknown else {s: a for s, a in sectors.items() if s != UNKNOWN_SECTOR},
        vega=None if math.isnan(total.vega_point) else total.vega_point,
        pledged=0.0 if math.isnan(positions.pledged) else positions.pledged,
    )


def shares_of(
    book: str, positions: Positions, reservations: Sequence[Reservation], *, own_shares: bool = False
) -> Mapping[str, int]:
    """Free shares by symbol that `book` may write calls on: never more than the account has free.

    A book's calls lock its own shares first; what they lock beyond those, they take from the shares of no book.
    """
    locked = Counter(positions.called)
    for each in reservations:
        locked[each.book, each.underlying] += each.shares
    free = Counter(positions.free_shares)
    for each in reservations:
        free[each.underlying] -= each.shares
    found = {}
    for symbol, most in free.items():
        own = positions.shares.get((book, symbol), 0) - locked[book, symbol]
        if not own_shares and book:
            own = max(0, own) + _unowned(symbol, positions.shares, locked)
        found[symbol] = max(0, min(most, own))
    return found


def _unowned(symbol: str, shares: Mapping[tuple[str, str], int], locked: Mapping[tuple[str, str], int]) -> int:
    """Shares of no book, less what books have locked beyond their own."""
    beyond = sum(
        max(0, n - shares.get((owner, name), 0)) for (owner, name), n in locked.items() if owner and name == symbol
    )
    return shares.get(("", symbol), 0) - locked.get(("", symbol), 0) - beyond


def _iv_rank(positions: Positions, snapshot: Snapshot) -> float | None:
    """Mean IV rank of the underlyings with open options; None where there are none or one is unknown."""
    ranks = [snapshot.facts[symbol].iv_rank.value for symbol in positions.optioned if symbol in snapshot.facts]
    known = [rank for rank in ranks if rank is not None]
    return math.fsum(known) / len(known) if known and len(known) == len(positions.optioned) else None
