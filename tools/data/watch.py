"""The market kept fresh: one look every few minutes while the exchange is open.

    slot (open + n·interval … close) ─ due ─→ ask, at most `deadline` ─┬→ snapshot → sink → FRESH
         ↑                                                              └→ failed, hung ───→ STALE, with its age
         └─────────────── sleep, and again ──── journal (what was done) ←───────┘

The journal makes it resumable: what was looked at before a restart is not looked at again, and the slots that
were missed are counted. An answer that comes after it was given up is dropped: old prices never pass as new.
"""

from __future__ import annotations

import json
import os
import queue
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from pathlib import Path

from tools.calendar.sessions import (
    NEW_YORK,
    is_session,
    last_session,
    next_session,
    session_close,
    session_open,
    sessions_between,
)
from tools.data.provider import SnapshotSink
from tools.domain.chain import SourceCounts, new_york_date
from tools.domain.errors import DataError, ThetagateError
from tools.domain.market import Snapshot

LONGEST_NAP = timedelta(minutes=1)  # a machine that was asleep notices the time when it wakes


class Freshness(StrEnum):
    FRESH = "fresh"
    STALE = "stale"


@dataclass(frozen=True, slots=True)
class Round:
    """What came of one slot.

    `seconds` from the question to the last row kept; `last_fresh` when the market was last seen, in this round or
    before; `missed` slots that nobody looked at since; `written` and `underlyings` of this round, `problem` why it
    is stale.
    """

    due: datetime
    freshness: Freshness
    seconds: float
    last_fresh: datetime | None
    missed: int = 0
    underlyings: int = 0
    written: SourceCounts | None = None
    problem: str = ""

    def age(self, now: datetime) -> timedelta | None:
        """How old the newest market that was seen is at `now`; None where none was."""
        return None if self.last_fresh is None else now - self.last_fresh


@dataclass(frozen=True, slots=True)
class Journal:
    """What is done, in one small file: the last slot looked at, and when the market was last fresh."""

    path: Path
    last_due: datetime | None = None
    last_fresh: datetime | None = None

    @classmethod
    def read(cls, path: Path) -> Journal:
        """The journal of a file; an empty one where it is missing or unreadable: all it saves is a look."""
        try:
            data = json.loads(path.read_text(encoding="utf-8"))
            due, fresh = (data[name] and datetime.fromisoformat(data[name]) for name in ("last_due", "last_fresh"))
        except (OSError, ValueError, KeyError, TypeError):
            return cls(path)
        aware = all(each is None or each.tzinfo is not None for each in (due, fresh))
        return cls(path, due, fresh) if aware else cls(path)

    def write(self) -> None:
        """The old or the new file survives a crash, never half of one."""
        texts = {
            name: each.isoformat() if each else None
            for name, each in (("last_due", self.last_due), ("last_fresh", self.last_fresh))
        }
        partial = self.path.with_suffix(f".{os.getpid()}.tmp")
        try:
            partial.write_text(json.dumps(texts), encoding="utf-8")
            os.replace(partial, self.path)
        except OSError as error:
            raise DataError(f"{self.path} cannot be written ({error.strerror}); check the disk.") from None


