"""A run that dies: SIGKILL at the n-th durable write of any store, in a forked child."""

from __future__ import annotations

import json
import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from io import StringIO
from typing import Any

import pytest
from langgraph.checkpoint.sqlite import SqliteSaver

from pipeline.cli.app import run_app
from tools.execution.simulated import SimulatedBroker
from tools.ledger.database import Database


@dataclass
class Fuse:
    """Counts durable writes of this process and dies at the `at`-th, before or after it."""

    at: int
    after: bool
    seen: int = 0

    lock: threading.Lock = field(default_factory=threading.Lock)

    def before(self) -> int:
        with self.lock:
            self.seen += 1
            if self.seen == self.at and not self.after:
                os.kill(os.getpid(), signal.SIGKILL)
            return self.seen

    def past(self, write: int) -> None:
        if write == self.at and self.after:
            os.kill(os.getpid(), signal.SIGKILL)


@contextmanager
def wired(fuse: Fuse) -> Iterator[None]:
    """Every write transaction of the ledger and the broker, and every checkpoint, passes the fuse."""
    ledger_write, broker_write = Database.write, SimulatedBroker._transaction

    @contextmanager
    def ledger(self: Database) -> Iterator[Any]:
        with ledger_write(self) as connection:
            yield connection
            write = fuse.before()
        fuse.past(write)

    @contextmanager
    def broker(self: SimulatedBroker) -> Iterator[Any]:
        with broker_write(self) as connection:
            yield connection
            write = fuse.before()
        fuse.past(write)

    def saver(method: Callable[..., Any]) -> Callable[..., Any]:
        def call(self: SqliteSaver, *args: Any, **kwargs: Any) -> Any:
            write = fuse.before()
            result = method(self, *args, **kwargs)
            fuse.past(write)
            return result

        return call

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Database, "write", ledger)
        patch.setattr(SimulatedBroker, "_transaction", broker)
        patch.setattr(SqliteSaver, "put", saver(SqliteSaver.put))
        patch.setattr(SqliteSaver, "put_writes", saver(SqliteSaver.put_writes))
        yield


def in_child(work: Callable[[], int]) -> int:
    """Run `work` in a forked child; its exit status, or minus the signal that killed it."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            with redirect_stdout(StringIO()), redirect_stderr(StringIO()):
                status = work()
        finally:
            os._exit(status)
    _, status = os.waitpid(child, 0)
    return -os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)


def killed_at(point: int, *, after: bool, arguments: list[str]) -> bool:
    """Run a verb that dies at a point; False when it ended before it came there."""

    def work() -> int:
        with wired(Fuse(at=point, after=after)):
            return run_app(arguments)

    return in_child(work) == -signal.SIGKILL


def said(arguments: list[str]) -> Any:
    """The JSON a verb prints, run here to its end."""
    out = StringIO()
    with redirect_stdout(out), redirect_stderr(StringIO()):
        run_app(arguments)
    return json.loads(out.getvalue())


@pytest.fixture(autouse=True)
def quick(one_market: None, few_underlyings: None) -> None:
    """Children begin in milliseconds and run in a second."""
