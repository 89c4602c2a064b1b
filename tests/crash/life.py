"""A desk's life from its first scan to its settlement, as often begun again as its process dies.

    proposed → scored, waiting, refused → cards → said in Slack, on the page, at the console; no; too late; edited;
    overridden by two → executed: walked, filled in parts, cancelled → rolled → closed → stopped, lifted → assigned

Every step asks the books whether it is still to be done, as a process that starts does.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from pipeline.reconciling import compare
from tests.crash.fuse import Fuse, Fused
from tests.tools.ledger.specimens import (
    AS_OF,
    DEADLINE,
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
from tools.calendar.trading_time import Clock
from tools.domain.account import Account
from tools.domain.activity import Activity, ActivityKind, Delivery
from tools.domain.candidate import Candidate
from tools.domain.decision import DecisionState, Edit, Outcome, Reason
from tools.domain.halt import Halt, Strength
from tools.domain.offer import Announced, Asked, Offer, digest_of
from tools.domain.order import Fill, IntentState, Order, OrderIntent, OrderStatus, Purpose, client_order_id
from tools.domain.score import ScoreBreakdown
from tools.domain.structure import Leg
from tools.execution.executor import execute
from tools.execution.fill_model import FillModel
from tools.execution.price_walk import bounds
from tools.execution.simulated import SimulatedBroker
from tools.ledger.store import Ledger
from tools.portfolio.vol_memory import SeenVol

SCORED, SLACK, PAGE, CONSOLE, NO, LATE, EDITED, TWO, REFUSED = (
    candidate(leg(480.0 - 10 * step)) for step in range(9)
)
ALL = (SCORED, SLACK, PAGE, CONSOLE, NO, LATE, EDITED, TWO, REFUSED)
ASKED = {SLACK: "slack", PAGE: "web", CONSOLE: "console", NO: "web", EDITED: "slack"}
"""Who is asked through which channel."""

FLOORS = {SCORED: "2.45", SLACK: "2.45", PAGE: "2.47", CONSOLE: "2.49"}
"""How far each may walk: far enough to be filled, or not."""

SCORE = ScoreBreakdown(quantitative=7.3, model=7.0, fit=6.5, total=7.16)
MODEL = FillModel(at_mid=0.2, partial=0.9)
SEED = 13
TICK = Decimal("0.01")
AFTERWARDS = datetime(2026, 12, 21, 15, 0, tzinfo=UTC)
"""The session after the options have ended."""


def quote(legs: Sequence[Leg]) -> tuple[float, float]:
    """Each strike is 0.01 a point; everything is 0.08 wide."""
    mid = -sum(each.quantity * (2.5 + (each.contract.strike - 480) / 100) for each in legs)
    return (mid - 0.04, mid + 0.04)


class Assigning:
    """The clearing house: whatever is short after the expiry was assigned."""

    def between(self, held: Any, *, after: datetime, until: datetime) -> tuple[Activity, ...]:
        ended = AFTERWARDS - timedelta(days=3)
        short = {symbol: count for symbol, count in held.items() if count < 0}
        if not after < ended <= until:
            return ()
        return tuple(_assigned(symbol, -count, ended) for symbol, count in sorted(short.items()))


def _assigned(symbol: str, count: int, at: datetime) -> Activity:
    strike = Decimal(symbol[-8:]) / 1000
    return Activity(
        activity_id=f"assigned/{symbol}",
        kind=ActivityKind.ASSIGNED,
        symbol=symbol,
        quantity=count,
        value=Decimal(0),
        delivered=Delivery(symbol="SPY", quantity=100 * count, price=strike),
        cash=-strike * 100 * count,
        at=at,
    )


@dataclass
class Desk:
    """One process: `books` is asked whatever dies, `ledger` and `broker` pass the fuse."""

    books: Ledger
    ledger: Any
    broker: Any
    at: Callable[[datetime], None]

    def waits(self, one: Candidate) -> bool:
        return self.books.decision(one.id).state is DecisionState.WAITING


def live(folder: Path, url: str, fuse: Fuse | None = None) -> None:
    """As far as this process comes; one without a fuse comes to the end."""
    fuse = fuse or Fuse()
    clock = [AS_OF]
    with ExitStack() as stack:
        stack.enter_context(fuse.in_place())
        books = stack.enter_context(closing(Ledger.open(url, now=lambda: clock[0])))
        broker = stack.enter_context(closing(open_broker(folder, lambda: clock[0])))

        def at(now: datetime) -> None:
            clock[0] = now

        desk = Desk(books, Fused(books, "ledger", fuse), Fused(broker, "broker", fuse), at)
        for step in (propose, show, answer, second, trade, roll, shut, stop):
            step(desk)
        at(AFTERWARDS)
        desk.broker = Fused(stack.enter_context(closing(open_broker(folder, lambda: clock[0]))), "broker", fuse)
        settle(desk)


def open_broker(folder: Path, now: Callable[[], datetime]) -> SimulatedBroker:
    return SimulatedBroker.open(
        folder / "broker.sqlite",
        quote=quote,
        now=now,
        seed=SEED,
        model=MODEL,
        cash=Decimal(str(opening().cash)),
        positions=opening().positions,
        clearing=Assigning(),  # type: ignore[arg-type]
    )


def propose(desk: Desk) -> None:
    """A scan and what its gate makes of it."""
    ledger = desk.ledger
    ledger.open_account(opening())
    ledger.propose(**scan(*ALL))
    for one in ALL:
        ledger.add_part(one.id, "look", {"seen": "once"}, actor="model")
        ledger.reserve(reservation(one.id), fit())
    order = first_order(SCORED)
    ledger.settle(
        SCORED.id, gate(Outcome.APPROVED), score=SCORE, intent=order, approval=approval(order, by="score")
    )
    ledger.settle(REFUSED.id, gate(Outcome.REFUSED))
    ledger.settle(TWO.id, gate(Outcome.REFUSED))
    for one in (*ASKED, LATE):
        ledger.settle(one.id, gate(Outcome.WAITING), score=SCORE)


def show(desk: Desk) -> None:
    """A card in its channel for each of them."""
    for one, channel in ASKED.items():
        if not desk.waits(one) or desk.books.offer(digest_of(one.id)) is not None:
            continue
        order = first_order(one)
        offer = Offer(
            nonce=digest_of(one.id),
            decision_id=one.id,
            channel=channel,
            intent=order,
            mid=2.5,
            shown_at=AS_OF,
            good_until=DEADLINE,
        )
        desk.ledger.put_offer(offer)
        desk.ledger.announce(Announced(decision_id=one.id, channel=channel, place="C1/1", nonce=offer.nonce))


def answer(desk: Desk) -> None:
    """A yes through every channel, a no, an edit with its yes, and nobody at all."""
    ledger = desk.ledger
    ledger.turn_away({"channel": "slack", "user": "U0", "why": "forged", "decision": NO.id, "nonce": "x"})
    for one in (SLACK, PAGE, CONSOLE):
        if desk.waits(one):
            order = first_order(one)
            ledger.approve(one.id, approval(order, nonce=digest_of(one.id), channel=ASKED[one]), order)
    if desk.waits(NO):
        ledger.reject(NO.id, approval(verdict="rejected", nonce=digest_of(NO.id), channel="web"))
    if desk.waits(EDITED):
        if desk.books.record(EDITED.id).revision == 0:
            word = Edit(revision=1, contracts=1, price=None, by="anna", channel="slack")
            held = reservation(EDITED.id, contracts=1)
            ledger.edit(EDITED.id, word, fit=fit(1), score=SCORE, reservation=held)
        order = intent(EDITED, quantity=1, revision=1)
        ledger.approve(EDITED.id, approval(order, channel="slack"), order)
    ledger.expire_due(DEADLINE)
    for one in (SLACK, PAGE, CONSOLE, NO, EDITED):
        ledger.forget_announced(one.id, ASKED[one])


def second(desk: Desk) -> None:
    """Two people override what an overridable limit had refused."""
    asked = desk.books.asked(since=AS_OF - timedelta(minutes=5))
    for person in ("ben", "cleo"):
        if desk.books.decision(TWO.id).state is DecisionState.REFUSED and person not in {
            each.approval.by for each in asked
        }:
            order = first_order(TWO)
            word = Asked(approval=approval(order, by=person, reason="hedged elsewhere"), intent=order, mid=2.5)
            desk.ledger.second(word, reservation(TWO.id), since=AS_OF - timedelta(minutes=5))


def trade(desk: Desk) -> None:
    """Every promised order to its end, oldest first, as a start after a crash does; then its reservation."""
    desk.ledger.sending.bind(desk.broker.account())
    for promised in desk.books.unfinished_intents():
        _execute(desk, promised)
    for one in ALL:
        if desk.books.decision(one.id).state is DecisionState.APPROVED:
            desk.ledger.finish(one.id)


def roll(desk: Desk) -> None:
    """The walked one moves a strike lower at equal count; a later one is closed."""
    _end(desk, SCORED, Purpose.ROLL)
    _end(desk, SLACK, Purpose.CLOSE)


def shut(desk: Desk) -> None:
    """The books after the close: marks, vols of what is held, and that both sides agree."""
    ledger = desk.ledger
    ledger.mark_prices({"SPY": 512.0})
    ledger.vols.see([SeenVol(symbol=SLACK.legs[0].contract.occ, clock=Clock.CALENDAR_365, at=AS_OF, vol=0.2)])
    for call in ("positions", "orders", "cash"):
        getattr(desk.broker, call)()
    assert all(each.is_explained for each in compare(desk.books, desk.broker))


def stop(desk: Desk) -> None:
    """A person stops everything, an order that is due then is refused, and somebody lets it go on."""
    ledger, order = desk.ledger, first_order(SCORED)
    ledger.put_halt(Halt(strength=Strength.KILL, by="ada", reason="a drill", at=AS_OF), by="ada", reason="a drill")
    ledger.sending.refuse(order, order.limit_price, [Reason(rule="kill_switch", text="a drill")])
    ledger.put_halt(None, by="grace", reason="over")


def settle(desk: Desk) -> None:
    """What was assigned is entered."""
    for activity in desk.broker.activities(since=desk.books.settled_since()):
        desk.ledger.record_activity(activity, keeps=lambda book: True)


def first_order(one: Candidate) -> OrderIntent:
    return intent(one, quantity=6, **_limits(one.legs, floor=FLOORS.get(one)))


def _limits(legs: tuple[Leg, ...], *, floor: str | None = None) -> dict[str, Decimal]:
    limit, worst = bounds(sum(quote(legs)) / 2, tick=TICK, premium=2.5)
    return {"limit_price": limit, "floor_price": limit - (Decimal("2.50") - Decimal(floor)) if floor else worst}


def _end(desk: Desk, one: Candidate, purpose: Purpose) -> None:
    promised = desk.books.intent(one.id)
    assert promised is not None
    if promised.purpose is Purpose.OPEN:
        record = desk.books.record(one.id)
        units = -sum(each.quantity for each in record.fills)
        legs = (Leg(contract=one.legs[0].contract, quantity=1),)
        if purpose is Purpose.ROLL:
            legs = (*legs, leg(one.legs[0].contract.strike - 5))
        order = intent(
            one,
            quantity=units,
            revision=1,
            purpose=purpose,
            legs=legs,
            client_order_id=client_order_id(one.id, legs, 1),
            **_limits(legs),
        )
        desk.ledger.promise_exit(one.id, {"kind": purpose.value}, order)
        promised = order
    if desk.books.intent_state(promised.client_order_id) is not IntentState.DONE:
        _execute(desk, promised)


def _execute(desk: Desk, promised: OrderIntent) -> None:
    execute(promised, broker=desk.broker, store=desk.ledger, check=lambda *_: (), pause=lambda: None)


# what is left when it is over


@dataclass(frozen=True)
class Left:
    """Our books and the broker's own, as far as they must not depend on who died when."""

    account: Account
    cash: Decimal
    broker_cash: Decimal
    orders: tuple[Order, ...]
    fills: tuple[Fill, ...]
    states: tuple[tuple[str, str], ...]
    intents: tuple[tuple[str, str], ...]
    settled: int


