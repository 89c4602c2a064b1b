"""Greeks of held options, by the engine that prices the screen.

all that is held → rows of its chains, at the mids of live quotes → their sheets ─┐   remembered with the look
contracts of one underlying and style at prices of their own ─────────────────────┴→ implied vol → Greeks
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from weakref import WeakKeyDictionary

import numpy as np

from tools.calendar.expiries import VIX_ROOTS
from tools.calendar.sessions import LAST
from tools.calendar.trading_time import Clock
from tools.domain.account import Account
from tools.domain.chain import Chain
from tools.domain.contract import OptionContract, is_adjusted_root, is_occ, parse_occ
from tools.domain.market import Snapshot
from tools.portfolio.terms import Terms
from tools.pricing.quotes import QuoteGreeks, contract_greeks, settlements
from tools.pricing.sheet import greeks_at


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
_Known = dict[str, OptionGreeks | None]
_SEEN: WeakKeyDictionary[Snapshot, dict[Clock, _Known]] = WeakKeyDictionary()


def held_greeks(symbols: Iterable[str], snapshot: Snapshot, *, clock: Clock) -> dict[str, OptionGreeks]:
    """By OCC symbol, of the options among `symbols` that have a live quote; unknown where no vol explains it.

    `symbols` are all that is held. Not priced are adjusted contracts and those on a forward, whose spot is none.
    """
    known, asked = _SEEN.setdefault(snapshot, {}).setdefault(clock, {}), dict.fromkeys(symbols)
    new = [symbol for symbol in asked if symbol not in known]
    if new:
        known |= dict.fromkeys(new) | _at_quotes(new, snapshot, clock)
    return {symbol: greeks for symbol in asked if (greeks := known[symbol]) is not None}


def _at_quotes(symbols: Iterable[str], snapshot: Snapshot, clock: Clock) -> dict[str, OptionGreeks]:
    by_chain: dict[Chain, dict[str, int]] = {}
    for symbol in filter(is_occ, symbols):
        root, expiry, right, strike = parse_occ(symbol)
        chains = snapshot.by_root.get(root)
        if not chains or root in VIX_ROOTS or is_adjusted_root(root) or expiry > LAST:
            continue
        row = chains[-1].listing.row(root, expiry, right, strike)
        if row is not None and not chains[-1].filled[row]:
            by_chain.setdefault(chains[-1], {})[symbol] = row
    found: dict[str, OptionGreeks] = {}
    for chain, rows in by_chain.items():
        each = each_of(greeks_at(chain, np.array([*rows.values()]), clock=clock))
        found |= dict(zip(rows, each, strict=True))
    return found


def account_greeks(account: Account, snapshot: Snapshot, *, clock: Clock) -> dict[str, OptionGreeks]:
    """`held_greeks` of all that an account holds."""
    return held_greeks((each.symbol for each in account.positions if each.quantity), snapshot, clock=clock)


def option_greeks(
    contracts: Sequence[OptionContract],
    prices: Sequence[float] | None = None,
    *,
    vols: Sequence[float] | None = None,
    terms: Terms,
    clock: Clock,
) -> tuple[OptionGreeks, ...]:
    """Greeks of `contracts`, all of one underlying and style, at `prices` per share or at `vols`.

    Unknown where no vol fits a price.
    """
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
        price=None if prices is None else np.asarray(prices, dtype=np.float64),
        vol=None if vols is None else np.asarray(vols, dtype=np.float64),
        clock=clock,
    )
    return each_of(greeks)


def each_of(greeks: QuoteGreeks) -> tuple[OptionGreeks, ...]:
    """One row after the other."""
    columns = (greeks.iv, greeks.delta, greeks.gamma, greeks.vega_point, greeks.theta_day)
    return tuple(OptionGreeks(*row) for row in zip(*(column.tolist() for column in columns), strict=True))
