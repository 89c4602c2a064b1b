"""`serve` at a broker that tells of its orders: what changes there is looked at at once, and only what is news."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

import pytest

from pipeline.cli.opening import at_home, own_market
from pipeline.clocks import ServiceClock
from pipeline.home import Home
from pipeline.service import Service
from pipeline.settings import load_settings
from tests.peers.alpaca_order_stream import OrderStreamServer
from tests.peers.alpaca_trading_server import TradingServer
from tests.peers.faults import Fault
from tests.pipeline.test_alpaca_broker import account, market
from tests.pipeline.test_live_market import NOW

__all__ = ["account", "market"]
BY_HAND = {"symbol": "KO", "side": "buy", "qty": 1, "limit_price": 1.0, "time_in_force": "day"}


@pytest.fixture
def updates(account: TradingServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[OrderStreamServer]:
    with OrderStreamServer(account.exchange) as found:
        monkeypatch.setenv("THETAGATE_BROKER__STREAM_URL", found.url)
        yield found


@contextmanager
def serving(folder: Path) -> Iterator[Service]:
    """A service between two bells: nothing but what it is told of wakes it."""
    home, settings = Home(folder).create(), load_settings(folder)
    clock = ServiceClock(start=NOW, speed=1e-6)
    choice = at_home(home, own_market(home, settings), sends=True)
    service = Service(home=home, settings=settings, clock=clock, choice=lambda _: choice)
    thread = Thread(target=service.run)
    thread.start()
    try:
        yield service
    finally:
        service.stop()
        thread.join(30)
        assert not thread.is_alive()


def until(true: Callable[[], object], *, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.01)


def told(service: Service, name: str) -> str:
    return str(service.seen.get(name, {}).get("told", "never"))


def hears(service: Service) -> bool:
    return told(service, "stream") == ""


def test_what_changes_at_the_broker_is_looked_at_at_once(
    home: Path, account: TradingServer, updates: OrderStreamServer
) -> None:
    with serving(home) as service:
        until(lambda: hears(service))
        assert told(service, "recover") == "our books and the broker's agree"
        account.exchange.accept(BY_HAND | {"client_order_id": "by-hand"})
        until(lambda: "DIFFERENCES: by-hand" in told(service, "orders"))


def test_what_our_own_session_did_is_no_news(
    home: Path, account: TradingServer, updates: OrderStreamServer
) -> None:
    with serving(home) as service:
        until(lambda: hears(service))
        assert "filled" in service.scan()
        until(lambda: told(service, "orders") == "")
        asked = account.called["submit"]
        assert asked > 0
        time.sleep(0.2)
        assert (told(service, "orders"), account.called["submit"]) == ("", asked)


def test_what_was_missed_is_caught_up_and_the_loss_is_said_once(
    home: Path, account: TradingServer, updates: OrderStreamServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="thetagate.service")
    with serving(home) as service:
        until(lambda: hears(service))
        updates.losing = True
        account.exchange.accept(BY_HAND | {"client_order_id": "by-hand"})
        account.will(Fault.FAILED_BEFORE, "find", times=4)  # nor can it be looked up as soon as it stands again
        updates.losing = False
        updates.drop()
        until(lambda: "DIFFERENCES: by-hand" in told(service, "orders"))
        until(lambda: hears(service))
    said = [(each.levelno, each.getMessage()) for each in caplog.records if each.getMessage().startswith("stream")]
    assert [level for level, _ in said] == [logging.INFO, logging.WARNING, logging.INFO]
    assert "the bells look instead" in said[1][1]


def test_without_the_stream_it_serves_as_before(
    home: Path, account: TradingServer, caplog: pytest.LogCaptureFixture
) -> None:
    with serving(home) as service:  # nothing answers beside the loopback's base_url
        until(lambda: service.seen.get("stream", {}).get("failed"))
        assert told(service, "recover") == "our books and the broker's agree"
        assert "filled" in service.scan()
        time.sleep(1.5)  # it has tried again meanwhile
    assert sum(each.getMessage().startswith("stream") for each in caplog.records) == 1
