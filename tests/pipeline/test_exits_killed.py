"""A run that dies between the promise of an exit and its order: the next one sees it to its end, once."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import date
from pathlib import Path

import pytest

from pipeline.threads import Threads
from tests.pipeline.parity import Graph, plan_of
from tools.backtest.simulated import SimulatedHistory
from tools.data.simulated.past import SimulatedPast, invented

FIRST, LAST = date(2008, 9, 15), date(2008, 10, 3)


class Killed(Exception):
    """What kill -9 would have been."""


def test_a_promised_exit_is_seen_to_its_end_by_the_next_run_and_only_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    market = SimulatedHistory(SimulatedPast(driver=invented(seed=23), symbols=("SPY", "IWM")))
    finish = Threads.finish

    def dies_at_an_exit(threads: Threads, decision_id: str) -> None:
        intent = graph.ledger.intent(decision_id)
        if intent is not None and intent.revision > 0:
            raise Killed
        finish(threads, decision_id)

    with ExitStack() as stack:
        graph = Graph(tmp_path, market, plan_of("primary", first=FIRST, last=LAST), stack, analyst=None)
        for snapshot in market.looks(FIRST, LAST):
            monkeypatch.setattr(Threads, "finish", dies_at_an_exit)
            try:
                graph.day(snapshot)
            except Killed:
                break
        else:
            pytest.fail("no exit was due in these days")
        (promised,) = [each for each in graph.ledger.unfinished_intents() if each.revision > 0]
        monkeypatch.setattr(Threads, "finish", finish)
        graph.day(snapshot)
        after = graph.ledger.record(promised.decision_id)
        assert [each.intent.client_order_id for each in after.endings] == [promised.client_order_id]
        assert graph.ledger.unfinished_intents() == ()
        assert after.endings[0].order is not None
        assert after.endings[0].order.status.is_final
        assert sum(part.kind == "exit" for part in after.parts) == 1
        again = graph.day(snapshot)
        assert again.cash == graph.ledger.cash()
        assert len(graph.ledger.record(promised.decision_id).endings) == 1
        assert graph.ledger.verify() == []
