"""From quotes to the Greeks people read: units, clocks, styles, dividends, and a real chain."""

from __future__ import annotations

import math
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from tools.calendar.expiries import expiry_instant
from tools.calendar.sessions import NEW_YORK, next_close
from tools.calendar.trading_time import Clock, units, year_fraction
from tools.domain.chain import Chain, Dividend
from tools.domain.contract import ExerciseStyle
from tools.domain.errors import InputError
from tools.pricing import american, european
from tools.pricing.quotes import QuoteGreeks, contract_greeks, quote_greeks

AS_OF = datetime(2026, 7, 8, 15, 0, tzinfo=NEW_YORK)
EXPIRY = date(2026, 8, 21)
STRIKES = np.array([90.0, 95.0, 100.0, 105.0, 110.0])
SPX = Path(__file__).parents[4] / "shared" / "data" / "chains" / "SPX_cboe_eod_20190425_20190531.parquet"
AMERICAN, EUROPEAN = ExerciseStyle.AMERICAN, ExerciseStyle.EUROPEAN


def chain(
    mid: npt.NDArray[np.float64], *, style: ExerciseStyle, root: str = "XLE", dividends: tuple[Dividend, ...] = ()
) -> Chain:
    """Puts at `STRIKES` quoted without a spread."""
    n = len(mid)
    unknown = np.full(n, np.nan)
    return Chain(
        underlying=root,
        as_of=AS_OF,
        spot=100.0,
        rate=0.04,
        dividend_yield=0.0 if dividends else 0.015,
        style=style,
        source="test",
        feed="test",
        root=np.full(n, root),
        expiry=np.full(n, np.datetime64(EXPIRY, "D")),
        right=np.full(n, -1, dtype=np.int8),
        strike=STRIKES[:n].copy(),
        bid=mid.copy(),
        ask=mid.copy(),
        last=unknown,
        volume=unknown.copy(),
        open_interest=unknown.copy(),
        feed_iv=unknown.copy(),
        feed_delta=unknown.copy(),
        filled=np.zeros(n, dtype=bool),
        dividends=dividends,
    )


def terms(style: ExerciseStyle) -> dict[str, object]:
    return {
        "as_of": AS_OF, "style": style, "right": -1, "strike": STRIKES, "expiry": EXPIRY, "spot": 100.0,
        "rate": 0.04, "dividend_yield": 0.015,
    }  # fmt: skip


YEARS = year_fraction(AS_OF, expiry_instant(EXPIRY), Clock.CALENDAR_365)


@pytest.mark.parametrize("style", [AMERICAN, EUROPEAN])
def test_units_on_the_calendar_clock(style: ExerciseStyle) -> None:
    value = american.row_by_row if style is AMERICAN else european.value
    vols = [0.3, 0.27, 0.255, 0.24, 0.23]
    v = value(right=-1, spot=100.0, strike=STRIKES, years=YEARS, rate=0.04, dividend_yield=0.015, vol=vols)
    g = quote_greeks(chain(v.price, style=style))
    assert g.iv == pytest.approx(vols, abs=1e-7)
    assert g.price == pytest.approx(v.price, abs=1e-7)
    assert g.years == pytest.approx(np.full(5, YEARS))
    assert g.delta == pytest.approx(v.delta, abs=1e-7)
    assert g.gamma == pytest.approx(v.gamma, abs=1e-7)
    assert g.vega_point == pytest.approx(v.vega / 100, abs=1e-7)
    assert g.theta_day == pytest.approx(v.theta / 365, abs=1e-7)
    assert g.rho_bp == pytest.approx(v.rho / 10_000, abs=1e-7)


def test_a_mark_and_a_vol_give_the_same_greeks() -> None:
    for clock in Clock:
        by_vol = contract_greeks(**terms(AMERICAN), vol=0.25, clock=clock)
        stretch = math.sqrt(by_vol.years[0] / by_vol.calendar_years[0])
        price = american.value(
            right=-1, spot=100.0, strike=STRIKES, years=YEARS, rate=0.04, dividend_yield=0.015, vol=0.25 * stretch
        ).price
        by_price = contract_greeks(**terms(AMERICAN), price=price, clock=clock)
        assert by_price.iv == pytest.approx(np.full(5, 0.25), abs=1e-7)
        for name in ("delta", "gamma", "vega_point", "theta_day", "rho_bp"):
            assert getattr(by_price, name) == pytest.approx(getattr(by_vol, name), abs=1e-6)


