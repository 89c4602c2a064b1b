from __future__ import annotations

import pytest
from sqlalchemy import text

from tests.tools.ledger.specimens import approval, candidate, fill, gate, intent, leg, order, reservation, scan
from tools.domain.decision import Outcome
from tools.domain.order import IntentState
from tools.ledger import audit
from tools.ledger.store import Ledger

PUT, OTHER = candidate(leg(480)), candidate(leg(470))
ORDER = intent(PUT)


@pytest.fixture
def lived(ledger: Ledger) -> Ledger:
    """A ledger with one filled and one rejected decision."""
    ledger.propose(**scan(PUT, OTHER))
    for one in (PUT, OTHER):
        ledger.reserve(reservation(one.id))
        ledger.settle(one.id, gate(Outcome.WAITING))
    ledger.approve(PUT.id, approval(ORDER), ORDER)
    ledger.reject(OTHER.id, approval(verdict="rejected"))
    ledger.claim_intent(ORDER.client_order_id)
    ledger.record_fill(fill(ORDER))
    ledger.record_order(order(ORDER))
    ledger.mark_intent(ORDER.client_order_id, IntentState.DONE)
    ledger.finish(PUT.id)
    return ledger


def problems_after(ledger: Ledger, statement: str) -> list[str]:
    """What the audit finds after a tampering that is undone again."""
    with ledger.database.write() as connection, connection.begin_nested() as undone:
        changed = connection.execute(text(statement))
        assert changed.rowcount > 0, statement
        found = audit.verify(connection)
        undone.rollback()
    return found


def test_an_untouched_ledger_is_whole(lived: Ledger) -> None:
    assert lived.verify() == []


def test_a_change_of_the_events_shows(lived: Ledger) -> None:
    for statement in (
        "UPDATE events SET body = '{\"reason\":\"\"}' WHERE kind = 'approval'",
        "UPDATE events SET actor = 'mallory' WHERE kind = 'approval' AND actor = 'anna'",
        "UPDATE events SET at = '2026-11-20T15:00:00.000000+00:00' WHERE kind = 'fill'",
        "UPDATE events SET decision_id = NULL WHERE kind = 'fill'",
        "DELETE FROM events WHERE kind = 'fill'",
        "DELETE FROM events WHERE seq = (SELECT max(seq) FROM events)",
        "DELETE FROM events WHERE seq = 1",
        "UPDATE chain_head SET seq = seq + 1",
    ):
        assert problems_after(lived, statement) != [], statement
    assert lived.verify() == []


def test_a_row_that_contradicts_its_events_shows(lived: Ledger) -> None:
    for statement, said in (
        ("UPDATE decisions SET state = 'approved' WHERE state = 'rejected'", "decision state"),
        ("UPDATE approvals SET body = replace(body, 'anna', 'ben')", "approval"),
        ("DELETE FROM approvals WHERE verdict = 'rejected'", "approval"),
        ("UPDATE intents SET body = replace(body, '2.45', '0.01')", "intent"),
        ("UPDATE intents SET state = 'pending'", "intent state"),
        ("UPDATE orders SET body = replace(body, 'filled', 'cancelled')", "order"),
        ("UPDATE fills SET body = replace(body, '2.50', '9.50')", "fill"),
        ("UPDATE reservations SET body = replace(body, '96000', '1')", "reservation"),
        ("UPDATE accounts SET cash = '1000000'", "cash of account"),
        ("UPDATE cash_movements SET amount = '0.01' WHERE kind = 'commission'", "cash movements"),
        ("UPDATE positions SET quantity = -1 WHERE quantity = -2", "position"),
        ("DELETE FROM positions WHERE symbol = 'SPY'", "position"),
    ):
        problems = problems_after(lived, statement)
        assert problems, statement
        assert all(problem.startswith(said) for problem in problems), problems
    assert lived.verify() == []
