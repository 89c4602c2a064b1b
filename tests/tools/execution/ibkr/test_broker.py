"""What TWS alone does: signs on the wire, references that are not unique, corrections, lost lines."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from tests.peers.faults import Fault
from tests.peers.tws_exchange import Exchange
from tests.peers.tws_messages import Listed
from tests.peers.tws_server import TwsServer
from tests.tools.execution.contract.test_orders import PUT, put, spread
from tests.tools.execution.contract.venues import connect_tws
from tests.tools.ledger.specimens import AS_OF, leg
from tools.domain.contract import OptionContract, Right
from tools.domain.errors import BrokerError, BrokerRejected, ConfigError, OutcomeUnknown
from tools.domain.mode import Mode
from tools.domain.order import OrderStatus, Purpose
from tools.domain.structure import Leg
from tools.execution.ibkr.broker import IbkrBroker


@pytest.fixture
def server() -> Iterator[TwsServer]:
    with TwsServer(Exchange(now=lambda: AS_OF)) as found:
        yield found


@pytest.fixture
def broker(server: TwsServer, tmp_path: Path) -> Iterator[IbkrBroker]:
    found = connect_tws(server, tmp_path, now=lambda: AS_OF)
    yield found
    found.close()


def placed(server: TwsServer) -> list[list[str]]:
    return [fields for fields in server.seen if fields[0] == "3"]


def test_a_credit_is_a_negative_limit_of_a_bag_that_is_bought(server: TwsServer, broker: IbkrBroker) -> None:
    broker.submit(spread())
    (sent,) = placed(server)
    assert (sent[4], sent[16], sent[19], sent[26]) == ("BAG", "BUY", "-2.5", spread().client_order_id)
    assert (sent[35], sent[38], sent[46]) == ("2", "SELL", "BUY")


def test_one_leg_has_a_positive_limit_and_an_action(server: TwsServer, broker: IbkrBroker) -> None:
    server.exchange.hold(PUT.legs[0].contract.occ, -5)
    broker.submit(put())
    closing = put(purpose=Purpose.CLOSE, legs=(leg(480, 1),), revision=1, limit_price=Decimal("-2.50"))
    broker.submit(closing.model_copy(update={"client_order_id": "tg-close"}))
    assert [(sent[16], sent[19]) for sent in placed(server)] == [("SELL", "2.5"), ("BUY", "2.5")]


def test_closing_more_than_is_held_is_not_sent(server: TwsServer, broker: IbkrBroker) -> None:
    with pytest.raises(BrokerRejected, match="closes more than"):
        broker.submit(put(purpose=Purpose.CLOSE, legs=(leg(480, 1),), limit_price=Decimal("-2.50")))
    assert placed(server) == []


def test_a_futures_option_is_asked_by_its_class(server: TwsServer, broker: IbkrBroker) -> None:
    contract = OptionContract(
        underlying="ES", root="EW3", expiry=date(2026, 12, 18), right=Right.PUT, strike=4800, multiplier=50
    )
    server.extra.append(Listed(77, "ES", "FOP", "20261218", "4800", "P", "50", "EW3Z6 P4800", "EW3"))
    found = broker._tws.qualified(Leg(contract=contract, quantity=-1))
    asked = next(fields for fields in server.seen if fields[0] == "9")
    assert asked[4:11] == ["ES", "FOP", "20261218", "4800.0", "P", "50", "CME"]
    assert (found.conId, found.exchange) == (77, "CME")


def test_what_tws_does_not_know_is_not_sent(server: TwsServer, broker: IbkrBroker) -> None:
    server.unknown.add(PUT.legs[0].contract.occ)
    with pytest.raises(BrokerRejected, match="othing was sent"):
        broker.submit(put())
    assert placed(server) == []


def test_what_may_have_been_sent_is_never_sent_again(server: TwsServer, broker: IbkrBroker) -> None:
    server.will(Fault.CONNECT_TIMEOUT, "submit")
    with pytest.raises(OutcomeUnknown):
        broker.submit(put())
    assert broker.find(put().client_order_id) is None
    with pytest.raises(OutcomeUnknown, match="a person must look"):
        broker.submit(put())
    assert len(placed(server)) == 1


def test_a_corrected_execution_is_one_fill(server: TwsServer, broker: IbkrBroker) -> None:
    server.exchange.market(take=-1)
    broker.submit(put())
    (first,) = broker.fills(put().client_order_id)
    server.exchange.correct(0, "2.45")
    (again,) = broker.fills(put().client_order_id)
    assert again.fill_id == first.fill_id
    assert (first.price, again.price) == (Decimal("2.5"), Decimal("2.45"))


def test_what_tws_has_forgotten_is_remembered(server: TwsServer, broker: IbkrBroker) -> None:
    server.exchange.market(take=-1)
    broker.submit(put())
    known, fills = broker.find(put().client_order_id), broker.fills(put().client_order_id)
    server.exchange.market()
    broker.submit(spread())
    server.exchange.tickets.clear()
    server.exchange.executions.clear()
    server.drop()
    assert broker.find(put().client_order_id) == known
    assert broker.fills(put().client_order_id) == fills
    lost = broker.find(spread().client_order_id)
    assert lost is not None
    assert lost.status is OrderStatus.UNKNOWN


def test_a_lost_line_is_made_anew(server: TwsServer, broker: IbkrBroker) -> None:
    broker.submit(put())
    server.drop()
    order = broker.cancel(put().client_order_id)
    assert order.status is OrderStatus.CANCELLED


def test_another_client_sees_everything_and_moves_nothing(
    server: TwsServer, broker: IbkrBroker, tmp_path: Path
) -> None:
    order = broker.submit(put())
    other = connect_tws(server, tmp_path)
    assert other.orders() == (order,)
    with pytest.raises(BrokerRejected, match="client 7"):
        other.cancel(order.client_order_id)
    other.close()


def test_orders_from_before_the_books_are_set_aside(server: TwsServer, broker: IbkrBroker, tmp_path: Path) -> None:
    (tmp_path / "books").mkdir()
    broker.submit(put())
    later = connect_tws(server, tmp_path / "books")
    later.begin()
    assert later.orders() == ()
    later.close()


def test_an_account_of_another_kind_or_name_is_refused(server: TwsServer, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="is a paper account"):
        connect_tws(server, tmp_path, mode=Mode.LIVE)
    server.exchange.number = "DU7"
    with pytest.raises(ConfigError, match="has no account DU1"):
        IbkrBroker.connect(
            "127.0.0.1", server.port, 7, "DU1", mode=Mode.PAPER, journal=tmp_path / "j", now=lambda: AS_OF
        )


def test_nothing_there_is_a_broker_error(tmp_path: Path) -> None:
    with pytest.raises(BrokerError, match="start TWS"):
        IbkrBroker.connect("127.0.0.1", 1, 7, "DU1", mode=Mode.PAPER, journal=tmp_path / "j", now=lambda: AS_OF)