def test_the_clock_changes_the_vol_but_neither_price_nor_delta() -> None:
    price = european.value(
        right=-1, spot=100.0, strike=STRIKES, years=YEARS, rate=0.04, dividend_yield=0.015, vol=0.25
    ).price
    calendar, trading = (
        quote_greeks(chain(price, style=EUROPEAN), clock=clock) for clock in (Clock.CALENDAR_365, Clock.TRADING_278)
    )
    passed = units(AS_OF, expiry_instant(EXPIRY)) / 278
    assert trading.years == pytest.approx(np.full(5, passed))
    assert trading.iv**2 * trading.years == pytest.approx(calendar.iv**2 * calendar.years, rel=1e-12)
    assert trading.delta == pytest.approx(calendar.delta, rel=1e-12)
    assert trading.vega_point * np.sqrt(calendar.years) == pytest.approx(
        calendar.vega_point * np.sqrt(trading.years), rel=1e-12
    )


@pytest.mark.parametrize("clock", list(Clock))
def test_theta_is_what_one_interval_takes(clock: Clock) -> None:
    """From a close to the next one the value changes by theta_day, to first order in time."""
    expiry = date(2027, 6, 17)
    start = datetime(2026, 7, 10, 16, tzinfo=NEW_YORK)  # a Friday close: the interval holds the weekend
    common = terms(EUROPEAN) | {"expiry": expiry}
    g = contract_greeks(**(common | {"as_of": start}), vol=0.25, clock=clock)

    def price(instant: datetime) -> npt.NDArray[np.float64]:
        calendar = year_fraction(instant, expiry_instant(expiry), Clock.CALENDAR_365)
        vol = 0.25 * math.sqrt(year_fraction(instant, expiry_instant(expiry), clock) / calendar)
        return european.value(
            right=-1, spot=100.0, strike=STRIKES, years=calendar, rate=0.04, dividend_yield=0.015, vol=vol
        ).price

    assert g.theta_day == pytest.approx(price(next_close(start)) - price(start), rel=0.02)


def test_theta_on_the_last_day_takes_no_more_than_what_is_left() -> None:
    last = datetime(2026, 8, 21, 15, 30, tzinfo=NEW_YORK)
    g = contract_greeks(**(terms(EUROPEAN) | {"as_of": last}), vol=0.2)
    price = european.value(
        right=-1, spot=100.0, strike=100.0, years=g.years[2], rate=0.04, dividend_yield=0.015, vol=0.2
    ).price
    assert g.theta_day[2] == pytest.approx(-float(price) / 2, rel=0.02)  # √t: half of the time value by theta


def test_morning_settlement_ends_at_the_open() -> None:
    noon, morning = (contract_greeks(**terms(EUROPEAN), vol=0.2, settlement=kind).years[0] for kind in ("pm", "am"))
    assert (noon - morning) * 365 * 24 == pytest.approx(6.5)
    spx = quote_greeks(chain(np.full(5, 2.0), style=EUROPEAN, root="SPX"))
    weekly = quote_greeks(chain(np.full(5, 2.0), style=EUROPEAN, root="SPXW"))
    assert spx.years[1] == pytest.approx(morning)
    assert weekly.years[1] == pytest.approx(noon)


def test_cash_dividends_reach_the_pricing_of_both_styles() -> None:
    paid = (Dividend(date(2026, 7, 20), 0.8), Dividend(date(2026, 12, 21), 0.8))
    opens = datetime(2026, 7, 20, 9, 30, tzinfo=NEW_YORK)
    when = year_fraction(AS_OF, opens, Clock.CALENDAR_365)
    price = american.value(
        right=-1, spot=100.0, strike=STRIKES, years=YEARS, rate=0.04, dividend_yield=0.0, vol=0.25,
        dividend_years=[when], dividend_cash=[0.8],
    ).price  # fmt: skip
    assert quote_greeks(chain(price, style=AMERICAN, dividends=paid)).iv == pytest.approx(
        np.full(5, 0.25), abs=1e-7
    )
    less = 100.0 - 0.8 * math.exp(-0.04 * when)
    price = european.value(
        right=-1, spot=less, strike=STRIKES, years=YEARS, rate=0.04, dividend_yield=0.0, vol=0.25
    ).price
    assert quote_greeks(chain(price, style=EUROPEAN, dividends=paid)).iv == pytest.approx(
        np.full(5, 0.25), abs=1e-9
    )


