from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest

from tests.tools.execution.conftest import Market
from tests.tools.execution.doubles import (
    Fault,
    FaultyBroker,
    MemoryStore,
    lost_after,
    lost_before,
    no_fills,
    nothing,
    raising,
)
from tests.tools.ledger.specimens import candidate, intent, leg
from tools.domain.decision import Reason
from tools.domain.errors import BrokerError, BrokerRejected, OutcomeUnknown
from tools.domain.order import IntentState, Order, OrderIntent, OrderStatus
from tools.execution.executor import execute
from tools.execution.messages import Message
from tools.execution.simulated import SimulatedBroker

OpenBroker = Callable[..., SimulatedBroker]
ORDER = intent(candidate(leg(480)), quantity=5)
ID = ORDER.client_order_id


def free(_intent: OrderIntent, _price: Decimal) -> tuple[Reason, ...]:
    return ()


def run(
    broker: SimulatedBroker | FaultyBroker, store: MemoryStore, promised: OrderIntent = ORDER, **changes: object
) -> Order:
    arguments = {"check": free, "pause": lambda: None, **changes}
    return execute(promised, broker=broker, store=store, **arguments)  # type: ignore[arg-type]


def agree(broker: SimulatedBroker | FaultyBroker, store: MemoryStore) -> None:
    """One order at most, ended, and every execution recorded."""
    orders = broker.orders()
    assert len(orders) <= 1
    for order in orders:
        assert order.status.is_final
        assert store.orders[ID] == order
    inner = broker if isinstance(broker, SimulatedBroker) else broker.inner
    assert set(store.fills.values()) == set(inner.fills(ID))


def test_an_order_walks_down_until_it_is_filled(open_broker: OpenBroker) -> None:
    broker, store = open_broker(at_mid=0.0, partial=0.0), MemoryStore()
    order = run(broker, store)
    assert order.status is OrderStatus.FILLED
    assert Decimal("2.48") <= order.limit_price < Decimal("2.50")
    assert list(order.replaced_prices) == sorted(order.replaced_prices, reverse=True)
    assert store.states[ID] is IntentState.DONE
    agree(broker, store)


def test_what_does_not_fill_within_the_bound_is_cancelled(open_broker: OpenBroker, market: Market) -> None:
    market.credit = (2.20, 2.80)
    broker, store = open_broker(at_mid=0.0), MemoryStore()
    order = run(broker, store, ORDER.model_copy(update={"floor_price": Decimal("2.50")}))
    assert (order.status, order.filled_quantity) == (OrderStatus.CANCELLED, 0)
    assert store.states[ID] is IntentState.DONE
    agree(broker, store)


def test_no_rung_lies_below_the_floor(open_broker: OpenBroker, market: Market) -> None:
    market.credit = (2.00, 3.00)
    broker, store = open_broker(at_mid=0.0), MemoryStore()
    run(broker, store)
    assert min(order.limit_price for order in store.history) >= ORDER.floor_price
    agree(broker, store)


def test_calling_again_returns_the_same_order_without_asking(open_broker: OpenBroker) -> None:
    broker, store = FaultyBroker(open_broker()), MemoryStore()
    first = run(broker, store)
    broker.log.clear()
    assert run(broker, store) == first
    assert broker.log == []


def test_the_claim_is_written_before_the_send(open_broker: OpenBroker) -> None:
    store = MemoryStore()

    def at_submit(call: Callable[[], Order]) -> Order:
        assert store.states[ID] is IntentState.SENDING
        return call()

    broker = FaultyBroker(open_broker(), {("submit", 1): at_submit})
    run(broker, store)
    assert broker.log[0] == "submit"


