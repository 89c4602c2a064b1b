"""Splits and special dividends in the books of both databases: trades go on under new names at the same cost."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.tools.ledger.specimens import AS_OF, approval, candidate, fill, gate, intent, leg, reservation, scan
from tests.tools.ledger.test_bookings import BOOK, LATER, OCC, ORDER, PUT, assigned, enter, held, sold
from tools.calendar.trading_time import Clock
from tools.desk.trades import delivered_of, trade_of
from tools.domain.activity import Activity, ActivityKind, Delivery
from tools.domain.candidate import Candidate
from tools.domain.decision import Outcome
from tools.domain.order import IntentState, OrderIntent, Purpose, client_order_id
from tools.domain.structure import Leg, StructureKind
from tools.domain.trade import Trade
from tools.ledger.store import Ledger
from tools.portfolio.vol_memory import SeenVol

MORNING = AS_OF + timedelta(days=17)
TEN = "SPY261218P00048000"


def restated(old: str, gone: int, new: str, come: int, **changes: Any) -> Activity:
    """Told as every broker tells it: shares by how many more there are, an option by what stands in its place."""
    same = old == new
    fields: dict[str, Any] = {"at": MORNING, "text": "SPY splits 10 for 1", **changes}
    return Activity(
        activity_id=f"split/{old}",
        kind=ActivityKind.SPLIT,
        symbol=old,
        quantity=gone + come if same else gone,
        delivered=None if same else Delivery(symbol=new, quantity=come),
        **fields,
    )


TEN_FOR_ONE = restated(OCC, 2, TEN, -20)


def costs(ledger: Ledger) -> dict[tuple[str, str], Decimal]:
    """What each holding has cost or brought, to the cent."""
    found = {}
    for each in ledger.account().positions:
        if each.average_price is not None:
            cost = Decimal(repr(each.average_price)) * each.quantity * (100 if len(each.symbol) > 6 else 1)
            found[each.book, each.symbol] = round(cost, 2)
    return found


def open_trade(ledger: Ledger) -> Trade:
    trade = trade_of(ledger.record(PUT.id))
    assert trade is not None
    return trade


def closing(trade: Trade, **changes: Any) -> OrderIntent:
    legs = trade.closing_legs
    fields = {"quantity": trade.contracts, "revision": 1, "purpose": Purpose.CLOSE, "legs": legs, **changes}
    return intent(PUT, client_order_id=client_order_id(PUT.id, legs, 1), **fields)


def test_a_trade_goes_on_as_ten_times_the_contracts_at_a_tenth(ledger: Ledger) -> None:
    sold(ledger)
    cash, before, cost = ledger.cash(), open_trade(ledger), costs(ledger)[BOOK, OCC]
    (line,) = enter(ledger, TEN_FOR_ONE) or ()
    assert (line.decision_id, line.quantity, line.delivered) == (PUT.id, 2, Delivery(symbol=TEN, quantity=-20))
    assert ledger.cash() == cash
    assert held(ledger) == {("", "SPY"): 300, (BOOK, TEN): -20}
    assert costs(ledger)[BOOK, TEN] == cost == -500
    trade = open_trade(ledger)
    assert (trade.id, trade.contracts, trade.legs[0].contract.occ) == (PUT.id, 20, TEN)
    assert trade.credit * trade.contracts == pytest.approx(before.credit * before.contracts)
    assert (trade.opened_at, trade.legs_at, trade.broken) == (before.opened_at, before.legs_at, False)
    assert trade.entry.spot == pytest.approx(51.23)
    assert ledger.open_decisions() == (PUT.id,)
    assert ledger.verify() == []


def test_it_ends_under_its_new_name_with_what_it_has_earned(ledger: Ledger) -> None:
    sold(ledger)
    enter(ledger, TEN_FOR_ONE)
    order = closing(open_trade(ledger))
    ledger.promise_exit(PUT.id, {"kind": "close"}, order)
    bought = fill(order, quantity=20, symbol=TEN, price=Decimal("0.10"), at=LATER)
    ledger.record_fill(bought)
    assert trade_of(ledger.record(PUT.id)) is None
    assert ledger.open_decisions() == ()
    (ended,) = ledger.ended_trades(BOOK)
    # 500 of premium less 1.30 of commission, 20 contracts bought back at 0.10
    assert ended.pnl == Decimal("498.70") - 200 - bought.commission
    assert ledger.profit(BOOK) == ended.pnl
    assert ledger.verify() == []


def test_it_expires_and_is_assigned_under_its_new_name(ledger: Ledger) -> None:
    sold(ledger)
    enter(ledger, TEN_FOR_ONE)
    brought = Delivery(symbol="SPY", quantity=500, price=Decimal(48))
    enter(ledger, assigned(5, symbol=TEN, delivered=brought, cash=Decimal(-24_000)))
    gone = Activity(activity_id="e-1", kind=ActivityKind.EXPIRED, symbol=TEN, quantity=15, at=LATER)
    enter(ledger, gone.model_copy(update={"at": LATER + timedelta(hours=1)}))
    assert trade_of(ledger.record(PUT.id)) is None
    assert held(ledger) == {("", "SPY"): 300, (BOOK, "SPY"): 500}
    assert ledger.verify() == []


def test_the_same_split_is_entered_once(ledger: Ledger) -> None:
    sold(ledger)
    enter(ledger, TEN_FOR_ONE)
    assert enter(ledger, TEN_FOR_ONE) == ()
    assert ledger.unentered((TEN_FOR_ONE,)) == ()


@pytest.mark.parametrize(
    ("come", "left"),
    [(3_000, "3000"), (30, "30"), (450, "450"), (299, "299")],
    ids=["10 for 1", "1 for 10", "3 for 2", "one is paid for"],
)
def test_shares_are_restated_at_what_they_have_cost(ledger: Ledger, come: int, left: str) -> None:
    cost = costs(ledger)["", "SPY"]
    assert cost != 0
    told = restated("SPY", -300, "SPY", come, cash=Decimal("12.34"))
    before = ledger.cash()
    assert enter(ledger, told) is not None
    assert held(ledger) == {("", "SPY"): int(left)}
    assert costs(ledger)["", "SPY"] == pytest.approx(cost, abs=Decimal("0.01"))
    assert ledger.cash() == before + Decimal("12.34")
    assert ledger.verify() == []


def test_an_uneven_split_leaves_an_adjusted_contract_that_a_person_must_see(ledger: Ledger) -> None:
    sold(ledger)
    adjusted = "SPY1261218P00480000"
    enter(ledger, restated(OCC, 2, adjusted, -2))
    trade = open_trade(ledger)
    assert (trade.contracts, trade.legs[0].contract.occ, trade.broken) == (2, adjusted, True)
    assert trade.legs[0].contract.is_adjusted
    assert trade.credit == pytest.approx(2.5)
    assert costs(ledger)[BOOK, adjusted] == -500


def test_a_special_dividend_lowers_the_strike_and_nothing_else(ledger: Ledger) -> None:
    sold(ledger)
    enter(ledger, restated(OCC, 2, "SPY261218P00465000", -2))
    trade = open_trade(ledger)
    assert (trade.contracts, trade.legs[0].contract.strike, trade.credit) == (2, 465, pytest.approx(2.5))
    assert not trade.broken


SPREAD = candidate(leg(480), leg(470, 1), structure=StructureKind.PUT_CREDIT_SPREAD)


def opened(ledger: Ledger, source: Candidate, *prices: str) -> None:
    promised = intent(source)
    ledger.propose(**scan(source))
    ledger.reserve(reservation(source.id))
    ledger.settle(source.id, gate(Outcome.APPROVED), intent=promised, approval=approval(promised, by="score"))
    for number, (each, price) in enumerate(zip(source.legs, prices, strict=True)):
        ledger.record_fill(
            fill(promised, number, symbol=each.contract.occ, quantity=2 * each.quantity, price=Decimal(price))
        )
    ledger.mark_intent(promised.client_order_id, IntentState.DONE)


def test_a_spread_is_restated_whole_however_its_legs_are_stamped(ledger: Ledger) -> None:
    opened(ledger, SPREAD, "4.00", "1.50")
    low = SPREAD.legs[1].contract.occ
    enter(ledger, restated(OCC, 2, "SPY261218P00240000", -4))
    half = trade_of(ledger.record(SPREAD.id))
    assert half is not None
    assert half.broken  # as long as one leg alone is told
    enter(ledger, restated(low, -2, "SPY261218P00235000", 4, at=MORNING + timedelta(seconds=1)))
    trade = trade_of(ledger.record(SPREAD.id))
    assert trade is not None
    assert (trade.contracts, trade.broken) == (4, False)
    assert [(each.contract.strike, each.quantity) for each in trade.legs] == [(240, -1), (235, 1)]
    assert trade.credit == pytest.approx(1.25)
    assert ledger.verify() == []


def test_delivered_shares_of_a_decision_are_restated_with_it(ledger: Ledger) -> None:
    sold(ledger)
    enter(ledger, assigned())
    later = LATER + timedelta(days=3)
    enter(ledger, restated("SPY", -500, "SPY", 1_000, at=later))
    assert held(ledger) == {("", "SPY"): 600, (BOOK, "SPY"): 400}
    shares = delivered_of(ledger.record(PUT.id))
    assert shares is not None
    assert shares.contracts == 400
    ledger.mark_prices({"SPY": 237.0})
    assert ledger.profit(BOOK) == Decimal("498.70") - 1_200  # as it would be at 474 before the split
    back = (Leg(contract=shares.legs[0].contract, quantity=-1),)
    order = intent(
        PUT, quantity=400, revision=1, purpose=Purpose.CLOSE, legs=back, multiplier=1,
        client_order_id=client_order_id(PUT.id, back, 1),
    )  # fmt: skip
    ledger.promise_exit(PUT.id, {"kind": "close"}, order)
    ledger.record_fill(
        fill(order, symbol="SPY", quantity=-400, price=Decimal(237), commission=Decimal(0), at=later)
    )
    assert delivered_of(ledger.record(PUT.id)) is None
    assert ledger.open_decisions() == ()
    assert ledger.verify() == []


def test_a_books_own_shares_keep_their_profit(ledger: Ledger) -> None:
    sold(ledger)
    enter(ledger, assigned(), keeps=True)
    enter(ledger, restated("SPY", -500, "SPY", 250, at=LATER + timedelta(days=3)))
    assert held(ledger) == {("", "SPY"): 150, (BOOK, "SPY"): 100}
    ledger.mark_prices({"SPY": 948.0})
    assert ledger.profit(BOOK) == Decimal("498.70") - 1_000 - 200  # as at 474 before
    assert ledger.verify() == []


def test_what_the_market_said_of_it_goes_with_it(ledger: Ledger) -> None:
    sold(ledger)
    ledger.mark_prices({OCC: 2.0})
    seen = SeenVol(OCC, Clock.CALENDAR_365, AS_OF, 0.19)
    ledger.vols.see([seen])
    enter(ledger, TEN_FOR_ONE)
    marks = {each.symbol: each.price for each in ledger.account().positions}
    assert marks[TEN] == pytest.approx(0.2)
    assert {symbol for _, symbol in ledger.vols.memory(before=LATER.date()).kept} == {TEN}


def test_an_order_promised_before_knows_that_its_contract_is_gone(ledger: Ledger) -> None:
    sold(ledger)
    assert ledger.restated_since(ORDER.client_order_id) == ()
    enter(ledger, TEN_FOR_ONE)
    (line,) = ledger.restated_since(ORDER.client_order_id)
    assert line.delivered == Delivery(symbol=TEN, quantity=-20)
    after = closing(open_trade(ledger))
    ledger.promise_exit(PUT.id, {"kind": "close"}, after)
    assert ledger.restated_since(after.client_order_id) == ()


@pytest.mark.parametrize(
    "told",
    [
        restated(OCC, 3, TEN, -30),
        restated("QQQ", -100, "QQQ", 200),
        restated("SPY", -300, "SPY", 0),
        restated(OCC, 2, TEN, 20),
    ],
    ids=["more than is held", "what is not held", "nothing is left", "another side"],
)
def test_what_the_books_cannot_follow_is_left_to_a_person(ledger: Ledger, told: Activity) -> None:
    sold(ledger)
    before = held(ledger)
    assert enter(ledger, told) is None
    assert ledger.unentered((told,)) == ((told, False),)
    assert held(ledger) == before