class Watch:
    """Looks at a market slot by slot. `now` is the time, `clock` monotonic seconds, `sleep` waits seconds."""

    def __init__(
        self,
        ask: Callable[[], Snapshot],
        sink: SnapshotSink,
        *,
        journal: Journal,
        interval: timedelta,
        deadline: float,
        now: Callable[[], datetime],
        clock: Callable[[], float],
        sleep: Callable[[float], None],
    ) -> None:
        self._ask, self._sink, self._journal = ask, sink, journal
        self._interval, self._deadline = interval, deadline
        self._now, self._clock, self._sleep = now, clock, sleep
        self._asking: threading.Thread | None = None

    def rounds(self) -> Iterator[Round]:
        """One round per slot, for ever; the first at once where the present slot is not done."""
        while True:
            yield self.look(self.wait())

    def due(self) -> datetime:
        """The slot to look at next: the present one where it is not done, else the next."""
        now = self._now()
        present = slot_before(now, self._interval)
        done = self._journal.last_due
        open_still = present is not None and now < present + self._interval
        if present is not None and open_still and (done is None or done < present):
            return present
        return slot_after(now, self._interval)

    def wait(self) -> datetime:
        """Sleep until the next slot is due."""
        due = self.due()
        while (left := due - self._now()) > timedelta(0):
            self._sleep(min(left, LONGEST_NAP).total_seconds())
        return due

    def look(self, due: datetime) -> Round:
        """Ask once and keep the answer; what fails is told, not raised."""
        missed = slots_between(self._journal.last_due, due, self._interval)
        begun = self._clock()
        try:
            snapshot = self._answer()
            written = self._sink.write(snapshot)
        except DataError as error:
            self._journal = replace(self._journal, last_due=due)
            found = Round(due, Freshness.STALE, 0.0, self._journal.last_fresh, missed, problem=str(error))
        else:
            self._journal = replace(self._journal, last_due=due, last_fresh=snapshot.as_of)
            found = Round(due, Freshness.FRESH, 0.0, snapshot.as_of, missed, len(snapshot.chains), written)
        self._journal.write()
        return replace(found, seconds=self._clock() - begun)

    def _answer(self) -> Snapshot:
        """The market, or `DataError` where it failed or did not come in time."""
        if self._asking is not None and self._asking.is_alive():
            raise DataError("the source still hangs on an earlier question; nothing new is asked of it.")
        box: queue.Queue[Snapshot | ThetagateError | None] = queue.Queue(1)

        def ask() -> None:
            outcome: Snapshot | ThetagateError | None = None
            try:
                outcome = self._ask()
            except ThetagateError as error:
                outcome = error
            finally:
                box.put(outcome)

        self._asking = threading.Thread(target=ask, daemon=True)
        self._asking.start()
        try:
            outcome = box.get(timeout=self._deadline)
        except queue.Empty:
            raise DataError(
                f"the source did not answer within {self._deadline:g} seconds and was given up."
            ) from None
        if outcome is None:
            raise DataError("the source broke down; run again with --debug to see where.")
        if isinstance(outcome, DataError):
            raise outcome
        if isinstance(outcome, ThetagateError):
            raise DataError(str(outcome)) from outcome
        return outcome


def slot_after(instant: datetime, interval: timedelta) -> datetime:
    """The first slot after `instant`: an opening plus a whole number of intervals, the close at the latest."""
    day = new_york_date(instant)
    if not is_session(day) or instant >= session_close(day):
        day = next_session(day)
    opening, closing = session_open(day), session_close(day)
    passed = max((instant - opening) // interval, 0)
    return min(opening + (passed + 1) * interval, closing).astimezone(NEW_YORK)


def slot_before(instant: datetime, interval: timedelta) -> datetime | None:
    """The last slot at or before `instant` on its own day; None before the first."""
    day = new_york_date(instant)
    if not is_session(day) or instant < session_open(day) + interval:
        return None
    if instant >= session_close(day):
        return session_close(day)
    opening = session_open(day)
    return (opening + (instant - opening) // interval * interval).astimezone(NEW_YORK)


def slots_between(done: datetime | None, due: datetime, interval: timedelta) -> int:
    """How many slots lie strictly between two; 0 before the first look ever."""
    if done is None or done >= due:
        return 0
    days = sessions_between(new_york_date(done), last_session(new_york_date(due)))
    slots = (slot for day in days for slot in _slots(day, interval))
    return sum(done < slot < due for slot in slots)


def _slots(day: date, interval: timedelta) -> Iterator[datetime]:
    opening, closing = session_open(day), session_close(day)
    count = -((opening - closing) // interval)
    return (min(opening + step * interval, closing) for step in range(1, count + 1))
