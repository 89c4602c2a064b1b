from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import event

from tests.tools.ledger.conftest import Clock
from tests.tools.ledger.specimens import (
    AS_OF,
    DEADLINE,
    approval,
    candidate,
    fit,
    gate,
    intent,
    leg,
    reservation,
    scan,
)
from tools.domain.decision import DecisionState, Edit, Outcome
from tools.domain.errors import AlreadyDecided, LedgerError
from tools.domain.order import IntentState
from tools.domain.score import ScoreBreakdown
from tools.ledger.store import Ledger

PUT = candidate(leg(480))
ORDER = intent(PUT)
SCORE = ScoreBreakdown(quantitative=7.3, model=7.0, fit=6.5, total=7.16)


@pytest.fixture
def proposed(ledger: Ledger) -> Ledger:
    ledger.propose(**scan(PUT))
    ledger.reserve(reservation(PUT.id))
    return ledger


@pytest.fixture
def waiting(proposed: Ledger) -> Ledger:
    proposed.settle(PUT.id, gate(Outcome.WAITING))
    return proposed


def test_approved_by_score_promises_its_order_at_once(proposed: Ledger) -> None:
    state = proposed.settle(PUT.id, gate(Outcome.APPROVED), intent=ORDER, approval=approval(ORDER, by="score"))
    assert state is DecisionState.APPROVED
    assert proposed.intent(PUT.id) == ORDER
    assert proposed.intent_state(ORDER.client_order_id) is IntentState.PENDING
    assert proposed.unfinished_intents() == (ORDER,)
    assert len(proposed.reservations()) == 1


def test_approval_without_an_order_leaves_everything_as_it_was(proposed: Ledger) -> None:
    before = proposed.record(PUT.id)
    with pytest.raises(LedgerError, match="order intent"):
        proposed.settle(PUT.id, gate(Outcome.APPROVED), approval=approval())
    assert proposed.record(PUT.id) == before
    assert proposed.verify() == []


def test_refused_lets_its_reservation_go(proposed: Ledger) -> None:
    proposed.settle(PUT.id, gate(Outcome.REFUSED))
    assert proposed.reservations() == ()
    assert proposed.decision(PUT.id).state is DecisionState.REFUSED
    assert proposed.intent(PUT.id) is None


def test_waiting_keeps_its_reservation_and_has_a_deadline(waiting: Ledger) -> None:
    row = waiting.decision(PUT.id)
    assert (row.state, row.deadline) == (DecisionState.WAITING, DEADLINE)
    assert len(waiting.reservations()) == 1


def test_settling_again_changes_nothing(waiting: Ledger) -> None:
    before = waiting.record(PUT.id)
    again = waiting.settle(PUT.id, gate(Outcome.APPROVED), intent=ORDER, approval=approval(ORDER))
    assert again is DecisionState.WAITING
    assert waiting.record(PUT.id) == before


def test_a_person_approves_once(waiting: Ledger) -> None:
    waiting.approve(PUT.id, approval(ORDER), ORDER)
    assert waiting.decision(PUT.id).state is DecisionState.APPROVED
    assert waiting.intent(PUT.id) == ORDER
    with pytest.raises(AlreadyDecided) as second:
        waiting.approve(PUT.id, approval(ORDER, by="ben"), ORDER)
    assert second.value.state == "approved"
    # 15:50 UTC is 10:50 in New York on 20 November
    assert str(second.value) == f"{PUT.id} was already approved by anna in console at 10:50 New York time."
    assert waiting.unfinished_intents() == (ORDER,)


def test_a_person_rejects_with_a_reason(waiting: Ledger) -> None:
    waiting.reject(PUT.id, approval(verdict="rejected", reason="too close to earnings"))
    assert waiting.reservations() == ()
    with pytest.raises(AlreadyDecided, match="already rejected by anna in console at 10:50"):
        waiting.approve(PUT.id, approval(ORDER), ORDER)
    with pytest.raises(AlreadyDecided):
        waiting.reject(PUT.id, approval(verdict="rejected", by="ben"))
    assert waiting.intent(PUT.id) is None


def test_a_limit_may_still_refuse_what_waits(waiting: Ledger) -> None:
    waiting.refuse(PUT.id, gate(Outcome.REFUSED, "F1 would be 6.0 %"))
    record = waiting.record(PUT.id)
    assert record.state is DecisionState.REFUSED
    assert record.reasons[0].text == "F1 would be 6.0 %"
    assert waiting.reservations() == ()
    with pytest.raises(AlreadyDecided, match="already refused by the gate"):
        waiting.approve(PUT.id, approval(ORDER), ORDER)


def test_a_refusal_by_the_gate_says_so(proposed: Ledger) -> None:
    proposed.settle(PUT.id, gate(Outcome.REFUSED))
    with pytest.raises(AlreadyDecided, match="already refused by the gate at 10:45 New York time") as caught:
        proposed.approve(PUT.id, approval(ORDER), ORDER)
    assert caught.value.state == "refused"


