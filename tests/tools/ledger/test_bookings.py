"""What happened at the broker without an order, in the books of both databases."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.tools.ledger.conftest import Clock
from tests.tools.ledger.specimens import AS_OF, approval, candidate, fill, gate, intent, leg, reservation, scan
from tools.desk.trades import delivered_of, trade_of
from tools.domain.activity import Activity, ActivityKind, Booking, Delivery
from tools.domain.contract import Right
from tools.domain.decision import Outcome
from tools.domain.errors import LedgerError
from tools.domain.order import IntentState, Purpose, client_order_id
from tools.domain.structure import Leg
from tools.ledger.store import Ledger

PUT = candidate(leg(480))
ORDER = intent(PUT)
OCC = PUT.legs[0].contract.occ
LATER = AS_OF + timedelta(days=28)
BOOK = "cash_secured_put"


def sold(ledger: Ledger) -> None:
    """Two puts at 2.50, the order done."""
    ledger.propose(**scan(PUT))
    ledger.reserve(reservation(PUT.id))
    ledger.settle(PUT.id, gate(Outcome.APPROVED), intent=ORDER, approval=approval(ORDER, by="score"))
    ledger.record_fill(fill(ORDER))
    ledger.mark_intent(ORDER.client_order_id, IntentState.DONE)


def activity(kind: ActivityKind, quantity: int = 2, **changes: Any) -> Activity:
    fields: dict[str, Any] = {"symbol": OCC, "value": Decimal(0), "at": LATER} | changes
    return Activity(activity_id=f"{kind.value}/{fields['symbol']}", kind=kind, quantity=quantity, **fields)


def assigned(quantity: int = 2, **changes: Any) -> Activity:
    shares = 100 * quantity
    brought = Delivery(symbol="SPY", quantity=shares, price=Decimal(480))
    fields = {"value": Decimal(5), "delivered": brought, "cash": Decimal(-480 * shares)}
    return activity(ActivityKind.ASSIGNED, quantity, **(fields | changes))


def enter(ledger: Ledger, each: Activity, *, keeps: bool = False) -> tuple[Booking, ...] | None:
    return ledger.record_activity(each, keeps=lambda book: keeps)


def held(ledger: Ledger) -> dict[tuple[str, str], int]:
    return {(each.book, each.symbol): each.quantity for each in ledger.account().positions}


def test_what_expires_worthless_is_gone_and_its_premium_stays(ledger: Ledger) -> None:
    sold(ledger)
    before = ledger.cash()
    assert len(enter(ledger, activity(ActivityKind.EXPIRED)) or ()) == 1
    assert ledger.cash() == before
    assert held(ledger) == {("", "SPY"): 300}
    assert ledger.open_decisions() == ()
    (ended,) = ledger.ended_trades(BOOK)
    assert (ended.pnl, ended.closed_at) == (Decimal("498.70"), LATER)
    record = ledger.record(PUT.id)
    assert [each.activity.kind for each in record.settlements] == [ActivityKind.EXPIRED]
    assert trade_of(record) is None
    assert ledger.verify() == []


def test_the_same_activity_is_entered_once_and_never_changes(ledger: Ledger) -> None:
    sold(ledger)
    told = activity(ActivityKind.EXPIRED)
    assert [enter(ledger, told) is not None for _ in range(2)] == [True, True]
    assert enter(ledger, told) == ()
    assert len(ledger.bookings_of(told.activity_id)) == 1
    with pytest.raises(LedgerError, match="says something else"):
        enter(ledger, told.model_copy(update={"quantity": 1}))


def test_what_is_not_held_is_not_entered_but_told_apart(ledger: Ledger) -> None:
    strange = activity(ActivityKind.EXPIRED, symbol="QQQ261218P00400000")
    assert enter(ledger, strange) is None
    assert ledger.bookings_of(strange.activity_id) == ()
    sold(ledger)
    known = activity(ActivityKind.EXPIRED)
    assert ledger.unentered((strange, known)) == ((strange, False), (known, True))
    enter(ledger, known)
    assert ledger.unentered((strange, known)) == ((strange, False),)


def test_what_lies_before_the_account_is_not_its_own(ledger: Ledger) -> None:
    early = activity(ActivityKind.INTEREST, 0, symbol="", cash=Decimal(5), at=AS_OF - timedelta(days=1))
    assert enter(ledger, early) == ()
    assert ledger.unentered((early,)) == ()


def test_shares_that_no_book_keeps_leave_the_decision_open_until_they_are_sold(ledger: Ledger) -> None:
    sold(ledger)
    before = ledger.cash()
    enter(ledger, assigned())
    assert ledger.cash() == before - 96_000
    assert held(ledger) == {("", "SPY"): 300, (BOOK, "SPY"): 200}
    record = ledger.record(PUT.id)
    assert trade_of(record) is None
    shares = delivered_of(record)
    assert shares is not None
    assert (shares.underlying, shares.contracts, shares.legs[0].quantity) == ("SPY", 200, 1)
    assert ledger.open_decisions() == (PUT.id,)
    assert ledger.ended_trades(BOOK) == ()
    ledger.mark_prices({"SPY": 474.0})
    # 498.70 of premium, and 200 shares bought at 480 and worth 474
    assert ledger.profit(BOOK) == Decimal("498.70") - 1_200

    back = (Leg(contract=shares.legs[0].contract, quantity=-1),)
    order = intent(
        PUT,
        quantity=200,
        revision=1,
        purpose=Purpose.CLOSE,
        legs=back,
        client_order_id=client_order_id(PUT.id, back, 1),
        multiplier=1,
    )
    ledger.promise_exit(PUT.id, {"kind": "close"}, order)
    at = LATER + timedelta(hours=17)
    ledger.record_fill(fill(order, symbol="SPY", quantity=-200, price=Decimal(474), commission=Decimal(0), at=at))
    assert delivered_of(ledger.record(PUT.id)) is None
    assert ledger.open_decisions() == ()
    (ended,) = ledger.ended_trades(BOOK)
    assert ended.pnl == Decimal("498.70") - 1_200
    assert ledger.profit(BOOK) == ended.pnl
    assert ledger.verify() == []


def test_shares_that_a_book_keeps_are_its_own_at_their_price_of_that_day(ledger: Ledger) -> None:
    sold(ledger)
    enter(ledger, assigned(), keeps=True)
    assert held(ledger) == {("", "SPY"): 300, (BOOK, "SPY"): 200}
    assert ledger.open_decisions() == ()
    assert delivered_of(ledger.record(PUT.id)) is None
    (ended,) = ledger.ended_trades(BOOK)
    assert ended.pnl == Decimal("498.70") - 1_000  # bought back at what they were worth
    ledger.mark_prices({"SPY": 474.0})
    assert ledger.profit(BOOK) == ended.pnl - 200  # and the shares have fallen from 475 since
    assert ledger.verify() == []


def test_calls_written_on_shares_of_no_book_give_those(open_ledger: Callable[[], Ledger], ledger: Ledger) -> None:
    call = candidate(leg(520, right=Right.CALL), book="covered_call")
    order = intent(call)
    ledger.propose(**scan(call))
    ledger.reserve(reservation(call.id))
    ledger.settle(call.id, gate(Outcome.APPROVED), intent=order, approval=approval(order, by="score"))
    ledger.record_fill(fill(order))
    brought = Delivery(symbol="SPY", quantity=-200, price=Decimal(520))
    told = assigned(symbol=call.legs[0].contract.occ, delivered=brought, cash=Decimal(104_000))
    enter(ledger, told, keeps=True)
    assert held(ledger) == {("", "SPY"): 100}
    ledger.mark_prices({"SPY": 530.0})
    (ended,) = ledger.ended_trades("covered_call")
    assert ended.pnl == Decimal("498.70") - 1_000
    assert ledger.profit("covered_call") == ended.pnl  # what was held before is no trade of the book
    assert ledger.verify() == []


def test_one_of_two_is_assigned_and_the_trade_is_one_smaller(ledger: Ledger) -> None:
    sold(ledger)
    enter(ledger, assigned(1))
    record = ledger.record(PUT.id)
    left, shares = trade_of(record), delivered_of(record)
    assert left is not None
    assert shares is not None
    assert (left.contracts, left.legs, left.broken, shares.contracts) == (1, PUT.legs, False, 100)


def test_income_without_an_owner_is_the_accounts(ledger: Ledger, clock: Clock) -> None:
    before = ledger.cash()
    enter(ledger, activity(ActivityKind.INTEREST, 0, symbol="", cash=Decimal("3.10")))
    enter(ledger, activity(ActivityKind.DIVIDEND, 0, symbol="SPY", cash=Decimal("585.00")))
    assert ledger.cash() == before + Decimal("588.10")
    assert held(ledger) == {("", "SPY"): 300}
    assert ledger.settled_since() == date(2026, 12, 18)
    assert ledger.verify() == []


def test_a_row_that_was_changed_is_found(ledger: Ledger) -> None:
    from sqlalchemy import update

    from tools.ledger.schema import bookings

    sold(ledger)
    enter(ledger, assigned())
    with ledger.database.write() as connection:
        connection.execute(update(bookings).values(body="{}"))
    assert any("activity" in problem for problem in ledger.verify())
