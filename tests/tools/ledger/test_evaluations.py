"""What runs came to, on every database: kept by run, replaced by the same run, told in order."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.tools.ledger.conftest import Clock
from tests.tools.ledger.specimens import AS_OF
from tools.domain.errors import LedgerError
from tools.ledger.evaluations import Evaluation, PortfolioMetrics, RunKind
from tools.ledger.store import Ledger


def evaluation(name: str = "primary", *, kind: RunKind = RunKind.BACKTEST, pnl: float | None = -12.5) -> Evaluation:
    return Evaluation(name=name, kind=kind, rules={"name": name, "rank": 1}, figures={"pnl": pnl}, status="traded")


def metrics(days: int, nav: float | None = 1_000_000.25) -> PortfolioMetrics:
    return PortfolioMetrics(
        as_of=AS_OF + timedelta(days=days), nav=nav, cash=900_000.0, delta=-3.5, by_book={"primary": None}
    )


def test_a_run_is_read_back_as_it_was_written(ledger: Ledger) -> None:
    both = [evaluation(), evaluation("income_pop", pnl=None)]
    days = [metrics(1), metrics(0, nav=None)]
    ledger.record_run("backtest/a", kind=RunKind.BACKTEST, evaluations=both, metrics=days)
    assert sorted(each.name for _, each in ledger.evaluations()) == ["income_pop", "primary"]
    assert ledger.evaluations("primary") == (("backtest/a", both[0]),)
    assert ledger.portfolio_metrics("backtest/a") == (days[1], days[0])


def test_the_same_run_again_takes_its_own_place(ledger: Ledger) -> None:
    ledger.record_run("a", kind=RunKind.BACKTEST, evaluations=[evaluation()], metrics=[metrics(0), metrics(1)])
    ledger.record_run("b", kind=RunKind.BACKTEST, evaluations=[evaluation()], metrics=[metrics(0)])
    ledger.record_run("a", kind=RunKind.BACKTEST, evaluations=[evaluation(pnl=3.0)], metrics=[metrics(2)])
    assert {run: each.figures["pnl"] for run, each in ledger.evaluations("primary")} == {"a": 3.0, "b": -12.5}
    assert ledger.portfolio_metrics("a") == (metrics(2),)
    assert ledger.portfolio_metrics("b") == (metrics(0),)


def test_live_and_historical_results_of_a_book_stand_side_by_side(ledger: Ledger, clock: Clock) -> None:
    ledger.record_run("b", kind=RunKind.BACKTEST, evaluations=[evaluation()], metrics=[])
    clock.advance(1)
    live = evaluation(kind=RunKind.LIVE)
    ledger.record_run("a", kind=RunKind.LIVE, evaluations=[live], metrics=[])
    assert [each.kind for _, each in ledger.evaluations("primary")] == [RunKind.BACKTEST, RunKind.LIVE]
    assert live.version == evaluation().version
    assert live.version != evaluation("income_pop").version


def test_it_is_no_evidence_and_breaks_none(ledger: Ledger) -> None:
    ledger.record_run("a", kind=RunKind.LIVE, evaluations=[evaluation(kind=RunKind.LIVE)], metrics=[metrics(0)])
    assert ledger.verify() == []


def test_an_instant_without_a_zone_is_refused_whole(ledger: Ledger) -> None:
    naive = metrics(0).model_copy(update={"as_of": AS_OF.replace(tzinfo=None)})
    with pytest.raises(LedgerError, match="no time zone"):
        ledger.record_run("a", kind=RunKind.BACKTEST, evaluations=[evaluation()], metrics=[naive])
    assert ledger.evaluations() == ()
