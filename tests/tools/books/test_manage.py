"""What a book does with an open trade: close, roll or hold, and why."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from tests.tools.portfolio.samples import account
from tests.tools.portfolio.trades import (
    CALL,
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
from tools.books.book import Book
from tools.books.load import shipped_book
from tools.books.manage import Action, Close, Hold, Roll, manage
from tools.domain.account import Account
from tools.domain.chain import Chain
from tools.domain.market import Conditions
from tools.domain.trade import Trade
from tools.portfolio.exit_rules import ExitRule
from tools.portfolio.exits import ExitState
from tools.portfolio.positions import read_positions
from tools.risk.profile import MULTI_BOOK

PRIMARY, STRANGLE = shipped_book("primary"), shipped_book("strangle")
CONDOR = (*legs((PUT, 86, 1), (PUT, 91, -1)), *legs((CALL, 111, -1), (CALL, 116, 1)))


def owner(*trades: Trade) -> Account:
    return account(*((leg.contract.occ, leg.quantity * each.contracts) for each in trades for leg in each.legs))


def act(
    book: Book, *trades: Trade, chain: Chain | None = None, day: Conditions | None = None, **more: Any
) -> tuple[Action, ...]:
    given: dict[str, Any] = {"account": owner(*trades), "profile": MULTI_BOOK} | more
    return manage(book, trades, market_day(chain, day=day), **given)


def only(*args: Any, **more: Any) -> Action:
    (action,) = act(*args, **more)
    return action


def allowing(book: Book, **changes: Any) -> Book:
    """The book with a key of its exits or rolls changed."""
    exits = {
        key: value for key, value in changes.items() if key in type(book.exits).model_fields and key != "delta"
    }
    rolls = {key: value for key, value in changes.items() if key not in exits}
    return book.model_copy(
        update={"exits": book.exits.model_copy(update=exits), "rolls": book.rolls.model_copy(update=rolls)}
    )


def test_a_quiet_trade_is_held_with_what_is_unknown() -> None:
    action = only(PRIMARY, trade(*CONDOR))
    assert isinstance(action, Hold)
    assert action.waits == ""
    assert {each.rule: each.state for each in action.signals} == {ExitRule.IV_OVER_MEAN: ExitState.UNKNOWN}


def test_primary_closes_at_half_the_credit_with_the_price_of_its_order() -> None:
    # spec H1: a put spread sold for 1.00 costs 0.50
    chain = quoted(market(), option(PUT, 90), bid=0.78, ask=0.82)
    chain = quoted(chain, option(PUT, 85), bid=0.29, ask=0.31)
    sold = trade(credit=1.0)
    action = only(PRIMARY, sold, chain=chain)
    assert isinstance(action, Close)
    assert [each.rule for each in action.signals] == [ExitRule.TAKE_PROFIT]
    assert action.signals[0].text == "credit kept 50 % (take profit at 50 %)"
    assert action.legs == legs((PUT, 90, 1), (PUT, 85, -1))
    assert (action.mid, action.natural) == pytest.approx((-0.50, -0.53))
    assert isinstance(only(PRIMARY, sold.model_copy(update={"credit": 0.99}), chain=chain), Hold)


def test_income_pop_is_out_on_the_day_its_expiry_ends() -> None:
    # spec H2: nothing else has happened to the condor
    pop = shipped_book("income_pop")
    sold = trade(*CONDOR, credit=0.65, book="income_pop")
    day = market_day()
    assert isinstance(only(pop, sold), Hold)
    last = replace(day, as_of=day.as_of + (sold.expiry - date(2026, 1, 15)))
    action = manage(pop, (sold,), last, account=owner(sold), profile=MULTI_BOOK)[0]
    assert isinstance(action, Close)
    assert action.signals[0].rule is ExitRule.EXPIRY_DAY


def test_a_warning_closes_nothing() -> None:
    action = only(PRIMARY, trade(*CONDOR), day=conditions(vix=25.0))  # 18 at entry: up 39 %
    assert isinstance(action, Hold)
    assert ExitState.WARNING in {each.state for each in action.signals}
    assert isinstance(only(PRIMARY, trade(*CONDOR), day=conditions(vix=27.0)), Close)


@pytest.mark.parametrize("spoil", ["filled", "missing", "chain"])
def test_a_fired_exit_waits_for_a_quote(spoil: str) -> None:
    wing = option(PUT, 85)
    chain = {
        "filled": quoted(market(), wing, bid=0.3, ask=0.3, filled=True),
        "missing": without(market(), wing),
        "chain": replace(market(), underlying="AAPL"),
    }[spoil]
    action = only(PRIMARY, trade(), chain=chain, day=conditions(vix=40.0))
    assert isinstance(action, Hold)
    assert action.waits.startswith("It waits for a quote: ")
    assert ExitState.FIRED in {each.state for each in action.signals}
    assert isinstance(only(PRIMARY, trade(), day=conditions(vix=40.0)), Close)


def test_a_pair_that_leans_is_rolled_at_equal_count_in_one_order() -> None:
    # spec E3
    leaning = strangle(97.0, 112.0, credit=3.0, book="strangle")
    action = only(STRANGLE, leaning)
    assert isinstance(action, Roll)
    assert [each.rule for each in action.signals] == [ExitRule.NET_DELTA]
    found = action.proposal
    assert found.contracts == leaning.contracts
    assert abs(found.delta_after) <= 0.15 < abs(found.delta_before)
    assert sum(leg.quantity for leg in found.order) == 0


def test_one_exit_that_is_not_rolled_closes_the_trade() -> None:
    leaning = strangle(97.0, 112.0, credit=3.0)
    action = only(STRANGLE, leaning, day=conditions(vix=40.0))
    assert isinstance(action, Close)
    assert [each.rule for each in action.signals] == [ExitRule.VIX_RISE, ExitRule.NET_DELTA]
    assert action.no_roll == ""


@pytest.mark.parametrize(
    ("book", "changes", "words"),
    [
        (STRANGLE, {"rolls": 3}, "rolled 3 times in a row (at most 3)"),
        (allowing(STRANGLE, credit_floor=5.0), {}, "no roll brings the credit asked for"),
        (allowing(STRANGLE, net_delta=1e-5), {}, "no strike near delta 0.15"),
    ],
)
def test_without_a_roll_it_is_closed_and_says_why(book: Book, changes: dict[str, Any], words: str) -> None:
    action = only(book, strangle(97.0, 112.0, credit=3.0, **changes))
    assert isinstance(action, Close)
    assert words in action.no_roll


def test_each_roll_is_held_against_the_account_with_the_rolls_before_it() -> None:
    far = allowing(STRANGLE, dte=(60, 70), delta=0.15)
    first, second = (strangle(97.0, 112.0, credit=3.0, id=f"d-{n:012d}") for n in (1, 2))
    who = owner(first, second)
    assert [type(each) for each in act(far, first, second)] == [Roll, Roll]
    room = vega_after(only(far, first, account=who), second)
    tight = MULTI_BOOK.model_copy(update={"vega": 1.001 * room, "vega_alert": room / 2})
    alone = [only(far, each, account=who, profile=tight) for each in (first, second)]
    assert isinstance(alone[1], Roll)
    together = act(far, first, second, profile=tight)
    assert [type(each) for each in alone] == [Roll, Roll]
    assert together[0] == alone[0]
    assert isinstance(together[1], Roll)  # another one: with the first's again the account would break its limit
    assert together[1].proposal.legs != alone[1].proposal.legs
    assert vega_after(alone[0], moved(alone[1])) > tight.vega
    assert vega_after(together[0], moved(together[1])) <= tight.vega


def moved(action: Action) -> Trade:
    assert isinstance(action, Roll)
    return action.trade.model_copy(update={"legs": action.proposal.legs})


def vega_after(action: Action, *others: Trade) -> float:
    """|vega| over NAV once the action's roll is done, beside other trades."""
    who = owner(moved(action), *others)
    held = read_positions(who, market_day(), clock=STRANGLE.clock, gap=MULTI_BOOK.overnight)
    return abs(sum(each.vega_point for each in held.exposures)) / held.nav


