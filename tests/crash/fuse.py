"""A process that dies at a named place: at the n-th commit, checkpoint or broker call of its kind."""

from __future__ import annotations

import os
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import pytest

from tools.ledger.database import Database


class Moment(StrEnum):
    """before  of a commit: all is written, nothing is kept; of a call: it never went out
    after   it is durable, or done at the broker, and nobody here knows of it yet
    """

    BEFORE = "before"
    AFTER = "after"


@dataclass(frozen=True)
class Point:
    """One named place to die at: `call` counts what went through `place` in this process."""

    name: str
    place: str
    call: int = 1


@dataclass
class Fuse:
    """Counts what passes each place and dies at one of them; with no point it only counts."""

    point: Point | None = None
    moment: Moment = Moment.BEFORE
    passed: Counter[str] = field(default_factory=Counter)
    commits: str = ""

    def through(self, place: str, call: Callable[[], Any]) -> Any:
        """A call whose own transaction, if it is of the ledger, is what is cut short before its commit."""
        self.passed[place] += 1
        here = self.point is not None and (place, self.passed[place]) == (self.point.place, self.point.call)
        if here and self.moment is Moment.BEFORE:
            if not place.startswith("ledger."):
                self.die()
            self.commits = place
        result = call()
        if here:
            self.die()
        return result

    def committing(self) -> None:
        if self.commits:
            self.die()

    def die(self) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    @contextmanager
    def in_place(self) -> Iterator[None]:
        """Every write transaction of a ledger passes the fuse before its commit."""
        write = Database.write

        @contextmanager
        def deadly(database: Database) -> Iterator[Any]:
            with write(database) as connection:
                yield connection
                self.committing()

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Database, "write", deadly)
            yield


class Fused:
    """Stands before a ledger or a broker; its calls are places `prefix.method`."""

    def __init__(self, inner: Any, prefix: str, fuse: Fuse) -> None:
        self._inner, self._prefix, self._fuse = inner, prefix, fuse

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        place = f"{self._prefix}.{name}"
        if name in {"sending", "vols"}:
            return Fused(found, place, self._fuse)
        if not callable(found):
            return found
        return lambda *args, **named: self._fuse.through(place, lambda: found(*args, **named))
