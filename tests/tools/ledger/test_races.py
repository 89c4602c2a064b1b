"""Many want to decide one decision; one does."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from tests.tools.ledger.conftest import Clock
from tests.tools.ledger.forking import in_child
from tests.tools.ledger.specimens import (
    DEADLINE,
    approval,
    candidate,
    gate,
    intent,
    leg,
    opening,
    reservation,
    scan,
)
from tools.domain.decision import DecisionState, Outcome
from tools.domain.errors import AlreadyDecided
from tools.ledger.store import Ledger

PUT = candidate(leg(480))
ORDER = intent(PUT)


def wait_for_approval(ledger: Ledger) -> None:
    ledger.propose(**scan(PUT))
    ledger.reserve(reservation(PUT.id))
    ledger.settle(PUT.id, gate(Outcome.WAITING))


def test_two_processes_approve_and_one_wins(tmp_path: Path, clock: Clock) -> None:
    url = f"sqlite:///{tmp_path / 'ledger.sqlite'}"
    ledger = Ledger.open(url, now=clock)
    ledger.open_account(opening())
    wait_for_approval(ledger)
    ledger.close()
    ready, go = os.pipe()

    def approver(name: str) -> Callable[[], int]:
        def run() -> int:
            mine = Ledger.open(url, now=clock)
            os.read(ready, 1)
            try:
                mine.approve(PUT.id, approval(ORDER, by=name), ORDER)
            except AlreadyDecided as lost:
                return 1 if lost.state == "approved" else 2
            return 0

        return run

    os.write(go, b"xx")
    assert sorted(in_child(approver("anna"), approver("ben"))) == [0, 1]
    after = Ledger.open(url, now=clock)
    assert after.decision(PUT.id).state is DecisionState.APPROVED
    assert after.unfinished_intents() == (ORDER,)
    assert after.verify() == []
    after.close()
    os.close(ready)
    os.close(go)


@pytest.mark.parametrize("approvers", [20])
def test_twenty_threads_decide_and_one_wins(ledger: Ledger, approvers: int) -> None:
    wait_for_approval(ledger)
    barrier = Barrier(approvers)

    def decide(number: int) -> str:
        barrier.wait()
        try:
            if number % 3 == 0:
                ledger.reject(PUT.id, approval(verdict="rejected", by=f"person {number}"))
                return "rejected"
            if number % 3 == 1:
                return "expired" if ledger.expire_due(DEADLINE) else "late"
            ledger.approve(PUT.id, approval(ORDER, by=f"person {number}"), ORDER)
        except AlreadyDecided as lost:
            return f"lost to {lost.state}"
        return "approved"

    with ThreadPoolExecutor(approvers) as pool:
        said = Counter(pool.map(decide, range(approvers)))
    won = [word for word in ("approved", "rejected", "expired") if said[word]]
    assert len(won) == 1
    assert said[won[0]] == 1
    state = ledger.decision(PUT.id).state
    assert state.value == won[0]
    assert len(ledger.unfinished_intents()) == (1 if state is DecisionState.APPROVED else 0)
    assert len([part for part in ledger.record(PUT.id).parts if part.kind == "approval"]) == 1
    assert ledger.verify() == []


def test_one_of_many_claims_the_send(ledger: Ledger) -> None:
    wait_for_approval(ledger)
    ledger.approve(PUT.id, approval(ORDER), ORDER)
    with ThreadPoolExecutor(10) as pool:
        claims = list(pool.map(lambda _: ledger.claim_intent(ORDER.client_order_id), range(10)))
    assert claims.count(True) == 1


def test_writers_at_once_keep_the_chain_whole(ledger: Ledger) -> None:
    ids = ledger.propose(**scan(*(candidate(leg(400 + step)) for step in range(12))))

    def write(decision_id: str) -> None:
        ledger.reserve(reservation(decision_id))
        ledger.add_part(decision_id, "score", {"total": 7.0}, actor="policy")
        ledger.settle(decision_id, gate(Outcome.WAITING))

    with ThreadPoolExecutor(12) as pool:
        list(pool.map(write, ids))
    assert ledger.verify() == []
    assert len(ledger.reservations()) == 12
