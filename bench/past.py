"""The simulated past: opening a day of it, and going through its years closing bell by closing bell.

A whole day is every chain, fact and condition of all symbols, fingerprinted; beside it stand the chains alone. Days
per second and peak memory are those of a process that does nothing else.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import date, datetime

from bench.measurement import Bar, Kind, Measurement, Timed, in_turns, timed
from tools.calendar.sessions import NEW_YORK
from tools.data.simulated.past import SimulatedPast, invented

STORM = datetime(2008, 10, 10, 16, tzinfo=NEW_YORK)
DAY_BAR = Bar(Kind.SECONDS, 0.5)
FUNDS = ("SPY", "QQQ", "IWM", "DIA", "XLE", "XLK")
WALKS: dict[str, tuple[str, ...] | None] = {"all 33 symbols": None, "the six funds": FUNDS, "SPY alone": ("SPY",)}
WALK = """
import json, resource, sys, time
from datetime import date
from tools.data.simulated.past import SimulatedPast, invented
market = SimulatedPast(driver=invented(seed=23), symbols=json.loads(sys.argv[1]))
next(market.closing_bells())
started, days, rows = time.perf_counter(), 0, 0
for snapshot in market.closing_bells(date(2008, 9, 2), date(2008, 10, 31)):
    days, rows = days + 1, rows + snapshot.counts.rows
seconds = time.perf_counter() - started
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
json.dump([days / seconds, rows / days, peak / (1 << (20 if sys.platform == "darwin" else 10))], sys.stdout)
"""


def measure(rounds: int) -> Iterator[Measurement]:
    market = SimulatedPast(driver=invented(seed=23))
    base, real = in_turns(
        lambda: timed(lambda: [market.chain(symbol, STORM) for symbol in market.symbols]),
        lambda: timed(lambda: market.snapshot(STORM)),
        rounds=rounds,
    )
    rows = market.snapshot(STORM).counts.rows
    yield Measurement(
        name="day of the past",
        base=Timed("its chains alone", base),
        real=Timed("chains, facts, fingerprint", real),
        bar=DAY_BAR,
        note=f"{rows:,} contracts; closing bells of Sep and Oct 2008: " + "; ".join(map(walked, WALKS)),
    )


def walked(name: str) -> str:
    """Days per second and peak memory of a walk in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", WALK, json.dumps(WALKS[name])], check=True, capture_output=True, text=True
    )
    days, rows, peak = json.loads(done.stdout)
    years = (date(2018, 12, 31) - date(1999, 1, 4)).days / 365.25
    whole = 252 * years / days / 60
    return f"{name} {days:.1f} days/s ({rows:,.0f} rows a day, 20 years in {whole:.0f} min, peak {peak:.0f} MB)"
