"""A home that trades at Interactive Brokers: the command line, a live market, a paper account."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from pipeline.cli.exits import Exit
from tests.peers.alpaca_server import AlpacaServer
from tests.peers.tws_exchange import Exchange
from tests.peers.tws_server import TwsServer
from tests.pipeline.conftest import Verb
from tests.pipeline.test_alpaca_broker import market, orders
from tests.pipeline.test_live_market import NOW

__all__ = ["market"]


@pytest.fixture
def tws(market: AlpacaServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[TwsServer]:
    exchange = Exchange(now=lambda: NOW, cash=Decimal(1_000_000))
    exchange.hold("SPY", 500)
    exchange.market(take=-1)
    with TwsServer(exchange) as server:
        chosen = {
            "MODE": "paper",
            "BROKER__KIND": "ibkr",
            "BROKER__PORT": str(server.port),
            "BROKER__ACCOUNT": exchange.number,
            "EXECUTION__STEP_SECONDS": "0.01",
        }
        for name, value in chosen.items():
            monkeypatch.setenv(f"THETAGATE_{name}", value)
        yield server


def test_a_run_trades_and_the_books_agree(
    verb: Verb, tws: TwsServer, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = verb("run", "--json")
    assert (said.code, said.json["mode"]) == (Exit.OK, "paper")
    rows = orders(verb)
    assert rows
    assert all(row["status"] == "filled" and row["decision_id"] for row in rows)
    assert tws.called["submit"] == len(rows)
    assert verb("reconcile", "--json").json["differences"] == []
    held = {row["symbol"]: row["quantity"] for row in verb("broker", "positions", "--json").json["positions"]}
    assert held == {symbol: quantity for symbol, quantity in tws.exchange.positions.items() if quantity}
    assert verb("broker", "cash", "--json").json["cash"] == pytest.approx(float(tws.exchange.cash))
    assert "agrees with our books" in verb("doctor", "--online").out
    assert json.loads((home / "broker.json").read_text())["number"] == "DU1234567"
    monkeypatch.setenv("THETAGATE_BROKER__ACCOUNT", "DU7")
    assert "DU7" in verb("run").err
    assert verb("kill", "--by", "anna", "--reason", "a test", "--yes").code == Exit.OK
