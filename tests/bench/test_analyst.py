"""The crowd is really asked side by side, at most so many at once, and all of them are answered."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from bench import analyst
from pipeline import wiring
from tests.peers.provider import Provider


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many questions each one found on their way when it came, itself included."""
    lock, running, found = threading.Lock(), 0, list[int]()
    wait = Provider.wait

    def counted(self: Provider, seconds: float) -> bool:
        nonlocal running
        with lock:
            running += 1
            found.append(running)
        closing = wait(self, seconds)
        with lock:
            running -= 1
        return closing

    monkeypatch.setattr(Provider, "wait", counted)
    return found


def crowd(count: int, latency: float, **more: Any) -> analyst.Measurement:
    snapshot = wiring.open_snapshot(analyst.CHOICE)
    return analyst.crowd(snapshot, analyst.candidates(snapshot), rounds=1, count=count, latency=latency, **more)


@pytest.mark.usefixtures("one_market")
def test_so_many_at_a_time_and_every_one_answered(at_once: list[int]) -> None:
    found = crowd(30, 0.2, at_a_time=6)
    assert len(at_once) == 30
    assert max(at_once) == 6
    assert found.base.median == pytest.approx(1.0)
    assert found.real.median < 30 * 0.2 / 2, "side by side, however busy the machine"


@pytest.mark.soak
@pytest.mark.usefixtures("one_market")
def test_two_hundred_take_little_more_than_the_provider() -> None:
    assert crowd(200, 1.0).met
