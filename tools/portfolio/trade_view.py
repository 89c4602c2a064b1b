"""What the market says of open trades.

    trades → by underlying: rows of all legs → Greeks at hand, or one pricing of their quotes → a view per trade

A gap-filled row informs (its price, volatility and delta are seen) and is never traded on: only where every leg
has a live quote is there a price at which the trade can be left.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache

import numpy as np

from tools.calendar.expiries import expiration
from tools.calendar.sessions import next_session
from tools.calendar.trading_time import Clock
from tools.domain.chain import Chain, new_york_date
from tools.domain.contract import ExerciseStyle, Right, ShareContract
from tools.domain.market import Snapshot, UnderlyingFacts
from tools.domain.structure import Leg
from tools.domain.trade import EntryMarks, Trade
from tools.portfolio.greeks import UNPRICED, OptionGreeks, each_of
from tools.portfolio.quoting import row_of
from tools.pricing.sheet import greeks_at
from tools.screening.long_shares import share_quote

UNKNOWN = math.nan


@dataclass(frozen=True, slots=True)
class LegMark:
    """One leg at its quote, money per share; `nan` is unknown, `live` a quote of the market and not a filled gap.

    delta, iv  of one long option, on the book's clock
    """

    leg: Leg
    bid: float = UNKNOWN
    ask: float = UNKNOWN
    live: bool = False
    listed: bool = False
    delta: float = UNKNOWN
    iv: float = UNKNOWN

    @property
    def mid(self) -> float:
        return (self.bid + self.ask) / 2

    @property
    def spread(self) -> float:
        """(ask - bid) / mid of a live quote."""
        return (self.ask - self.bid) / self.mid if self.live and self.mid > 0 else UNKNOWN

    def in_the_money(self, spot: float) -> float:
        """Intrinsic value per share."""
        contract = self.leg.contract
        return max(0.0, contract.right.sign * (spot - contract.strike))

    def extrinsic(self, spot: float) -> float:
        """Mid less intrinsic value; below 0 where the quote is wide."""
        return self.mid - self.in_the_money(spot)


@dataclass(frozen=True, slots=True)
class TradeView:
    """One open trade under a snapshot. Money per share of a unit; None is unknown and `missing` says why.

    dte          calendar days from the New York date to the nearest expiry, below 0 once it has passed
    last_day     the nearest expiry trades for the last time today, or did so before
    spot, vix    of the underlying; VIX in points
    cost         what buying the unit back costs at the mid, positive for what was sold
    natural      the same at once, at bid and ask; None unless every leg has a live quote
    iv, iv_mean  of the first leg sold, now and its mean over 30 days
    spread       Σ (ask - bid) / Σ mid over live legs
    short_delta  the largest size of a short leg's delta
    net_delta    of the unit held, Σ quantity · delta
    momentum     MACD histogram of the underlying as a share of its price, None unknown
    dividends    cash by ex-date from here on; None where the source does not tell of them
    """

    trade: Trade
    as_of: datetime
    dte: int
    last_day: bool
    marks: tuple[LegMark, ...]
    spot: float | None
    vix: float | None
    cost: float | None
    natural: float | None
    iv: float | None
    iv_mean: float | None
    spread: float | None
    short_delta: float | None
    net_delta: float | None
    dividends: tuple[tuple[date, float], ...] | None
    missing: Mapping[str, str]
    momentum: float | None = None

    @property
    def today(self) -> date:
        return new_york_date(self.as_of)

    @property
    def shorts(self) -> tuple[LegMark, ...]:
        return tuple(mark for mark in self.marks if mark.leg.quantity < 0)

    @property
    def entry(self) -> EntryMarks:
        """What stands now, as the marks of legs that are opened now."""
        return EntryMarks(spot=self.spot, vix=self.vix, iv=self.iv, spread=self.spread)

    def dividend_within(self, sessions: int, *, until: date) -> float:
        """Cash per share that goes ex after today, within so many sessions and not after `until`."""
        last = self.today
        for _ in range(sessions):
            last = next_session(last)
        return math.fsum(cash for day, cash in self.dividends or () if self.today < day <= min(last, until))


@dataclass(frozen=True, slots=True)
class _Market:
    """What all trades of one underlying share."""

    as_of: datetime
    today: date
    symbol: str
    chain: Chain | None
    facts: UnderlyingFacts | None
    vix: float | None
    no_vix: str

    @property
    def dividends(self) -> tuple[tuple[date, float], ...] | None:
        chain = self.chain
        if chain is None or (not chain.dividends and (chain.dividend_yield != 0 or not chain.dividends_known)):
            return None
        return tuple((each.ex_date, each.cash) for each in chain.dividends)


def read_trades(
    trades: Sequence[Trade],
    snapshot: Snapshot,
    *,
    clock: Clock,
    iv_means: Mapping[str, float] | None = None,
    greeks: Mapping[str, OptionGreeks] | None = None,
    priced: bool = True,
) -> tuple[TradeView, ...]:
    """A view of each trade, in their order.

    iv_means  30-day mean volatility by OCC symbol, decimal per √year of `clock`
    greeks    `held_greeks` of all that the account holds; legs that are not in it are priced here
    priced    False leaves deltas and volatilities unknown, for rules that need none
    """
    places: dict[str, list[int]] = {}
    for place, trade in enumerate(trades):
        places.setdefault(trade.underlying, []).append(place)
    views: dict[int, TradeView] = {}
    for symbol, group in places.items():
        market = _market(symbol, snapshot)
        legs = [trades[place].legs for place in group]
        flat = [leg for each in legs for leg in each]
        marks = iter(leg_marks(market.chain, flat, clock=clock, greeks=greeks or {}, priced=priced))
        for place, own in zip(group, legs, strict=True):
            views[place] = _view(trades[place], tuple(next(marks) for _ in own), market, iv_means or {})
    return tuple(views[place] for place in range(len(trades)))


def leg_marks(
    chain: Chain | None,
    legs: Sequence[Leg],
    *,
    clock: Clock,
    greeks: Mapping[str, OptionGreeks],
    priced: bool = True,
) -> tuple[LegMark, ...]:
    """Legs of one underlying at their quotes, unknown where the chain does not list them.

    What `greeks` does not hold, by OCC symbol, is priced together.
    """
    if chain is None:
        return tuple(LegMark(leg) for leg in legs)
    if any(isinstance(leg.contract, ShareContract) for leg in legs):
        return tuple(_share_mark(leg, chain) for leg in legs)
    rows = [row_of(chain, leg.contract) for leg in legs]
    known = {row: greeks.get(leg.contract.occ) for leg, row in zip(legs, rows, strict=True) if row is not None}
    own = _priced(chain, [row for row, each in known.items() if each is None], clock) if priced else {}
    return tuple(
        LegMark(leg) if row is None else _mark(leg, chain, row, known[row] or own.get(row, UNPRICED))
        for leg, row in zip(legs, rows, strict=True)
    )


def _share_mark(leg: Leg, chain: Chain) -> LegMark:
    """Shares stand alone in their trade; one of them moves as the underlying does."""
    low, high = share_quote(chain)
    return LegMark(leg=leg, bid=low, ask=high, live=True, listed=True, delta=1.0)


def _priced(chain: Chain, rows: Sequence[int], clock: Clock) -> dict[int, OptionGreeks]:
    """By row of the chain, at its mid."""
    if not rows:
        return {}
    return dict(zip(rows, each_of(greeks_at(chain, np.array(rows), clock=clock)), strict=True))


def _mark(leg: Leg, chain: Chain, row: int, greeks: OptionGreeks) -> LegMark:
    bid, ask = float(chain.bid[row]), float(chain.ask[row])
    live = not chain.filled[row] and math.isfinite(bid) and math.isfinite(ask)
    return LegMark(leg=leg, bid=bid, ask=ask, live=live, listed=True, delta=greeks.delta, iv=greeks.iv)


def _market(symbol: str, snapshot: Snapshot) -> _Market:
    vix = snapshot.conditions.vix
    chain, facts = snapshot.chains.get(symbol), snapshot.facts.get(symbol)
    return _Market(snapshot.as_of, new_york_date(snapshot.as_of), symbol, chain, facts, vix.value, vix.reason)


def _view(trade: Trade, marks: tuple[LegMark, ...], market: _Market, iv_means: Mapping[str, float]) -> TradeView:
    short = next((mark for mark in marks if mark.leg.quantity < 0), None)
    deltas = [abs(mark.delta) for mark in marks if mark.leg.quantity < 0]
    every = all(mark.live for mark in marks)
    today = market.today
    return TradeView(
        trade=trade,
        as_of=market.as_of,
        dte=(trade.expiry - today).days,
        last_day=any(
            _last_trade(leg.contract.root, leg.contract.expiry) <= today
            for leg in trade.legs
            if not isinstance(leg.contract, ShareContract)
        ),
        momentum=None if market.facts is None else market.facts.macd.value,
        marks=marks,
        spot=None if market.chain is None else _known(market.chain.spot),
        vix=market.vix,
        cost=_known(_total(marks, [mark.mid for mark in marks])),
        natural=_known(_total(marks, [m.ask if m.leg.quantity < 0 else m.bid for m in marks])) if every else None,
        iv=None if short is None else _known(short.iv),
        iv_mean=None if short is None else iv_means.get(short.leg.contract.occ),
        spread=_known(_spread(marks)) if every else None,
        short_delta=_known(UNKNOWN if any(map(math.isnan, deltas)) else max(deltas, default=UNKNOWN)),
        net_delta=_known(-_total(marks, [mark.delta for mark in marks])),
        dividends=market.dividends,
        missing=_missing(marks, market),
    )


@lru_cache(maxsize=4096)
def _last_trade(root: str, expiry: date) -> date:
    return new_york_date(expiration(root, expiry).last_trade)


def _total(marks: Sequence[LegMark], column: Iterable[float]) -> float:
    """Σ over the legs of what buying the unit back comes to: short legs bought, long ones sold."""
    return sum(-mark.leg.quantity * value for mark, value in zip(marks, column, strict=True))


def _spread(marks: Sequence[LegMark]) -> float:
    gross = sum(abs(mark.leg.quantity) * mark.mid for mark in marks)
    wide = sum(abs(mark.leg.quantity) * (mark.ask - mark.bid) for mark in marks)
    return wide / gross if gross > 0 else UNKNOWN


def _known(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _missing(marks: Sequence[LegMark], market: _Market) -> dict[str, str]:
    """Why figures of the view are unknown, the first leg in question named."""
    missing = {"iv_mean": "no 30 days of the contract's volatility are at hand"}
    if market.vix is None:
        missing["vix"] = market.no_vix
    if market.dividends is None:
        missing["dividends"] = "the dividend dates are not known"
    if market.chain is None:
        missing["spot"] = f"the snapshot holds no chain of {market.symbol}"
    for mark in marks:
        if mark.live and not math.isnan(mark.delta):
            continue
        reason, symbol = _unseen(mark, market), mark.leg.contract.occ
        if reason:
            missing.setdefault("cost", reason)
        if not mark.live:
            missing.setdefault("natural", reason or f"the quote of {symbol} is gap-filled")
        if math.isnan(mark.delta):
            missing.setdefault("greeks", reason or f"no volatility explains the quote of {symbol}")
    return missing


def _unseen(mark: LegMark, market: _Market) -> str:
    """Why a leg has no price at all; empty where it has one."""
    if market.chain is None:
        return f"the snapshot holds no chain of {market.symbol}"
    if not mark.listed:
        return f"{mark.leg.contract.occ} is not in the chain"
    return f"{mark.leg.contract.occ} has no quote" if math.isnan(mark.mid) else ""


def can_be_assigned(mark: LegMark) -> bool:
    """Whether the holder may exercise against this leg before expiry."""
    return mark.leg.quantity < 0 and mark.leg.contract.style is ExerciseStyle.AMERICAN


def is_call(mark: LegMark) -> bool:
    return mark.leg.contract.right is Right.CALL
