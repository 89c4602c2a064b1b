"""The loopback Alpaca as a process of its own: its account outlives kill -9."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import requests

from tests.peers.alpaca_server import KEY, SECRET
from tests.peers.alpaca_trading_server import TradingServer
from tests.tools.execution.contract.test_orders import put
from tools.domain.mode import Mode
from tools.domain.order import OrderStatus
from tools.execution.alpaca.broker import AlpacaBroker

ROOT = Path(__file__).parents[4]


def start(state: Path) -> tuple[subprocess.Popen[str], str]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.peers.alpaca_trading_server", str(state)],
        stdout=subprocess.PIPE, text=True, cwd=ROOT,
    )  # fmt: skip
    assert process.stdout is not None
    return process, json.loads(process.stdout.readline())["url"]


def connect(url: str) -> AlpacaBroker:
    with TradingServer() as unused:  # for its way of sending alone
        adapter = unused.adapter()
    return AlpacaBroker.connect(KEY, SECRET, mode=Mode.PAPER, adapter=adapter, base_url=url, settle_seconds=0.01)


def test_the_account_outlives_its_server(tmp_path: Path) -> None:
    state = tmp_path / "account.json"
    process, url = start(state)
    try:
        connect(url).submit(put())
        requests.post(f"{url}/exchange/execute", json={"units": 2}, timeout=10).raise_for_status()
        process.send_signal(signal.SIGKILL)
        process.communicate()
        process, url = start(state)
        broker = connect(url)
        (order,) = broker.orders()
        assert (order.status, order.filled_quantity) == (OrderStatus.PARTIALLY_FILLED, 2)
        assert broker.replace(order.client_order_id, Decimal("2.49")).limit_price == Decimal("2.49")
        assert broker.submit(put()).filled_quantity == 2
        assert [each.quantity for each in broker.positions()] == [-2]
    finally:
        process.kill()
        process.communicate()
