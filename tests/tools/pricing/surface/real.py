"""Real chains from the folder beside the project: SPX as Cboe sold it, AAPL, GOOG and TWX as Lean ships them."""

from __future__ import annotations

import zipfile
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

from tools.calendar.sessions import NEW_YORK
from tools.domain.chain import Chain
from tools.domain.contract import ExerciseStyle
from tools.pricing.rates import implied_spot

SHARED = Path(__file__).resolve().parents[4].parent / "shared" / "data"
SPX = SHARED / "chains" / "SPX_cboe_eod_20190425_20190531.parquet"
LEAN = SHARED / "chains" / "lean" / "option_daily"
VIX = SHARED / "vix" / "VIX_daily_ohlc.csv"
HOLIDAY = date(2019, 5, 27)
# 3-month bill 2.4 % (US Treasury par curve, May 2019); S&P 500 dividend yield about 1.9 %.
RATE, DIVIDEND_YIELD = 0.024, 0.019


@cache
def spx_rows() -> pl.DataFrame:
    return pl.read_parquet(SPX).with_columns(
        expiry=pl.col("expiration").str.to_date("%m/%d/%Y"),
        day=pl.col("quotedate").str.to_date("%m/%d/%Y"),
        root=pl.col("optionroot").str.extract(r"^([A-Z]+)\d", 1),
    )


def spx_days() -> list[date]:
    """Every snapshot day but the holiday."""
    return [day for day in spx_rows()["day"].unique().sort().to_list() if day != HOLIDAY]


@cache
def spx_chain(day: date) -> Chain:
    """All rows of SPX and SPXW with an ask; the file does not say when on the day: 15:45 is assumed."""
    rows = spx_rows().filter(
        (pl.col("day") == day) & (pl.col("expiry") > day) & (pl.col("ask") > 0) & (pl.col("ask") >= pl.col("bid"))
    )
    return make_chain(
        "SPX",
        datetime(day.year, day.month, day.day, 15, 45, tzinfo=NEW_YORK),
        style=ExerciseStyle.EUROPEAN,
        spot=float(rows["underlying_last"][0]),
        rate=RATE,
        dividend_yield=DIVIDEND_YIELD,
        root=rows["root"].to_numpy().astype(np.str_),
        expiry=rows["expiry"].to_numpy(),
        right=np.where(rows["type"].to_numpy() == "call", 1, -1),
        strike=rows["strike"].to_numpy(),
        bid=rows["bid"].to_numpy(),
        ask=rows["ask"].to_numpy(),
        open_interest=rows["openinterest"].to_numpy(),
    )


@cache
def lean_chain(symbol: str, day: date, *, rate: float, dividend_yield: float) -> Chain:
    """Closing quotes of American options with their open interest; the spot is what parity implies."""
    quotes = _lean(symbol, day, "quote")
    held = _lean(symbol, day, "openinterest")
    names = sorted(name for name, fields in quotes.items() if fields[3] and fields[8])
    parts = [name.removesuffix(".csv").split("_") for name in names]
    # Old standard contracts carry the Saturday after their last day.
    expiry = np.array([date.fromisoformat(part[-1]) for part in parts], dtype="datetime64[D]")
    right = np.array([1 if part[-3] == "call" else -1 for part in parts])
    strike = np.array([float(part[-2]) for part in parts]) / 1e4
    bid, ask = (np.array([float(quotes[name][place]) for name in names]) / 1e4 for place in (3, 8))
    interest = [held.get(name.replace("quote", "openinterest")) for name in names]
    as_of = datetime(day.year, day.month, day.day, 16, 0, tzinfo=NEW_YORK) - timedelta(seconds=1)
    spot = implied_spot(
        as_of=as_of, expiry=expiry, right=right, strike=strike, bid=bid, ask=ask, rate=rate,
        dividend_yield=dividend_yield,
    )  # fmt: skip
    return make_chain(
        symbol.upper(),
        as_of,
        style=ExerciseStyle.AMERICAN,
        spot=spot,
        rate=rate,
        dividend_yield=dividend_yield,
        root=np.full(len(names), symbol.upper()),
        expiry=expiry,
        right=right,
        strike=strike,
        bid=bid,
        ask=ask,
        open_interest=np.array([np.nan if each is None else float(each[0]) for each in interest]),
    )


def _lean(symbol: str, day: date, kind: str) -> dict[str, list[str]]:
    """The fields after the time of the day's line, by file name."""
    path = LEAN / f"{symbol}_{day.year}_{kind}_american.zip"
    found: dict[str, list[str]] = {}
    if not path.exists():
        return found
    with zipfile.ZipFile(path) as pack:
        for name in pack.namelist():
            for line in pack.read(name).decode().splitlines():
                when, *fields = line.split(",")
                if when.startswith(f"{day:%Y%m%d}"):
                    found[name] = fields
    return found


def make_chain(
    underlying: str,
    as_of: datetime,
    *,
    style: ExerciseStyle,
    spot: float,
    rate: float,
    dividend_yield: float,
    root: npt.ArrayLike,
    expiry: npt.ArrayLike,
    right: npt.ArrayLike,
    strike: npt.ArrayLike,
    bid: npt.ArrayLike,
    ask: npt.ArrayLike,
    open_interest: npt.ArrayLike | None = None,
) -> Chain:
    strikes = np.array(strike, dtype=np.float64)
    unknown = np.full(len(strikes), np.nan)
    return Chain(
        underlying=underlying,
        as_of=as_of,
        spot=spot,
        rate=rate,
        dividend_yield=dividend_yield,
        style=style,
        source="test",
        feed="test",
        root=np.array(root, dtype=np.str_),
        expiry=np.array(expiry, dtype="datetime64[D]"),
        right=np.array(right, dtype=np.int8),
        strike=strikes,
        bid=np.array(bid, dtype=np.float64),
        ask=np.array(ask, dtype=np.float64),
        last=unknown,
        volume=unknown.copy(),
        open_interest=unknown.copy() if open_interest is None else np.array(open_interest, dtype=np.float64),
        feed_iv=unknown.copy(),
        feed_delta=unknown.copy(),
        filled=np.zeros(len(strikes), dtype=bool),
    )