def test_what_is_only_proposed_cannot_be_approved(proposed: Ledger) -> None:
    with pytest.raises(LedgerError, match="is proposed") as caught:
        proposed.approve(PUT.id, approval(ORDER), ORDER)
    assert not isinstance(caught.value, AlreadyDecided)


def test_the_clock_ends_what_nobody_answered(waiting: Ledger, clock: Clock) -> None:
    assert waiting.expire_due(DEADLINE - timedelta(seconds=1)) == ()
    clock.at = DEADLINE
    assert waiting.expire_due(DEADLINE) == (PUT.id,)
    assert waiting.expire_due(DEADLINE) == ()
    assert waiting.decision(PUT.id).state is DecisionState.EXPIRED
    assert waiting.reservations() == ()
    assert waiting.record(PUT.id).reasons[-1].text == "expired by the clock: no answer until 11:15 New York time"


def test_an_answer_after_the_deadline_is_too_late(waiting: Ledger, clock: Clock) -> None:
    clock.at = DEADLINE
    with pytest.raises(AlreadyDecided) as late:
        waiting.approve(PUT.id, approval(ORDER, at=DEADLINE), ORDER)
    assert late.value.state == "expired"
    assert waiting.decision(PUT.id).state is DecisionState.EXPIRED
    assert waiting.intent(PUT.id) is None
    assert waiting.verify() == []


def test_an_approval_is_bound_to_the_order_that_was_shown(waiting: Ledger) -> None:
    bigger = intent(PUT, quantity=20)
    with pytest.raises(LedgerError, match="changed after it was approved"):
        waiting.approve(PUT.id, approval(ORDER), bigger)
    assert waiting.decision(PUT.id).state is DecisionState.WAITING


def test_an_intent_must_carry_the_id_its_content_gives(waiting: Ledger) -> None:
    forged = ORDER.model_copy(update={"client_order_id": "tg-" + "0" * 32})
    with pytest.raises(LedgerError, match="must be tg-"):
        waiting.approve(PUT.id, approval(forged), forged)
    other = intent(candidate(leg(470)))
    with pytest.raises(LedgerError, match="another one"):
        waiting.approve(PUT.id, approval(other), other)
    assert waiting.decision(PUT.id).state is DecisionState.WAITING


def test_an_edit_is_approved_as_a_new_revision(waiting: Ledger) -> None:
    edited = intent(PUT, quantity=1, revision=1)
    word = Edit(revision=1, contracts=1, price=None, by="anna", channel="console")
    waiting.edit(PUT.id, word, fit=fit(1), score=SCORE, reservation=reservation(PUT.id, contracts=1))
    with pytest.raises(LedgerError, match="edited meanwhile"):
        waiting.approve(PUT.id, approval(ORDER), ORDER)
    waiting.approve(PUT.id, approval(edited), edited)
    assert edited.client_order_id != ORDER.client_order_id
    assert waiting.intent(PUT.id) == edited
    assert [each.cash for each in waiting.reservations()] == [48_000.0]
    assert waiting.record(PUT.id).edit == word
    assert waiting.verify() == []


def test_a_verdict_must_be_the_one_of_its_step(waiting: Ledger) -> None:
    with pytest.raises(LedgerError):
        waiting.approve(PUT.id, approval(ORDER, verdict="rejected"), ORDER)
    with pytest.raises(LedgerError):
        waiting.reject(PUT.id, approval(verdict="approved"))
    assert waiting.record(PUT.id).approval is None
    assert waiting.decision(PUT.id).state is DecisionState.WAITING
    assert waiting.record(PUT.id).parts[-1].at == AS_OF


def test_a_released_reservation_stays_released(proposed: Ledger) -> None:
    assert proposed.release(PUT.id, "withdrawn")
    assert not proposed.release(PUT.id, "withdrawn")
    proposed.reserve(reservation(PUT.id))
    assert proposed.reservations() == ()


def test_reservations_leave_out_the_decision_that_is_looked_at_again(proposed: Ledger) -> None:
    assert proposed.account().reservations == (reservation(PUT.id),)
    assert proposed.account(excluding=PUT.id).reservations == ()
    proposed.reserve(reservation(PUT.id, contracts=1))
    assert proposed.reservations() == (reservation(PUT.id, contracts=1),)
    assert proposed.verify() == []


def test_an_approval_is_few_statements(waiting: Ledger) -> None:
    """Its time is theirs, not the disk's."""
    said: list[str] = []
    event.listen(waiting.database.engine, "before_cursor_execute", lambda *told: said.append(told[2].split()[0]))
    waiting.approve(PUT.id, approval(ORDER), ORDER)
    written = [word for word in said if word in {"INSERT", "UPDATE"}]
    assert written == ["UPDATE", "INSERT", "INSERT", "INSERT", "UPDATE"]
    assert len(said) <= 7


def test_a_reservation_that_returns_to_what_it_was_is_told_again(proposed: Ledger) -> None:
    for contracts in (1, 2, 2, 1):
        proposed.reserve(reservation(PUT.id, contracts=contracts))
        assert [each.contracts for each in proposed.reservations()] == [contracts]
        assert proposed.verify() == []
