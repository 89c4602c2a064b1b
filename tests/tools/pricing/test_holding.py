"""Structures before expiry: against their parts, against their payoff, against differences of their own value."""

from __future__ import annotations

import math
from datetime import date, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tools.calendar.expiries import expiry_instant
from tools.calendar.sessions import NEW_YORK
from tools.calendar.trading_time import Clock, day_fraction, year_fraction
from tools.domain.chain import Dividend
from tools.domain.contract import ExerciseStyle, OptionContract, Right
from tools.domain.errors import InputError
from tools.domain.structure import Leg
from tools.pricing import american, european
from tools.pricing.holding import Holding
from tools.pricing.payoff import payoff

NOW = datetime(2026, 7, 8, 15, 0, tzinfo=NEW_YORK)
NEAR, FAR = date(2026, 8, 21), date(2026, 10, 16)
AT_NEAR = expiry_instant(NEAR)
CALL, PUT = Right.CALL, Right.PUT
AMERICAN, EUROPEAN = ExerciseStyle.AMERICAN, ExerciseStyle.EUROPEAN
SPOTS = np.linspace(60.0, 140.0, 41)
GREEKS = ("delta", "gamma", "vega_point", "theta_day", "rho_bp")


def leg(
    right: Right,
    strike: float,
    quantity: int,
    expiry: date = NEAR,
    *,
    style: ExerciseStyle = AMERICAN,
    root: str = "XLE",
) -> Leg:
    contract = OptionContract(underlying="XLE", root=root, expiry=expiry, right=right, strike=strike, style=style)
    return Leg(contract=contract, quantity=quantity)


def held(*legs: Leg, vol: float = 0.25, **rest: object) -> Holding:
    return Holding(**({"legs": legs, "vols": [vol] * len(legs), "rate": 0.04, "dividend_yield": 0.01} | rest))


CONDOR = (leg(PUT, 85, 1), leg(PUT, 90, -1), leg(CALL, 110, -1), leg(CALL, 115, 1))
CALENDAR = (leg(CALL, 100, -1), leg(CALL, 100, 1, FAR))


@pytest.mark.parametrize(("style", "module"), [(AMERICAN, american), (EUROPEAN, european)])
def test_one_option_is_a_hundred_times_its_value(style: ExerciseStyle, module: object) -> None:
    profile = held(leg(PUT, 105, -2, style=style), credit=7.5).at(as_of=NOW, spot=SPOTS)
    v = module.value(
        right=-1,
        spot=SPOTS,
        strike=105.0,
        years=year_fraction(NOW, AT_NEAR, Clock.CALENDAR_365),
        rate=0.04,
        dividend_yield=0.01,
        vol=0.25,
    )
    assert profile.value == pytest.approx(-200 * v.price, rel=1e-12)
    assert profile.profit == pytest.approx(750 - 200 * v.price, rel=1e-12)
    assert profile.delta == pytest.approx(-200 * v.delta, rel=1e-12)
    assert profile.gamma == pytest.approx(-200 * v.gamma, rel=1e-12)
    assert profile.vega_point == pytest.approx(-2 * v.vega, rel=1e-12)
    assert profile.theta_day == pytest.approx(-200 * v.theta / 365, rel=1e-9, abs=1e-12)
    assert profile.rho_bp == pytest.approx(-0.02 * v.rho, rel=1e-12)


def test_a_covered_call_before_expiry() -> None:
    """In the money by far it is worth its strike today, far out of it it moves like its shares."""
    covered = held(leg(CALL, 100, -1), shares=100, share_price=98.0, credit=3.0, dividend_yield=0.1)
    profile = covered.at(as_of=NOW, spot=[40.0, 300.0])
    assert profile.profit == pytest.approx([-5500.0, 500.0], abs=1e-6)
    assert profile.delta == pytest.approx([100.0, 0.0], abs=1e-9)
    shares = held(shares=100, share_price=50.0)
    assert shares.first_expiry is None
    assert shares.at(as_of=NOW, spot=51.0).profit == 100.0


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.builds(
            leg,
            st.sampled_from([CALL, PUT]),
            st.integers(80, 120).map(float),
            st.sampled_from([-2, -1, 1, 2]),
            style=st.sampled_from([AMERICAN, EUROPEAN]),
        ),
        min_size=1,
        max_size=4,
    ),
    st.sampled_from([0, 100, -100]),
)
def test_at_a_common_expiry_it_is_the_payoff(legs: list[Leg], shares: int) -> None:
    money = {"credit": 1.25, "shares": shares, "share_price": 100.0}
    holding, exact = held(*legs, **money), payoff(legs=legs, **money)
    profile = holding.at(as_of=AT_NEAR, spot=SPOTS)
    assert profile.profit == pytest.approx(exact.at(SPOTS), abs=1e-9)
    slopes = (exact.at(SPOTS + 0.25) - exact.at(SPOTS - 0.25)) / 0.5
    smooth = ~np.isin(SPOTS, [each.contract.strike for each in legs])
    assert profile.delta[smooth] == pytest.approx(slopes[smooth], abs=1e-6)
    curve = holding.curve(as_of=AT_NEAR, spots=np.linspace(1.0, 400.0, 800))
    if 0 not in exact.profits:
        inside = [each for each in exact.breakevens if 1 < each < 400]
        assert curve.breakevens == pytest.approx(inside, rel=1e-9)