def left(folder: Path, url: str) -> Left:
    """Read after a life; nothing may be half done, doubled, lost, or in doubt."""
    ledger = Ledger.open(url, now=lambda: AFTERWARDS)
    broker = open_broker(folder, lambda: AFTERWARDS)
    with closing(ledger), closing(broker):
        assert ledger.verify() == []
        assert ledger.unfinished_intents() == ()
        assert compare(ledger, broker) == ()
        told = sorted(broker.orders(), key=lambda order: order.client_order_id)
        promised = ledger.intents()
        rows = ledger.decisions()
        approved = {row.id for row in rows if row.state is DecisionState.APPROVED}
        assert {each.decision_id for each in promised} == approved, "orders are approved decisions"
        assert [each.client_order_id for each in told] == sorted(each.client_order_id for each in promised)
        fills = tuple(fill for order in told for fill in broker.fills(order.client_order_id))
        assert ledger.fill_ids(order.client_order_id for order in told) == {fill.fill_id for fill in fills}
        return Left(
            account=ledger.account(),
            cash=ledger.cash(),
            broker_cash=broker.cash(),
            orders=tuple(order.model_copy(update={"broker_order_id": None}) for order in told),
            fills=fills,
            states=tuple(sorted((row.id, row.state.value) for row in rows)),
            intents=tuple(
                sorted((each.client_order_id, ledger.intent_state(each.client_order_id).value) for each in promised)
            ),
            settled=sum(len(ledger.record(row.id).settlements) for row in rows),
        )


def is_worth_killing(found: Left) -> bool:
    """Orders of every kind, so that the table proves something."""
    ended = {order.status for order in found.orders}
    return {OrderStatus.FILLED, OrderStatus.CANCELLED} <= ended and found.settled > 0
