"""What is Alpaca's own: replacements, answers and silences, accounts, fields."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.peers.alpaca_server import KEY, SECRET
from tests.peers.alpaca_trading_server import TradingServer
from tests.peers.faults import HASTY, Fault
from tests.tools.execution.contract.test_orders import put, spread
from tests.tools.execution.contract.venues import connect
from tests.tools.ledger.specimens import leg
from tools.data.alpaca.transport import PatientAdapter
from tools.data.limiter import RateLimiter
from tools.data.patience import Patience
from tools.domain.errors import BrokerError, BrokerRejected, ConfigError, OutcomeUnknown
from tools.domain.mode import Mode
from tools.domain.order import OrderStatus, Purpose
from tools.execution.alpaca.broker import AlpacaBroker
from tools.execution.alpaca.chain import Chain, chains_of

ID = put().client_order_id


def wire(server: TradingServer) -> list[dict[str, Any]]:
    return server.exchange.orders(after="", limit=500)


def test_one_unit_is_moved_in_place(server: TradingServer, broker: AlpacaBroker) -> None:
    broker.submit(put(quantity=1))
    broker.replace(ID, Decimal("2.49"))
    first, second = wire(server)
    assert (first["status"], first["replaced_by"]) == ("replaced", second["id"])
    assert (second["client_order_id"], second["replaces"]) == (f"{ID}.r1", first["id"])
    assert ("DELETE", f"/v2/orders/{first['id']}") not in server.seen


def test_of_several_units_the_confirmed_remainder_is_sent_anew(server: TradingServer, broker: AlpacaBroker) -> None:
    broker.submit(put())
    server.exchange.execute(2)
    order = broker.replace(ID, Decimal("2.49"))
    first, second = wire(server)
    assert (first["status"], first["filled_qty"], first["replaced_by"]) == ("canceled", "2", None)
    assert (second["client_order_id"], second["qty"], second["limit_price"]) == (f"{ID}.r1", "3", "2.49")
    assert (order.quantity, order.filled_quantity, order.broker_order_id) == (5, 2, second["id"])


def test_what_fills_while_it_is_withdrawn_is_not_sent_again(server: TradingServer, broker: AlpacaBroker) -> None:
    broker.submit(put())
    server.will(Fault.REPLACE_RACE, "cancel")  # two are taken before the withdrawal arrives
    broker.replace(ID, Decimal("2.49"))
    assert [row["qty"] for row in wire(server)] == ["5", "3"]


def test_nothing_is_sent_while_a_withdrawal_is_on_its_way(server: TradingServer, broker: AlpacaBroker) -> None:
    broker.submit(put())
    server.exchange.state["slow_cancel"] = 20
    with pytest.raises(OutcomeUnknown, match="withdrawn first"):
        broker.replace(ID, Decimal("2.49"))
    assert len(wire(server)) == 1
    server.exchange.state["slow_cancel"] = 2
    server.exchange.state["orders"][0]["_looks"] = 2
    assert broker.cancel(ID).status is OrderStatus.CANCELLED


def test_a_slow_withdrawal_is_waited_for(server: TradingServer, broker: AlpacaBroker) -> None:
    broker.submit(put())
    server.exchange.state["slow_cancel"] = 2
    assert broker.replace(ID, Decimal("2.49")).replaced_prices == (Decimal("2.50"),)
    assert broker.cancel(ID).status is OrderStatus.CANCELLED


def test_the_legs_of_a_moved_spread_keep_their_stance(server: TradingServer, broker: AlpacaBroker) -> None:
    for each in (leg(480), leg(470, 1)):
        server.exchange.hold(each.contract.occ, 3 * each.quantity)
    closing = spread(
        purpose=Purpose.CLOSE, legs=(leg(480, 1), leg(470, -1)), revision=1,
        limit_price=Decimal("-1.20"), floor_price=Decimal("-1.30"),
    )  # fmt: skip
    broker.submit(closing)
    order = broker.replace(closing.client_order_id, Decimal("-1.21"))
    assert order.limit_price == Decimal("-1.21")
    first, second = wire(server)
    assert (first["limit_price"], second["limit_price"]) == ("1.2", "1.21")
    assert [each["position_intent"] for each in second["legs"]] == ["buy_to_close", "sell_to_close"]
    assert [each["position_intent"] for each in first["legs"]] == ["buy_to_close", "sell_to_close"]


@pytest.mark.parametrize("hidden", [1, 2])
def test_a_replacement_that_does_not_show_at_once_is_found(server: TradingServer, hidden: int) -> None:
    """A run was killed after it sent the remainder; the next one is not told of it by the first look."""
    before = connect(server)
    before.submit(put())
    before.replace(ID, Decimal("2.49"))
    after = connect(server)
    server.will(Fault.NOT_FOUND, "find", at=2, times=hidden)  # the list, then the name
    order = after.find(ID)
    assert order is not None
    assert (order.status, order.limit_price) == (OrderStatus.ACCEPTED, Decimal("2.49"))


def test_a_remainder_sent_without_an_answer_is_looked_for_longer(
    server: TradingServer, broker: AlpacaBroker
) -> None:
    broker.submit(put())
    server.will(Fault.DROPPED, "replace")
    with pytest.raises(OutcomeUnknown):
        broker.replace(ID, Decimal("2.49"))
    server.will(Fault.NOT_FOUND, "find", at=2, times=5)
    order = broker.find(ID)
    assert order is not None
    assert order.status is OrderStatus.ACCEPTED


def test_a_replacement_that_was_rejected_changed_nothing(server: TradingServer, broker: AlpacaBroker) -> None:
    broker.submit(put(quantity=1))
    broker.replace(ID, Decimal("2.49"))
    first, second = server.exchange.state["orders"]
    first["status"], second["status"] = "filled", "rejected"  # the first one was filled before it could be moved
    first["filled_qty"], first["filled_avg_price"] = "1", "2.5"
    order = broker.find(ID)
    assert order is not None
    assert (order.status, order.limit_price, order.replaced_prices) == (OrderStatus.FILLED, Decimal("2.5"), ())


def test_a_replacement_by_hand_belongs_to_its_order(server: TradingServer, broker: AlpacaBroker) -> None:
    broker.submit(put(quantity=1))
    server.exchange.replace(wire(server)[0]["id"], {"limit_price": 2.30})
    order = broker.find(ID)
    assert order is not None
    assert (order.limit_price, order.replaced_prices) == (Decimal("2.3"), (Decimal("2.5"),))
    assert broker.orders() == (order,)


def test_the_order_of_rows_and_their_repetition_do_not_matter(server: TradingServer, broker: AlpacaBroker) -> None:
    broker.submit(put())
    for cents in (249, 248):
        broker.replace(ID, Decimal(cents) / 100)
    rows = wire(server)
    (chain,) = chains_of(rows)
    assert [row["client_order_id"] for row in chain.rows] == [ID, f"{ID}.r1", f"{ID}.r2"]
    assert chains_of(reversed(rows)) == (chain,)
    assert chain.next_id == f"{ID}.r3"


def test_executions_told_twice_and_in_disorder_are_each_one(server: TradingServer, broker: AlpacaBroker) -> None:
    broker.submit(put())
    for units in (2, 1, 2):
        server.exchange.execute(units)
    honest = broker.fills(ID)
    server.will(Fault.SHUFFLED, "fills")
    assert broker.fills(ID) == honest
    assert [fill.quantity for fill in honest] == [-2, -1, -2]
    assert len({fill.fill_id for fill in honest}) == 3


def test_every_page_of_executions_is_read(server: TradingServer, broker: AlpacaBroker) -> None:
    broker.submit(put(quantity=230))
    for _ in range(230):
        server.exchange.execute(1)
    assert len(broker.fills(ID)) == 230
    assert server.called["fills"] == 3


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault.CONNECT_TIMEOUT, OutcomeUnknown),
        (Fault.READ_TIMEOUT, OutcomeUnknown),
        (Fault.RATE_LIMITED, OutcomeUnknown),
        (Fault.FAILED_BEFORE, OutcomeUnknown),
        (Fault.FAILED_AFTER, OutcomeUnknown),
        (Fault.DROPPED, OutcomeUnknown),
        (Fault.REJECTED, BrokerRejected),
    ],
)
def test_an_order_is_sent_once_whatever_the_answer(
    server: TradingServer, fault: Fault, error: type[BrokerError]
) -> None:
    server.will(fault, "submit")
    hasty = connect(server, adapter=server.adapter(deadline=HASTY))
    with pytest.raises(error) as raised:
        hasty.submit(put())
    assert type(raised.value) is error or issubclass(type(raised.value), BrokerRejected)
    assert server.called["submit"] == 1
    assert SECRET not in str(raised.value)


def test_a_look_up_is_repeated(server: TradingServer, broker: AlpacaBroker) -> None:
    broker.submit(put())
    server.will(Fault.FAILED_BEFORE, "find", times=2)
    assert broker.find(ID) is not None
    server.will(Fault.FAILED_BEFORE, "find", times=20)
    with pytest.raises(BrokerError, match="failing"):
        broker.find(ID)


def test_an_order_that_waits_for_its_place_in_the_rate_was_not_sent(server: TradingServer) -> None:
    limiter = RateLimiter(requests=2)
    broker = connect(server, adapter=PatientAdapter(limiter=limiter, patience=Patience(deadline=0.2)))
    limiter.acquire()
    with pytest.raises(OutcomeUnknown):
        broker.submit(put(purpose=Purpose.CLOSE))
    assert server.called["submit"] == 0


@pytest.mark.parametrize(
    ("mode", "number", "words"),
    [
        (Mode.PAPER, "123456789", "is a live account"),
        (Mode.LIVE, "PA3LOOPBACK0", "is a paper account"),
        (Mode.SIMULATED, "PA3LOOPBACK0", "none that is simulated"),
    ],
)
def test_an_account_of_another_kind_is_not_opened(
    server: TradingServer, mode: Mode, number: str, words: str
) -> None:
    server.exchange.state["number"] = number
    with pytest.raises(ConfigError, match=words):
        connect(server, mode=mode)


def test_wrong_keys_are_told_of_without_being_told(server: TradingServer) -> None:
    with pytest.raises(BrokerError, match="check APCA_API_KEY_ID") as raised:
        AlpacaBroker.connect("PKWRONG", "wrong", mode=Mode.PAPER, adapter=server.adapter(), base_url=server.url)
    assert "PKWRONG" not in str(raised.value)
    with pytest.raises(ConfigError, match="no key has"):
        AlpacaBroker.connect(KEY, "a b", mode=Mode.PAPER, adapter=server.adapter(), base_url=server.url)


def test_a_blocked_account_says_why(server: TradingServer, broker: AlpacaBroker) -> None:
    assert broker.account().buying_power == Decimal("100000")
    server.exchange.state["blocked"] = True
    assert broker.account().blocked == "trading is blocked"
    with pytest.raises(BrokerRejected, match="trading denied"):
        broker.submit(put())


def test_fractions_of_shares_are_not_rounded(server: TradingServer, broker: AlpacaBroker) -> None:
    server.exchange.state["positions"] = {"SPY": 1.5}
    with pytest.raises(BrokerError, match="whole contracts and shares"):
        broker.positions()


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("pending_new", OrderStatus.ACCEPTED),
        ("pending_cancel", OrderStatus.ACCEPTED),
        ("done_for_day", OrderStatus.EXPIRED),
        ("expired", OrderStatus.EXPIRED),
        ("rejected", OrderStatus.REJECTED),
        ("something_new", OrderStatus.UNKNOWN),
    ],
)
def test_alpacas_words_for_an_order(
    server: TradingServer, broker: AlpacaBroker, status: str, expected: OrderStatus
) -> None:
    broker.submit(put())
    row = wire(server)[0] | {"status": status}
    order = Chain((row,)).order()
    assert order.status is expected
    assert bool(order.text) == (expected is OrderStatus.UNKNOWN)
