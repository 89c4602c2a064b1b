"""The market's price and Greeks of a leg set, per unit of structure, from the snapshot at hand."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

import numpy as np

from tools.calendar.trading_time import Clock
from tools.domain.candidate import UnitGreeks
from tools.domain.chain import Chain, IntArray
from tools.domain.contract import OptionContract, ShareContract, is_occ, parse_occ
from tools.domain.market import Snapshot
from tools.domain.money import exact
from tools.domain.structure import Leg
from tools.portfolio.terms import on_forward, written_on_forward
from tools.pricing.sheet import greeks_at
from tools.screening.long_shares import share_quote


def quote(snapshot: Snapshot, legs: tuple[Leg, ...]) -> tuple[float, float] | None:
    """(bid, ask) of selling one unit: credit at once, and what buying it back would cost. None without a quote."""
    bid = ask = 0.0
    for leg in legs:
        chain = snapshot.chains.get(leg.contract.underlying)
        if chain is not None and isinstance(leg.contract, ShareContract):
            low, high = share_quote(chain)
            bid, ask = bid - leg.quantity * high, ask - leg.quantity * low
            continue
        row = None if chain is None else row_of(chain, leg.contract)
        if chain is None or row is None or chain.filled[row]:
            return None
        low, high = float(chain.bid[row]), float(chain.ask[row])
        sold = -leg.quantity
        bid += sold * (low if sold > 0 else high)
        ask += sold * (high if sold > 0 else low)
    return None if math.isnan(bid) or math.isnan(ask) else (bid, ask)


class Quoted(NamedTuple):
    """(bid, ask) credit of one unit, and when that was looked at."""

    bid: float
    ask: float
    at: datetime


Requote = Callable[[Sequence[Leg]], Quoted | None]
"""The market's price of a leg set at the moment it is asked; None where it has none."""


def of_snapshot(snapshot: Snapshot) -> Requote:
    """Where nothing is newer than the look at hand."""

    def requote(legs: Sequence[Leg]) -> Quoted | None:
        found, at = quote(snapshot, tuple(legs)), quoted_at(snapshot, legs)
        return None if found is None or at is None else Quoted(*found, at)

    return requote


def sides(legs: Iterable[Leg], quotes: Mapping[str, tuple[float, float]]) -> tuple[float, float] | None:
    """(bid, ask) credit of one unit from each leg's own (bid, ask) by symbol; None where one is missing."""
    bid = ask = 0.0
    for leg in legs:
        low, high = quotes.get(leg.contract.occ, (math.nan, math.nan))
        sold = -leg.quantity
        bid += sold * (low if sold > 0 else high)
        ask += sold * (high if sold > 0 else low)
    return None if math.isnan(bid) or math.isnan(ask) else (bid, ask)


def quoted_at(snapshot: Snapshot, legs: Iterable[Leg]) -> datetime | None:
    """When the oldest quote of the legs was looked at; None where one has no chain."""
    chains = [snapshot.chains.get(leg.contract.underlying) for leg in legs]
    if not chains or any(chain is None for chain in chains):
        return None
    return min(chain.as_of for chain in chains if chain is not None)


def spread_of(snapshot: Snapshot, legs: tuple[Leg, ...]) -> float:
    """Σ (ask - bid) / Σ mid over the legs, as the screen measures it; `nan` without a quote."""
    quotes = [quote(snapshot, (leg,)) for leg in legs]
    if any(each is None for each in quotes):
        return math.nan
    sides = [(abs(each[0]), abs(each[1])) for each in quotes if each is not None]
    gross = sum((low + high) / 2 for low, high in sides)
    return sum(abs(high - low) for low, high in sides) / gross if gross > 0 else math.nan


def leg_set_greeks(
    snapshot: Snapshot, legs: tuple[Leg, ...], *, clock: Clock
) -> tuple[float | None, UnitGreeks | None]:
    """(vol of the first leg sold, Greeks of one unit); None where a leg has no quote or its quote no vol."""
    if all(isinstance(leg.contract, ShareContract) for leg in legs):
        held = float(sum(leg.quantity for leg in legs))
        return None, UnitGreeks(delta=held, gamma=0.0, vega=0.0, theta=0.0, rho=0.0)
    chain = written_on(snapshot, legs[0].contract)
    rows = [None if chain is None else row_of(chain, leg.contract) for leg in legs]
    if chain is None or None in rows:
        return None, None
    greeks = greeks_at(chain, np.array(rows), clock=clock)
    quantities = np.array([leg.quantity for leg in legs], dtype=np.float64)
    columns = (greeks.delta, greeks.gamma, greeks.vega_point, greeks.theta_day, greeks.rho_bp)
    delta, gamma, vega, theta, rho = (float(quantities @ column) for column in columns)
    if not np.isfinite([delta, gamma, vega, theta, rho]).all():
        return None, None
    short = int(np.argmin(quantities))
    return float(greeks.iv[short]), UnitGreeks(delta=delta, gamma=gamma, vega=vega, theta=theta, rho=rho)


def written_on(snapshot: Snapshot, contract: OptionContract) -> Chain | None:
    """The chain a contract is priced in: of its underlying, or of its expiry with the forward for spot (VIX)."""
    chain = snapshot.chains.get(contract.underlying)
    if chain is None or not written_on_forward(contract):
        return chain
    wanted = np.datetime64(contract.expiry, "D")
    return next((part for part in on_forward(chain) if part.expiry[0] == wanted), None)


def marks(snapshot: Snapshot, symbols: Iterable[str]) -> dict[str, float]:
    """Spot or mid per share of every symbol the snapshot quotes, without the noise of binary floats."""
    found = ((symbol, _mark(snapshot, symbol)) for symbol in symbols)
    return {symbol: price for symbol, price in found if price is not None}


def _mark(snapshot: Snapshot, symbol: str) -> float | None:
    if symbol in snapshot.chains:
        return float(exact(snapshot.chains[symbol].spot))
    if not is_occ(symbol):
        return None
    series = parse_occ(symbol)
    for chain in snapshot.by_root.get(series[0], ()):
        mid = mid_at(chain, chain.listing.row(*series))
        if mid is not None:
            return mid
    return None


def mid_at(chain: Chain, row: int | None) -> float | None:
    """Per share, without the noise of binary floats; None without a quote, which a gap-filled row is not."""
    if row is None or chain.filled[row] or math.isnan(chain.mid[row]):
        return None
    return float(exact(chain.mid[row]))


def row_of(chain: Chain, contract: OptionContract) -> int | None:
    """The row of a contract in its chain."""
    return chain.listing.row(contract.root, contract.expiry, contract.right, contract.strike)


def rows_of(chain: Chain, contracts: Sequence[OptionContract]) -> IntArray:
    """The row of each contract in its chain, -1 where the chain does not list it."""
    return chain.listing.rows_of(contracts)
