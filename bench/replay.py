"""The full-fidelity replay: every limit and record of six underlyings and the three main books, session by session.

    made days     made, priced, decided on, kept: a first run
    kept days     read with what these books ask of the market alone, decided on: every later run over the same days
    twice the days against half of them

Each run is a process of its own over a folder of its own, so that peak memory is its own as well. Twenty years are
5,031 sessions; a session's share of the bar is what a session is held against.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.measurement import Bar, Kind, Measurement, Timed

YEARS_OF_SESSIONS = 5031  # 1999-2018
BAR = Bar(Kind.SECONDS, 60.0 / YEARS_OF_SESSIONS)
DOUBLE_BAR = Bar(Kind.RATIO, 2.3)  # twice the days in twice the time, ± 15 %
HALF, WHOLE = ("2008-01-02", "2008-03-31"), ("2008-01-02", "2008-06-30")  # 62 sessions and 126 of them
RUN = """
import json, resource, sys, time
from datetime import date
from pathlib import Path
from tools.backtest.engine import Engine
from tools.backtest.kept import KeptHistory
from tools.backtest.plan import Plan
from tools.backtest.simulated import SimulatedHistory
from tools.books.load import shipped_book
from tools.data.simulated.past import SimulatedPast, invented
folder, decides, first, last = Path(sys.argv[1]), sys.argv[2] == "decide", *map(date.fromisoformat, sys.argv[3:5])
past = SimulatedPast(driver=invented(seed=23), symbols=("SPY", "QQQ", "IWM", "DIA", "XLE", "XLK"))
market = KeptHistory(SimulatedHistory(past), folder)
books = tuple(shipped_book(name) for name in ("primary", "income_pop", "cash_secured_put"))
engine = Engine(market, Plan(books=books, first=first, last=last), whole=False)
sessions, started = 0, 0.0
for snapshot in market.looks(first, last):
    started = started or time.perf_counter()
    if decides:
        engine.day(snapshot)
    sessions += 1
seconds = time.perf_counter() - started
own = Path("/proc/self/status")  # what getrusage tells of a child begins with its parent's peak
if own.exists():
    gb = next(int(line.split()[1]) for line in own.read_text().splitlines() if line.startswith("VmHWM")) / (1 << 20)
else:
    gb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 << (30 if sys.platform == "darwin" else 20))
json.dump([seconds, sessions, len(engine.journal.lines), gb], sys.stdout)
"""


def measure(rounds: int) -> Iterator[Measurement]:
    with TemporaryDirectory() as place:
        folder = Path(place)
        made = _run(folder, "decide", *WHOLE)
        turns = [
            (_run(folder, "read", *WHOLE), _run(folder, "decide", *WHOLE), _run(folder, "decide", *HALF))
            for _ in range(rounds)
        ]
    read, whole, half = ([turn[side] for turn in turns] for side in range(3))
    each = statistics.median(run[0] / run[1] for run in whole)
    first = made[0] / made[1]
    yield Measurement(
        name="replay, a session",
        base=Timed("reading kept days alone", tuple(run[0] / run[1] for run in read)),
        real=Timed("and deciding on them", tuple(run[0] / run[1] for run in whole)),
        bar=BAR,
        note=f"six funds, three books, {whole[0][2]:,} decisions in {whole[0][1]} sessions, peak "
        f"{whole[0][3]:.2f} GB; twenty years at this pace {each * YEARS_OF_SESSIONS:,.0f} s, a first run over them "
        f"{first * YEARS_OF_SESSIONS:,.0f} s (made and priced at {1e3 * first:.0f} ms a session)",
        reason="a session is some thirty screens, eight fits and twenty open trades, each a hundred small steps of "
        "NumPy and Python; reading the day is the least of it",
    )
    yield Measurement(
        name="replay, twice the days",
        base=Timed("three months", tuple(run[0] for run in half)),
        real=Timed("six months", tuple(run[0] for run in whole)),
        bar=DOUBLE_BAR,
        reason="later months hold more open trades than the first ones",
    )


def _run(folder: Path, what: str, first: str, last: str) -> tuple[float, int, int, float]:
    """Seconds from the first look on, sessions, decisions, peak memory in GB."""
    done = subprocess.run(
        [sys.executable, "-c", RUN, str(folder), what, first, last], check=True, capture_output=True, text=True
    )
    seconds, sessions, decisions, peak = json.loads(done.stdout)
    return float(seconds), int(sessions), int(decisions), float(peak)
