"""A deadline holds whatever the work waits for, and hands on what it returns and raises."""

from __future__ import annotations

import time

import pytest

from agents.deadline import within


def test_what_is_done_in_time_comes_back() -> None:
    assert within(5.0, lambda: 7) == 7
    with pytest.raises(ZeroDivisionError):
        within(5.0, lambda: 1 // 0)


def test_what_is_late_is_left() -> None:
    started = time.monotonic()
    with pytest.raises(TimeoutError):
        within(0.05, lambda: time.sleep(0.5))
    assert time.monotonic() - started < 0.45
