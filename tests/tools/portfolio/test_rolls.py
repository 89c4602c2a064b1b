"""Rolls: equal count, one order, less lean, inside the book's floor and every limit of the account."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from tests.tools.portfolio.samples import AS_OF, CLOCK, account, occ
from tests.tools.portfolio.trades import (
    CALL,
    FAR,
    NEAR,
    PUT,
    legs,
    market,
    market_day,
    option,
    quoted,
    seen,
    short_call,
    strangle,
    trade,
)  # fmt: skip
from tools.domain.account import Account, Position
from tools.domain.chain import Chain
from tools.domain.structure import StructureKind, leg_key
from tools.domain.trade import Trade
from tools.portfolio.exit_rules import ExitRule, ExitRules
from tools.portfolio.quoting import quote
from tools.portfolio.roll_limits import Desk, change_of, refusals
from tools.portfolio.rolls import RollProposal, RollRules, RollSearch, propose_rolls, rolled
from tools.risk.profile import INCOME, MULTI_BOOK, LimitProfile

ROLLS = RollRules(on=(ExitRule.NET_DELTA,), delta=0.15, dte=(30, 70), credit_floor=-1.0)
EXITS = ExitRules(net_delta=0.15, time_stop=21)
TESTED = strangle(97.0, 112.0, credit=2.5)


def search(
    held: Trade = TESTED,
    chain: Chain | None = None,
    *,
    rules: RollRules = ROLLS,
    exits: ExitRules = EXITS,
    who: Account | None = None,
    profile: LimitProfile = MULTI_BOOK,
    **more: Any,
) -> RollSearch:
    where = market() if chain is None else chain
    owned = who or account(*((leg.contract.occ, leg.quantity * held.contracts) for leg in held.legs))
    desk = Desk.read(owned, market_day(where), profile, CLOCK)
    return propose_rolls(seen(held, where), chain=where, desk=desk, rules=rules, exits=exits, **more)


def best(*args: Any, **more: Any) -> RollProposal:
    found = search(*args, **more)
    assert found.proposals, found.reason
    return found.proposals[0]


def changed(rules: RollRules, **changes: Any) -> RollRules:
    return rules.model_copy(update=changes)


def test_a_tested_put_goes_back_and_the_pair_leans_less() -> None:
    found = best()
    assert abs(found.delta_after) < abs(found.delta_before)
    assert found.restored == pytest.approx(abs(found.delta_before) - abs(found.delta_after))
    assert found.contracts == TESTED.contracts
    assert [leg.quantity for leg in found.legs] == [-1, -1]
    assert [leg.contract.right for leg in found.legs] == [PUT, CALL]
    assert found.legs[0].contract.strike < 97
    assert found.rolls == 1


def test_the_order_is_what_changes_hands_at_the_markets_price() -> None:
    found = best(rules=changed(ROLLS, nearest=1, dte=(36, 36)))
    bid, ask = quote(market_day(), found.order) or (np.nan, np.nan)
    assert found.natural == pytest.approx(bid)
    assert found.mid == pytest.approx((bid + ask) / 2)
    after = quote(market_day(), found.legs) or (np.nan, np.nan)
    assert found.credit == pytest.approx(sum(after) / 2)
    bought = {leg.contract.occ: leg.quantity for leg in found.order}
    assert bought[TESTED.legs[0].contract.occ] == 1
    assert sum(bought.values()) == 0
    assert found.cost == pytest.approx(max(0, -found.mid) + found.mid - found.natural)


def test_a_leg_that_stays_is_not_traded() -> None:
    all_of_them = search(rules=changed(ROLLS, nearest=3), best=24).proposals
    one_sided = [each for each in all_of_them if len(each.order) == 2]
    assert one_sided
    for each in one_sided:
        held, after = dict(leg_key(TESTED.legs)), dict(leg_key(each.legs))
        assert {leg.contract.occ for leg in each.order} == set(held) ^ set(after)


def test_proposals_are_ranked_by_balance_restored_per_unit_of_cost() -> None:
    found = search(best=24, commission=0.65).proposals
    assert len(found) > 5
    merits = [each.restored / max(each.cost, 0.01) for each in found]
    assert merits == sorted(merits, reverse=True)
    traded = sum(abs(leg.quantity) for leg in found[0].order)
    assert found[0].cost == pytest.approx(max(0, -found[0].mid) + found[0].mid - found[0].natural + traded * 0.0065)


def test_a_deeper_credit_is_asked_for_and_then_none_is_found() -> None:
    floor = best(rules=changed(ROLLS, credit_floor=-0.1))
    assert floor.mid >= -0.1 * TESTED.credit
    assert floor.worst >= -0.1 * TESTED.credit
    assert search(rules=changed(ROLLS, credit_floor=3.0)).reason == (
        "no roll brings the credit asked for (+300% of the old one)"
    )


def test_the_cap_on_rolls_in_a_row_holds() -> None:
    assert best(TESTED.model_copy(update={"rolls": 1})).rolls == 2
    assert search(TESTED.model_copy(update={"rolls": 2})).reason == "it was rolled 2 times in a row (at most 2)"


@pytest.mark.parametrize(
    ("rules", "exits", "words"),
    [
        ({"dte": (300, 400)}, {}, "no strike near delta 0.15 is quoted 300 to 400 days away"),
        ({"dte": (10, 20)}, {}, "no strike near delta 0.15"),  # before the time stop
        ({"spread": 0.0001}, {}, "no strike near delta 0.15"),
        ({"delta": 0.40, "nearest": 1}, {"delta": 0.3}, "no strike near delta 0.4"),  # breached at once
    ],
)
def test_what_would_have_to_be_left_at_once_is_no_roll(
    rules: dict[str, Any], exits: dict[str, Any], words: str
) -> None:
    found = search(rules=changed(ROLLS, **rules), exits=ExitRules(net_delta=0.15, time_stop=21, **exits))
    assert found.proposals == ()
    assert words in found.reason


def test_a_balanced_pair_is_not_made_to_lean() -> None:
    chain = market()
    level = strangle(94.0, 107.0, credit=2.0)
    before = abs(seen(level, chain).net_delta or 0)
    assert before < 0.05
    for each in search(level, best=24).proposals:
        assert abs(each.delta_after) < before
    single = trade(*legs((PUT, 80, -1)), structure=StructureKind.CASH_SECURED_PUT, credit=0.1)
    assert search(single).reason == "no roll at equal count brings its net delta down"


def test_filled_unquoted_wide_and_adjusted_legs_are_none_to_roll_to() -> None:
    first = best(rules=changed(ROLLS, nearest=1))
    target = next(leg.contract for leg in first.order if leg.quantity < 0)
    chain = market()
    spoilt = {
        "filled": quoted(chain, target, bid=1.0, ask=1.0, filled=True),
        "no bid": quoted(chain, target, bid=0.0, ask=1.0),
        "no quote": quoted(chain, target, bid=np.nan, ask=np.nan),
        "wide": quoted(chain, target, bid=0.5, ask=1.5),
        "adjusted": replace(chain, root=np.where(chain.strike == target.strike, "XOM1", chain.root)),
    }
    for why, where in spoilt.items():
        for each in search(chain=where, best=24, rules=changed(ROLLS, nearest=3)).proposals:
            assert target not in {leg.contract for leg in each.legs}, why
            assert not any(leg.contract.is_adjusted for leg in each.legs)


def test_a_trade_without_a_quote_or_without_a_credit_waits() -> None:
    filled = quoted(market(), TESTED.legs[0].contract, bid=2.0, ask=2.0, filled=True)
    assert search(chain=filled).reason.startswith("it waits for a quote: the quote of XOM260220P00097000")
    assert search(TESTED.model_copy(update={"credit": -1.0})).reason == "its legs were not sold for a credit"
    desk = Desk.read(account(), market_day(), INCOME, CLOCK)
    blind = propose_rolls(seen(TESTED, priced=False), chain=market(), desk=desk, rules=ROLLS, exits=EXITS)
    assert blind.reason.startswith("its delta is unknown")


@pytest.mark.parametrize("kind", [StructureKind.PUT_CREDIT_SPREAD, StructureKind.IRON_CONDOR])
def test_a_wing_follows_its_short_leg_and_is_never_wider(kind: StructureKind) -> None:
    spread = legs((PUT, 97, -1), (PUT, 92, 1))
    condor = (*legs((PUT, 92, 1), (PUT, 97, -1)), *legs((CALL, 112, -1), (CALL, 117, 1)))
    held = trade(*(condor if kind is StructureKind.IRON_CONDOR else spread), structure=kind, credit=1.5)
    for each in search(held, best=24).proposals:
        assert [leg.quantity for leg in each.legs] == [leg.quantity for leg in held.legs]
        for right in {leg.contract.right for leg in held.legs}:
            side = [leg for leg in each.legs if leg.contract.right is right]
            short, long = sorted(side, key=lambda leg: leg.quantity)
            assert (short.contract.expiry, short.contract.root) == (long.contract.expiry, long.contract.root)
            assert 0 < (long.contract.strike - short.contract.strike) * right.sign <= 5


def test_a_tested_side_in_the_money_is_never_left_standing() -> None:
    tested = strangle(104.0, 115.0, credit=3.0)
    found = search(
        tested, best=24, rules=changed(ROLLS, credit_floor=-3.0), exits=ExitRules(time_stop=21)
    ).proposals
    assert found
    assert all(option(PUT, 104) not in {leg.contract for leg in each.legs} for each in found)


def test_a_call_on_held_shares_rolls_up_and_out() -> None:
    held = short_call(98.0, credit=3.0)
    who = account(("XOM", 200), (occ(CALL, 98), -2))
    found = best(held, rules=changed(ROLLS, delta=0.25, credit_floor=-2.0), exits=ExitRules(), who=who)
    assert found.legs[0].contract.strike > 100
    assert found.legs[0].contract.expiry in {NEAR, FAR}


# --- the account's limits ----------------------------------------------------------------------------


def test_a_roll_that_breaks_a_limit_is_passed_over_for_one_that_does_not() -> None:
    free = search(best=24).proposals
    gamma = [each for each in free if each.legs[0].contract.expiry == FAR]
    assert gamma
    tight = MULTI_BOOK.model_copy(update={"vega": 1e-5, "vega_alert": 1e-6})
    found = search(profile=tight, best=24)
    expiries = {leg.contract.expiry for each in found.proposals for leg in each.legs}
    assert FAR not in expiries  # what lives longer has more vega
    assert found.proposals or found.reason.startswith("vega would be")


def test_an_unknown_balance_refuses() -> None:
    blind = account(
        (occ(PUT, 97), -2), (occ(CALL, 112), -2), Position(symbol="ZZZ261218P00050000", quantity=-1, price=1.0)
    )
    found = search(who=blind)
    assert found.proposals == ()
    assert "cannot be measured" in found.reason


def test_what_a_roll_takes_must_be_free() -> None:
    desk = Desk.read(account(cash=10_000.0), market_day(), MULTI_BOOK, CLOCK)
    change = change_of(TESTED, best().legs, credit=0.0, desk=desk)
    for cash, missing in ((9_999.0, False), (10_001.0, True), (-5.0, False)):
        against = {each.rule for each in refusals(TESTED, replace(change, cash=cash), desk=desk)}
        assert ("cash" in against) is missing


def test_a_debit_takes_cash_and_a_credit_brings_it() -> None:
    desk = Desk.read(account(), market_day(), MULTI_BOOK, CLOCK)
    free, paid = (change_of(TESTED, TESTED.legs, credit=credit, desk=desk) for credit in (0.0, -0.25))
    assert (free.cash, paid.cash) == (0.0, pytest.approx(0.25 * 100 * 2))
    assert free.exposure.dollar_delta == free.exposure.collateral == 0.0


# --- afterwards --------------------------------------------------------------------------------------


def test_no_money_is_made_or_lost_by_writing_a_roll_down() -> None:
    found = best(rules=changed(ROLLS, nearest=1))
    after = rolled(TESTED, found, price=found.mid - 0.02, at=AS_OF, entry=seen(TESTED).entry)
    assert after.credit + after.carried == pytest.approx(TESTED.credit + TESTED.carried + found.mid - 0.02)
    assert after.credit == pytest.approx(found.credit - 0.02)
    assert (after.rolls, after.legs, after.legs_at) == (1, found.legs, AS_OF)
    assert (after.id, after.contracts, after.opened_at) == (TESTED.id, TESTED.contracts, TESTED.opened_at)
    assert after.legs_at - after.opened_at > timedelta(0)


@pytest.mark.parametrize(
    ("given", "key", "words"),
    [
        ({"on": ("take_profit",)}, "on", "'take_profit', which ends a trade"),
        ({"on": ("delta",), "dte": (30, 60)}, "delta", "is missing"),
        ({"on": ("delta",), "delta": 0.15}, "dte", "is missing"),
        ({"on": ("delta",), "delta": 0.15, "dte": (60, 30)}, "dte", "must rise"),
        ({"most": 3}, "most", "no meaning where no exit is rolled"),
    ],
)
def test_rules_that_cannot_be_meant_are_refused_at_their_key(given: dict[str, Any], key: str, words: str) -> None:
    with pytest.raises(ValidationError) as caught:
        RollRules.model_validate(given)
    assert caught.value.errors()[0]["loc"][0] == key
    assert words in caught.value.errors()[0]["msg"]
