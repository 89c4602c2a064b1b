from __future__ import annotations

import pytest

from tests.tools.ledger.specimens import AS_OF, candidate, leg, scan
from tools.domain.errors import LedgerError
from tools.ledger.store import Ledger


def test_proposals_come_back_in_rank_order_with_their_scan(ledger: Ledger) -> None:
    best, second = candidate(leg(480)), candidate(leg(470))
    ids = ledger.propose(**scan(best, second))
    assert ids == (best.id, second.id)
    recorded = ledger.scan("scan-1")
    assert recorded is not None
    assert recorded.decision_ids == ids
    assert recorded.counts.rows == recorded.counts.used + sum(recorded.counts.dropped.values())
    assert recorded.rejected == {"delta": 5}
    assert recorded.market == {"seed": 1}
    assert recorded.as_of == AS_OF
    assert [row.id for row in ledger.decisions(scan="scan-1")] == list(ids)
    assert ledger.scan("scan-2") is None


def test_the_same_scan_again_changes_nothing(ledger: Ledger) -> None:
    first = ledger.propose(**scan(candidate(leg(480))))
    again = ledger.propose(**scan(candidate(leg(480)), candidate(leg(470))))
    assert again == first
    assert len(ledger.decisions()) == 1


def test_a_leg_set_is_taken_once_per_snapshot_across_books(ledger: Ledger) -> None:
    first = candidate(leg(480), book="cash_secured_put")
    other = candidate(leg(480), book="index_put")
    assert first.id != other.id
    ids = ledger.propose(**scan(first, other, candidate(leg(470))))
    assert ids == (first.id, candidate(leg(470)).id)
    recorded = ledger.scan("scan-1")
    assert recorded is not None
    assert [(item.book, item.decision_id) for item in recorded.taken] == [("index_put", first.id)]


def test_a_later_scan_of_the_same_instant_lists_the_decision_it_finds_again(ledger: Ledger) -> None:
    known = candidate(leg(480))
    ledger.propose(**scan(known))
    before = ledger.record(known.id)
    ids = ledger.propose(**scan(known, candidate(leg(480), book="index_put"), candidate(leg(460)), key="scan-2"))
    assert ids == (known.id, candidate(leg(460)).id)
    assert ledger.record(known.id) == before
    recorded = ledger.scan("scan-2")
    assert recorded is not None
    assert len(recorded.taken) == 1
    assert ledger.latest_scan() == recorded


def test_a_scan_that_cannot_be_recorded_whole_leaves_nothing(ledger: Ledger) -> None:
    arguments = scan(candidate(leg(480)), candidate(leg(470)))
    arguments["proposals"][1] = (candidate(leg(470)), {"iv": float("nan")})
    with pytest.raises(LedgerError, match="never NaN"):
        ledger.propose(**arguments)
    assert ledger.scan("scan-1") is None
    assert ledger.decisions() == ()
    assert ledger.verify() == []
