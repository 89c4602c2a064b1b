"""What must be so at the end of every day, whatever went wrong in it."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from pipeline.reconciling import compare
from tests.simulation.day import World
from tests.tools.ledger.specimens import opening
from tools.domain.decision import DecisionState
from tools.domain.order import Fill, IntentState, OrderIntent, OrderStatus


def wrongs(world: World) -> list[str]:
    """Every broken promise in words; empty when the day can be trusted."""
    return [*world.exchange.wrongs, *_orders(world), *_fills(world), *_books(world)]


def _orders(world: World) -> Iterator[str]:
    """Exactly one order for every approved intent, none for anything else."""
    ledger, broker = world.books, world.exchange
    theirs = {order.client_order_id: order for order in broker.orders()}
    if len(theirs) != len(broker.orders()):
        yield "the broker holds an order twice"
    promised = {intent.client_order_id: intent for intent in ledger.intents()}
    for key in theirs.keys() - promised.keys():
        yield f"{key} is at the broker and nobody promised it"
    for key, intent in promised.items():
        if ledger.decision(intent.decision_id).state is not DecisionState.APPROVED:
            yield f"{key} is promised by a decision that is not approved"
        if not world.broker.enforces_unique_ids and world.exchange.arrived[key] > 1:
            yield f"{key} was sent to a broker that does not refuse duplicates more than once"
        yield from _end(world, intent, key in theirs)


def _end(world: World, intent: OrderIntent, is_there: bool) -> Iterator[str]:
    ledger, key = world.books, intent.client_order_id
    state, ours = ledger.intent_state(key), ledger.order(key)
    if is_there:
        theirs = world.exchange.find(key)
        if state is not IntentState.DONE or ours != theirs:
            yield f"{key} ended as {theirs} and our books say {state.value}: {ours}"
        return
    if ours is not None and ours.status is OrderStatus.UNKNOWN and state is IntentState.UNKNOWN:
        return  # it may have been sent: a person looks
    if ours is None or ours.status is not OrderStatus.REJECTED or not ours.text:
        yield f"{key} has no order at the broker, and our books give no reason: {state.value}, {ours}"


def _fills(world: World) -> Iterator[str]:
    """What was executed is what is booked, each execution once."""
    ledger, broker = world.books, world.exchange
    booked: list[Fill] = []
    for row in ledger.decisions():
        record = ledger.record(row.id)
        booked += record.fills
        booked += [fill for each in record.endings for fill in each.fills]
    executed = [fill for order in broker.orders() for fill in broker.fills(order.client_order_id)]
    if sorted(booked, key=lambda each: each.fill_id) != sorted(executed, key=lambda each: each.fill_id):
        yield f"{len(executed)} executions at the broker are not the {len(booked)} booked"
    for order in broker.orders():
        if order.filled_quantity > order.quantity:
            yield f"{order.client_order_id} is filled beyond its quantity"


def _books(world: World) -> Iterator[str]:
    """Cash and positions to the cent, nothing held for what is over, the chain whole."""
    ledger = world.books
    yield from (each.text for each in compare(ledger, world.exchange) if not each.is_explained)
    moved = ledger.cash() - Decimal(str(opening().cash))
    if moved != world.exchange.cash() - Decimal(str(opening().cash)):
        yield "cash moved differently"
    open_ids = {intent.decision_id for intent in ledger.unfinished_intents()}
    yield from (
        f"{each.decision_id} still holds its reservation"
        for each in ledger.reservations()
        if each.decision_id not in open_ids
    )
    yield from ledger.verify()
