"""What must be so at a point of a scenario, and at the end of every one of them."""

from __future__ import annotations

from decimal import Decimal

from pipeline.reconciling import compare
from tests.scenarios.world import Step, World
from tests.tools.ledger.specimens import opening
from tools.domain.order import IntentState, OrderStatus

OPENED_WITH = Decimal(str(opening().cash))
MESSAGES = ("submit", "replace", "cancel")


def is_order(status: str, filled: int = 0, limit: str | None = None) -> Step:
    """Our books hold the order so."""

    def step(world: World) -> None:
        order = world.ledger.order(world.order_id)
        assert order is not None
        assert (order.status, order.filled_quantity) == (OrderStatus(status), filled)
        assert limit is None or order.limit_price == Decimal(limit)

    return step


def is_state(state: str) -> Step:
    def step(world: World) -> None:
        assert world.ledger.intent_state(world.order_id) is IntentState(state)

    return step


def sent(*, submit: int = 0, replace: int = 0, cancel: int = 0) -> Step:
    """So many messages went out so far."""

    def step(world: World) -> None:
        found = {method: world.broker.log.count(method) for method in MESSAGES}
        assert found == {"submit": submit, "replace": replace, "cancel": cancel}

    return step


def refused(*rules: str) -> Step:
    """The gate stopped it by these rules, and the record tells of it."""

    def step(world: World) -> None:
        told = world.ledger.record(world.decision_id).refusals
        assert {reason.rule for refusal in told for reason in refusal.reasons} == set(rules)

    return step


def failed(words: str) -> Step:
    def step(world: World) -> None:
        assert world.failure is not None
        assert words in str(world.failure)

    return step


def went_well(world: World) -> None:
    assert world.failure is None, world.failure


def says_why(words: str) -> Step:
    def step(world: World) -> None:
        order = world.ledger.order(world.order_id)
        assert order is not None
        assert words in order.text

    return step


def holds(count: int, symbol: str | None = None) -> Step:
    """Contracts held of the sold put, by our books."""

    def step(world: World) -> None:
        wanted = symbol or world.sold[0].legs[0].contract.occ
        held = {each.symbol: each.quantity for each in world.ledger.account().positions}
        assert held.get(wanted, 0) == count

    return step


def earned(amount: str) -> Step:
    """Cash since the account was opened, commissions paid."""

    def step(world: World) -> None:
        assert world.ledger.cash() - OPENED_WITH == Decimal(amount)

    return step


def reserved(count: int) -> Step:
    """Decisions that still hold what they take."""

    def step(world: World) -> None:
        assert len(world.ledger.reservations()) == count

    return step


def is_decided(state: str) -> Step:
    def step(world: World) -> None:
        assert world.ledger.decision(world.decision_id).state.value == state

    return step


def differs(*kinds: str) -> Step:
    """The books and the broker's differ in this alone; at its end the scenario is excused what is unexplained."""

    def step(world: World) -> None:
        found = compare(world.ledger, world.venue)
        assert [each.kind.value for each in found] == list(kinds)
        world.excused = {each.kind.value for each in found if not each.is_explained}

    return step


def trustworthy(world: World) -> None:
    """At the end of every scenario: one order at most per promise, books that agree, a chain that holds."""
    promised = {intent.client_order_id for intent in world.ledger.intents()}
    assert {order.client_order_id for order in world.venue.orders()} <= promised
    left = [each for each in compare(world.ledger, world.venue) if not each.is_explained]
    assert {each.kind.value for each in left} <= world.excused, [each.text for each in left]
    assert world.ledger.verify() == []
