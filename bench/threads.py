"""The threads of the pricing room: held to one where libraries are compared, and what a second one brings."""

from __future__ import annotations

import os
import statistics
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import numba
import numpy as np
import numpy.typing as npt

from bench.measurement import timed
from bench.promise import Promise

BAR = 1.6
COPIED = 1 << 24  # numbers, more than any cache holds
CACHED, SINES = 1 << 14, 100  # numbers that a core's own cache holds, and how often: some ten milliseconds
FloatArray = npt.NDArray[np.float64]
_config: Any = numba.config


@contextmanager
def threads(count: int) -> Iterator[None]:
    """`count` threads for the batches priced within, as NUMBA_NUM_THREADS would have it."""
    before = _config.NUMBA_NUM_THREADS
    _config.NUMBA_NUM_THREADS = count
    try:
        yield
    finally:
        _config.NUMBA_NUM_THREADS = before


def two_over_one(call: Callable[[], object], *, rounds: int) -> tuple[float, float]:
    """How many times faster `call` is on two threads, median of rounds in turns, and its seconds on two."""

    def seconds(count: int) -> float:
        with threads(count):
            return timed(call)

    seconds(1), seconds(2)
    pairs = [(seconds(1), seconds(2)) for _ in range(rounds)]
    return statistics.median(one / two for one, two in pairs), statistics.median(two for _, two in pairs)


def copied_per_second(*, rounds: int) -> float:
    """Bytes that two threads read and write in a second when they only copy: what memory allows."""
    source, target = np.ones(COPIED), np.zeros(COPIED)
    halves = [(target[part], source[part]) for part in (slice(None, COPIED // 2), slice(COPIED // 2, None))]
    with ThreadPoolExecutor(2) as pool:
        found = [timed(lambda: list(pool.map(lambda pair: np.copyto(*pair), halves))) for _ in range(rounds)]
    return 2 * source.nbytes / statistics.median(found)


def arithmetic_gain(*, rounds: int) -> float:
    """How many times faster two threads are than one at sines of a few numbers: what the cores allow just now."""
    source, targets = np.ones(CACHED), np.ones((2, CACHED))

    def work(target: FloatArray) -> None:
        for _ in range(SINES):
            np.sin(source, out=target)

    with ThreadPoolExecutor(2) as pool:
        found = [
            timed(lambda: list(map(work, targets))) / timed(lambda: list(pool.map(work, targets)))
            for _ in range(rounds)
        ]
    return statistics.median(found)


def two_threads(gain: float, *, name: str, rounds: int) -> Promise:
    """What a second thread brought, and what it could have brought."""
    most = arithmetic_gain(rounds=rounds)
    reason = (
        f"Two threads that only take sines of numbers in their caches are {most:.2f} times one here; {machine()}."
    )
    return Promise(name, gain, "times one", BAR, reason, least=True)


def machine() -> str:
    return f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"
