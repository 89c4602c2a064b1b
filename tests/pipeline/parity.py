"""The same days through the graph and through the engine: one market, one broker's behaviour, two deciders."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from agents.analyst import Analyst
from pipeline.checkpoints import open_checkpoints
from pipeline.cycle import Cycle, run_cycle
from pipeline.graph import build
from pipeline.home import Home
from pipeline.market import MarketChoice
from pipeline.services import Services
from pipeline.settings import Settings
from pipeline.settling import enter_activities
from pipeline.wiring import open_ledger
from tools.backtest import opinions
from tools.backtest.engine import Engine
from tools.backtest.fills import Exchange, Execution
from tools.backtest.history import HistoricalMarket
from tools.backtest.plan import Plan
from tools.books.load import shipped_book
from tools.calendar.sessions import session_close
from tools.desk.assumed import assumed_analysis
from tools.desk.trades import trade_of
from tools.domain.account import Account, BrokerAccount, Position
from tools.domain.activity import Activity
from tools.domain.candidate import Candidate
from tools.domain.chain import new_york_date
from tools.domain.contract import ShareContract
from tools.domain.market import Conditions, Snapshot, UnderlyingFacts
from tools.domain.mode import Mode
from tools.domain.money import exact
from tools.domain.order import Fill, Order, OrderIntent, OrderStatus, Purpose
from tools.domain.rationale import Analysis
from tools.domain.structure import StructureKind
from tools.domain.trade import Trade
from tools.execution.clearing import Clearing
from tools.execution.messages import MessageLog
from tools.ledger.store import Ledger
from tools.portfolio.quoting import of_snapshot

CHOICE = MarketChoice()


class Assumed:
    """The analyst of a backtest."""

    def analyse(
        self,
        candidate: Candidate,
        facts: UnderlyingFacts,
        conditions: Conditions,
        **beside: object,
    ) -> Analysis:
        return assumed_analysis()


@dataclass
class HistoryBroker:
    """A broker that fills and settles as the engine's exchange does: the same decisions end in the same holdings.

    cleared  until when it has told what happened without an order; `now` until when there is something to tell
    """

    exchange: Exchange
    clearing: Clearing
    held: Callable[[], Mapping[str, int]]
    structure: Callable[[str], StructureKind]
    cleared: datetime
    now: datetime
    name: str = "simulated"
    enforces_unique_ids: bool = True
    known: dict[str, tuple[Order, tuple[Fill, ...]]] = field(default_factory=dict)

    def submit(self, intent: OrderIntent) -> Order:
        if self._sells_delivered(intent):
            done = self._delivered(intent)
        else:
            done = self.exchange.execute(intent, whole=intent.purpose is Purpose.ROLL)
        whole = done.units == intent.quantity
        order = Order(
            client_order_id=intent.client_order_id,
            broker=self.name,
            broker_order_id=intent.client_order_id,
            status=OrderStatus.FILLED if whole else OrderStatus.CANCELLED,
            quantity=intent.quantity,
            filled_quantity=done.units,
            limit_price=intent.limit_price,
            filled_price=done.net if done.units else None,
        )
        self.known[intent.client_order_id] = (order, done.fills)
        return order

    def find(self, client_order_id: str) -> Order | None:
        found = self.known.get(client_order_id)
        return None if found is None else found[0]

    def replace(self, client_order_id: str, limit_price: Decimal) -> Order:
        return self.known[client_order_id][0]

    def cancel(self, client_order_id: str) -> Order:
        return self.known[client_order_id][0]

    def fills(self, client_order_id: str) -> tuple[Fill, ...]:
        found = self.known.get(client_order_id)
        return () if found is None else found[1]

    def orders(self) -> tuple[Order, ...]:
        return tuple(order for order, _ in self.known.values())

    def positions(self) -> tuple[Position, ...]:
        return ()

    def cash(self) -> Decimal:
        return Decimal(0)

    def account(self) -> BrokerAccount:
        return BrokerAccount(number=self.name, mode=Mode.SIMULATED)

    def activities(self, *, since: date) -> tuple[Activity, ...]:
        told = self.clearing.between(self.held(), after=self.cleared, until=self.now)
        self.cleared = self.now
        return told

    def _sells_delivered(self, intent: OrderIntent) -> bool:
        shares = all(isinstance(leg.contract, ShareContract) for leg in intent.legs)
        return shares and self.structure(intent.decision_id) is not StructureKind.LONG_SHARES

    def _delivered(self, intent: OrderIntent) -> Execution:
        """The engine sells what was delivered at the spot, a little worse (`tools.backtest.delivering`)."""
        (leg,) = intent.legs
        spot = exact(self.exchange.snapshot.chains[leg.contract.underlying].spot)
        worse = exact(self.exchange.slippage.shares)
        price = exact(float(spot * (1 + (worse if leg.quantity > 0 else -worse))))
        fill = Fill(
            fill_id=f"{intent.client_order_id}/0",
            client_order_id=intent.client_order_id,
            symbol=leg.contract.occ,
            quantity=leg.quantity * intent.quantity,
            price=price,
            at=self.exchange.snapshot.as_of,
        )
        return Execution((fill,), intent.quantity, -leg.quantity * price, -leg.quantity * spot)


@dataclass(frozen=True)
class Line:
    """One decision, without what only one of the two can know (deadlines, the ledger's own reasons)."""

    id: str
    candidate: Candidate
    analysis: Analysis | None
    contracts: int | None
    fit: Any
    score: Any
    outcome: str
    reasons: tuple[Any, ...]
    filled: int


@dataclass(frozen=True)
class Side:
    """A day after either: what was decided, what is open, and the cash."""

    decisions: tuple[Line, ...]
    open: tuple[Trade, ...]
    cash: Decimal


class Graph:
    """The live cycle in a home of its own, a day at a time."""

    def __init__(
        self,
        folder: Path,
        market: HistoricalMarket,
        plan: Plan,
        stack: ExitStack,
        *,
        analyst: Analyst | None = None,
    ) -> None:
        self._market, self._plan, self._home = market, plan, Home(folder)
        self._analyst = Assumed() if analyst is None else analyst
        self._now = self._cleared = datetime.min.replace(tzinfo=UTC)
        self.ledger: Ledger = stack.enter_context(open_ledger(self._home, now=lambda: self._now))
        self._graph = build(stack.enter_context(open_checkpoints(self._home.checkpoints)))

    def day(self, snapshot: Snapshot) -> Side:
        self._now = snapshot.as_of
        if not self.ledger.has_account():
            self.ledger.open_account(Account(cash=self._plan.capital, positions=()))
            self._cleared = snapshot.as_of
        broker = HistoryBroker(
            Exchange(snapshot, self._plan.house.send, self._plan.slippage, self._plan.commissions),
            Clearing(self._market, snapshot),
            held=self._held,
            structure=lambda decision_id: self.ledger.record(decision_id).candidate.structure,
            cleared=self._cleared,
            now=snapshot.as_of,
        )
        services = Services(
            settings=Settings(risk=self._plan.house.profile),
            ledger=self.ledger,
            broker=broker,
            analyst=self._analyst,  # type: ignore[arg-type]  # asked for an analysis and nothing else
            snapshot=snapshot,
            books={book.name: book for book in self._plan.books},
            now=lambda: snapshot.as_of,
            pause=lambda: None,
            halt=lambda: None,
            reconcile=tuple,
            messages=MessageLog(None, window=timedelta(minutes=1), now=lambda: snapshot.as_of),
            requote=of_snapshot(snapshot),
        )
        cycle = run_cycle(services, self._graph, CHOICE, send=True, progress=lambda *_: None)
        self._cleared = broker.now = session_close(new_york_date(snapshot.as_of))
        enter_activities(services)
        return Side(_lines(cycle), self._open(), self.ledger.cash())

    def _held(self) -> Mapping[str, int]:
        held = Counter[str]()
        for each in self.ledger.account().positions:
            held[each.symbol] += each.quantity
        return held

    def _open(self) -> tuple[Trade, ...]:
        found = (trade_of(self.ledger.record(each)) for each in self.ledger.open_decisions())
        return _sorted(trade for trade in found if trade is not None)


class History:
    """The engine, a day at a time."""

    def __init__(self, market: HistoricalMarket, plan: Plan, *, analyst: opinions.Analyst | None = None) -> None:
        self._engine, self._seen = Engine(market, plan, analyst=analyst), 0

    def day(self, snapshot: Snapshot) -> Side:
        self._engine.day(snapshot)
        made = self._engine.journal.decisions[self._seen :]
        self._seen = len(self._engine.journal.decisions)
        lines = tuple(
            Line(
                id=each.candidate.id,
                candidate=each.candidate,
                analysis=each.analysis,
                contracts=None if each.fit is None else each.fit.contracts,
                fit=each.fit,
                score=each.score,
                outcome=each.outcome.value,
                reasons=each.gate.reasons,
                filled=each.units,
            )
            for each in made
        )
        return Side(lines, _sorted(self._engine.blotter.open.values()), self._engine.books.cash)


def _lines(cycle: Cycle) -> tuple[Line, ...]:
    return tuple(
        Line(
            id=record.id,
            candidate=record.candidate,
            analysis=record.analysis,
            contracts=None if record.fit is None else record.fit.contracts,
            fit=record.fit,
            score=record.score,
            outcome="" if record.outcome is None else record.outcome.value,
            reasons=() if record.gate is None else record.gate.reasons,
            filled=0 if record.order is None else record.order.filled_quantity,
        )
        for record in cycle.records
    )


def _sorted(trades: Iterable[Trade]) -> tuple[Trade, ...]:
    return tuple(sorted(trades, key=lambda trade: trade.id))


def plan_of(*names: str, first: date, last: date) -> Plan:
    """Books under the house that the default settings describe; nothing moves but by decisions."""
    return Plan(books=tuple(shipped_book(name) for name in names), first=first, last=last, interest=False)


def side_by_side(
    folder: Path,
    market: HistoricalMarket,
    plan: Plan,
    *,
    asked: Analyst | None = None,
    replayed: opinions.Analyst | None = None,
) -> tuple[int, int]:
    """Both over the same days, field by field; how many decisions there were, and how many trades ended.

    asked, replayed  who speaks for the model on the graph's and on the engine's side, else the assumed confidence
    """
    first, last = plan.first, plan.last
    engine = History(market, plan, analyst=replayed)
    decided, ended, open_before = 0, 0, frozenset[str]()
    with ExitStack() as stack:
        graph = Graph(folder, market, plan, stack, analyst=asked)
        for snapshot in market.looks(first, last):
            live, history = graph.day(snapshot), engine.day(snapshot)
            where = f"{snapshot.as_of:%Y-%m-%d}"
            assert [line.id for line in live.decisions] == [line.id for line in history.decisions], where
            for ours, theirs in zip(live.decisions, history.decisions, strict=True):
                assert ours == theirs, f"{where} {ours.candidate.label}"
            assert live.open == history.open, where
            assert live.cash == history.cash, where
            now = frozenset(trade.id for trade in live.open)
            decided, ended, open_before = decided + len(live.decisions), ended + len(open_before - now), now
    return decided, ended
