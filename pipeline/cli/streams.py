"""Standard streams that outlive their reader: `thetagate run | head -1` goes on, and keeps its exit code.

What a verb decides must not depend on who listens: a reader who has gone is no failure of the work.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager


class Unheard(io.TextIOWrapper):
    """Text for a reader who may leave at any time; what is written afterwards goes nowhere."""

    def write(self, text: str, /) -> int:
        with self._given_up_once_broken():
            super().write(text)
        return len(text)

    def flush(self) -> None:
        with self._given_up_once_broken():
            super().flush()

    @contextmanager
    def _given_up_once_broken(self) -> Iterator[None]:
        """Any failure is said once; that nobody listens is none."""
        try:
            yield
        except OSError as error:
            self._forget()
            if not isinstance(error, BrokenPipeError):
                raise

    def _forget(self) -> None:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self.fileno())
        os.close(nowhere)


def keep_talking() -> None:
    """Make stdout and stderr safe to write to, whoever closed them.

    A closed descriptor is taken first: a database opened in its place would receive what is printed. A
    terminal without − or → shows ?, and nothing else changes.
    """
    while (taken := os.open(os.devnull, os.O_RDWR)) <= 2:
        pass
    os.close(taken)
    sys.stdout = _unheard(sys.stdout, 1)
    sys.stderr = _unheard(sys.stderr, 2)


def _unheard(stream: object, descriptor: int) -> io.TextIOWrapper:
    if isinstance(stream, io.TextIOWrapper):
        buffering = stream.line_buffering
        encoding = stream.encoding
        stream.flush()
        return Unheard(stream.detach(), encoding=encoding, errors="replace", line_buffering=buffering)
    return Unheard(os.fdopen(descriptor, "wb", closefd=False), encoding="utf-8", errors="replace")
