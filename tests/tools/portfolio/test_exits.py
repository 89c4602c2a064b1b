"""Every exit fires where its book says and holds just short of it; unknown is told and never fires."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from tests.tools.portfolio.trades import (
    CALL,
    PUT,
    legs,
    market,
    option,
    paying,
    quoted,
    seen,
    short_call,
    strangle,
    trade,
    without,
)  # fmt: skip
from tools.domain.contract import ExerciseStyle
from tools.domain.trade import EntryMarks
from tools.portfolio.exit_rules import ExitRule, ExitRules
from tools.portfolio.exits import ExitSignal, ExitState, exit_signals, fired, needs_greeks
from tools.portfolio.trade_view import TradeView

OFF: dict[str, Any] = {
    "vix_rise": False, "iv_over_mean": False, "spread_rise": False, "ex_dividend": False, "assignment": False,
}  # fmt: skip
# Spec H1 and H2, as the shipped books have them.
PRIMARY = ExitRules.model_validate(OFF | {"take_profit": 0.5, "adverse_stop": 1.5, "time_stop": 21, "delta": 0.3})
INCOME_POP = ExitRules.model_validate(OFF | {"take_profit": 0.25, "adverse_stop": 1.0, "expiry_day": True})
QUIET = seen(trade())


def view(**changes: Any) -> TradeView:
    """A spread sold for 1.00, at 1.00 still, 30 days from its end; changed by what a test is about."""
    calm = {
        "cost": 1.0,
        "natural": 1.05,
        "dte": 30,
        "short_delta": 0.15,
        "net_delta": 0.10,
        "iv": 0.25,
        "spread": 0.02,
    }
    return replace(QUIET, **(calm | changes))


def only(key: str, value: Any, **more: Any) -> ExitRules:
    return ExitRules.model_validate(OFF | {key: value} | more)


def states(where: TradeView, rules: ExitRules) -> dict[ExitRule, ExitState]:
    return {signal.rule: signal.state for signal in exit_signals(where, rules)}


def one(where: TradeView, rules: ExitRules) -> ExitSignal:
    (signal,) = exit_signals(where, rules)
    return signal


@pytest.mark.parametrize(
    ("cost", "dte", "delta", "expected"),
    [
        (1.00, 45, 0.15, None),
        (0.51, 45, 0.15, None),
        (0.50, 45, 0.15, ExitRule.TAKE_PROFIT),
        (2.49, 45, 0.15, None),
        (2.50, 45, 0.15, ExitRule.ADVERSE_STOP),  # 150 % of the credit above it
        (1.00, 22, 0.15, None),
        (1.00, 21, 0.15, ExitRule.TIME_STOP),
        (1.00, 45, 0.30, None),
        (1.00, 45, 0.301, ExitRule.DELTA),
    ],
)
def test_primary_leaves_as_h1_says(cost: float, dte: int, delta: float, expected: ExitRule | None) -> None:
    signals = fired(exit_signals(view(cost=cost, dte=dte, short_delta=delta), PRIMARY))
    assert [signal.rule for signal in signals] == ([] if expected is None else [expected])


@pytest.mark.parametrize(
    ("cost", "last_day", "expected"),
    [
        (0.76, False, None),
        (0.75, False, ExitRule.TAKE_PROFIT),
        (1.99, False, None),
        (2.00, False, ExitRule.ADVERSE_STOP),
        (1.00, True, ExitRule.EXPIRY_DAY),
    ],
)
def test_income_pop_leaves_as_h2_says(cost: float, last_day: bool, expected: ExitRule | None) -> None:
    signals = fired(exit_signals(view(cost=cost, last_day=last_day), INCOME_POP))
    assert [signal.rule for signal in signals] == ([] if expected is None else [expected])


def test_the_seeds_literal_rule_leaves_a_gain_of_a_fifth() -> None:
    # decision D5; seed 001: 3.00 sold, 2.40 left, 20 % decay
    sold = trade(credit=3.0)
    rules = only("early_decay_exit", 0.20, take_profit=0.5)
    assert states(view(trade=sold, cost=2.40), rules) == {ExitRule.EARLY_DECAY: ExitState.FIRED}
    assert states(view(trade=sold, cost=2.41), rules) == {}
    assert states(view(trade=sold, cost=2.40), only("take_profit", 0.5)) == {}


@pytest.mark.parametrize(
    ("key", "bound", "calm", "near", "beyond"),
    [
        ("adverse_stop", 1.5, {"cost": 2.12}, {"cost": 2.13}, {"cost": 2.5}),
        ("delta", 0.30, {"short_delta": 0.22}, {"short_delta": 0.225}, {"short_delta": 0.31}),
        ("net_delta", 0.20, {"net_delta": -0.14}, {"net_delta": -0.15}, {"net_delta": -0.21}),
        ("vix_rise", 0.50, {"vix": 24.7}, {"vix": 24.8}, {"vix": 27.0}),
        ("iv_over_mean", 1.0, {"iv": 0.34}, {"iv": 0.36}, {"iv": 0.40}),
        ("spread_rise", 0.50, {"spread": 0.0274}, {"spread": 0.0276}, {"spread": 0.051}),
    ],
)
def test_a_stop_warns_at_three_quarters(
    key: str, bound: float, calm: dict[str, float], near: dict[str, float], beyond: dict[str, float]
) -> None:
    # spec F7; at entry VIX 18, spread 2 %; the contract's mean volatility 20 %
    for changes, state in ((calm, None), (near, ExitState.WARNING), (beyond, ExitState.FIRED)):
        found = states(view(iv_mean=0.20, **changes), only(key, bound))
        assert found == ({} if state is None else {ExitRule(key): state}), changes


def test_seed_001_vix_from_18_to_32_fires() -> None:
    signal = one(view(vix=32.0), only("vix_rise", 0.5))
    assert signal.state is ExitState.FIRED
    assert signal.value == pytest.approx(0.7778, abs=1e-4)
    assert signal.text == "VIX 32.0, +77.8 % since entry (stop at +50 %)"


def test_a_spread_that_rose_within_what_can_be_traded_only_warns() -> None:
    signal = one(view(spread=0.04), only("spread_rise", 0.5))
    assert signal.state is ExitState.WARNING
    assert signal.text == "spread 4.0 %, +100 % since entry (stop at +50 %), and still within 5 %"
    assert one(view(spread=0.04), only("spread_rise", 0.5, spread_floor=0.0)).state is ExitState.FIRED


def test_what_is_left_of_a_gain_may_be_quoted_wide() -> None:
    # a nickel around 0.10 of a premium of 1.00 is 5 % of what was sold
    assert states(view(cost=0.10, spread=0.25), only("spread_rise", 1.5)) == {}
    assert states(view(cost=1.00, spread=0.25), only("spread_rise", 1.5)) == {ExitRule.SPREAD_RISE: ExitState.FIRED}


@pytest.mark.parametrize(
    ("key", "value", "changes", "words"),
    [
        (
            "take_profit",
            0.5,
            {"cost": None, "missing": {"cost": "X has no quote"}},
            "credit kept unknown: X has no",
        ),
        (
            "delta",
            0.3,
            {"short_delta": None, "missing": {"greeks": "no volatility"}},
            "short delta unknown: no vol",
        ),
        (
            "net_delta",
            0.3,
            {"net_delta": None, "missing": {"greeks": "no volatility"}},
            "net delta unknown: no vol",
        ),
        ("vix_rise", 0.5, {"vix": None, "missing": {"vix": "no VIX"}}, "VIX since entry unknown: no VIX"),
        ("vix_rise", 0.5, {"trade": trade(entry=EntryMarks())}, "the VIX at entry is not known"),
        ("spread_rise", 0.5, {"trade": trade(entry=EntryMarks())}, "the spread at entry is not known"),
        ("spread_rise", 0.5, {"spread": None, "missing": {"natural": "X is gap-filled"}}, "X is gap-filled"),
        ("iv_over_mean", 1.0, {}, "no 30 days of the contract's volatility are at hand"),
    ],
)
def test_an_unknown_measure_is_told_and_never_fires(
    key: str, value: float, changes: dict[str, Any], words: str
) -> None:
    signal = one(view(**changes), only(key, value))
    assert signal.state is ExitState.UNKNOWN
    assert signal.value is None
    assert words in signal.text


def test_what_was_bought_has_no_credit_to_keep_or_lose() -> None:
    bought = trade(*legs((CALL, 110, 1)), credit=-1.0)
    rules = ExitRules.model_validate(OFF | {"take_profit": 0.5, "adverse_stop": 1.0, "delta": 0.3})
    assert exit_signals(seen(bought), rules) == ()


def test_signals_come_in_the_order_of_precedence() -> None:
    rules = ExitRules.model_validate(OFF | {"adverse_stop": 1.5, "time_stop": 21, "vix_rise": 0.5, "delta": 0.3})
    signals = exit_signals(view(cost=3.0, dte=10, vix=40.0, short_delta=0.5), rules)
    assert [each.rule for each in signals] == [
        ExitRule.ADVERSE_STOP, ExitRule.TIME_STOP, ExitRule.VIX_RISE, ExitRule.DELTA,
    ]  # fmt: skip
    assert [each.text for each in signals] == [
        "loss 200 % of the credit (stop at 150 %)",
        "time to expiry 10 days (out at 21)",
        "VIX 40.0, +122.2 % since entry (stop at +50 %)",
        "short delta 0.50 (at most 0.30)",
    ]


def test_a_figure_never_reads_like_the_bound_it_has_passed() -> None:
    assert one(view(short_delta=0.3001), only("delta", 0.3)).text == "short delta 0.3001 (at most 0.30)"


# --- delivery ----------------------------------------------------------------------------------------

TOMORROW, LATER = date(2026, 1, 16), date(2026, 1, 22)


def called(extrinsic: float, *, cash: float = 0.5, ex_date: date = TOMORROW, **changes: Any) -> TradeView:
    """A short call 10 in the money with so much left above intrinsic."""
    contract = option(CALL, 90)
    price = 10.0 + extrinsic
    chain = quoted(market(**paying(cash, ex_date)), contract, bid=price - 0.01, ask=price + 0.01)
    return seen(short_call(90), replace(chain, **changes), priced=False)


def test_a_call_worth_less_above_intrinsic_than_tomorrows_dividend_is_left() -> None:
    signal = one(called(0.49), only("ex_dividend", 1))
    assert signal.state is ExitState.FIRED
    assert signal.text == "XOM260220C00090000 keeps 0.49 above its intrinsic value, less than the dividend of 0.50"
    assert exit_signals(called(0.51), only("ex_dividend", 1)) == ()
    assert exit_signals(called(0.49, ex_date=LATER), only("ex_dividend", 1)) == ()
    assert exit_signals(called(0.49), only("ex_dividend", False)) == ()
    # Thursday the 15th; the 19th is a holiday: the 22nd is four sessions ahead
    assert one(called(0.49, ex_date=LATER), only("ex_dividend", 4)).state is ExitState.FIRED


def test_no_dividend_calls_away_what_is_out_of_the_money_european_or_a_put() -> None:
    rules = only("ex_dividend", 1)
    chain = market(**paying(5.0, TOMORROW))
    assert exit_signals(seen(short_call(105), chain, priced=False), rules) == ()
    assert exit_signals(seen(trade(*legs((PUT, 110, -1))), chain, priced=False), rules) == ()
    european = called(0.49).trade.legs[0].contract.model_copy(update={"style": ExerciseStyle.EUROPEAN})
    held = short_call(90).model_copy(
        update={"legs": (short_call(90).legs[0].model_copy(update={"contract": european}),)}
    )
    assert exit_signals(seen(held, chain, priced=False), rules) == ()


def test_unknown_dividends_are_told_of_calls_in_the_money_alone() -> None:
    rules, chain = only("ex_dividend", 1), market(dividends_known=False)
    assert one(seen(short_call(90), chain), rules).text == "ex-dividend unknown: the dividend dates are not known"
    assert exit_signals(seen(short_call(105), chain), rules) == ()


@pytest.mark.parametrize(("extrinsic", "state"), [(0.10, None), (0.09, ExitState.FIRED), (-0.5, ExitState.FIRED)])
def test_a_leg_in_the_money_without_time_value_is_about_to_be_assigned(
    extrinsic: float, state: ExitState | None
) -> None:
    found = states(called(extrinsic), only("assignment", 0.001))  # 0.09 of a strike of 90
    assert found == ({} if state is None else {ExitRule.ASSIGNMENT: state})


def test_too_wide_to_be_bought_back_it_is_delivered() -> None:
    # spec E4
    wide = seen(short_call(90), quoted(market(), option(CALL, 90), bid=9.0, ask=11.0))
    rules = only("assignment", 0.001, assignment_spread=0.10)
    signal = one(wide, rules)
    assert signal.state is ExitState.ACCEPTED
    assert signal.text.endswith("its spread of 20 % is above 10 %: delivery is accepted")
    assert one(called(0.0), rules).state is ExitState.FIRED
    assert one(wide, only("assignment", 0.001)).state is ExitState.FIRED
    assert exit_signals(seen(short_call(105)), rules) == ()


def test_a_leg_without_a_price_may_be_assigned_for_all_that_is_known() -> None:
    gone = seen(short_call(90), without(market(), option(CALL, 90)))
    assert one(gone, only("assignment", 0.001)).text == "assignment unknown: XOM260220C00090000 is not in the chain"
    filled = seen(short_call(90), quoted(market(), option(CALL, 90), bid=10.0, ask=10.0, filled=True))
    assert one(filled, only("assignment", 0.001, assignment_spread=0.1)).state is ExitState.FIRED


def test_greeks_are_needed_only_where_a_rule_looks_at_them() -> None:
    assert not needs_greeks(INCOME_POP, iv_means=True)
    assert needs_greeks(PRIMARY, iv_means=False)
    assert needs_greeks(only("net_delta", 0.2), iv_means=False)
    assert not needs_greeks(only("iv_over_mean", 1.0), iv_means=False)
    assert needs_greeks(only("iv_over_mean", 1.0), iv_means=True)


def test_a_strangles_lean_is_read_from_the_market() -> None:
    leaning = seen(strangle(98, 115))
    assert leaning.net_delta is not None
    assert leaning.net_delta > 0.25
    assert states(leaning, only("net_delta", 0.25)) == {ExitRule.NET_DELTA: ExitState.FIRED}
    assert one(leaning, only("net_delta", 0.25)).text.startswith("net delta +0.")
