from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from tests.tools.ledger.conftest import Clock
from tests.tools.ledger.specimens import (
    AS_OF,
    approval,
    candidate,
    fill,
    gate,
    intent,
    leg,
    opening,
    reservation,
    scan,
)
from tools.domain.account import Account, Position
from tools.domain.decision import Outcome
from tools.domain.errors import LedgerError
from tools.domain.order import IntentState, OrderIntent
from tools.ledger.store import Ledger

PUT = candidate(leg(480))
ORDER = intent(PUT)
OCC = PUT.legs[0].contract.occ


def promise(ledger: Ledger, order: OrderIntent = ORDER) -> None:
    ledger.propose(**scan(PUT))
    ledger.reserve(reservation(PUT.id))
    ledger.settle(PUT.id, gate(Outcome.APPROVED), intent=order, approval=approval(order, by="score"))


def test_an_account_is_opened_once(ledger: Ledger) -> None:
    assert not ledger.open_account(opening())
    with pytest.raises(LedgerError, match="other cash or positions"):
        ledger.open_account(Account(cash=1.0, positions=()))
    assert ledger.cash() == Decimal("250000.1")
    assert ledger.has_account()


def test_without_an_account_nothing_can_be_asked(open_ledger: Callable[[], Ledger]) -> None:
    empty = open_ledger()
    assert not empty.has_account()
    with pytest.raises(LedgerError, match="no account"):
        empty.account()


def test_an_opening_names_each_symbol_once(open_ledger: Callable[[], Ledger]) -> None:
    twice = (Position(symbol="SPY", quantity=1, price=1.0), Position(symbol="SPY", quantity=2, price=1.0))
    empty = open_ledger()
    with pytest.raises(LedgerError, match="twice"):
        empty.open_account(Account(cash=1.0, positions=twice))
    assert not empty.has_account()


def test_a_sale_brings_premium_less_commission_to_the_cent(ledger: Ledger) -> None:
    promise(ledger)
    assert ledger.record_fill(fill(ORDER))
    # 250,000.10 + 2 contracts × 100 × 2.50 - 1.30
    assert ledger.cash() == Decimal("250498.80")
    held = {position.symbol: position for position in ledger.account().positions}
    assert (held[OCC].quantity, held[OCC].average_price, held[OCC].book) == (-2, 2.5, "cash_secured_put")
    assert held[OCC].price is None
    assert held["SPY"].quantity == 300


def test_a_fill_is_booked_once_however_often_it_is_reported(ledger: Ledger) -> None:
    promise(ledger)
    assert [ledger.record_fill(fill(ORDER)) for _ in range(3)] == [True, False, False]
    assert ledger.cash() == Decimal("250498.80")
    with pytest.raises(LedgerError, match="says something else"):
        ledger.record_fill(fill(ORDER, price=Decimal("2.40")))
    assert ledger.verify() == []


def test_a_fill_nobody_promised_is_not_booked(ledger: Ledger) -> None:
    with pytest.raises(LedgerError, match="nobody promised"):
        ledger.record_fill(fill(ORDER))
    assert ledger.cash() == Decimal("250000.1")


def test_partial_fills_average_and_marks_are_remembered(ledger: Ledger) -> None:
    promise(ledger)
    ledger.record_fill(fill(ORDER, 0, quantity=-1, price=Decimal("2.50"), commission=Decimal("0.65")))
    ledger.record_fill(fill(ORDER, 1, quantity=-1, price=Decimal("2.49"), commission=Decimal("0.65")))
    ledger.mark_prices({OCC: 2.1, "SPY": 510.0})
    ledger.mark_prices({"SPY": 511.5})
    held = {position.symbol: position for position in ledger.account().positions}
    assert (held[OCC].average_price, held[OCC].price, held["SPY"].price) == (2.495, 2.1, 511.5)
    assert ledger.cash() == Decimal("250000.10") + 250 + 249 - Decimal("1.30")


def test_a_position_that_is_closed_is_gone(ledger: Ledger) -> None:
    promise(ledger)
    ledger.record_fill(fill(ORDER, 0))
    ledger.record_fill(fill(ORDER, 1, quantity=2, price=Decimal("0.05"), commission=Decimal(0)))
    assert [position.symbol for position in ledger.account().positions] == ["SPY"]
    assert ledger.verify() == []


def test_the_day_at_risk_counts_what_was_filled_today_in_new_york(ledger: Ledger, clock: Clock) -> None:
    promise(ledger)
    assert ledger.account().opened_today_max_loss == 0
    ledger.record_fill(fill(ORDER, quantity=-1))
    assert ledger.account().opened_today_max_loss == 47_750.0
    clock.at = datetime(2026, 11, 21, 4, 59, tzinfo=UTC)  # still 20 November in New York
    assert ledger.account().opened_today_max_loss == 47_750.0
    clock.at = datetime(2026, 11, 21, 5, 0, tzinfo=UTC)
    assert ledger.account().opened_today_max_loss == 0


def test_finish_waits_for_the_end_of_the_order(ledger: Ledger) -> None:
    promise(ledger)
    assert not ledger.finish(PUT.id)
    assert ledger.claim_intent(ORDER.client_order_id)
    ledger.record_fill(fill(ORDER))
    assert not ledger.finish(PUT.id)
    assert len(ledger.reservations()) == 1
    ledger.mark_intent(ORDER.client_order_id, IntentState.DONE)
    assert ledger.finish(PUT.id)
    assert not ledger.finish(PUT.id)
    assert ledger.reservations() == ()


def test_times_are_kept_to_the_microsecond_in_utc(ledger: Ledger) -> None:
    promise(ledger)
    odd = AS_OF + timedelta(microseconds=7)
    ledger.record_fill(fill(ORDER, at=odd))
    assert ledger.record(PUT.id).fills[0].at == odd
