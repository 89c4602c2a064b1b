"""Sweeps over the speed workload: five years of a daily chain, a put sold a day, 1,256 trades that lose 711.00.

    Parquet to equity curve   against pyarrow reading the same seven columns on one thread
    a parameter set           against a scan of the resident columns, and in seconds: 500 a second
    a rich parameter set      margin, assignment and attribution too, against a plain one
    twice the days            against half of them
    the whole task            against what others take for it, each in a process of its own

The workload, its generator and the others' programs lie in `shared/bench` beside the project; without that
folder nothing is measured here. The file is made once, into the user's cache.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from datetime import date
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import polars as pl
from rich.console import Console

from bench.measurement import Bar, Kind, Measurement, Side, Timed, in_turns, timed
from bench.peers import Peer, PeerError, cache
from bench.race import OURS, Accuracy, Line, Race
from bench.workload import PROGRAM, Answer, answer_of, chain_file
from tools.backtest.sweep import (
    ColumnNames,
    DayColumns,
    Detail,
    Security,
    SweepResult,
    SweepRules,
    attribute,
    read_columns,
    sweep,
)

PLAIN = SweepRules()
RICH = SweepRules(security=Security.NAKED, capital=1e6, early_assignment=True, rate=0.02, dividend_yield=0.015)
TRADES, PROFIT = 1256, -711.0  # the workload's known answer
READ_BAR, SCAN_BAR, RICH_BAR, DOUBLE_BAR = (Bar(Kind.RATIO, limit) for limit in (2.5, 0.3, 5.0, 2.3))
EVALUATION_BAR = Bar(Kind.SECONDS, 1 / 500)
SETS, SCANS = 50, 5  # in a round
CONTESTANTS = {
    "vectorbt 1.2": ("vectorbt", "vectorbt"),
    "optopsy 2.2": ("optopsy22", "optopsy"),
    "plain Python": ("oracle", "pyarrow"),
}
BASE, RACE_BAR, RACE_ROUNDS = "optopsy 2.2", 20.0, 3


def measure(rounds: int) -> Iterator[Measurement | Race]:
    said = Console(stderr=True)
    if not PROGRAM.exists():
        said.print("backtest: no folder `shared/bench` beside the project, so nothing is measured")
        return
    try:
        file = chain_file(cache() / "workload")
        yield from whole(file, rounds)
        yield from resident(file, rounds)
        yield race(file, min(rounds, RACE_ROUNDS))
    except PeerError as error:
        said.print(f"backtest: {error}")


def whole(file: Path, rounds: int) -> Iterator[Measurement]:
    """From the file to the equity curve, against a bare read, and of all days against half of them."""
    columns = tuple(ColumnNames().needed(Detail.QUOTES).values())
    with TemporaryDirectory() as place:
        asked = {"path": np.array(str(file)), "columns": np.array(columns)}
        with Peer("pyarrow", "read", asked, Path(place)) as peer:
            base, real = in_turns(peer.seconds, lambda: timed(lambda: from_file(file)), rounds=rounds)
            rows = int(peer.results["rows"])
        yield Measurement(
            name="Parquet to equity curve",
            base=Timed("pyarrow reads the same columns, one thread", base),
            real=Timed("read, lay out, sweep", real),
            bar=READ_BAR,
            note=f"{rows:,} rows; {told(from_file(file))}",
        )
        half, every = (beginning(file, Path(place), of) for of in (rows // 2, rows))
        base, real = in_turns(
            lambda: timed(lambda: from_file(half)), lambda: timed(lambda: from_file(every)), rounds=rounds
        )
        yield Measurement(
            name="twice the rows, from Parquet",
            base=Timed("the first half", base),
            real=Timed("all", real),
            bar=DOUBLE_BAR,
        )


def resident(file: Path, rounds: int) -> Iterator[Measurement]:
    """Parameter sets over columns at hand: exits that vary over entries known, and entries never looked for."""
    columns = read_columns(file, detail=Detail.GREEKS)
    exits = [PLAIN.model_copy(update={"take_profit": float(each)}) for each in np.linspace(0.25, 0.75, SETS)]
    entries = [PLAIN.model_copy(update={"delta_target": float(each)}) for each in np.linspace(-0.2, -0.15, SETS)]
    rich = [RICH.model_copy(update={"take_profit": each.take_profit}) for each in exits]
    middle = columns.days[len(columns.days) // 2 - 1].astype("datetime64[D]").astype(object)
    plain = evaluations(columns, exits)

    def ratio(name: str, base: tuple[str, Side], real: tuple[str, Side], bar: Bar, note: str = "") -> Measurement:
        seconds = in_turns(base[1], real[1], rounds=rounds)
        return Measurement(name, Timed(base[0], seconds[0]), Timed(real[0], seconds[1]), bar, note)

    seen, known = ("scan of the resident columns", scans(columns)), (f"median of {SETS} exits", plain)
    fresh = (f"median of {SETS} entries", evaluations(columns, entries, forget=True))
    yield ratio("a parameter set", seen, known, SCAN_BAR)
    yield ratio("a parameter set, 500 a second", seen, known, EVALUATION_BAR)
    yield ratio("a parameter set with entries of its own", seen, fresh, SCAN_BAR)
    every = ("with margin, assignment, attribution", evaluations(columns, rich, causes=True))
    yield ratio("a rich parameter set", known, every, RICH_BAR, told(sweep(columns, RICH)))
    half = ("half of the days", evaluations(columns, exits, end=middle))
    yield ratio("twice the days, a parameter set", half, ("all days", plain), DOUBLE_BAR)


def evaluations(
    columns: DayColumns,
    sets: list[SweepRules],
    *,
    causes: bool = False,
    forget: bool = False,
    end: date | None = None,
) -> Side:
    """Seconds of one parameter set, the median of several; `forget` what earlier ones have looked for."""

    def one(rules: SweepRules) -> None:
        found = sweep(columns, rules, end=end)
        if causes:
            attribute(columns, found)

    def every() -> float:
        if forget:
            columns.offers.clear()
        return statistics.median(timed(partial(one, rules)) for rules in sets)

    return every


def scans(columns: DayColumns) -> Side:
    """Seconds of one look at every resident row, the median of several."""
    return lambda: statistics.median(timed(lambda: scan(columns)) for _ in range(SCANS))


def scan(columns: DayColumns) -> float:
    """One look at every resident row: what any evaluation without an index would have to take."""
    seen = (columns.strike, columns.bid, columns.ask, columns.delta)
    return sum(float(each.sum()) for each in seen) + float(columns.following.max())


def race(file: Path, rounds: int) -> Race:
    """From Parquet to the trades, ours in this process; an answer that differs is an error."""
    answers: dict[str, list[Answer]] = {OURS: []}
    missing: list[str] = []
    for turn in range(rounds):
        answers[OURS].append(our_answer(file))
        for label, (contestant, package) in CONTESTANTS.items():
            try:
                answers.setdefault(label, []).append(answer_of(contestant, package=package, file=file))
            except PeerError as error:
                missing += [str(error)] if turn == 0 else []
    lines = tuple(line(label, each) for label, each in answers.items() if each)
    note = "optopsy 2.2 has no profit target and counts every contract in the band: its trades are others"
    return Race("Parquet to trades", BASE, RACE_BAR, lines, allowed=0.0, notes=(*missing, note))


def line(label: str, answers: list[Answer]) -> Line:
    one = answers[0]
    error = abs(one.trades - TRADES) + abs(one.profit - PROFIT)
    accuracy = Accuracy(error, f"{one.trades:,} trades, {one.profit:,.2f}")
    return Line(label, TRADES, tuple(each.seconds for each in answers), accuracy)


def beginning(file: Path, folder: Path, rows: int) -> Path:
    """Its first rows in a file of their own; whatever is compared was written by one writer."""
    part = folder / f"{rows}.parquet"
    frame = pl.read_parquet(file, columns=list(ColumnNames().needed(Detail.QUOTES).values()))
    frame.head(rows).write_parquet(part, compression="zstd", row_group_size=1 << 18)
    return part


def our_answer(file: Path) -> Answer:
    found: list[SweepResult] = []
    seconds = timed(lambda: found.append(from_file(file)))
    return Answer(len(found[0].trades), found[0].profit, seconds)


def from_file(file: Path) -> SweepResult:
    return sweep(read_columns(file), PLAIN)


def told(found: SweepResult) -> str:
    return f"{len(found.trades):,} trades, {found.profit:,.2f}"
