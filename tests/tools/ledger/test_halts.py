"""The kill switch as a row, on both databases: evidence like a decision."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.tools.ledger.test_audit import problems_after
from tools.domain.halt import Halt, Strength
from tools.ledger.store import Ledger

HALT = Halt(strength=Strength.FLATTEN, by="Ada", reason="a drill", at=datetime(2026, 11, 20, 20, 45, tzinfo=UTC))


def test_it_stands_until_it_is_lifted(ledger: Ledger) -> None:
    assert ledger.halt() is None
    assert ledger.put_halt(HALT, by="Ada", reason="a drill")
    assert ledger.halt() == HALT
    firmer = HALT.model_copy(update={"strength": Strength.KILL})
    assert ledger.put_halt(firmer, by="Ada", reason="worse")
    assert ledger.halt() == firmer
    assert ledger.put_halt(None, by="Grace", reason="over")
    assert ledger.halt() is None
    assert ledger.verify() == []


def test_the_same_word_twice_is_told_once(ledger: Ledger) -> None:
    ledger.put_halt(HALT, by="Ada", reason="a drill")
    events, head = ledger.head()
    assert not ledger.put_halt(HALT, by="Ada", reason="a drill")
    assert ledger.head() == (events, head)


@pytest.mark.parametrize("statement", ["DELETE FROM halts", "UPDATE halts SET body = replace(body, 'Ada', 'Eve')"])
def test_a_stop_that_was_loosened_by_hand_is_found(ledger: Ledger, statement: str) -> None:
    ledger.put_halt(HALT, by="Ada", reason="a drill")
    found = problems_after(ledger, statement)
    assert len(found) == 1
    assert found[0].startswith("halt main ")
