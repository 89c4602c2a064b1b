"""`serve`: a service that keeps the exchange's hours, asks people, ends when told to, and begins where it died."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from pipeline.clocks import ServiceClock
from pipeline.home import Home
from pipeline.market import MarketChoice
from pipeline.service import Due, Service
from pipeline.settings import Settings
from pipeline.wiring import open_ledger
from tests.pipeline.conftest import Verb, start
from tests.pipeline.floor import Browser
from tools.calendar.agenda import within_session
from tools.calendar.sessions import NEW_YORK
from tools.domain.errors import DataError

MORNING = datetime(2026, 11, 20, 9, 30, tzinfo=NEW_YORK)


@pytest.fixture(autouse=True)
def few(few_underlyings: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THETAGATE_MODEL__PROVIDER", "offline")
    monkeypatch.setenv("THETAGATE_WEB__PORT", "0")


def until(true: Callable[[], object], *, seconds: float = 60) -> None:
    """Wait for it; fail where it does not come."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.05)


def serving(home: Path, *arguments: str) -> subprocess.Popen[str]:
    return start("serve", "--json", *arguments, home=home)


def books(home: Path) -> tuple[int, set[str]]:
    """(orders promised, those the broker has filled)"""
    with open_ledger(Home(home)) as ledger:
        assert ledger.verify() == []
        return len(ledger.intents()), {each.client_order_id for each in ledger.orders() if each.filled_quantity}


# the clock and the agenda


def test_a_simulated_clock_runs_as_fast_as_it_is_told() -> None:
    clock = ServiceClock(start=MORNING, speed=3600)
    first = clock.now()
    time.sleep(0.05)
    assert timedelta(minutes=2) < clock.now() - first < timedelta(minutes=30)
    assert clock.seconds_until(first) == 0
    assert 0 < clock.seconds_until(clock.now() + timedelta(hours=1)) <= 1


def test_every_instant_of_the_agenda_fires_once_however_late_it_is_asked() -> None:
    daily = within_session(first=timedelta(minutes=15), every=timedelta(hours=1), last=timedelta(minutes=15))
    due = Due(daily, ServiceClock(start=MORNING, speed=0.01))
    fired = []
    for _ in range(8):
        due.get_next_fire_time(None, MORNING)
        assert due.last is not None
        fired.append(f"{due.last:%d %H:%M}")
    assert fired == [
        *(f"20 {hour}" for hour in ("09:45", "10:45", "11:45", "12:45", "13:45", "14:45", "15:45")),
        "23 09:45",
    ]


# what goes wrong


def service(home: Path, **changes: object) -> Service:
    fields = {
        "home": Home(home).create(),
        "settings": Settings(),
        "clock": ServiceClock(start=MORNING, speed=600),
        "choice": lambda now: MarketChoice(as_of=now),
    }
    return Service(**(fields | changes))  # type: ignore[arg-type]


def test_what_a_market_does_to_us_is_told_and_tried_again(home: Path) -> None:
    tried = 0

    def gone(now: datetime) -> MarketChoice:
        nonlocal tried
        tried += 1
        if tried > 2:
            served.stop()
        raise DataError("The market is away.")

    served = service(home, choice=gone)
    served.run(until=MORNING + timedelta(days=1))
    assert tried > 2
    assert served.seen["recover"]["failed"]
    assert served.seen["recover"]["told"] == "The market is away."


def test_what_nobody_expects_ends_it_and_is_raised(home: Path) -> None:
    def broken(now: datetime) -> MarketChoice:
        raise ZeroDivisionError("a fault of ours")

    with pytest.raises(ZeroDivisionError, match="a fault of ours"):
        service(home, choice=broken).run(until=MORNING + timedelta(days=1))


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--speed", "5"), "needs a beginning"),
        (("--speed", "0"), "speed"),
        (("--from", "yesterday"), "yesterday"),
    ],
)
def test_a_service_that_cannot_begin_says_why(verb: Verb, arguments: tuple[str, ...], sentence: str) -> None:
    said = verb("serve", *arguments)
    assert said.code == 2
    assert sentence in said.err


# the whole


def test_a_day_is_served_and_a_person_approves_on_the_page(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THETAGATE_SCORE__AUTOMATIC", "10")
    with serving(home, "--from", "2026-11-20T09:40", "--speed", "30") as served:
        try:
            assert served.stdout is not None
            link = served.stdout.readline().split(": ", 1)[1].strip()
            base, path = link.split("/enter")
            browser = Browser(base, f"/enter{path}")
            until(lambda: "/approvals/d-" in browser.get("/approvals").text)
            found = re.search(r"/approvals/(d-[0-9a-f]+)", browser.get("/approvals").text)
            assert found is not None
            browser.get(f"/approvals/{found[1]}")
            assert browser.send(f"/approvals/{found[1]}/approve", reason="seen").status == 200
            served.send_signal(signal.SIGTERM)
            out, err = served.communicate(timeout=60)
        finally:
            served.kill()
    assert served.returncode == 0, err
    assert "half done" in out
    assert any(json.loads(line)["text"].startswith("scan: ") for line in out.splitlines() if line.startswith("{"))
    promised, filled = books(home)
    assert (promised, len(filled)) == (1, 1)
    with open_ledger(Home(home)) as ledger:
        record = ledger.record(found[1])
    assert record.approval is not None
    assert (record.approval.channel, record.approval.reason) == ("web", "seen")


def test_killed_in_the_middle_it_begins_again_and_sends_nothing_twice(home: Path) -> None:
    for moment in (0.4, 1.2, 2.5):
        with serving(home, "--from", "2026-11-20T09:44", "--speed", "60") as served:
            until((home / "ledger.sqlite").exists)
            time.sleep(moment)
            os.kill(served.pid, signal.SIGKILL)
    with serving(home, "--from", "2026-11-20T09:44", "--speed", "120") as served:
        assert served.stdout is not None
        until(lambda: '"scan: ' in served.stdout.readline())  # type: ignore[union-attr]
        served.send_signal(signal.SIGTERM)
        _, err = served.communicate(timeout=60)
    assert served.returncode == 0, err
    promised, filled = books(home)
    assert promised >= len(filled) > 0
    from pipeline.brokers import read_broker

    broker = read_broker(Home(home))
    assert broker is not None
    ids = [order.client_order_id for order in broker.orders()]
    assert len(ids) == len(set(ids))
    with open_ledger(Home(home)) as ledger:
        legs = [(row.as_of, row.label) for row in ledger.decisions() if ledger.intent(row.id) is not None]
    assert len(legs) == len(set(legs))
