"""Messages are counted in a sliding window that a restart does not reset."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tools.domain.errors import BrokerError
from tools.execution.messages import Message, MessageLog

NOON = datetime(2026, 11, 20, 17, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


class Clock:
    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now

    def on(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_the_window_slides(clock: Clock) -> None:
    log = MessageLog(None, window=MINUTE, now=clock)
    for kind in Message:
        log.note(kind)
        clock.on(20)
    assert log.recent() == 2  # the first one is sixty seconds old
    clock.on(19.9)
    assert log.recent() == 2
    clock.on(0.1)
    assert log.recent() == 1
    clock.on(20)
    assert log.recent() == 0


def test_a_restart_does_not_reset_it(tmp_path: Path, clock: Clock) -> None:
    first = MessageLog(tmp_path / "messages.log", window=MINUTE, now=clock)
    first.note(Message.SEND)
    clock.on(30)
    first.note(Message.CANCEL)
    again = MessageLog(tmp_path / "messages.log", window=MINUTE, now=clock)
    assert again.recent() == 2
    clock.on(31)
    assert again.recent() == 1
    assert MessageLog(tmp_path / "messages.log", window=MINUTE, now=clock).recent() == 1


def test_a_restart_cuts_the_file_down(tmp_path: Path, clock: Clock) -> None:
    path = tmp_path / "messages.log"
    log = MessageLog(path, window=MINUTE, now=clock)
    for _ in range(50):
        log.note(Message.REPLACE)
    clock.on(61)
    log.note(Message.SEND)
    MessageLog(path, window=MINUTE, now=clock)
    assert len(path.read_text().splitlines()) == 1
    assert [each.name for each in tmp_path.iterdir()] == ["messages.log"]


def test_a_torn_line_counts_as_one_of_now(tmp_path: Path, clock: Clock) -> None:
    path = tmp_path / "messages.log"
    path.write_bytes(f"{NOON.isoformat()} send\n2026-11-".encode() + b"\xff\n2026-11-20T17:00:00 naive\n")
    assert MessageLog(path, window=MINUTE, now=clock).recent() == 3


def test_a_clock_set_back_forgets_nothing(tmp_path: Path, clock: Clock) -> None:
    path = tmp_path / "messages.log"
    log = MessageLog(path, window=MINUTE, now=clock)
    log.note(Message.SEND)
    clock.on(-3600)
    log.note(Message.SEND)
    assert log.recent() == 2
    assert MessageLog(path, window=MINUTE, now=clock).recent() == 2


def test_what_cannot_be_counted_is_not_sent_but_cancelled(tmp_path: Path, clock: Clock) -> None:
    log = MessageLog(tmp_path / "gone" / "messages.log", window=MINUTE, now=clock)
    for kind in (Message.SEND, Message.REPLACE):
        with pytest.raises(BrokerError, match="none is sent"):
            log.note(kind)
    log.note(Message.CANCEL)
    assert log.recent() == 3
