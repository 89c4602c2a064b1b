"""One underlying's chain at one instant.

    listing ─► rows ─► forward ─► surface vol ─► American value ─► bid, ask
                                                              └─► open interest ─► volume, last

Listing, open interest and volume follow the path alone; quotes follow the spot, perturbed or not.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

import numpy as np
import numpy.typing as npt

from tools.calendar.expiries import expiry_instant
from tools.calendar.sessions import session_open
from tools.data.simulated.listing import Expiry, listed_expiries, listed_strikes
from tools.data.simulated.noise import FloatArray, normal_by_key
from tools.data.simulated.parameters import Listed, Parameters
from tools.data.simulated.path import DailyPath
from tools.data.simulated.quotes import Book, bid_ask, contract_keys, open_interest, volume
from tools.data.simulated.schedule import announcements, dividends
from tools.data.simulated.surface import Surface
from tools.domain.chain import Chain, Dividend, new_york_date
from tools.domain.contract import ExerciseStyle
from tools.pricing import american

YEAR_SECONDS = 365 * 86_400
MONTH = 21  # sessions
SOURCE, FEED = "embedded", "simulated"


@dataclass(frozen=True, eq=False)
class Instant:
    """The market's present: the seed, the time, the path up to it, how much of the session has passed."""

    parameters: Parameters
    seed: int
    as_of: datetime
    fraction: float
    path: DailyPath

    @property
    def day(self) -> date:
        return new_york_date(self.as_of)

    def recent_price(self, listed: Listed) -> float:
        """The mean close of the last month: where today's open interest was built up."""
        return float(self.path.close[-MONTH:, self.path.column(listed.symbol)].mean())


def build_chain(listed: Listed, instant: Instant, *, spot: float) -> Chain:
    """Every listed contract of one underlying, priced at `spot`."""
    liquidity = instant.parameters.liquidity[listed.liquidity]
    expiries = listed_expiries(instant.day, liquidity)
    rows = _Rows.over(expiries, [listed_strikes(each, listed, instant.path) for each in expiries])
    paid = dividends(listed.dividend, after=instant.day, until=expiries[-1].day)
    book, delta = _valued(listed, instant, rows, paid, spot)
    bid, ask = bid_ask(book, liquidity)
    held = open_interest(book, liquidity, depth=listed.depth, seed=instant.seed)
    traded = volume(
        book,
        held,
        liquidity,
        put_call=listed.put_call,
        seed=instant.seed,
        session=int(instant.path.sessions[-1].astype(np.int64)),
        fraction=instant.fraction,
    )
    return Chain(
        underlying=listed.symbol,
        as_of=instant.as_of,
        spot=spot,
        rate=instant.parameters.rate,
        dividend_yield=0.0,
        style=ExerciseStyle.AMERICAN,
        source=SOURCE,
        feed=FEED,
        root=np.full(len(rows.strike), listed.symbol),
        expiry=rows.expiry,
        right=rows.right,
        strike=rows.strike,
        bid=bid,
        ask=ask,
        last=last_trades(book, bid, ask, traded, seed=instant.seed),
        volume=traded,
        open_interest=held,
        feed_iv=np.round(book.vol, 4),
        feed_delta=np.round(delta, 4),
        filled=np.zeros(len(rows.strike), dtype=np.bool_),
        dividends=paid,
    )


@dataclass(frozen=True, eq=False)
class _Rows:
    """Contracts in order of expiry, right (puts first) and strike."""

    expiry: npt.NDArray[np.datetime64]
    monthly: npt.NDArray[np.bool_]
    right: npt.NDArray[np.int8]
    strike: FloatArray

    @classmethod
    def over(cls, expiries: tuple[Expiry, ...], strikes: list[FloatArray]) -> _Rows:
        counts = [2 * len(each) for each in strikes]
        return cls(
            expiry=np.repeat(np.array([each.day for each in expiries], dtype="datetime64[D]"), counts),
            monthly=np.repeat([each.monthly for each in expiries], counts),
            right=np.concatenate([np.repeat(np.array([-1, 1], dtype=np.int8), len(each)) for each in strikes]),
            strike=np.concatenate([np.tile(each, 2) for each in strikes]),
        )

    def years(self, as_of: datetime) -> FloatArray:
        """Act/365 from `as_of` to the closing bell of the expiry."""
        days, index = np.unique(self.expiry, return_inverse=True)
        return np.array([_years(as_of, expiry_instant(day.astype(object))) for day in days])[index]


def _valued(
    listed: Listed, instant: Instant, rows: _Rows, paid: tuple[Dividend, ...], spot: float
) -> tuple[Book, FloatArray]:
    """Values of all rows on the day's surface, and their deltas."""
    rate = instant.parameters.rate
    years = rows.years(instant.as_of)
    pay_years = np.array([_years(instant.as_of, session_open(each.ex_date)) for each in paid])
    pay_cash = np.array([each.cash for each in paid])
    surface = day_surface(listed, instant, horizon=rows.expiry[-1].astype(object))
    worth = pay_cash * np.exp(-rate * pay_years)
    stripped = spot - np.sum(np.where(pay_years[:, None] < years, worth[:, None], 0.0), axis=0)
    log_moneyness = np.log(rows.strike / stripped) - rate * years
    vol = surface.vol(log_moneyness=log_moneyness, years=years)
    values = american.value(
        right=rows.right,
        spot=spot,
        strike=rows.strike,
        years=years,
        rate=rate,
        dividend_yield=0.0,
        vol=vol,
        dividend_years=pay_years,
        dividend_cash=pay_cash,
    )
    book = Book(
        root=listed.symbol,
        key=contract_keys(expiry=rows.expiry, strike=rows.strike, right=rows.right),
        right=rows.right,
        strike=rows.strike,
        days=(rows.expiry - np.datetime64(instant.day)).astype(np.int64),
        monthly=rows.monthly,
        distance=np.log(rows.strike / instant.recent_price(listed)) / np.sqrt(surface.at_the_money(years)),
        value=values.price,
        vega=values.vega,
        vol=vol,
    )
    return book, values.delta


def day_surface(listed: Listed, instant: Instant, *, horizon: date) -> Surface:
    """The surface of the instant; announcements to `horizon` stand in it as jumps of total variance."""
    move = listed.earnings.move if listed.earnings else 0.0
    days = announcements(listed.earnings, after=instant.day, until=horizon)
    return Surface(
        vol_30=float(instant.path.vol[-1, instant.path.column(listed.symbol)]),
        normal=listed.vol.normal,
        speed=instant.parameters.volatility.term_speed,
        skew=listed.vol.skew,
        wing=listed.vol.wing,
        announcements=tuple((_years(instant.as_of, session_open(day)), move) for day in days),
    )


def _years(start: datetime, end: datetime) -> float:
    return (end - start).total_seconds() / YEAR_SECONDS


def last_trades(book: Book, bid: FloatArray, ask: FloatArray, traded: FloatArray, *, seed: int) -> FloatArray:
    """The last trade at the bid or the ask; unknown where nothing traded today."""
    lifted = normal_by_key(seed, f"last {book.root}", book.key) > 0
    price = np.where(lifted | (bid <= 0), ask, bid)
    return np.where(traded > 0, price, np.nan)
