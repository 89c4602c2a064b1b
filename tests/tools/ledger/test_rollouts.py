"""Stages of books, kept with what they were moved for and proved by the chain; what a book's trades brought."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import update

from tests.tools.ledger.conftest import Clock
from tests.tools.ledger.specimens import AS_OF, approval, candidate, fill, gate, intent, leg, round_trip, scan
from tools.books.rollout import Stage
from tools.domain.decision import Outcome
from tools.domain.errors import LedgerError
from tools.ledger.evaluations import PortfolioMetrics, RunKind
from tools.ledger.rollouts import Standing
from tools.ledger.schema import rollout_stages
from tools.ledger.store import Ledger

PUTS = "cash_secured_put"


def standing(stage: Stage, *, move: str = "began", days: int = 0) -> Standing:
    since = AS_OF + timedelta(days=days)
    return Standing(book=PUTS, stage=stage, since=since, begun=Stage.TENTH, move=move, reasons=("because",))


def move(ledger: Ledger, to: Standing) -> None:
    ledger.move_stage(to, rules={"name": to.book}, shown={"trades": 12}, actor="rollout")


def test_the_last_word_holds_and_every_move_is_kept_with_its_reasons(ledger: Ledger, clock: Clock) -> None:
    path = [standing(Stage.TENTH), standing(Stage.QUARTER, move="promoted", days=14)]
    path.append(standing(Stage.TENTH, move="stepped_back", days=20))
    for each in path:
        move(ledger, each)
        clock.advance(1)
    assert ledger.standings() == {PUTS: path[-1]}
    kept = ledger.evaluations(PUTS)
    assert [run for run, _ in kept] == ["rollout/1", "rollout/2", "rollout/3"]
    assert [each.status for _, each in kept] == ["began", "promoted", "stepped_back"]
    assert [each.figures["stage"] for _, each in kept] == ["tenth", "quarter", "tenth"]
    assert kept[1][1].figures | {} == {"stage": "quarter", "reasons": ["because"], "trades": 12}
    assert {each.kind for _, each in kept} == {RunKind.LIVE}
    assert ledger.verify() == []


def test_two_moves_at_one_instant_are_two(ledger: Ledger) -> None:
    move(ledger, standing(Stage.HALF))
    move(ledger, standing(Stage.QUARTER, move="stepped_back"))
    assert ledger.standings()[PUTS].stage is Stage.QUARTER
    assert len(ledger.evaluations(PUTS)) == 2
    assert ledger.verify() == []


def test_a_stage_that_no_event_tells_of_is_found(ledger: Ledger) -> None:
    move(ledger, standing(Stage.TENTH))
    grander = standing(Stage.WHOLE).model_dump_json()
    with ledger.database.write() as connection:
        connection.execute(update(rollout_stages).values(body=grander))
    assert ledger.verify() == [f"rollout stage main/{PUTS} differs from what its events say"]


def test_a_book_of_no_account_moves_nowhere(open_ledger: type[Ledger]) -> None:
    with pytest.raises(LedgerError):
        move(open_ledger(), standing(Stage.TENTH))


def test_what_a_trade_brought_is_told_once_it_is_over(ledger: Ledger) -> None:
    first = round_trip(ledger, strike=480, at=AS_OF, paid="1.00")
    second = round_trip(ledger, strike=470, at=AS_OF + timedelta(days=1), paid="4.00")
    still = candidate(leg(460))
    ledger.propose(**scan(still, key="open"))
    order = intent(still)
    ledger.settle(still.id, gate(Outcome.APPROVED), intent=order, approval=approval(order, by="score"))
    ledger.record_fill(fill(order, at=AS_OF))
    ended = ledger.ended_trades(PUTS)
    assert [each.decision_id for each in ended] == [first, second]
    # 2 contracts × 100 × (2.50 - 1.00), and × (2.50 - 4.00); a commission of 1.30 each way
    assert [each.pnl for each in ended] == [Decimal("297.40"), Decimal("-302.60")]
    assert ended[0].closed_at == AS_OF + timedelta(hours=1)
    assert ledger.ended_trades("primary") == ()
    assert ledger.profit(PUTS) is None  # what is open has no mark yet
    ledger.mark_prices({still.legs[0].contract.occ: 2.0})
    assert ledger.profit(PUTS) == Decimal("297.40") - Decimal("302.60") + Decimal("98.70")
    assert ledger.profit("primary") == 0


def test_live_cycles_from_the_last_one_before_an_instant(ledger: Ledger) -> None:
    def after(days: int) -> PortfolioMetrics:
        return PortfolioMetrics(as_of=AS_OF + timedelta(days=days), nav=1.0 * days, cash=0.0)

    for days in range(4):
        ledger.record_run(f"live/{days}", kind=RunKind.LIVE, evaluations=[], metrics=[after(days)])
    ledger.record_run("backtest/x", kind=RunKind.BACKTEST, evaluations=[], metrics=[after(9)])
    assert ledger.live_metrics(since=AS_OF + timedelta(days=1, hours=3)) == (after(1), after(2), after(3))
    assert ledger.live_metrics(since=AS_OF - timedelta(days=1)) == tuple(after(days) for days in range(4))
    assert ledger.live_metrics(since=AS_OF + timedelta(days=30)) == (after(3),)
