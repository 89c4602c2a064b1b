"""A race: several libraries at one task, in one run, against the bar of ours over one of them.

    each library's results → accuracy → rounds: each library in turn → median of each → ratio per row

What one library is asked is decided by `bench.peer_worker`; it runs there on a sample of the rows where a whole
chain would take minutes. Speed without accuracy does not count: a bar is met where the error is low enough too.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import numpy.typing as npt

from bench.measurement import timed
from bench.peers import Peer, PeerError
from bench.promise import Promise

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
Arrays = Mapping[str, FloatArray]
Call = Callable[[], Arrays]

OURS = "thetagate"
NO_REASON = "No reason is on record; a run without other load tells whether the gap is ours."
SHORT = 0.1  # seconds of a round at least, also in `peer_worker`: a core that slept takes some to be at full speed


@dataclass(frozen=True)
class Accuracy:
    """`error` is what the bar limits, `words` says the rest."""

    error: float
    words: str


@dataclass(frozen=True)
class Entry:
    """Another library: the package whose environment it runs in, its task there, how many rows it is timed on."""

    label: str
    package: str
    task: str
    rows: int


@dataclass(frozen=True)
class Line:
    """One library: the rows it was timed on, seconds of each round, its accuracy."""

    library: str
    rows: int
    seconds: tuple[float, ...]
    accuracy: Accuracy

    @property
    def per_row(self) -> float:
        return statistics.median(self.seconds) / self.rows


@dataclass(frozen=True)
class Race:
    """`lines` with ours first; `bar` is our speed over that of `base`, at no error above `allowed`.

    Where `allowed` is not given it is the error of `base`. `promises` are what else was promised of the same task,
    `notes` what else was seen. `reason` is one sentence: why ours is no faster.
    """

    title: str
    base: str
    bar: float
    lines: tuple[Line, ...]
    allowed: float | None = None
    notes: tuple[str, ...] = ()
    promises: tuple[Promise, ...] = ()
    reason: str = ""

    def line(self, library: str) -> Line | None:
        return next((each for each in self.lines if each.library == library), None)

    @property
    def ratio(self) -> float:
        """Our speed over that of `base`; nan where that does not run here."""
        return self.over(self.base)

    @property
    def met(self) -> bool:
        return not self.gap

    @property
    def gap(self) -> str:
        """Why the bar is missed; empty where it is met."""
        base, error = self.line(self.base), self.lines[0].accuracy.error
        if base is None:
            return f"{self.base} does not run here."
        allowed = base.accuracy.error if self.allowed is None else self.allowed
        if not error <= allowed:
            return f"An error of {error:.0e} is more than the {allowed:.0e} allowed."
        return "" if self.ratio >= self.bar else self.reason or NO_REASON

    def over(self, library: str) -> float:
        """Our speed over that of another library; nan where that does not run here."""
        other = self.line(library)
        return other.per_row / self.lines[0].per_row if other else float("nan")


def run(
    *,
    given: Arrays,
    ours: Mapping[str, Call],
    entries: Sequence[Entry],
    accuracy: Callable[[Arrays], Accuracy],
    order: IntArray,
    rounds: int,
) -> tuple[tuple[Line, ...], tuple[str, ...]]:
    """The lines, ours first, and why a library is left out.

    `order` lists the rows as others get them, those of a sample its first; `accuracy` sees results in that
    order, of all rows or of the sample.
    """
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        peers, missing = [], []
        for entry in entries:
            try:
                peer = Peer(entry.package, entry.task, rows_of(given, order[: entry.rows]), folder)
            except PeerError as error:
                missing.append(str(error))
            else:
                peers.append((entry, stack.enter_context(peer)))
        found = {name: accuracy({key: each[order] for key, each in call().items()}) for name, call in ours.items()}
        found |= {entry.label: accuracy(peer.results) for entry, peer in peers}
        seconds: dict[str, list[float]] = {name: [] for name in found}
        for _ in range(rounds):
            for entry, peer in peers:
                seconds[entry.label].append(peer.seconds())
            for name, call in ours.items():
                seconds[name].append(settled(call))
    rows = {name: len(order) for name in ours} | {entry.label: entry.rows for entry, _ in peers}
    lines = tuple(Line(name, rows[name], tuple(seconds[name]), found[name]) for name in found)
    return lines, tuple(missing)


def settled(call: Call) -> float:
    """Seconds of a call; a short one is repeated, the median counts."""
    taken = [timed(call)]
    while sum(taken) < SHORT:
        taken.append(timed(call))
    return statistics.median(taken)


def rows_of(given: Arrays, rows: IntArray) -> dict[str, FloatArray]:
    """The columns at these rows; single values and what is not of the rows (a dividend schedule) as they are."""
    size = max(each.size for each in given.values())
    return {name: each[rows] if each.size == size else each for name, each in given.items()}
