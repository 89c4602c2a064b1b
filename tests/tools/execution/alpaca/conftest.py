from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.peers.alpaca_trading_server import TradingServer
from tests.tools.execution.contract.venues import connect
from tools.execution.alpaca.broker import AlpacaBroker


@pytest.fixture
def server() -> Iterator[TradingServer]:
    with TradingServer() as found:
        yield found


@pytest.fixture
def broker(server: TradingServer) -> AlpacaBroker:
    return connect(server)