@pytest.mark.parametrize(
    "faults",
    [
        {("submit", 1): lost_before},
        {("submit", 1): lost_after},
        {("submit", 1): lost_after, ("find", 1): nothing},
        {("submit", 1): lost_after, ("find", 1): raising(BrokerError("down"))},
        {("submit", 1): lost_before, ("submit", 2): lost_after},
        {("find", 1): nothing, ("find", 2): nothing},
        {("replace", 1): lost_before},
        {("replace", 1): lost_after},
        {("replace", 1): raising(BrokerRejected("too late"))},
        {("replace", 0): lost_after},
        {("replace", 0): lost_before},
        {("cancel", 1): lost_before},
        {("cancel", 1): lost_after},
        {("cancel", 1): raising(BrokerRejected("too late"))},
        {("fills", 1): no_fills, ("fills", 2): no_fills},
    ],
)
@pytest.mark.parametrize("seed", range(4))
def test_faults_never_make_a_second_order(
    open_broker: OpenBroker, faults: dict[tuple[str, int], Fault], seed: int
) -> None:
    broker, store = FaultyBroker(open_broker(seed, at_mid=0.3, partial=0.7), faults), MemoryStore()
    order = run(broker, store)
    assert order.status.is_final
    assert store.states[ID] is IntentState.DONE
    agree(broker, store)


def test_no_answer_at_all_is_unknown_and_settled_by_the_next_call(open_broker: OpenBroker) -> None:
    inner, store = open_broker(), MemoryStore()
    deaf = FaultyBroker(inner, {("submit", 0): lost_after, ("find", 0): nothing})
    order = run(deaf, store)
    assert order.status is OrderStatus.UNKNOWN
    assert store.states[ID] is IntentState.UNKNOWN
    assert "look it up" in order.text
    assert deaf.log.count("submit") == 2
    assert run(FaultyBroker(inner), store).status.is_final
    agree(inner, store)


def test_a_broker_without_unique_ids_is_never_sent_to_twice(open_broker: OpenBroker) -> None:
    inner, store = open_broker(), MemoryStore()
    deaf = FaultyBroker(inner, {("submit", 1): lost_before}, unique_ids=False)
    for _ in range(3):
        order = run(deaf, store)
        assert order.status is OrderStatus.UNKNOWN
        assert store.states[ID] is IntentState.UNKNOWN
    assert deaf.log.count("submit") == 1
    assert "a person must look" in order.text
    assert inner.orders() == ()


def test_a_broker_without_unique_ids_is_believed_when_it_knows_the_order(open_broker: OpenBroker) -> None:
    inner, store = open_broker(), MemoryStore()
    broker = FaultyBroker(inner, {("submit", 1): lost_after, ("find", 1): nothing}, unique_ids=False)
    assert run(broker, store).status is OrderStatus.UNKNOWN
    assert run(broker, store).status.is_final
    assert broker.log.count("submit") == 1
    agree(broker, store)


def test_a_rejection_ends_it(open_broker: OpenBroker, market: Market) -> None:
    market.credit = None
    broker, store = open_broker(), MemoryStore()
    order = run(broker, store)
    assert order.status is OrderStatus.REJECTED
    assert "no market" in order.text
    assert store.states[ID] is IntentState.DONE
    assert broker.orders() == ()


def test_a_rejection_by_the_exchange_ends_it(open_broker: OpenBroker) -> None:
    broker, store = open_broker(rejection=1.0), MemoryStore()
    assert run(broker, store).status is OrderStatus.REJECTED
    assert store.states[ID] is IntentState.DONE
    agree(broker, store)


def test_the_gate_stops_the_first_send(open_broker: OpenBroker) -> None:
    broker, store = FaultyBroker(open_broker()), MemoryStore()
    order = run(broker, store, check=lambda *_: (Reason(rule="collar", text="too far from the mid"),))
    assert (order.status, order.text) == (OrderStatus.REJECTED, "collar: too far from the mid")
    assert broker.log == []
    assert store.states[ID] is IntentState.DONE


def test_the_gate_stops_a_walk_and_nothing_is_left_working(open_broker: OpenBroker, market: Market) -> None:
    market.credit = (2.20, 2.80)
    broker, store = open_broker(at_mid=0.0), MemoryStore()

    def check(_intent: OrderIntent, price: Decimal) -> tuple[Reason, ...]:
        return () if price >= Decimal("2.49") else (Reason(rule="collar", text="too far"),)

    order = run(broker, store, check=check)
    assert (order.status, order.limit_price) == (OrderStatus.CANCELLED, Decimal("2.49"))
    agree(broker, store)


def test_what_may_have_been_sent_is_not_called_refused(open_broker: OpenBroker) -> None:
    """Claimed by a run that died, not found now, and the gate says no: whether it exists is unknown."""
    broker, store = open_broker(), MemoryStore()
    store.claim_intent(ID)
    order = run(broker, store, check=lambda *_: (Reason(rule="collar", text="too far"),))
    assert order.status is OrderStatus.UNKNOWN
    assert "collar: too far" in order.text
    assert run(broker, store).status.is_final
    agree(broker, store)


