"""Greeks of held options, by the engine that prices the screen.

    all that is held → families of a chain: distinct, sorted, at the mids of live quotes ─┐
    contracts of one underlying and style at prices of their own ─────────────────────────┴→ implied vol → Greeks

Options of one family share their exercise boundary: many are priced by an interpolated one, few of them each by its
own, which agree to nine digits or so. Whoever asks about something held asks about all of it, so that everybody
reads the same digits; a family is priced once, and again only when what is held of it has changed.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from weakref import WeakKeyDictionary

import numpy as np

from tools.calendar.expiries import VIX_ROOTS
from tools.calendar.sessions import LAST
from tools.calendar.trading_time import Clock
from tools.domain.account import Account
from tools.domain.chain import Chain
from tools.domain.contract import OptionContract, Right, is_adjusted_root, is_occ, parse_occ
from tools.domain.market import Snapshot
from tools.portfolio.terms import Terms
from tools.pricing.quotes import QuoteGreeks, contract_greeks, quote_greeks, settlements


@dataclass(frozen=True, slots=True)
class OptionGreeks:
    """Of one long option per share: iv decimal per year, vega per volatility point, theta per day."""

    iv: float = math.nan
    delta: float = math.nan
    gamma: float = math.nan
    vega: float = math.nan
    theta: float = math.nan

    @property
    def known(self) -> bool:
        return not math.isnan(self.iv + self.delta + self.gamma + self.vega + self.theta)


UNPRICED = OptionGreeks()

_Kind = tuple[str, date, Right]
_Family = tuple[str, ...]
_Quoted = Mapping[str, OptionGreeks]

# A chain never changes: what was asked of it holds for as long as it is there.
_PRICED: WeakKeyDictionary[Chain, dict[Clock, dict[_Family, _Quoted]]] = WeakKeyDictionary()


def held_greeks(symbols: Iterable[str], snapshot: Snapshot, *, clock: Clock) -> dict[str, OptionGreeks]:
    """By OCC symbol, of the options among `symbols` that have a live quote; unknown where no vol explains it.

    `symbols` are all that is held. Not priced are adjusted contracts and those on a forward, whose spot is none.
    """
    by_chain: dict[Chain, dict[_Kind, list[str]]] = {}
    for symbol in sorted({symbol for symbol in symbols if is_occ(symbol)}):
        root, expiry, right, _ = parse_occ(symbol)
        chains = snapshot.by_root.get(root)
        if chains and root not in VIX_ROOTS and not is_adjusted_root(root) and expiry <= LAST:
            by_chain.setdefault(chains[-1], {}).setdefault((root, expiry, right), []).append(symbol)
    found: dict[str, OptionGreeks] = {}
    for chain, families in by_chain.items():
        for each in _quoted(chain, [*map(tuple, families.values())], clock):
            found |= each
    return found


def account_greeks(account: Account, snapshot: Snapshot, *, clock: Clock) -> dict[str, OptionGreeks]:
    """`held_greeks` of all that an account holds."""
    return held_greeks((each.symbol for each in account.positions if each.quantity), snapshot, clock=clock)


def _quoted(chain: Chain, families: Sequence[_Family], clock: Clock) -> list[_Quoted]:
    """Of each family; those that were not asked for before in one pricing."""
    known = _PRICED.setdefault(chain, {}).setdefault(clock, {})
    rows = {family: _live(chain, family) for family in families if family not in known}
    wanted = np.array([row for family in rows.values() for row in family.values()], dtype=np.int64)
    each = iter(each_of(quote_greeks(chain.take(wanted), clock=clock)) if len(wanted) else ())
    known |= {family: {symbol: next(each) for symbol in live} for family, live in rows.items()}
    return [known[family] for family in families]


def _live(chain: Chain, symbols: _Family) -> dict[str, int]:
    """The rows of those with a quote of the market."""
    rows = {symbol: chain.listing.row(*parse_occ(symbol)) for symbol in symbols}
    return {symbol: row for symbol, row in rows.items() if row is not None and not chain.filled[row]}


def option_greeks(
    contracts: Sequence[OptionContract], prices: Sequence[float], *, terms: Terms, clock: Clock
) -> tuple[OptionGreeks, ...]:
    """Greeks of `contracts`, all of one underlying and style, at `prices` per share; unknown where no vol fits."""
    greeks = contract_greeks(
        as_of=terms.as_of,
        style=contracts[0].style,
        right=np.array([contract.right.sign for contract in contracts]),
        strike=np.array([contract.strike for contract in contracts]),
        expiry=np.array([contract.expiry for contract in contracts], dtype="datetime64[D]"),
        settlement=settlements(np.array([contract.root for contract in contracts], dtype=np.str_)),
        spot=terms.spot,
        rate=terms.rate,
        dividend_yield=terms.dividend_yield,
        dividends=terms.dividends,
        price=np.asarray(prices, dtype=np.float64),
        clock=clock,
    )
    return each_of(greeks)


def each_of(greeks: QuoteGreeks) -> tuple[OptionGreeks, ...]:
    """One row after the other."""
    columns = (greeks.iv, greeks.delta, greeks.gamma, greeks.vega_point, greeks.theta_day)
    return tuple(OptionGreeks(*row) for row in zip(*(column.tolist() for column in columns), strict=True))
