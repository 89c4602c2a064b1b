"""Locks that die with their process: `flock` on a file beside a SQLite ledger.

The operating system drops an `flock` when its holder ends, kill -9 included, so there are no stale locks to clear.
Two opens of one file exclude each other inside one process as well.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tools.domain.errors import LedgerBusy, LedgerError

POLL_SECONDS = 0.02


@contextmanager
def held(path: Path, *, wait_seconds: float, busy: str) -> Iterator[None]:
    """The lock of `path`; `LedgerBusy` with the sentence `busy` when it is not free within `wait_seconds`."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise LedgerError(f"The lock file {path} cannot be opened ({error.strerror}); check its folder.") from None
    try:
        _wait(descriptor, time.monotonic() + wait_seconds, busy)
        yield
    finally:
        os.close(descriptor)  # closing releases


def _wait(descriptor: int, deadline: float, busy: str) -> None:
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                raise LedgerBusy(busy) from None
            time.sleep(POLL_SECONDS)
        else:
            return
