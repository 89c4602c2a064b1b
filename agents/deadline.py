"""Work that is given up at its deadline, whatever it waits for."""

from __future__ import annotations

import threading
from collections.abc import Callable
from types import TracebackType
from typing import Generic, TypeVar

T = TypeVar("T")


def within(seconds: float, work: Callable[[], T]) -> T:
    """What `work` returns or raises; `TimeoutError` once `seconds` have passed.

    A socket's own timeout begins anew with every byte, so work on sockets is done on a thread that nobody has to
    wait for. It ends by itself: what it does has timeouts of its own.
    """
    errand = _Errand(work)
    threading.Thread(target=errand.run, daemon=True, name="deadline").start()
    return errand.result(seconds)


class _Errand(Generic[T]):
    """One piece of work and what came of it."""

    def __init__(self, work: Callable[[], T]) -> None:
        self._work = work
        self._done = threading.Event()
        self._value: list[T] = []
        self._error: BaseException | None = None

    def run(self) -> None:
        with self:
            self._value.append(self._work())

    def result(self, seconds: float) -> T:
        if not self._done.wait(seconds):
            raise TimeoutError
        if self._error is not None:
            raise self._error
        return self._value[0]

    def __enter__(self) -> None:
        """Everything that is raised belongs to whoever waits for the result."""

    def __exit__(
        self, _kind: type[BaseException] | None, error: BaseException | None, _where: TracebackType | None
    ) -> bool:
        self._error = error
        self._done.set()
        return True
