"""The pace of requests: never more than allowed in any window, for any threads, and a hold is kept by all."""

from __future__ import annotations

import threading
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tools.data.clocks import FakeClock
from tools.data.limiter import RateLimiter
from tools.data.patience import Passing


def limiter(clock: FakeClock, requests: int = 200) -> RateLimiter:
    return RateLimiter(requests=requests, clock=clock, sleep=clock.sleep)


def test_a_burst_goes_out_at_once_and_the_rest_waits_for_the_window() -> None:
    clock = FakeClock()
    pace = limiter(clock)
    for _ in range(200):
        pace.acquire()
    assert clock.now == 0
    pace.acquire()
    assert clock.now == 60
    assert pace.count == 201


@given(st.lists(st.floats(0, 50), min_size=1, max_size=60), st.integers(1, 8))
def test_no_window_ever_holds_more_than_allowed(gaps: list[float], requests: int) -> None:
    clock = FakeClock()
    pace = limiter(clock, requests)
    times = []
    for gap in gaps:
        clock.now += gap
        pace.acquire()
        times.append(clock.now)
    assert all(later - sooner >= 60 - 1e-9 for sooner, later in zip(times, times[requests:], strict=False))
    assert all(later >= sooner for sooner, later in pairwise(times))


def test_a_hold_stops_everybody() -> None:
    clock = FakeClock()
    pace = limiter(clock)
    pace.acquire()
    pace.hold(7)
    pace.hold(3)
    pace.acquire()
    assert clock.now == 7


def test_who_cannot_wait_is_told_at_once() -> None:
    clock = FakeClock()
    pace = limiter(clock, 1)
    pace.acquire()
    with pytest.raises(Passing, match="no room"):
        pace.acquire(until=59)
    assert clock.now == 0
    pace.acquire(until=60)
    assert clock.now == 60


def test_threads_share_the_pace() -> None:
    clock = FakeClock()
    pace = limiter(clock, 50)

    def work() -> None:
        for _ in range(50):
            pace.acquire()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert pace.count == 200
    assert clock.now >= 180
