"""One underlying's chain at one moment of the past.

    listing ─► rows ─► forward ─► surface vol ─► value (European, American, on the VIX forward) ─► bid, ask
                                                                     └─► open interest ─► volume, last

Quotes, open interest and volume come about as in the embedded market; spreads are wider in a storm.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from tools.calendar.sessions import session_open
from tools.data.simulated.chain import FEED, last_trades
from tools.data.simulated.noise import FloatArray
from tools.data.simulated.parameters import Listed
from tools.data.simulated.past.hours import Moment
from tools.data.simulated.past.listing import Listing, Strikes
from tools.data.simulated.past.parameters import Depth, Part, part_of
from tools.data.simulated.past.smile import surface_of, volatility_forwards, years_until
from tools.data.simulated.past.valuation import Payouts, Worth, american_worth, european_worth
from tools.data.simulated.quotes import Book, bid_ask, contract_keys, open_interest, volume
from tools.data.simulated.schedule import dividends
from tools.data.simulated.surface import Surface
from tools.domain.chain import Chain, Dividend, new_york_date
from tools.domain.contract import ExerciseStyle
from tools.domain.market import InstrumentKind

SOURCE = "simulated-past"
MONTH = 21  # sessions over whose prices today's open interest was built up


class _Terms(NamedTuple):
    """Per expiry: the spot or forward that its options are written on, its yield, the log forward."""

    spot: FloatArray
    yields: float
    log_forward: FloatArray
    payouts: Payouts


def build_chain(listed: Listed, moment: Moment, listing: Listing) -> Chain:
    """Every listed contract of one underlying; no rows where no options are listed on it."""
    depth = moment.parameters.depth(listed)
    if depth is None:
        return _assemble(listed, moment, (), _no_rows())
    strikes = listing.at(listed, depth, moment)
    paid = coming_dividends(listed, moment, strikes)
    return _assemble(listed, moment, paid, _quoted(listed, depth, moment, strikes, paid))


def coming_dividends(listed: Listed, moment: Moment, strikes: Strikes) -> tuple[Dividend, ...]:
    """Ex-dates to the last expiry, each expected to pay what the next one will."""
    cash = float(moment.path.cash[moment.evening, moment.path.column(listed.symbol)])
    if listed.dividend is None or cash <= 0:
        return ()
    schedule = listed.dividend.model_copy(update={"cash": cash})
    return dividends(schedule, after=moment.session, until=strikes.day[-1].astype(object))


def is_european(listed: Listed) -> bool:
    """Indices settle in cash and cannot be exercised early."""
    return listed.kind is InstrumentKind.INDEX


class _Columns(NamedTuple):
    """The columns of a chain, n rows."""

    root: npt.NDArray[np.str_]
    expiry: npt.NDArray[np.datetime64]
    right: npt.NDArray[np.int8]
    strike: FloatArray
    bid: FloatArray
    ask: FloatArray
    last: FloatArray
    volume: FloatArray
    open_interest: FloatArray
    feed_iv: FloatArray
    feed_delta: FloatArray


def _no_rows() -> _Columns:
    none = np.empty(0)
    return _Columns(
        np.empty(0, dtype=np.str_), np.empty(0, dtype="datetime64[D]"), np.empty(0, dtype=np.int8),
        *(none.copy() for _ in range(8)),
    )  # fmt: skip


def _assemble(listed: Listed, moment: Moment, paid: tuple[Dividend, ...], columns: _Columns) -> Chain:
    return Chain(
        underlying=listed.symbol,
        as_of=moment.as_of,
        spot=moment.price(listed.symbol),
        rate=moment.rate,
        dividend_yield=_index_yield(listed, moment),
        style=ExerciseStyle.EUROPEAN if is_european(listed) else ExerciseStyle.AMERICAN,
        source=SOURCE,
        feed=FEED,
        filled=np.zeros(len(columns.strike), dtype=np.bool_),
        dividends=paid,
        **columns._asdict(),
    )


def _index_yield(listed: Listed, moment: Moment) -> float:
    return moment.parameters.index_yield if part_of(listed.symbol) in {Part.MARKET, Part.TENTH} else 0.0


def _quoted(listed: Listed, depth: Depth, moment: Moment, strikes: Strikes, paid: tuple[Dividend, ...]) -> _Columns:
    which = np.repeat(np.arange(len(strikes.day)), [2 * len(each) for each in strikes.strikes])
    right = np.concatenate([np.repeat(np.array([-1, 1], dtype=np.int8), len(each)) for each in strikes.strikes])
    strike = np.concatenate([np.tile(each, 2) for each in strikes.strikes])
    surface = surface_of(listed, moment, horizon=strikes.day[-1].astype(object))
    terms, years = _terms(listed, moment, strikes, paid), strikes.years[which]
    vol = surface.vol(log_moneyness=np.log(strike) - terms.log_forward[which], years=years)
    worth = _worth(listed, moment, terms, which, surface, right=right, strike=strike, years=years, vol=vol)
    spread = np.sqrt(surface.at_the_money(strikes.years))[which]
    book = Book(
        root=listed.symbol,
        key=contract_keys(expiry=strikes.day[which], strike=strike, right=right),
        right=right,
        strike=strike,
        days=(strikes.day[which] - np.datetime64(new_york_date(moment.as_of))).astype(np.int64),
        monthly=strikes.monthly[which],
        distance=np.log(strike / _recent_price(listed, moment)) / spread,
        value=worth.value,
        vega=worth.vega,
        vol=vol,
    )
    return _traded(book, listed, depth, moment, np.array(strikes.root)[which], strikes.day[which], worth, surface)


def _traded(
    book: Book,
    listed: Listed,
    depth: Depth,
    moment: Moment,
    root: npt.NDArray[np.str_],
    expiry: npt.NDArray[np.datetime64],
    worth: Worth,
    surface: Surface,
) -> _Columns:
    storm = max(surface.vol_30 / listed.vol.normal, 1.0) ** depth.stress
    bid, ask = bid_ask(book, depth.model_copy(update={"width": depth.width * storm}))
    held = open_interest(book, depth, depth=listed.depth, seed=moment.seed)
    traded = volume(
        book,
        held,
        depth,
        put_call=listed.put_call,
        seed=moment.seed,
        session=int(moment.path.sessions[moment.row].astype(np.int64)),
        fraction=moment.traded,
    )
    return _Columns(
        root=root,
        expiry=expiry,
        right=book.right,
        strike=book.strike,
        bid=bid,
        ask=ask,
        last=last_trades(book, bid, ask, traded, seed=moment.seed),
        volume=traded,
        open_interest=held,
        feed_iv=np.round(book.vol, 4),
        feed_delta=np.round(worth.delta, 4),
    )


def _terms(listed: Listed, moment: Moment, strikes: Strikes, paid: tuple[Dividend, ...]) -> _Terms:
    spot, rate, years = moment.price(listed.symbol), moment.rate, strikes.years
    when = np.array([years_until(moment.as_of, session_open(each.ex_date)) for each in paid])
    payouts = Payouts(when, np.array([each.cash for each in paid]) * np.exp(-rate * when))
    if part_of(listed.symbol) is Part.VOLATILITY:
        forward = volatility_forwards(moment, years)
        return _Terms(forward, rate, np.log(forward), payouts)
    yields = _index_yield(listed, moment)
    forward = np.log(spot - payouts.before(years)) + (rate - yields) * years
    return _Terms(np.full(len(years), spot), yields, forward, payouts)


def _worth(
    listed: Listed,
    moment: Moment,
    terms: _Terms,
    which: npt.NDArray[np.int64],
    surface: Surface,
    *,
    right: npt.NDArray[np.int8],
    strike: FloatArray,
    years: FloatArray,
    vol: FloatArray,
) -> Worth:
    rate = moment.rate
    if is_european(listed):
        return european_worth(
            right=right,
            spot=terms.spot[which],
            strike=strike,
            years=years,
            rate=rate,
            yields=terms.yields,
            vol=vol,
        )
    spot = float(terms.spot[0])

    def smile(strike: FloatArray, years: FloatArray) -> FloatArray:
        forward = np.log(spot - terms.payouts.before(years)) + rate * years
        return surface.vol(log_moneyness=np.log(strike) - forward, years=years)

    return american_worth(
        right=right,
        spot=spot,
        strike=strike,
        years=years,
        rate=rate,
        payouts=terms.payouts,
        vol=vol,
        smile=smile,
    )


def _recent_price(listed: Listed, moment: Moment) -> float:
    closes = moment.path.close[max(moment.row - MONTH, 0) : moment.row, moment.path.column(listed.symbol)]
    return float(closes.mean())