def columns(greeks: QuoteGreeks) -> npt.NDArray[np.float64]:
    names = ("price", "calendar_years", "years", "iv", "delta", "gamma", "vega_point", "theta_day", "rho_bp")
    return np.array([getattr(greeks, name) for name in names])


def test_chosen_rows_equal_the_whole_and_the_rest_is_unknown() -> None:
    quotes = chain(np.array([0.4, 1.1, 2.9, 6.1, 10.4]), style=AMERICAN)
    whole, some = columns(quote_greeks(quotes)), columns(quote_greeks(quotes, rows=np.array([3, 1])))
    assert some[:, [1, 3]] == pytest.approx(whole[:, [1, 3]], rel=1e-8)  # a long chain shares its boundaries
    assert np.isnan(some[:, [0, 2, 4]]).all()
    masked = columns(quote_greeks(quotes, rows=np.array([False, True, False, True, False])))
    assert np.array_equal(masked, some, equal_nan=True)


def test_a_quote_without_a_vol_is_unknown_throughout_and_alone() -> None:
    g = columns(quote_greeks(chain(np.array([0.4, np.nan, 2.9, 4.9, 0.0]), style=AMERICAN)))
    assert np.isnan(g).all(axis=0).tolist() == [False, True, False, True, True]


def test_an_empty_chain_has_empty_greeks() -> None:
    assert columns(quote_greeks(chain(np.empty(0), style=AMERICAN))).shape == (9, 0)
    none = quote_greeks(chain(np.array([0.4, 1.1]), style=EUROPEAN), rows=np.empty(0, dtype=np.int64))
    assert np.isnan(columns(none)).all()


def test_an_expired_contract_is_unknown() -> None:
    late = terms(AMERICAN) | {"as_of": datetime(2026, 8, 21, 16, tzinfo=NEW_YORK)}
    assert np.isnan(columns(contract_greeks(**late, vol=0.2))).all()
    early = terms(AMERICAN) | {"as_of": late["as_of"] - timedelta(minutes=1)}
    assert not np.isnan(columns(contract_greeks(**early, vol=0.2))).any()


def test_price_or_vol_not_both() -> None:
    with pytest.raises(InputError, match="either the price"):
        contract_greeks(**terms(AMERICAN))
    with pytest.raises(InputError, match="either the price"):
        contract_greeks(**terms(AMERICAN), price=1.0, vol=0.2)


def test_deltas_of_a_real_chain_agree_with_its_own() -> None:
    """SPX on 2019-04-25 (Cboe end of day): our deltas from mids within 0.02 of the file's where its IV is sane."""
    if not SPX.exists():
        pytest.skip("the SPX chain is not beside the project")
    import polars as pl

    day = pl.read_parquet(SPX).filter(pl.col("quotedate") == "04/25/2019")
    unknown = np.full(len(day), np.nan)
    quotes = Chain(
        underlying="SPX",
        as_of=datetime(2019, 4, 25, 15, 45, tzinfo=NEW_YORK),
        spot=float(day["underlying_last"][0]),
        rate=0.024,
        dividend_yield=0.0185,
        style=EUROPEAN,
        source="file",
        feed="eod",
        root=np.array([root[:-15] for root in day["optionroot"]]),
        expiry=day["expiration"].str.to_date("%m/%d/%Y").to_numpy().astype("datetime64[D]"),
        right=np.where(day["type"].to_numpy() == "call", 1, -1).astype(np.int8),
        strike=day["strike"].to_numpy().copy(),
        bid=day["bid"].to_numpy().copy(),
        ask=day["ask"].to_numpy().copy(),
        last=unknown,
        volume=unknown.copy(),
        open_interest=unknown.copy(),
        feed_iv=day["impliedvol"].to_numpy().copy(),
        feed_delta=day["delta"].to_numpy().copy(),
        filled=np.zeros(len(day), dtype=bool),
    )
    g = quote_greeks(quotes)
    size = np.abs(quotes.feed_delta)
    sane = (quotes.bid > 0) & (quotes.feed_iv > 0.03) & (quotes.feed_iv < 1) & (quotes.dte >= 7)
    sane &= (size > 0.05) & (size < 0.5)
    assert sane.sum() > 2500
    assert np.max(np.abs(g.delta - quotes.feed_delta)[sane]) < 0.02