def test_a_rest_that_cannot_be_cancelled_is_said_aloud(open_broker: OpenBroker, market: Market) -> None:
    market.credit = (2.20, 2.80)
    inner, store = open_broker(at_mid=0.0), MemoryStore()
    with pytest.raises(OutcomeUnknown, match="may still be working"):
        run(FaultyBroker(inner, {("cancel", 0): lost_before}), store)
    assert store.states[ID] is IntentState.WORKING
    assert run(inner, store).status is OrderStatus.CANCELLED
    agree(inner, store)


def test_executions_that_are_late_are_collected_by_the_next_call(open_broker: OpenBroker) -> None:
    inner, store = open_broker(at_mid=1.0, partial=0.0), MemoryStore()
    order = run(FaultyBroker(inner, {("fills", 0): no_fills}), store)
    assert order.status is OrderStatus.FILLED
    assert store.fills == {}
    assert store.states[ID] is not IntentState.DONE
    run(inner, store)
    assert store.states[ID] is IntentState.DONE
    agree(inner, store)


def test_an_unreachable_broker_leaves_the_intent_to_be_looked_up(open_broker: OpenBroker) -> None:
    inner, store = open_broker(), MemoryStore()
    down = FaultyBroker(inner, {("submit", 0): raising(BrokerError("connection refused"))})
    with pytest.raises(BrokerError, match="refused"):
        run(down, store)
    assert store.states[ID] is IntentState.SENDING
    assert run(inner, store).status.is_final
    agree(inner, store)


def test_a_resumed_walk_goes_on_below_where_it_was(open_broker: OpenBroker, market: Market) -> None:
    market.credit = (2.20, 2.80)
    broker, store = open_broker(at_mid=0.0), MemoryStore()
    store.claim_intent(ID)
    broker.submit(ORDER)
    broker.replace(ID, Decimal("2.47"))
    order = run(broker, store)
    assert order.replaced_prices == (Decimal("2.50"), Decimal("2.47"), Decimal("2.46"))
    assert order.limit_price == Decimal("2.45")
    agree(broker, store)


def test_fills_are_recorded_before_the_order_that_tells_of_them(open_broker: OpenBroker) -> None:
    """Killed between the two, the ledger lacks an order's news, never an order's fills."""

    class Strict(MemoryStore):
        def record_order(self, order: Order) -> bool:
            assert -sum(fill.quantity for fill in self.fills.values()) >= order.filled_quantity
            return super().record_order(order)

    for seed in range(6):
        store = Strict()
        order = run(open_broker(seed, name=f"{seed}.sqlite", at_mid=0.6, partial=0.8), store)
        assert order.filled_quantity > 0


def test_a_send_is_not_repeated_past_the_gate(open_broker: OpenBroker) -> None:
    """The kill switch was thrown between the send that got no answer and its repetition."""
    inner, store, asked = open_broker(), MemoryStore(), []

    def check(_intent: OrderIntent, price: Decimal) -> tuple[Reason, ...]:
        asked.append(price)
        return () if len(asked) == 1 else (Reason(rule="kill_switch", text="kill by Ada"),)

    broker = FaultyBroker(inner, {("submit", 1): lost_before})
    order = run(broker, store, check=check)
    assert order.status is OrderStatus.UNKNOWN
    assert "kill by Ada" in order.text
    assert (broker.log.count("submit"), inner.orders()) == (1, ())
    assert store.states[ID] is IntentState.UNKNOWN


def test_every_message_is_noted_before_it_goes(open_broker: OpenBroker, market: Market) -> None:
    market.credit = (2.20, 2.80)
    names = {Message.SEND: "submit", Message.REPLACE: "replace", Message.CANCEL: "cancel"}
    broker = FaultyBroker(
        open_broker(at_mid=0.0),
        {("submit", 1): lost_before, ("replace", 2): lost_after, ("cancel", 1): raising(BrokerRejected("no"))},
    )
    noted: list[str] = []

    def note(message: Message) -> None:
        sent = [method for method in broker.log if method in names.values()]
        assert sent == noted  # nothing went before it was noted
        noted.append(names[message])

    run(broker, MemoryStore(), note=note)
    assert noted == ["submit", "submit", *["replace"] * 5, "cancel", "cancel"]


