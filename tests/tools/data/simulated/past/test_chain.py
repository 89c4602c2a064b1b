"""Chains of the past: quotes without arbitrage, the right style, forward and settlement, contracts that stay."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tools.data.simulated.past.samples import CALM, DAYS, MIDDLE, STORM, chain, expiries, nearest, past
from tools.calendar.expiries import Settlement, expiry_instant, settlement_of
from tools.calendar.sessions import NEW_YORK, next_session, session_open
from tools.data.simulated.past.hours import moment
from tools.data.simulated.past.parameters import load_parameters
from tools.data.simulated.past.smile import volatility_forwards
from tools.domain.chain import Chain, FloatArray
from tools.domain.contract import ExerciseStyle
from tools.domain.money import tick_size
from tools.pricing import american
from tools.pricing.rates import parity_forward

PARAMETERS = load_parameters()
OPTIONABLE = tuple(symbol for symbol, listed in PARAMETERS.listed.items() if PARAMETERS.depth(listed))
AMERICAN = tuple(symbol for symbol in OPTIONABLE if symbol not in {"SPX", "XSP", "VIX"})


def ticks(chain: Chain, prices: FloatArray) -> FloatArray:
    near, far = (float(tick_size(chain.underlying, price)) for price in (0.0, 3.0))
    return np.where(prices < 3.0, near, far)


def sides(chain: Chain) -> tuple[Chain, Chain]:
    puts, calls = chain.take(chain.right < 0), chain.take(chain.right > 0)
    np.testing.assert_array_equal(puts.strike, calls.strike)
    return puts, calls


def years(chain: Chain) -> FloatArray:
    """To the instant that each contract settles at."""
    return np.array(
        [
            (expiry_instant(day, settlement_of(str(root))) - chain.as_of).total_seconds() / (365 * 86_400)
            for day, root in zip(chain.expiry.astype(object), chain.root, strict=True)
        ]
    )


@pytest.mark.parametrize("day", DAYS)
def test_every_quote_is_whole(day: date) -> None:
    for symbol in OPTIONABLE:
        each = chain(symbol, day)
        assert (each.feed, each.source) == ("simulated", "simulated-past")
        assert len(each) > 300, symbol
        assert np.all(each.bid >= 0)
        assert np.all(each.ask > each.bid)
        for side in (each.bid, each.ask):
            np.testing.assert_allclose(side / ticks(each, side), np.rint(side / ticks(each, side)), atol=1e-6)
        for column in ("strike", "bid", "ask", "volume", "open_interest", "feed_iv", "feed_delta"):
            assert np.isfinite(getattr(each, column)).all(), (symbol, column)
        assert np.abs(each.feed_delta).max() <= 1
        np.testing.assert_array_equal(np.isnan(each.last), each.volume == 0)
        assert not each.filled.any()
        keys = set(zip(each.root, each.expiry.tolist(), each.right.tolist(), each.strike.tolist(), strict=True))
        assert len(keys) == len(each)


@pytest.mark.parametrize("day", DAYS)
def test_no_butterfly_no_free_spread(day: date) -> None:
    """Call and put spreads and butterflies are worth at least nothing, to within the rounding of their quotes."""
    for symbol in OPTIONABLE:
        for expiry in expiries(chain(symbol, day)):
            for smile in sides(expiry):
                mid, strike, tick = smile.mid, smile.strike, ticks(smile, smile.ask)
                coarser = np.maximum(tick[1:], tick[:-1]) + 1e-9
                rising = np.diff(mid) * -smile.right[0]
                assert np.all(rising >= -coarser), symbol
                assert np.all(rising <= np.diff(strike) + coarser), symbol
                left = (strike[2:] - strike[1:-1]) / (strike[2:] - strike[:-2])
                butterfly = left * mid[:-2] + (1 - left) * mid[2:] - mid[1:-1]
                assert np.all(butterfly >= -np.maximum(coarser[1:], coarser[:-1])), symbol


@pytest.mark.parametrize("day", DAYS)
def test_longer_options_are_worth_more(day: date) -> None:
    """An American option can do all that a shorter one of its strike can: selling that one never pays for it."""
    for symbol in AMERICAN:
        whole = chain(symbol, day)
        whole = whole.take(np.lexsort((whole.expiry, whole.strike, whole.right)))
        same = (whole.strike[1:] == whole.strike[:-1]) & (whole.right[1:] == whole.right[:-1])
        assert np.all((whole.ask[1:] >= whole.bid[:-1])[same]), symbol


@pytest.mark.parametrize("symbol", ["SPX", "XSP"])
def test_index_options_are_european_on_the_carried_index(symbol: str) -> None:
    """C - P = S·exp(-qT) - K·exp(-rT), to the rounding of four quotes."""
    for day in DAYS:
        whole = chain(symbol, day)
        assert whole.style is ExerciseStyle.EUROPEAN
        assert whole.dividends == ()
        puts, calls = sides(whole)
        t = years(calls)
        right = whole.spot * np.exp(-whole.dividend_yield * t) - calls.strike * np.exp(-whole.rate * t)
        slack = ticks(calls, calls.ask) + ticks(puts, puts.ask)
        vanishing = (puts.bid == 0) | (calls.bid == 0)  # an ask of one tick stands for a value of none
        assert np.all(np.abs(calls.mid - puts.mid - right)[~vanishing] <= slack[~vanishing])


def test_vix_options_look_at_its_forward_not_at_its_spot() -> None:
    for day in DAYS:
        whole = chain("VIX", day)
        assert whole.style is ExerciseStyle.EUROPEAN
        implied = []
        for each in expiries(whole):
            puts, calls = sides(each)
            t = float(years(each)[0])
            forwards = calls.strike + np.exp(whole.rate * t) * (calls.mid - puts.mid)
            quoted = (puts.bid > 0) & (calls.bid > 0)
            assert np.ptp(forwards[quoted]) < 0.35  # a few ticks of 0.05 and 0.10
            implied.append(
                parity_forward(strike=calls.strike, call=calls.mid, put=puts.mid, years=t, rate=whole.rate)
            )
        now = moment(whole.as_of, past().path, PARAMETERS, seed=23)
        stated = volatility_forwards(now, np.array([years(each)[0] for each in expiries(whole)]))
        np.testing.assert_allclose(implied, stated, atol=0.1)
        far = implied[-1] / whole.spot
        assert far > 1.2 if day == CALM else True
        assert far < 0.7 if day == STORM else True


def test_the_forward_of_vix_ends_at_vix() -> None:
    for day in DAYS:
        now = moment(chain("VIX", day).as_of, past().path, PARAMETERS, seed=23)
        assert volatility_forwards(now, np.array([1e-9]))[0] == pytest.approx(chain("VIX", day).spot, rel=1e-6)


@pytest.mark.parametrize("day", DAYS)
def test_american_parity_bounds(day: date) -> None:
    """S - PV(D) - K ≤ C - P ≤ S - K·exp(-rT) (Hull, Options, Futures, and Other Derivatives, 9th ed., equations
    11.7 and 11.11), and neither is worth less than its exercise."""
    for symbol in AMERICAN:
        whole = chain(symbol, day)
        assert whole.style is ExerciseStyle.AMERICAN
        puts, calls = sides(whole)
        paid = np.zeros(len(calls))
        for each in whole.dividends:
            paid += each.cash * (calls.expiry >= np.datetime64(each.ex_date))
        gap, slack = calls.mid - puts.mid, ticks(calls, calls.ask) + ticks(puts, puts.ask)
        assert np.all(gap >= whole.spot - paid - calls.strike - slack), symbol
        assert np.all(gap <= whole.spot - calls.strike * np.exp(-whole.rate * years(calls)) + slack), symbol
        intrinsic = np.maximum(whole.right * (whole.spot - whole.strike), 0)
        assert np.all(whole.mid >= intrinsic - ticks(whole, whole.ask)), symbol


@pytest.mark.parametrize(
    ("symbol", "day"), [("SPY", MIDDLE), ("SPY", CALM), ("XOM", CALM), ("T", STORM), ("VNQ", CALM), ("INTC", CALM)]
)
def test_fast_american_values_are_near_the_exact_ones(symbol: str, day: date) -> None:
    """Against finite differences with the cash dividends on their dates. What books trade, out of the money, lies
    within half a spread and half a tick of 0.5 volatility points; nothing is off by 0.4 % of the spot."""
    whole = chain(symbol, day)
    whole = whole.take((whole.dte >= 5) & (whole.dte <= 120))
    ex = np.array([(session_open(d.ex_date) - whole.as_of).total_seconds() for d in whole.dividends])
    exact = american.value(
        right=whole.right, spot=whole.spot, strike=whole.strike, years=years(whole), rate=whole.rate,
        dividend_yield=0.0, vol=whole.feed_iv, dividend_years=ex / (365 * 86_400),
        dividend_cash=np.array([each.cash for each in whole.dividends]),
    )  # fmt: skip
    gap, out = np.abs(whole.mid - exact.price), np.abs(whole.feed_delta) < 0.5
    quoted = (whole.ask - whole.bid) / 2 + ticks(whole, whole.ask) / 2
    assert np.mean((gap <= quoted)[out]) > 0.85
    assert np.mean((gap <= quoted + 0.005 * exact.vega)[out]) > 0.995
    assert gap.max() < 0.004 * whole.spot
    assert np.abs(whole.feed_delta - exact.delta)[out].max() < 0.05


def test_settlement_follows_the_root() -> None:
    """SPX of a third Friday and VIX settle at the open, everything else at the close."""
    whole = chain("SPX", MIDDLE)
    third = whole.take(whole.expiry == np.datetime64("2012-11-16"))
    assert set(third.root) == {"SPX"}
    assert set(whole.take(whole.expiry == np.datetime64("2012-11-09")).root) == {"SPXW"}
    assert settlement_of("SPX") is Settlement.AM
    closes, row = past().closes("SPX"), int(np.searchsorted(past().sessions, np.datetime64("2012-11-16")))
    assert past().settlement("SPX", date(2012, 11, 9)) == closes[row - 5]
    opening = past().settlement("SPX", date(2012, 11, 16))
    assert opening != closes[row]
    assert opening == pytest.approx(closes[row - 1], rel=0.02)
    assert past().settlement("XSP", date(2012, 11, 16)) == past().closes("XSP")[row]
    wednesday = date(2012, 11, 21)  # 30 days before the third Friday of December
    assert np.datetime64(wednesday) in chain("VIX", MIDDLE).expiry
    row = int(np.searchsorted(past().sessions, np.datetime64(wednesday)))
    assert past().settlement("VIX", wednesday) == pytest.approx(past().closes("VIX")[row - 1], rel=0.10)


def test_expiries_live_to_their_last_hour_and_no_longer() -> None:
    """On a third Friday SPX is gone at the bell, XSP and SPY trade until the close."""
    day = date(2012, 11, 16)
    morning, evening = (datetime(2012, 11, 16, *time, tzinfo=NEW_YORK) for time in ((11, 0), (16, 0)))
    expiring = np.datetime64(day)
    assert expiring not in past().chain("SPX", morning).expiry
    for symbol in ("XSP", "SPY", "XOM"):
        last = past().chain(symbol, morning)
        today = last.take(last.expiry == expiring)
        assert len(today) > 10
        assert np.all(today.ask > today.bid)
        assert expiring not in past().chain(symbol, evening).expiry


def test_books_find_their_expiries() -> None:
    """Same-day, daily, weekly and 45-day expiries where the books look for them."""
    monday = past().chain("XSP", datetime(2012, 10, 22, 10, 0, tzinfo=NEW_YORK))
    assert [int(each) for each in np.unique(monday.dte)[:5]] == [0, 1, 2, 3, 4]
    for day in DAYS:
        for symbol in ("SPY", "QQQ", "IWM", "DIA", "XLE", "XLK", "SPX", "XSP"):
            dte = chain(symbol, day).dte
            assert np.any((dte >= 40) & (dte <= 50))
            assert np.any((dte >= 7) & (dte <= 14))
            near = chain(symbol, day).take((dte >= 30) & (dte <= 60))
            for delta in (-0.25, -0.15, 0.15, 0.25):
                assert np.abs(near.feed_delta - delta).min() < 0.06, (symbol, delta)


@settings(max_examples=25, deadline=None)
@given(st.sampled_from(["SPX", "SPY", "XOM", "VIX", "INTC"]), st.integers(300, 4900), st.integers(1, 40))
def test_a_held_contract_stays_listed(symbol: str, row: int, later: int) -> None:
    days = past().sessions.astype(object)
    held, now = past().chain(symbol, days[row]), past().chain(symbol, days[row + later])
    alive = held.expiry > np.datetime64(days[row + later])
    listed = set(zip(now.expiry.tolist(), now.right.tolist(), now.strike.tolist(), strict=True))
    assert (
        set(zip(held.expiry[alive].tolist(), held.right[alive].tolist(), held.strike[alive].tolist(), strict=True))
        <= listed
    )


def test_spreads_widen_with_volatility() -> None:
    def width(symbol: str, day: date) -> float:
        whole = chain(symbol, day)
        near = whole.take((whole.dte >= 30) & (whole.dte <= 90) & (np.abs(np.abs(whole.feed_delta) - 0.25) < 0.1))
        return float(np.median(near.spread_fraction))

    for symbol in ("SPX", "SPY", "CAT", "HD"):
        assert width(symbol, STORM) > 1.4 * width(symbol, MIDDLE), symbol
        assert 0.003 < width(symbol, MIDDLE) < 0.12, symbol


def test_a_dividend_lies_in_the_forward_of_what_comes_after_it() -> None:
    """Calls over puts fall by its worth between the expiries before and after the ex-date, less what the right to
    exercise the call before it gives back."""
    whole = chain("SPY", MIDDLE)
    first = whole.dividends[0]
    before = whole.expiry[whole.expiry < np.datetime64(first.ex_date)].max()
    after = whole.expiry[whole.expiry >= np.datetime64(first.ex_date)].min()
    forwards = []
    for day in (before, after):
        each = whole.take(whole.expiry == day)
        puts, calls = sides(each)
        at = nearest(calls.strike, whole.spot)
        forwards.append(calls.mid[at] - puts.mid[at] + calls.strike[at])
    assert 0.5 * first.cash < forwards[0] - forwards[1] < 1.1 * first.cash


def test_the_cboe_index_of_the_chain_is_vix() -> None:
    """The published sum over out-of-the-money quotes, between the expiries around 30 days (Cboe Volatility Index
    mathematics methodology). Strikes end, so in a storm the sum falls short by a few per cent."""
    for day, within in ((CALM, 0.015), (MIDDLE, 0.015), (STORM, 0.06)):
        variances = []
        for each in expiries(chain("SPX", day)):
            if not 23 <= each.dte[0] <= 37:
                continue
            puts, calls = sides(each)
            t = float(years(each)[0])
            at = nearest(calls.mid - puts.mid, 0.0)
            forward = calls.strike[at] + np.exp(each.rate * t) * (calls.mid - puts.mid)[at]
            centre = puts.strike[puts.strike <= forward].max()
            quote = np.where(puts.strike < centre, puts.mid, calls.mid)
            quote = np.where(puts.strike == centre, (puts.mid + calls.mid) / 2, quote)
            bid = np.where(puts.strike <= centre, puts.bid, calls.bid) > 0
            strike, quote = puts.strike[bid], quote[bid]
            total = np.sum(np.gradient(strike) / strike**2 * quote) * np.exp(each.rate * t)
            variances.append((t, 2 * total - (forward / centre - 1) ** 2))
        whole = np.interp(30 / 365, [t for t, _ in variances], [w for _, w in variances])
        assert 100 * np.sqrt(whole * 365 / 30) == pytest.approx(chain("VIX", day).spot, rel=within)


def test_half_days_and_holidays_expire_like_real_ones() -> None:
    """Good Friday 2008: the March monthly of that third Friday trades until Thursday; 13:00 ends a half day."""
    week = past().chain("SPY", date(2008, 3, 10))
    assert np.datetime64("2008-03-20") in week.expiry
    assert np.datetime64("2008-03-21") not in week.expiry
    half = date(2012, 11, 23)
    assert past().chain("SPY", half).as_of == datetime(2012, 11, 23, 13, 0, tzinfo=NEW_YORK)
    assert next_session(half - timedelta(days=2)) == half