def test_delivery_is_accepted_instead_of_an_order_nobody_quotes() -> None:
    # spec E4: nothing else that has fired sells into such a quote
    deep = strangle(112.0, 120.0, credit=3.0)
    wide = quoted(market(), option(PUT, 112), bid=10.5, ask=13.0)
    action = only(STRANGLE, deep, chain=wide)
    assert isinstance(action, Hold)
    assert {ExitState.ACCEPTED, ExitState.FIRED} <= {each.state for each in action.signals}
    tight = quoted(market(), option(PUT, 112), bid=11.99, ask=12.01)
    assert isinstance(only(STRANGLE, deep, chain=tight), Close)


def test_a_call_goes_up_and_out_before_a_dividend_takes_its_shares() -> None:
    book = shipped_book("covered_call")
    called = short_call(98.0, credit=2.2, contracts=1)
    chain = quoted(market(**paying(0.90, date(2026, 1, 16))), option(CALL, 98), bid=2.50, ask=2.52)
    who = account(("XOM", 100), (called.legs[0].contract.occ, -1))
    generous = allowing(book, credit_floor=-2.0)
    action = only(generous, called, chain=chain, account=who)
    assert isinstance(action, Roll)
    assert action.signals[0].rule is ExitRule.EX_DIVIDEND
    assert action.proposal.legs[0].contract.strike > 100
    closed = only(book, called, chain=chain, account=who)  # its floor: never for a debit
    assert isinstance(closed, Close)
    assert "no roll brings the credit" in closed.no_roll


def test_one_action_per_trade_in_their_order_alone_as_together() -> None:
    several = (trade(*CONDOR), trade(credit=3.0), trade(*legs((PUT, 99, -1), (PUT, 94, 1)), credit=1.0))
    together = act(PRIMARY, *several)
    assert [each.trade for each in together] == list(several)
    assert [said(each) for each in together] == [said(only(PRIMARY, each)) for each in several]
    assert {type(each) for each in together} == {Hold, Close}


def said(action: Action) -> tuple[str, list[str]]:
    return action.kind, [signal.text for signal in action.signals]


def test_an_action_survives_being_written_down() -> None:
    for action in (only(PRIMARY, trade(credit=3.0)), only(STRANGLE, strangle(97.0, 112.0, credit=3.0))):
        assert type(action).model_validate_json(action.model_dump_json()) == action


def test_a_known_mean_volatility_is_compared() -> None:
    sold = trade(*CONDOR)
    symbol = seen(sold).shorts[0].leg.contract.occ
    action = only(PRIMARY, sold, iv_means={symbol: 0.12})
    assert isinstance(action, Close)
    assert action.signals[0].rule is ExitRule.IV_OVER_MEAN
    assert isinstance(only(PRIMARY, sold, iv_means={symbol: 0.24}), Hold)
