"""What is seen of open trades: by hand, alone as in a crowd, and what is unknown says why."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from tests.tools.portfolio.samples import CLOCK, EXPIRY, chain, snapshot
from tests.tools.portfolio.trades import (
    CALL,
    FAR,
    NEAR,
    PUT,
    legs,
    market,
    market_day,
    option,
    paying,
    quoted,
    seen,
    short_call,
    strangle,
    trade,
    without,
)  # fmt: skip
from tests.tools.risk.cases import conditions
from tools.calendar.sessions import next_session
from tools.domain.chain import Chain
from tools.domain.contract import ExerciseStyle
from tools.domain.structure import Leg
from tools.domain.trade import EntryMarks
from tools.portfolio.exit_rules import ExitRules
from tools.portfolio.exits import exit_signals
from tools.portfolio.greeks import OptionGreeks, held_greeks
from tools.portfolio.trade_view import read_trades


def spread_market() -> Chain:
    chain = quoted(market(), option(PUT, 90), bid=1.00, ask=1.10)
    return quoted(chain, option(PUT, 85), bid=0.40, ask=0.46)


def test_the_closing_cost_at_the_mid_and_at_once() -> None:
    view = seen(trade(), spread_market())
    assert view.cost == pytest.approx(1.05 - 0.43)
    assert view.natural == pytest.approx(1.10 - 0.40)
    assert view.spread == pytest.approx(0.16 / 1.48)
    assert (view.dte, view.last_day, view.spot, view.vix) == (36, False, 100.0, 18.0)
    assert view.today == date(2026, 1, 15)


def test_deltas_and_volatility_are_the_short_legs() -> None:
    view = seen(strangle())
    put, call = view.marks
    assert view.short_delta == max(abs(put.delta), abs(call.delta))
    assert view.net_delta == pytest.approx(-put.delta - call.delta)
    assert view.iv == pytest.approx(0.25, abs=1e-4)
    assert view.entry == EntryMarks(spot=100.0, vix=18.0, iv=view.iv, spread=view.spread)
    assert seen(strangle(), priced=False).net_delta is None


def test_extrinsic_value_is_what_is_left_above_intrinsic() -> None:
    deep = option(CALL, 90)
    mark = seen(short_call(90), quoted(market(), deep, bid=10.20, ask=10.40)).marks[0]
    assert mark.extrinsic(100.0) == pytest.approx(0.30)
    assert mark.in_the_money(89.0) == 0


def test_a_filled_leg_informs_and_is_never_a_price() -> None:
    view = seen(trade(), quoted(market(), option(PUT, 85), bid=0.43, ask=0.43, filled=True))
    assert view.cost is not None
    assert view.net_delta is not None
    assert view.natural is None
    assert view.spread is None
    assert view.missing["natural"] == "the quote of XOM260220P00085000 is gap-filled"


@pytest.mark.parametrize(
    ("where", "field", "words"),
    [
        (without(market(), option(PUT, 85)), "cost", "XOM260220P00085000 is not in the chain"),
        (quoted(market(), option(PUT, 90), bid=np.nan, ask=np.nan), "cost", "XOM260220P00090000 has no quote"),
        (chain("AAPL"), "cost", "the snapshot holds no chain of XOM"),
        (quoted(market(), option(PUT, 90), bid=99.0, ask=99.1), "greeks", "no volatility explains the quote of"),
    ],
)
def test_what_is_unknown_says_why(where: Chain, field: str, words: str) -> None:
    view = seen(trade(), where)
    assert getattr(view, {"cost": "cost", "greeks": "net_delta"}[field]) is None
    assert words in view.missing[field]


def test_an_unknown_vix_and_unknown_dividends_say_why() -> None:
    view = seen(trade(), market(dividend_yield=0.02), day=conditions(vix=None))
    assert view.vix is None
    assert view.missing["vix"] == "no VIX in this file"
    assert view.dividends is None
    assert seen(trade(), market(dividends_known=False)).dividends is None
    assert seen(trade()).dividends == ()


@pytest.mark.parametrize(("cash", "ex_date", "within"), [(0.9, 0, 0), (0.9, 1, 0.9), (0.9, 2, 0)])
def test_a_dividend_counts_from_the_next_session(cash: float, ex_date: int, within: float) -> None:
    # Thursday 15 January 2026; Monday the 19th is a holiday, so that two sessions ahead is Tuesday
    today = date(2026, 1, 15)
    day = [today, next_session(today), next_session(next_session(today))][ex_date]
    view = seen(short_call(90), market(**paying(cash, day)), priced=False)
    assert view.dividend_within(1, until=NEAR) == within
    assert view.dividend_within(2, until=NEAR) == (cash if ex_date else 0)
    assert view.dividend_within(2, until=today) == 0


@pytest.mark.parametrize(
    ("root", "as_of_day", "last"),
    [("XOM", date(2026, 2, 20), True), ("XOM", date(2026, 2, 19), False), ("SPX", date(2026, 2, 19), True)],
)
def test_what_settles_in_the_morning_trades_for_the_last_time_the_day_before(
    root: str, as_of_day: date, last: bool
) -> None:
    contract = option(PUT, 90, root=root, style=ExerciseStyle.EUROPEAN)
    held = trade(legs((PUT, 90, -1))[0].model_copy(update={"contract": contract}))
    day = market_day()
    moved = replace(day, as_of=day.as_of + (as_of_day - date(2026, 1, 15)))
    assert read_trades((held,), moved, clock=CLOCK, priced=False)[0].last_day is last


def test_a_trade_is_seen_in_a_crowd_as_it_is_alone() -> None:
    trades = (strangle(), trade(), short_call(105), trade(*legs((PUT, 95, -1), expiry=FAR)))
    for together in read_trades(trades, market_day(), clock=CLOCK):
        assert together == seen(together.trade)


def test_greeks_at_hand_are_taken_as_they_are() -> None:
    where = market()
    put, call = (leg.contract.occ for leg in strangle().legs)
    given = OptionGreeks(iv=0.5, delta=-0.77)
    view = seen(strangle(), where, greeks={put: given})
    assert (view.marks[0].delta, view.marks[0].iv) == (given.delta, given.iv)
    assert view.marks[1].delta == pytest.approx(seen(strangle(), where).marks[1].delta, rel=1e-9)
    held = held_greeks((call, put), market_day(where), clock=CLOCK)
    assert seen(strangle(), where, greeks=held) == seen(strangle(), where)


def test_four_times_the_trades_take_no_more_than_their_share() -> None:
    # spec E7; how long that is, a bench says
    symbols = [f"S{n}" for n in range(20)]
    day = snapshot(*(chain(symbol) for symbol in symbols))
    trades = tuple(
        trade(
            Leg(contract=option(PUT, 80.0 + 5 * (n % 4), EXPIRY, underlying=symbol, root=symbol), quantity=-1),
            Leg(contract=option(CALL, 105.0 + 5 * (n % 3), EXPIRY, underlying=symbol, root=symbol), quantity=-1),
            underlying=symbol,
        )
        for n, symbol in enumerate(symbols * 50)
    )
    rules = ExitRules(take_profit=0.5, adverse_stop=1.5, time_stop=21, delta=0.3, net_delta=0.2)
    read_trades(trades[:20], day, clock=CLOCK)
    begun = time.thread_time()
    _ = [exit_signals(view, rules) for view in read_trades(trades[:250], day, clock=CLOCK)]
    quarter = time.thread_time() - begun
    views = read_trades(trades, day, clock=CLOCK)
    signals = [exit_signals(view, rules) for view in views]
    assert time.thread_time() - begun - quarter < 12 * quarter
    assert len(signals) == 1000
    assert all(view.cost is not None and view.net_delta is not None for view in views)
