"""What the pre-trade gate asks of the books, and what it leaves in them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from tests.tools.ledger.specimens import (
    AS_OF,
    approval,
    candidate,
    fill,
    gate,
    intent,
    leg,
    opening,
    order,
    reservation,
    scan,
)
from tools.domain.account import BrokerAccount
from tools.domain.decision import Outcome, Reason
from tools.domain.errors import LedgerError
from tools.domain.mode import Mode
from tools.domain.order import IntentState, OrderIntent, OrderStatus, Purpose, client_order_id
from tools.domain.structure import Leg
from tools.ledger.store import Ledger

PUT = candidate(leg(480))
ORDER = intent(PUT)
ID = ORDER.client_order_id
ACCOUNT = BrokerAccount(number="PA-7731", mode=Mode.PAPER)
FAR = Reason(rule="collar", value=0.3, limit=0.1, text="too far from the mid")


class Day:
    now = AS_OF


@pytest.fixture
def day() -> Day:
    return Day()


@pytest.fixture
def ledger(database_url: str, day: Day) -> Iterator[Ledger]:
    books = Ledger.open(database_url, now=lambda: day.now)
    books.open_account(opening())
    approved(books, ORDER)
    yield books
    books.close()


def approved(books: Ledger, promised: OrderIntent) -> None:
    source = candidate(*promised.legs)
    books.propose(**scan(source, key=source.id))
    books.reserve(reservation(source.id))
    books.settle(source.id, gate(Outcome.APPROVED), intent=promised, approval=approval(promised, by="score"))


def ids(books: Ledger) -> list[str]:
    return [each.intent.client_order_id for each in books.sending.entered()]


def test_what_was_only_promised_is_not_entered(ledger: Ledger) -> None:
    assert ids(ledger) == []
    ledger.claim_intent(ID)
    (entered,) = ledger.sending.entered()
    assert (entered.intent, entered.order, entered.unit_cash, entered.rest) == (ORDER, None, 48_000.0, 2)


@pytest.mark.parametrize(
    ("status", "filled", "rest"),
    [
        (OrderStatus.ACCEPTED, 0, 2),
        (OrderStatus.PARTIALLY_FILLED, 1, 1),
        (OrderStatus.CANCELLED, 1, 0),
        (OrderStatus.FILLED, 2, 0),
        (OrderStatus.UNKNOWN, 0, 2),
    ],
)
def test_the_rest_is_what_the_broker_says_of_it(
    ledger: Ledger, status: OrderStatus, filled: int, rest: int
) -> None:
    ledger.claim_intent(ID)
    ledger.record_order(order(ORDER, status, filled=filled))
    (entered,) = ledger.sending.entered()
    assert entered.rest == rest


def test_what_was_refused_before_it_was_sent_is_not_entered(ledger: Ledger) -> None:
    ledger.claim_intent(ID)
    ledger.record_order(order(ORDER, OrderStatus.REJECTED, filled=0, broker_order_id=None))
    ledger.mark_intent(ID, IntentState.DONE)
    assert ids(ledger) == []


@pytest.mark.parametrize(
    ("later", "state", "counts"),
    [
        (timedelta(hours=5), IntentState.DONE, True),
        (timedelta(days=1), IntentState.DONE, False),
        (timedelta(days=1), IntentState.UNKNOWN, True),
    ],
)
def test_a_day_is_new_yorks_and_what_is_not_done_lasts(
    ledger: Ledger, day: Day, later: timedelta, state: IntentState, counts: bool
) -> None:
    ledger.claim_intent(ID)
    ledger.mark_intent(ID, state)
    day.now = AS_OF + later
    assert ids(ledger) == ([ID] if counts else [])


def test_midnight_is_new_yorks(ledger: Ledger, day: Day) -> None:
    ledger.claim_intent(ID)
    ledger.mark_intent(ID, IntentState.DONE)
    day.now = datetime.fromisoformat("2026-11-21T04:59:59+00:00")
    assert ids(ledger) == [ID]
    day.now = datetime.fromisoformat("2026-11-21T05:00:00+00:00")
    assert ids(ledger) == []


def test_closings_are_not_entered(ledger: Ledger) -> None:
    ledger.claim_intent(ID)
    ledger.record_fill(fill(ORDER))
    ledger.mark_intent(ID, IntentState.DONE)
    back = (Leg(contract=ORDER.legs[0].contract, quantity=1),)
    close = intent(
        PUT, revision=1, purpose=Purpose.CLOSE, legs=back, client_order_id=client_order_id(PUT.id, back, 1)
    )
    ledger.promise_exit(PUT.id, {"kind": "close"}, close)
    ledger.claim_intent(close.client_order_id)
    assert ids(ledger) == [ID]


def test_a_refusal_stands_in_the_record_once(ledger: Ledger) -> None:
    for _ in range(2):
        ledger.sending.refuse(ORDER, Decimal("2.50"), [FAR])
    ledger.sending.refuse(ORDER, Decimal("2.49"), [FAR])
    record = ledger.record(PUT.id)
    assert [each.price for each in record.refusals] == [Decimal("2.50"), Decimal("2.49")]
    assert record.refusals[0].client_order_id == ID
    assert record.refusals[0].reasons == (FAR,)
    assert [part.kind for part in record.parts].count("refusal") == 2
    assert ledger.verify() == []


def test_a_refusal_of_what_nobody_promised_is_an_error(ledger: Ledger) -> None:
    with pytest.raises(LedgerError, match="no intent"):
        ledger.sending.refuse(intent(candidate(leg(470))), Decimal("2.50"), [FAR])


def test_the_books_are_bound_to_one_account_for_good(ledger: Ledger) -> None:
    assert ledger.sending.bound() is None
    for power in (Decimal(5), Decimal(6)):
        ledger.sending.bind(ACCOUNT.model_copy(update={"buying_power": power}))
    assert ledger.sending.bound() == ACCOUNT
    with pytest.raises(LedgerError, match="never changed"):
        ledger.sending.bind(ACCOUNT.model_copy(update={"number": "PA-7732"}))
    assert ledger.verify() == []
