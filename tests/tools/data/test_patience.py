"""Repeating: what passes, how long it is waited for, and where it ends."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tools.data.clocks import FakeClock
from tools.data.patience import Passing, Patience, persist, retry_after


def failing(times: int, clock: FakeClock, *, asked: float = 0, takes: float = 0) -> list[int]:
    """How often a request was sent that fails so many times."""
    sent = []

    def attempt(until: float) -> int:
        sent.append(1)
        clock.now += takes
        if len(sent) <= times:
            raise Passing("is failing", retry_after=asked)
        return len(sent)

    persist(attempt, Patience(deadline=20, attempts=4), clock=clock, sleep=clock.sleep)
    return sent


def test_waits_double() -> None:
    clock = FakeClock()
    assert len(failing(3, clock)) == 4
    assert clock.slept == [0.5, 1, 2]


def test_a_service_that_names_its_wait_gets_it() -> None:
    clock = FakeClock()
    failing(1, clock, asked=6)
    assert clock.slept == [6]


def test_attempts_and_deadline_end_it() -> None:
    with pytest.raises(Passing):
        failing(4, FakeClock())
    late = FakeClock()
    with pytest.raises(Passing):
        failing(1, late, asked=3600)
    assert late.now < 20  # nobody waits an hour for a chain of five minutes
    slow = FakeClock()
    with pytest.raises(Passing):
        failing(3, slow, takes=11)
    assert slow.now <= 33


def test_other_failures_are_final() -> None:
    clock = FakeClock()

    def attempt(until: float) -> int:
        raise KeyError("final")

    with pytest.raises(KeyError):
        persist(attempt, Patience(), clock=clock, sleep=clock.sleep)
    assert clock.slept == []


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, 0),
        ("", 0),
        ("7", 7),
        ("0.5", 0.5),
        ("-3", 0),
        ("soon", 0),
        ("Fri, 20 Nov 2026 16:00:30 GMT", 30),
        ("Fri, 20 Nov 2026 15:00:00 GMT", 0),
    ],
)
def test_retry_after_is_seconds_or_a_date(header: str | None, seconds: float) -> None:
    assert retry_after(header, date="Fri, 20 Nov 2026 16:00:00 GMT") == seconds


@given(st.text(max_size=30))
def test_no_header_is_too_odd(header: str) -> None:
    assert retry_after(header, date="Fri, 20 Nov 2026 16:00:00 GMT") >= 0
