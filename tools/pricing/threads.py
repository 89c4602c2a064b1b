"""Big batches on several threads, to the same digits as on one: the kernels release the interpreter's lock.

batch → parts that do not need each other → this thread and its crew take one after another → all done

As many threads as `numba.config.NUMBA_NUM_THREADS`: the CPUs this process may run on, or what the environment
variable NUMBA_NUM_THREADS says. Numba's own threading layers are not used (GNU OpenMP ends a process that forks and
works on). One batch at a time is shared out: a caller that brings threads of its own keeps to those, each of its
further batches runs where it was asked for. A forked process hires a new crew.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache, partial
from threading import Lock
from typing import Any

import numba
import numpy as np
import numpy.typing as npt

from tools.pricing.kernels.block import BLOCK
from tools.pricing.kernels.option import Option

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
Task = Callable[[], None]

TURNS = 4  # parts for each thread: who is done early takes another
LEAST_ROWS = 256  # of American options that are shared out: milliseconds, as is a turn on a busy machine
TERMS = [Option._fields.index(name) for name in ("right", "years", "rate", "dividend_yield")]
_config: Any = numba.config


@dataclass(frozen=True, slots=True)
class _Crew:
    """The further threads of one process, at work on one batch at a time."""

    pool: ThreadPoolExecutor
    busy: Lock = field(default_factory=Lock)


def thread_count() -> int:
    """How many threads a big batch may use."""
    return int(_config.NUMBA_NUM_THREADS)


def by_columns(work: Callable[[int, int], None], *, size: int, least: int) -> None:
    """Call `work(begin, end)` over ranges that together are 0 to `size`: one, where `size` is below `least`.

    Ranges begin at whole blocks; for kernels in which a column's result does not depend on its place.
    """
    parts = _parts(size, least)
    step = -(-size // (parts * BLOCK)) * BLOCK
    if parts < 2:
        work(0, size)
    else:
        run([partial(work, begin, min(begin + step, size)) for begin in range(0, size, step)])


def by_terms(work: Callable[[IntArray], None], fields: Sequence[FloatArray], rows: IntArray) -> None:
    """Call `work(part)` for parts of `rows`, which are places in the `fields` of `Option`, each of length n or 1.

    Rows that agree in right, years and rates stay together and in order, as they share exercise boundaries: a
    batch of one expiry and right is one part. For work whose results lie apart, each at its row.
    """
    parts = _alike(fields, rows)
    if len(parts) < 2:
        work(rows)
    else:
        run([partial(work, part) for part in parts])


def _alike(fields: Sequence[FloatArray], rows: IntArray) -> list[IntArray]:
    """`rows` in parts of about equal length, rows of the same terms in one."""
    wanted = _parts(len(rows), LEAST_ROWS)
    if wanted < 2:
        return [rows]
    mixed = np.zeros(len(rows), dtype=np.uint64)
    for column in (fields[term][rows] for term in TERMS if len(fields[term]) > 1):
        mixed = mixed * np.uint64(0x9E3779B97F4A7C15) + (column + 0.0).view(np.uint64)  # -0.0 + 0.0 is 0.0
        mixed ^= mixed >> np.uint64(29)
    _, group, length = np.unique(mixed, return_inverse=True, return_counts=True)
    largest_first = np.argsort(-length, kind="stable")
    middle = np.cumsum(length[largest_first]) - 0.5 * length[largest_first]
    part_of_group = np.empty(len(length), dtype=np.int64)
    part_of_group[largest_first] = (middle * wanted / len(rows)).astype(np.int64)
    part = part_of_group[group]
    return [index for each in range(wanted) if len(index := rows[part == each])]


def _parts(size: int, least: int) -> int:
    return TURNS * thread_count() if thread_count() > 1 and size >= least else 1


def run(tasks: Sequence[Task]) -> None:
    """All tasks, on this thread and on as many of the crew as there is work for; they must not need each other."""
    crew, queue = _crew(os.getpid(), thread_count()), iter(tasks)
    if not crew.busy.acquire(blocking=False):
        _drain(queue)
        return
    hired = _hired(crew, queue, min(len(tasks), thread_count()) - 1)
    try:
        _drain(queue)
    finally:
        late = [each for each in hired if not each.cancel()]  # on a busy machine some have not begun: nobody waits
        wait(late)
        crew.busy.release()
    for each in late:
        each.result()


def _hired(crew: _Crew, queue: Iterator[Task], wanted: int) -> list[Future[None]]:
    """Threads set to work on `queue`; fewer than wanted where the system has no more, or the interpreter ends."""
    hired: list[Future[None]] = []
    with suppress(RuntimeError):
        while len(hired) < wanted:
            hired.append(crew.pool.submit(_drain, queue))
    return hired


def _drain(queue: Iterator[Task]) -> None:
    for task in queue:  # an iterator of a list hands out each item once, to whichever thread asks
        task()


@lru_cache(maxsize=1)
def _crew(process: int, threads: int) -> _Crew:
    """A forked process finds none of its parent's threads: its id asks for a new crew."""
    return _Crew(ThreadPoolExecutor(max_workers=max(threads - 1, 1), thread_name_prefix=f"pricing-{process}"))
