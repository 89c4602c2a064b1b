"""Failures of the wire, through the real SDK: what is repeated, what is not, and what is said of it."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
from alpaca.common.exceptions import APIError
from alpaca.trading.client import TradingClient

from tests.peers.alpaca_server import KEY, SECRET, AlpacaServer
from tests.peers.service import Mode
from tests.tools.data.alpaca.conftest import QUICK, TODAY, make_api
from tests.tools.data.clocks import FakeClock
from tools.data.alpaca.api import AlpacaApi, mount
from tools.data.alpaca.transport import PatientAdapter
from tools.data.limiter import RateLimiter
from tools.data.patience import Patience
from tools.domain.errors import ConfigError, DataError

PASSING = [
    Mode.RATE_LIMITED,
    Mode.FAILING,
    Mode.GATEWAY,
    Mode.BUSY,
    Mode.GATEWAY_LATE,
    Mode.DROP,
    Mode.CUT,
    Mode.TRUNCATED,
    Mode.GARBAGE,
    Mode.NOTHING,
]


@pytest.mark.parametrize("mode", PASSING)
def test_what_may_pass_is_asked_again(server: AlpacaServer, mode: Mode) -> None:
    server.will(mode, mode)
    assert make_api(server).clock()["is_open"] is True
    assert [asked.mode for asked in server.seen] == [mode, mode, Mode.OK]


@pytest.mark.parametrize("mode", PASSING)
def test_what_does_not_pass_ends_in_one_sentence(server: AlpacaServer, mode: Mode) -> None:
    server.otherwise = mode
    with pytest.raises(DataError) as caught:
        make_api(server).clock()
    assert len(server.seen) == QUICK.attempts
    _is_one_clean_sentence(str(caught.value))


@pytest.mark.parametrize("mode", [Mode.SLOW, Mode.DRIP])
def test_a_hung_answer_is_given_up_at_the_deadline(server: AlpacaServer, mode: Mode) -> None:
    server.otherwise = mode
    begun = time.monotonic()
    with pytest.raises(DataError, match=r"did not answer within 0\.3 seconds"):
        make_api(server, patience=Patience(deadline=0.3, connect=0.3, first_wait=0.01)).clock()
    assert time.monotonic() - begun < 2


def test_retry_after_is_kept_by_every_thread(server: AlpacaServer) -> None:
    clock = FakeClock()
    limiter = RateLimiter(requests=200, clock=clock, sleep=clock.sleep)
    adapter = PatientAdapter(limiter=limiter, patience=Patience(), clock=clock, sleep=clock.sleep)
    api = AlpacaApi(
        key=KEY,
        secret=SECRET,
        adapter=adapter,
        feed="indicative",
        stock_feed="iex",
        trading_url=server.url,
        data_url=server.url,
    )
    server.retry_after = "9"
    server.will(Mode.RATE_LIMITED)
    api.clock()
    assert clock.now >= 9
    assert limiter.count == 2


def test_an_unreachable_service_is_one_sentence(server: AlpacaServer) -> None:
    adapter = PatientAdapter(limiter=RateLimiter(requests=200), patience=QUICK)
    api = AlpacaApi(
        key=KEY,
        secret=SECRET,
        adapter=adapter,
        feed="indicative",
        stock_feed="iex",
        trading_url="http://127.0.0.1:9",
        data_url="http://127.0.0.1:9",
    )
    with pytest.raises(DataError, match="could not be reached"):
        api.clock()


def test_a_wrong_key_is_said_once_and_not_shown(server: AlpacaServer) -> None:
    adapter = PatientAdapter(limiter=RateLimiter(requests=200), patience=QUICK)
    api = AlpacaApi(
        key="PKOTHERCANARY",
        secret=SECRET,
        adapter=adapter,
        feed="indicative",
        stock_feed="iex",
        trading_url=server.url,
        data_url=server.url,
    )
    with pytest.raises(DataError, match="refused the key"):
        api.clock()
    assert len(server.seen) == 1


def test_a_feed_without_a_subscription_is_named(server: AlpacaServer) -> None:
    with pytest.raises(DataError, match="subscription"):
        make_api(server, feed="opra").chain("SPY", on_page=lambda rows: None)
    server.subscribed = True
    assert make_api(server, feed="opra").chain("SPY", on_page=lambda rows: None)


def test_no_secret_stands_in_errors_or_representations(server: AlpacaServer) -> None:
    api = make_api(server)
    with pytest.raises(DataError) as caught:
        api.underlyings(["XYZ"])
    assert "invalid symbol: XYZ" in str(caught.value)
    server.otherwise = Mode.FAILING
    with pytest.raises(DataError) as failing:
        api.clock()
    _is_one_clean_sentence(str(failing.value))
    assert "canary" not in repr(api).lower()


@pytest.mark.parametrize("key", ["", "with space", "with\nnewline", "ключ"])
def test_what_cannot_be_a_key_is_refused_before_asking(server: AlpacaServer, key: str) -> None:
    adapter = PatientAdapter(limiter=RateLimiter(requests=200), patience=QUICK)
    with pytest.raises(ConfigError, match="alpaca key"):
        AlpacaApi(key=key, secret=SECRET, adapter=adapter, feed="indicative", stock_feed="iex")


def test_a_missing_package_names_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "alpaca.trading.client", None)
    adapter = PatientAdapter(limiter=RateLimiter(requests=200), patience=QUICK)
    with pytest.raises(ConfigError, match=r"thetagate\[alpaca\]"):
        AlpacaApi(key=KEY, secret=SECRET, adapter=adapter, feed="indicative", stock_feed="iex")


def test_pages_are_followed_to_the_end_and_never_in_a_circle(server: AlpacaServer) -> None:
    server.longest = 7
    rows: list[int] = []
    found = make_api(server).contracts("SPY", today=TODAY, on_page=rows.append)
    assert len(found) == 72
    assert rows == [7] * 10 + [2]
    server.circling = True
    with pytest.raises(DataError, match="in a circle"):
        make_api(server).contracts("SPY", today=TODAY, on_page=rows.append)


def test_every_request_of_every_thread_is_counted(server: AlpacaServer) -> None:
    limiter = RateLimiter(requests=200)
    adapter = PatientAdapter(limiter=limiter, patience=QUICK)
    client = TradingClient(KEY, SECRET, url_override=server.url, raw_data=True)
    mount(client, adapter)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: client.get_clock(), range(40)))
    assert limiter.count == len(server.seen) == 40


def test_an_order_is_never_sent_twice(server: AlpacaServer) -> None:
    """A lost connection after a POST may have placed it; only its id can tell, so nobody repeats it."""
    adapter = PatientAdapter(limiter=RateLimiter(requests=200), patience=QUICK)
    client = TradingClient(KEY, SECRET, url_override=server.url)
    mount(client, adapter)
    server.will(Mode.DROP)
    with pytest.raises(requests.ConnectionError):
        client.post("/orders", {"symbol": "SPY"})
    server.will(Mode.GATEWAY_LATE)
    with pytest.raises(APIError):
        client.post("/orders", {"symbol": "SPY"})
    assert [asked.mode for asked in server.seen] == [Mode.DROP, Mode.GATEWAY_LATE]


def _is_one_clean_sentence(text: str) -> None:
    assert text.startswith("alpaca ")
    assert text.endswith(".")
    assert "\n" not in text
    assert "canary" not in text.lower()