def test_a_minute_before_expiry_it_is_nearly_the_payoff() -> None:
    profile = held(*CONDOR, credit=1.5).at(as_of=AT_NEAR - timedelta(minutes=1), spot=SPOTS)
    assert profile.profit == pytest.approx(payoff(legs=CONDOR, credit=1.5).at(SPOTS), abs=5.0)


@pytest.mark.parametrize("clock", list(Clock))
@pytest.mark.parametrize("style", [AMERICAN, EUROPEAN])
def test_greeks_are_differences_of_the_value(style: ExerciseStyle, clock: Clock) -> None:
    legs = (leg(PUT, 90, -1, style=style), leg(CALL, 105, -2, FAR, style=style), leg(CALL, 95, 1, FAR, style=style))
    holding = held(*legs, clock=clock, shares=100)
    spot = np.array([93.0, 99.0, 108.0])
    now = holding.at(as_of=NOW, spot=spot)
    h = 0.01
    up, down = (holding.at(as_of=NOW, spot=spot + each) for each in (h, -h))
    assert now.delta == pytest.approx((up.value - down.value) / (2 * h), abs=2e-3)
    assert now.gamma == pytest.approx((up.delta - down.delta) / (2 * h), abs=2e-3)
    up, down = (holding.at(as_of=NOW, spot=spot, vol_shift=each) for each in (5e-4, -5e-4))
    assert now.vega_point == pytest.approx((up.value - down.value) / 0.1, abs=2e-3)
    higher, lower = (held(*legs, clock=clock, shares=100, rate=0.04 + e) for e in (1e-5, -1e-5))
    slope = (higher.at(as_of=NOW, spot=spot).value - lower.at(as_of=NOW, spot=spot).value) / 0.2
    assert now.rho_bp == pytest.approx(slope, abs=2e-3)
    minute = holding.at(as_of=NOW + timedelta(minutes=1), spot=spot).value - now.value
    if clock is Clock.CALENDAR_365:
        part = 60 / 86_400 / 365 / day_fraction(NOW, clock)
        assert now.theta_day * part == pytest.approx(minute, rel=2e-2)


def test_a_calendar_at_its_first_expiry_is_the_far_leg_less_intrinsic() -> None:
    profile = held(*CALENDAR, credit=-2.0).at(as_of=AT_NEAR, spot=SPOTS)
    alive = american.value(
        right=1,
        spot=SPOTS,
        strike=100.0,
        years=year_fraction(AT_NEAR, expiry_instant(FAR), Clock.CALENDAR_365),
        rate=0.04,
        dividend_yield=0.01,
        vol=0.25,
    )
    assert profile.profit == pytest.approx(100 * (alive.price - np.maximum(SPOTS - 100, 0)) - 200, rel=1e-12)
    assert SPOTS[np.argmax(profile.profit)] == 100
    assert profile.delta[-1] == pytest.approx(100 * alive.delta[-1] - 100, rel=1e-12)
    assert profile.gamma == pytest.approx(100 * alive.gamma, rel=1e-12)


def test_breakevens_of_a_calendar() -> None:
    holding = held(*CALENDAR, credit=-2.0)
    curve = holding.curve(as_of=AT_NEAR, spots=SPOTS)
    low, high = curve.breakevens
    assert 90 < low < 100 < high < 115
    assert curve.profit_intervals == ((low, high),)
    assert holding.at(as_of=AT_NEAR, spot=[low, high]).profit == pytest.approx([0, 0], abs=1e-6)
    wider = holding.curve(as_of=AT_NEAR, spots=SPOTS, vol_shift=0.05).breakevens
    assert wider[0] < low
    assert wider[1] > high


