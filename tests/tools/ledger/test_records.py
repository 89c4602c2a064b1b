from __future__ import annotations

from pathlib import Path

import pytest

from tests.tools.ledger.conftest import Clock
from tests.tools.ledger.specimens import (
    AS_OF,
    approval,
    candidate,
    fit,
    gate,
    intent,
    leg,
    opening,
    reservation,
    scan,
)
from tools.domain.decision import Outcome
from tools.domain.errors import LedgerError, NotFound
from tools.domain.score import ScoreBreakdown
from tools.domain.value import digest
from tools.ledger.schema import GENESIS
from tools.ledger.store import Ledger


@pytest.fixture
def decision(ledger: Ledger) -> str:
    return ledger.propose(**scan(candidate(leg(480))))[0]


def test_a_record_is_read_back_as_it_was_written(ledger: Ledger, decision: str) -> None:
    score = ScoreBreakdown(quantitative=8.0829, model=7.0, fit=6.5, total=7.70803)
    ledger.reserve(reservation(decision), fit())
    ledger.add_part(decision, "score", score, actor="policy")
    record = ledger.record(decision)
    assert record.candidate == candidate(leg(480))
    assert record.facts == {"source": "embedded"}
    assert (record.score, record.fit) == (score, fit())
    assert (record.outcome, record.gate, record.order) == (None, None, None)
    assert [part.kind for part in record.parts] == ["candidate", "facts", "fit", "reservation", "score"]


def test_a_part_is_written_once(ledger: Ledger, decision: str, clock: Clock) -> None:
    score = ScoreBreakdown(total=7.0)
    assert ledger.add_part(decision, "score", score, actor="policy")
    clock.advance(1)
    assert not ledger.add_part(decision, "score", score, actor="policy")
    with pytest.raises(LedgerError, match="never changed"):
        ledger.add_part(decision, "score", ScoreBreakdown(total=9.9), actor="policy")
    assert ledger.record(decision).score == score
    assert ledger.add_part(decision, "score", ScoreBreakdown(total=6.5), actor="policy", revision=1)
    assert ledger.record(decision).score == ScoreBreakdown(total=6.5)


def test_parts_that_move_rows_cannot_be_written_by_themselves(ledger: Ledger, decision: str) -> None:
    with pytest.raises(LedgerError, match="changes its rows"):
        ledger.add_part(decision, "approval", approval(), actor="mallory")
    with pytest.raises(NotFound):
        ledger.add_part("d-000000000000", "score", ScoreBreakdown(), actor="policy")


def test_the_parts_form_a_chain_of_their_own(ledger: Ledger, decision: str) -> None:
    ledger.propose(**scan(candidate(leg(470)), key="scan-2"))
    ledger.add_part(decision, "score", ScoreBreakdown(total=7.0), actor="policy")
    record = ledger.record(decision)
    previous = GENESIS
    for part in record.parts:
        at = part.at.isoformat(timespec="microseconds")
        assert part.previous == previous
        assert part.hash == digest([previous, part.kind, at, part.actor, part.body])
        previous = part.hash
    assert record.content_hash == previous


def test_the_content_hash_depends_on_the_decision_alone(ledger: Ledger, tmp_path: Path, clock: Clock) -> None:
    wanted = candidate(leg(480))
    ledger.propose(**scan(candidate(leg(470)), wanted))
    alone = Ledger.open(f"sqlite:///{tmp_path / 'alone.sqlite'}", now=clock)
    alone.open_account(opening())
    alone.propose(**scan(wanted))
    assert alone.record(wanted.id).content_hash == ledger.record(wanted.id).content_hash
    alone.close()


def test_ids_may_be_shortened_while_they_are_clear(ledger: Ledger) -> None:
    ids = ledger.propose(**scan(*(candidate(leg(400 + step)) for step in range(40))))
    wanted = ids[0]
    assert ledger.record(wanted[:9]).id == wanted
    assert ledger.record(wanted[2:9]).id == wanted
    with pytest.raises(NotFound, match="give more of the id"):
        ledger.record("d-")
    changed = wanted[:-1] + ("0" if wanted[-1] != "0" else "1")
    with pytest.raises(NotFound, match=wanted):
        ledger.record(changed)
    for nothing in ("", "%", "d-_"):
        with pytest.raises(NotFound):
            ledger.record(nothing)


def test_reasons_tell_of_the_gate_and_of_who_ended_it(ledger: Ledger, decision: str) -> None:
    ledger.settle(decision, gate(Outcome.WAITING))
    assert [reason.rule for reason in ledger.record(decision).reasons] == ["score"]
    ledger.reject(decision, approval(verdict="rejected", reason="earnings rumour"))
    record = ledger.record(decision)
    assert [reason.rule for reason in record.reasons] == ["score", "rejected"]
    assert record.reasons[-1].text == "rejected by anna: earnings rumour"


def test_decisions_can_be_listed_by_state_book_and_underlying(ledger: Ledger) -> None:
    ids = ledger.propose(**scan(candidate(leg(480)), candidate(leg(470), book="index_put"), candidate(leg(460))))
    ledger.settle(ids[2], gate(Outcome.REFUSED))
    assert [row.id for row in ledger.decisions(book="index_put")] == [ids[1]]
    assert [row.id for row in ledger.decisions(states=[ledger.decision(ids[2]).state])] == [ids[2]]
    assert [row.id for row in ledger.decisions(limit=2)] == list(ids[:2])
    assert ledger.decisions(underlying="QQQ") == ()
    assert ledger.decision(ids[2]).outcome is Outcome.REFUSED
    assert ledger.decision(ids[0]).outcome is None


def test_a_broken_part_is_reported_and_not_guessed(ledger: Ledger, decision: str) -> None:
    ledger.add_part(decision, "score", {"total": "high"}, actor="policy")
    with pytest.raises(LedgerError, match="cannot be read back"):
        ledger.record(decision)


def test_an_intent_is_part_of_the_record(ledger: Ledger, decision: str) -> None:
    promised = intent(candidate(leg(480)))
    ledger.settle(decision, gate(Outcome.APPROVED), intent=promised, approval=approval(promised, by="score"))
    record = ledger.record(decision)
    assert record.intent == promised
    assert record.client_order_id == promised.client_order_id
    assert record.approval is not None
    assert record.approval.by == "score"
    assert record.parts[0].at == AS_OF
