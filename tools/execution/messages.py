"""How many messages went to the broker lately: sends, replaces and cancels, across restarts.

They are kept in a file beside the ledger, not drawn from its events: a send that is repeated without an answer and
a replace that was lost leave no event, and those are the ones that pile up. A line is written before its message
goes, so that kill -9 loses none; it is not synced, for whatever a power cut loses is older than the window when a
machine is up again.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path

from tools.domain.errors import BrokerError


class Message(StrEnum):
    SEND = "send"
    REPLACE = "replace"
    CANCEL = "cancel"


def uncounted(_message: Message) -> None:
    """For a broker of our own making, which nobody can flood."""


class MessageLog:
    """One runner's. `path` None keeps it in memory; `window` is how far back anybody asks, `now` an aware clock."""

    def __init__(self, path: Path | None, *, window: timedelta, now: Callable[[], datetime]) -> None:
        self.path = path
        self._window = window
        self._now = now
        self._times = deque(self._remembered())

    def note(self, message: Message) -> None:
        """Count one that is about to go; `BrokerError` where that cannot be written. A cancel goes nevertheless."""
        at = self._now()
        self._times.append(at)
        try:
            self._append(f"{at.isoformat()} {message.value}\n")
        except OSError as error:
            if message is not Message.CANCEL:
                raise self._unwritten(error) from None

    def recent(self) -> int:
        """How many went out within the window. One of a later time than now counts: a clock was set back."""
        since = self._now() - self._window
        while self._times and self._times[0] <= since:
            self._times.popleft()
        return sum(at > since for at in self._times)

    def _append(self, line: str) -> None:
        if self.path is not None:
            with self.path.open("a", encoding="utf-8") as file:
                file.write(line)

    def _remembered(self) -> list[datetime]:
        """What is still within the window; the file is cut down to it."""
        if self.path is None or not self.path.exists():
            return []
        try:
            lines = self.path.read_text(encoding="utf-8", errors="replace").splitlines()
            recent = self._within(lines)
            partial = self.path.with_name(f"{self.path.name}.{os.getpid()}.tmp")
            partial.write_text("".join(f"{at.isoformat()} kept\n" for at in recent), encoding="utf-8")
            partial.replace(self.path)
        except OSError as error:
            raise self._unwritten(error) from None
        return recent

    def _within(self, lines: Iterable[str]) -> list[datetime]:
        now = self._now()
        times = (_read(line, unreadable=now) for line in lines)
        return sorted(at for at in times if at > now - self._window)

    def _unwritten(self, error: OSError) -> BrokerError:
        return BrokerError(
            f"Messages to the broker cannot be counted in {self.path} ({error.strerror}), so none is sent; "
            "check the folder and the disk."
        )


def _read(line: str, *, unreadable: datetime) -> datetime:
    """When it went; one that cannot be read counts as one of now."""
    try:
        at = datetime.fromisoformat(line.partition(" ")[0])
    except ValueError:
        return unreadable
    return unreadable if at.tzinfo is None else at