def test_a_morning_leg_settles_before_an_evening_leg_of_the_same_date() -> None:
    legs = (leg(PUT, 100, -1, style=EUROPEAN, root="SPX"), leg(PUT, 100, 1, style=EUROPEAN, root="SPXW"))
    holding = held(*legs)
    opening = expiry_instant(NEAR, "am")
    assert holding.first_expiry == opening
    profile = holding.at(as_of=opening, spot=[95.0, 100.0, 105.0])
    assert profile.value[1] > 10
    assert abs(profile.value[[0, 2]]).max() < 2
    with pytest.raises(InputError, match="expired at 2026-08-21T09:30"):
        holding.at(as_of=AT_NEAR, spot=100.0)


def test_a_dividend_that_has_gone_moves_nothing() -> None:
    dividend = (Dividend(date(2026, 7, 20), 1.5),)
    put = leg(PUT, 100, 1)
    later = datetime(2026, 7, 21, 12, tzinfo=NEW_YORK)
    with_it, without = held(put, dividends=dividend), held(put)
    assert with_it.at(as_of=NOW, spot=100.0).value > without.at(as_of=NOW, spot=100.0).value + 40
    assert with_it.at(as_of=later, spot=100.0).value == pytest.approx(without.at(as_of=later, spot=100.0).value)


def test_spots_and_vols_make_a_surface() -> None:
    shifts = np.array([-0.05, 0.0, 0.1])
    surface = held(*CONDOR).at(as_of=NOW, spot=SPOTS, vol_shift=shifts[:, None])
    assert surface.profit.shape == (3, 41)
    row = held(*CONDOR, vol=0.35).at(as_of=NOW, spot=SPOTS)
    assert surface.value[2] == pytest.approx(row.value, abs=1e-6)
    sticky = Holding(legs=CONDOR[:1], vols=[np.linspace(0.2, 0.4, 41)], rate=0.04, dividend_yield=0.01)
    assert sticky.at(as_of=NOW, spot=SPOTS).value[-1] == pytest.approx(
        held(CONDOR[0], vol=0.4).at(as_of=NOW, spot=SPOTS[-1]).value, rel=1e-9
    )
    assert held(*CONDOR).at(as_of=NOW, spot=100.0).delta.shape == ()
    assert held(*CONDOR).at(as_of=NOW, spot=[]).delta.shape == (0,)


def test_what_cannot_be_valued_is_nan_and_says_why() -> None:
    spots = [100.0, 0.0, -5.0, math.nan, math.inf]
    profile = held(*CONDOR).at(as_of=NOW, spot=spots, explain=True)
    columns = np.stack([profile.profit, *(getattr(profile, name) for name in GREEKS)])
    assert np.isfinite(columns[:, 0]).all()
    assert np.isnan(columns[:, 1:]).all()
    assert profile.reason is not None
    assert [
        word in why for word, why in zip(["", "spot", "spot", "missing", "infinite"], profile.reason, strict=True)
    ]
    unknown = held(*CALENDAR, vols=[0.2, math.nan]).at(as_of=NOW, spot=100.0, explain=True)
    assert np.isnan(unknown.value)
    assert str(unknown.reason) == "XLE261016C00100000: an input is missing or infinite"
    calm = held(*CONDOR, vol=0.1).at(as_of=NOW, spot=100.0, vol_shift=-0.1, explain=True)
    assert "volatility is not positive" in str(calm.reason)
    assert held(*CONDOR).at(as_of=NOW, spot=100.0).reason is None


def test_wrong_holdings_are_refused() -> None:
    with pytest.raises(InputError, match="at least one leg"):
        held()
    with pytest.raises(InputError, match="finite rates"):
        held(*CONDOR, rate=math.nan)
    with pytest.raises(InputError, match="4 legs, 1 vols"):
        held(*CONDOR, vols=[0.2])
    other = OptionContract(underlying="SPY", root="SPY", expiry=NEAR, right=PUT, strike=90)
    with pytest.raises(InputError, match="one underlying"):
        held(CONDOR[0], Leg(contract=other, quantity=1))
    with pytest.raises(InputError, match="broadcast"):
        held(*CONDOR).at(as_of=NOW, spot=[90.0, 100.0], vol_shift=[0.0, 0.1, 0.2])
    with pytest.raises(InputError, match="no time zone"):
        held(*CONDOR).at(as_of=datetime(2026, 7, 8, 15), spot=100.0)  # noqa: DTZ001
    for spots in ([100.0], [100.0, 90.0], [0.0, 100.0], [[90.0, 100.0]]):
        with pytest.raises(InputError, match="ascending positive spots"):
            held(*CONDOR).curve(as_of=NOW, spots=spots)
    with pytest.raises(InputError, match=r"at a spot of 60 is unknown: XLE.*volatility"):
        held(*CONDOR).curve(as_of=NOW, spots=SPOTS, vol_shift=-1.0)
