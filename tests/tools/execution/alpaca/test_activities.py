"""Alpaca's activity rows: the pair of an assignment, cash of every kind, and what nobody knows."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from tests.peers.alpaca_trading_server import TradingServer
from tests.tools.ledger.specimens import leg
from tools.domain.activity import Activity, ActivityKind
from tools.domain.chain import new_york_date
from tools.domain.contract import Right
from tools.domain.errors import BrokerError
from tools.execution.alpaca.activities import activities_of
from tools.execution.alpaca.broker import AlpacaBroker

LONG_AGO = date(2020, 1, 1)
PUT, CALL = leg(480).contract.occ, leg(520, right=Right.CALL).contract.occ

# The pair of Alpaca's "Non-Trade Activities for Option Events" (docs.alpaca.markets), where both rows have one id.
ASSIGNED = {
    "id": "20190801011955195::5f596936-6f23-4cef-bdf1-3806aae57dbf", "activity_type": "OPASN", "date": "2023-07-01",
    "net_amount": "0", "description": "Option Assignment", "symbol": "AAPL230721C00150000", "qty": "2",
    "status": "executed",
}  # fmt: skip
SOLD = ASSIGNED | {
    "activity_type": "OPTRD", "net_amount": "30000", "description": "Option Trade", "symbol": "AAPL", "qty": "-200",
    "price": "150",
}  # fmt: skip
EXERCISED = ASSIGNED | {"activity_type": "OPEXC", "date": "2023-07-21", "qty": "-2"}
BOUGHT = SOLD | {"date": "2023-07-21", "net_amount": "-30000", "qty": "200", "price": "90"}


def test_the_documented_assignment_is_one_activity() -> None:
    (found,) = activities_of([ASSIGNED, SOLD])
    assert (found.kind, found.quantity, found.cash) == (ActivityKind.ASSIGNED, 2, 30_000)
    assert found.delivered is not None
    assert (found.delivered.symbol, found.delivered.quantity, found.delivered.price) == ("AAPL", -200, 150)
    assert new_york_date(found.at) == date(2023, 7, 1)


def test_the_documented_exercise_is_paid_at_the_strike_whatever_the_price_says() -> None:
    (found,) = activities_of([BOUGHT, EXERCISED])
    assert (found.kind, found.quantity, found.cash) == (ActivityKind.EXERCISED, -2, -30_000)
    assert found.delivered is not None
    assert (found.delivered.quantity, found.delivered.price) == (200, 150)


def test_two_assignments_of_a_day_get_their_own_deliveries() -> None:
    other = {"symbol": "AAPL230721C00160000", "qty": "1", "id": "20190801011955195::other"}
    rows = [SOLD | {"qty": "-100", "net_amount": "16000"}, SOLD, ASSIGNED, ASSIGNED | other]
    first, second = activities_of(rows)
    assert first.delivered is not None
    assert second.delivered is not None
    assert {(each.symbol[-8:], each.delivered.price) for each in (first, second) if each.delivered} == {
        ("00150000", Decimal(150)), ("00160000", Decimal(160))
    }  # fmt: skip


def test_a_group_tells_whose_delivery_it_is() -> None:
    rows = [ASSIGNED | {"group_id": "a"}, SOLD | {"group_id": "b"}]
    (found,) = activities_of(rows)
    assert (found.kind, found.text) == (ActivityKind.OTHER, "a delivery without its option: Option Trade")
    (found,) = activities_of([ASSIGNED | {"group_id": "a"}, SOLD | {"group_id": "a"}])
    assert found.kind is ActivityKind.ASSIGNED


def test_an_assignment_waits_for_its_delivery(server: TradingServer, broker: AlpacaBroker) -> None:
    server.exchange.hold(PUT, -2)
    server.exchange.assign(PUT, 2, delivers=False)
    assert broker.activities(since=LONG_AGO) == ()
    server.exchange.pay("OPTRD", "-96000", symbol="SPY", qty=200)
    server.exchange.state["activities"][-1]["group_id"] = server.exchange.state["activities"][0]["group_id"]
    (found,) = broker.activities(since=LONG_AGO)
    assert found.delivered is not None


def one(server: TradingServer, broker: AlpacaBroker) -> Activity:
    (found,) = broker.activities(since=LONG_AGO)
    return found


@pytest.mark.parametrize("held", [-3, 2])
def test_an_option_ends_worthless(server: TradingServer, broker: AlpacaBroker, held: int) -> None:
    server.exchange.hold(PUT, held)
    server.exchange.expire(PUT)
    found = one(server, broker)
    assert (found.kind, found.symbol, found.quantity) == (ActivityKind.EXPIRED, PUT, -held)
    assert (found.value, found.cash, found.delivered) == (0, 0, None)


def test_a_call_that_was_bought_is_exercised(server: TradingServer, broker: AlpacaBroker) -> None:
    server.exchange.hold(CALL, 1)
    server.exchange.assign(CALL, 1, kind="OPEXC")
    found = one(server, broker)
    assert (found.kind, found.quantity, found.cash) == (ActivityKind.EXERCISED, -1, -52_000)
    assert {each.symbol: each.quantity for each in broker.positions()} == {"SPY": 100}


def test_an_option_pays_its_value_in_cash(server: TradingServer, broker: AlpacaBroker) -> None:
    server.exchange.pay("OPCSH", "-1250", symbol=PUT, qty=2)
    found = one(server, broker)
    assert (found.kind, found.quantity, found.value, found.cash) == (
        ActivityKind.SETTLED,
        2,
        Decimal("6.25"),
        -1250,
    )


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("DIV", ActivityKind.DIVIDEND),
        ("DIVNRA", ActivityKind.DIVIDEND),
        ("DIVROC", ActivityKind.DIVIDEND),
        ("DIVFEE", ActivityKind.FEE),
        ("INT", ActivityKind.INTEREST),
        ("INTNRA", ActivityKind.INTEREST),
        ("FEE", ActivityKind.FEE),
        ("CSD", ActivityKind.TRANSFER),
        ("CSW", ActivityKind.TRANSFER),
        ("JNLC", ActivityKind.TRANSFER),
        ("REORG", ActivityKind.OTHER),
        ("NEVER_HEARD_OF", ActivityKind.OTHER),
    ],
)
def test_cash_of_every_kind(server: TradingServer, broker: AlpacaBroker, kind: str, expected: ActivityKind) -> None:
    server.exchange.pay(kind, "-12.34", symbol="KO")
    found = one(server, broker)
    assert (found.kind, found.symbol, found.cash) == (expected, "KO", Decimal("-12.34"))
    assert expected is not ActivityKind.OTHER or kind in found.text


def test_a_split_changes_a_holding(server: TradingServer, broker: AlpacaBroker) -> None:
    server.exchange.hold("KO", 100)
    server.exchange.pay("SPLIT", "0", symbol="KO", qty=100)
    found = one(server, broker)
    assert (found.kind, found.symbol, found.quantity) == (ActivityKind.SPLIT, "KO", 100)


@pytest.mark.parametrize(("status", "quantity"), [("canceled", 0), ("correct", 2)])
def test_what_is_taken_back_is_not_kept_quiet(status: str, quantity: int) -> None:
    found = activities_of([ASSIGNED | {"status": status}])
    assert [(each.kind, each.quantity, status in each.text) for each in found] == [
        (ActivityKind.OTHER, quantity, True)
    ]


def test_executions_are_no_activities_and_every_page_is_read(server: TradingServer, broker: AlpacaBroker) -> None:
    for cents in range(250):
        server.exchange.pay("INT", f"0.{cents:03d}")
    found = broker.activities(since=LONG_AGO)
    assert len(found) == len({each.activity_id for each in found}) == 250
    assert sum(each.cash for each in found) == sum(Decimal(f"0.{cents:03d}") for cents in range(250))


@pytest.mark.parametrize("changes", [{"date": ""}, {"date": "soon"}])
def test_an_activity_of_no_day_is_an_error(changes: dict[str, Any]) -> None:
    with pytest.raises(BrokerError, match="no day"):
        activities_of([ASSIGNED | {"activity_type": "FEE"} | changes])
