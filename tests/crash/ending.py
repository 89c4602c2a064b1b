"""Where a home ended: what must be the same, however often the way there was cut short."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select

from pipeline.home import Home
from pipeline.wiring import open_ledger
from tools.domain.account import Account
from tools.execution.simulated import SimulatedBroker
from tools.ledger.evaluations import Evaluation, PortfolioMetrics
from tools.ledger.rollouts import Standing
from tools.ledger.schema import seen_vols
from tools.ledger.store import Ledger

BEFORE_ALL = datetime(1990, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Ending:
    """The ledger and the broker's own book.

    decisions  id and state
    later      orders of decisions after their entry: id, status, what they were for
    vols       every row of what held legs were seen at
    """

    account: Account
    cash: str
    orders: tuple[dict[str, Any], ...]
    decisions: tuple[tuple[str, str], ...]
    later: tuple[tuple[str, str, str], ...]
    vols: tuple[tuple[str, ...], ...]
    standings: dict[str, Standing]
    evaluations: tuple[tuple[str, Evaluation], ...]
    metrics: tuple[PortfolioMetrics, ...]


def ending(home: Path, database: str = "") -> Ending:
    """Read after a run; its books must be whole and nothing half done."""
    with open_ledger(Home(home, database)) as ledger:
        assert ledger.verify() == []
        assert ledger.unfinished_intents() == ()
        rows = ledger.decisions()
        return Ending(
            account=ledger.account(),
            cash=str(ledger.cash()),
            orders=broker_orders(home),
            decisions=tuple((row.id, row.state.value) for row in rows),
            later=tuple(each for row in rows for each in _later(ledger, row.id)),
            vols=_vols(ledger),
            standings=ledger.standings(),
            evaluations=ledger.evaluations(),
            metrics=ledger.live_metrics(since=BEFORE_ALL),
        )


def broker_orders(home: Path) -> tuple[dict[str, Any], ...]:
    """By our own id; the broker's runs with what it was asked first."""
    broker = SimulatedBroker.open(home / "broker.sqlite", quote=lambda legs: None, now=lambda: None)  # type: ignore[arg-type, return-value]
    orders = [order.model_dump(mode="json", exclude={"broker_order_id"}) for order in broker.orders()]
    broker.close()
    return tuple(sorted(orders, key=lambda order: str(order["client_order_id"])))


def _later(ledger: Ledger, decision_id: str) -> list[tuple[str, str, str]]:
    return [
        (
            each.intent.client_order_id,
            "" if each.order is None else each.order.status.value,
            each.action.get("for", ""),
        )
        for each in ledger.record(decision_id).endings
    ]


def _vols(ledger: Ledger) -> tuple[tuple[str, ...], ...]:
    with ledger.database.read() as connection:
        return tuple(sorted(tuple(row) for row in connection.execute(select(seen_vols))))