def test_what_cannot_be_noted_is_not_sent(open_broker: OpenBroker) -> None:
    broker, store = FaultyBroker(open_broker()), MemoryStore()

    def note(_message: Message) -> None:
        raise BrokerError("the disk is full")

    with pytest.raises(BrokerError, match="disk"):
        run(broker, store, note=note)
    assert broker.log == []


def test_the_gate_is_asked_for_every_price(open_broker: OpenBroker, market: Market) -> None:
    market.credit = (2.20, 2.80)
    asked: list[Decimal] = []

    def check(_intent: OrderIntent, price: Decimal) -> tuple[Reason, ...]:
        asked.append(price)
        return ()

    order = run(open_broker(at_mid=0.0), MemoryStore(), check=check)
    assert tuple(asked) == (*order.replaced_prices, order.limit_price)
    assert asked[0] == ORDER.limit_price


def test_a_refusal_of_a_second_send_does_not_deny_the_first(open_broker: OpenBroker) -> None:
    """The first one took the buying power; its answer was lost, and it could not be seen yet."""
    faults = {("submit", 1): lost_after, ("find", 1): nothing, ("submit", 2): raising(BrokerRejected("no power"))}
    broker, store = FaultyBroker(open_broker(), faults), MemoryStore()
    assert run(broker, store).status.is_final
    assert store.orders[ID].broker_order_id is not None
    agree(broker, store)


@pytest.mark.parametrize("claimed", [False, True])
def test_a_second_send_that_is_refused_and_not_found_is_unknown(open_broker: OpenBroker, claimed: bool) -> None:
    inner, store = open_broker(), MemoryStore()
    if claimed:  # by a run that died
        store.claim_intent(ID)
    faults = {("submit", 1 if claimed else 2): raising(BrokerRejected("no power")), ("find", 0): nothing}
    order = run(FaultyBroker(inner, faults | ({} if claimed else {("submit", 1): lost_after})), store)
    assert order.status is OrderStatus.UNKNOWN
    assert "no power" in order.text
    assert store.states[ID] is IntentState.UNKNOWN
    assert run(inner, store).status.is_final
    agree(inner, store)


def test_a_no_to_a_look_at_fills_is_no_refusal_of_the_order(open_broker: OpenBroker) -> None:
    inner, store = open_broker(), MemoryStore()
    with pytest.raises(BrokerRejected):
        run(FaultyBroker(inner, {("fills", 1): raising(BrokerRejected("not found"))}), store)
    assert store.orders == {}
    assert run(inner, store).status.is_final
    agree(inner, store)


def test_executions_that_are_told_twice_count_once(open_broker: OpenBroker) -> None:
    inner, store = open_broker(at_mid=1.0, partial=0.0), MemoryStore()
    order = run(FaultyBroker(inner, {("fills", 0): lambda call: call() * 2}), store)
    assert order.status is OrderStatus.FILLED
    assert store.states[ID] is IntentState.DONE
    agree(inner, store)


def test_an_answer_that_was_overtaken_ends_no_search_for_executions(open_broker: OpenBroker) -> None:
    """Filled, executions late, and a look that still shows the order as it was accepted."""
    inner, store = open_broker(at_mid=1.0, partial=0.0), MemoryStore()

    def as_accepted(call: Callable[[], Order]) -> Order:
        return call().model_copy(update={"status": OrderStatus.ACCEPTED, "filled_quantity": 0})

    run(FaultyBroker(inner, {("fills", 0): no_fills, ("find", 0): as_accepted}), store)
    assert store.states[ID] is not IntentState.DONE
    assert run(inner, store).status is OrderStatus.FILLED
    agree(inner, store)


def test_a_walk_that_lost_sight_of_its_order_does_not_send_another(open_broker: OpenBroker, market: Market) -> None:
    market.credit = (2.20, 2.80)
    broker, store = FaultyBroker(open_broker(at_mid=0.0), {("find", 0): nothing}), MemoryStore()
    assert run(broker, store).status is OrderStatus.CANCELLED
    assert broker.log.count("submit") == 1
    agree(broker, store)
