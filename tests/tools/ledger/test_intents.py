from __future__ import annotations

from decimal import Decimal

import pytest

from tests.tools.ledger.specimens import approval, candidate, fill, gate, intent, leg, order, scan
from tools.domain.decision import Outcome
from tools.domain.errors import LedgerError
from tools.domain.order import IntentState, OrderStatus
from tools.ledger.store import Ledger

PUT = candidate(leg(480))
ORDER = intent(PUT)
ID = ORDER.client_order_id


@pytest.fixture
def promised(ledger: Ledger) -> Ledger:
    ledger.propose(**scan(PUT))
    ledger.settle(PUT.id, gate(Outcome.APPROVED), intent=ORDER, approval=approval(ORDER, by="score"))
    return ledger


def test_an_intent_is_claimed_by_one(promised: Ledger) -> None:
    assert promised.claim_intent(ID)
    assert promised.intent_state(ID) is IntentState.SENDING
    assert not promised.claim_intent(ID)


def test_a_done_intent_stays_done(promised: Ledger) -> None:
    promised.claim_intent(ID)
    for state in (IntentState.WORKING, IntentState.UNKNOWN, IntentState.WORKING, IntentState.DONE):
        promised.mark_intent(ID, state)
        assert promised.intent_state(ID) is state
    promised.mark_intent(ID, IntentState.WORKING)
    assert promised.intent_state(ID) is IntentState.DONE
    assert promised.unfinished_intents() == ()
    assert promised.verify() == []


def test_orders_never_grow_younger(promised: Ledger) -> None:
    accepted = order(ORDER, OrderStatus.ACCEPTED, filled=0)
    partial = order(ORDER, OrderStatus.PARTIALLY_FILLED, filled=1)
    cancelled = order(ORDER, OrderStatus.CANCELLED, filled=1)
    assert promised.order(ID) is None
    assert promised.record_order(accepted)
    assert promised.record_order(partial)
    assert not promised.record_order(accepted)
    assert promised.record_order(cancelled)
    assert not promised.record_order(partial)
    assert not promised.record_order(cancelled)
    assert promised.order(ID) == cancelled
    late = order(ORDER, OrderStatus.FILLED, filled=2)
    assert promised.record_order(late)
    assert promised.record(PUT.id).order == late
    assert promised.verify() == []


def test_a_walk_is_kept_as_one_order(promised: Ledger) -> None:
    promised.record_order(order(ORDER, OrderStatus.ACCEPTED, filled=0))
    moved = order(
        ORDER, OrderStatus.FILLED, limit_price=Decimal("2.48"), replaced_prices=(Decimal("2.50"), Decimal("2.49"))
    )
    promised.record_order(moved)
    assert promised.order(ID) == moved
    assert [part.kind for part in promised.record(PUT.id).parts].count("order") == 2


def test_an_order_nobody_promised_is_not_booked(ledger: Ledger) -> None:
    with pytest.raises(LedgerError, match="nobody promised"):
        ledger.record_order(order(ORDER))
    with pytest.raises(LedgerError, match="no intent"):
        ledger.intent_state(ID)
    assert not ledger.claim_intent(ID)


def test_the_record_tells_the_whole_story(promised: Ledger) -> None:
    promised.claim_intent(ID)
    promised.record_fill(fill(ORDER))
    promised.record_order(order(ORDER))
    promised.mark_intent(ID, IntentState.DONE)
    record = promised.record(PUT.id)
    assert [part.kind for part in record.parts] == [
        "candidate", "facts", "gate", "approval", "intent", "intent_state", "fill", "order", "intent_state",
    ]  # fmt: skip
    assert record.fills == (fill(ORDER),)
    assert record.order == order(ORDER)
