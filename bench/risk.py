"""Risk of a thousand positions: limits beside the bare Greeks, drawn paths beside a loop over them, stresses.

A thousand American options on a hundred underlyings, each of its own strike and expiry, as a book of many names is.
The loop is a NumPy user's: path by path, all positions at once through the same pricer; it is timed on some of the
paths. The share of the kernel's own throughput is what the same pricer does on as many spots of one contract each.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator

import numpy as np

from bench.measurement import Bar, Kind, Measurement, Timed, in_turns, timed
from tools.pricing import american
from tools.risk.tail.holdings import Assets, Holdings
from tools.risk.tail.monte_carlo import drawn
from tools.risk.tail.revalue import revalue
from tools.risk.tail.shock import Shock
from tools.risk.tail.stress import stressed, stresses

POSITIONS, UNDERLYINGS, PATHS, LOOPED = 1_000, 100, 10_000, 20
PEAK = """
import json, resource, sys
from bench.risk import book
from tools.risk.tail.monte_carlo import drawn
from tools.risk.tail.revalue import revalue
holdings, assets = book()
revalue(holdings, assets, drawn(assets, seed=1)).sum(axis=0)
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
json.dump(peak / (1 << (20 if sys.platform == "darwin" else 10)), sys.stdout)
"""


def book(seed: int = 1) -> tuple[Holdings, Assets]:
    """A thousand short options near the money on a hundred names that move together."""
    chance = np.random.default_rng(seed)
    correlation = np.full((UNDERLYINGS, UNDERLYINGS), 0.4)
    np.fill_diagonal(correlation, 1.0)
    assets = Assets(
        symbols=tuple(f"S{place}" for place in range(UNDERLYINGS)),
        spot=chance.uniform(50, 500, UNDERLYINGS),
        rate=np.full(UNDERLYINGS, 0.04),
        dividend_yield=np.full(UNDERLYINGS, 0.01),
        daily_vol=chance.uniform(0.008, 0.025, UNDERLYINGS),
        beta=chance.uniform(0.5, 1.6, UNDERLYINGS),
        correlation=correlation,
        sectors=("Energy",) * UNDERLYINGS,
    )
    asset = chance.integers(0, UNDERLYINGS, POSITIONS)
    right = chance.choice([-1.0, 1.0], POSITIONS)
    return Holdings(
        symbols=tuple(f"P{place}" for place in range(POSITIONS)),
        asset=asset,
        units=-100.0 * chance.integers(1, 10, POSITIONS).astype(np.float64),
        right=right,
        strike=assets.spot[asset] * (1 + right * chance.uniform(0.02, 0.10, POSITIONS)),
        years=chance.uniform(0.02, 0.3, POSITIONS),
        vol=chance.uniform(0.15, 0.5, POSITIONS),
        american=np.ones(POSITIONS, dtype=np.bool_),
    ), assets


def measure(rounds: int) -> Iterator[Measurement]:
    holdings, assets = book()
    shock = drawn(assets, seed=1, paths=PATHS)
    yield _paths(holdings, assets, shock, rounds)
    yield _share(holdings, assets, shock, rounds)
    base, real = in_turns(
        lambda: timed(lambda: _priced(holdings, assets, assets.spot)),
        lambda: timed(lambda: stressed(holdings, assets, stresses())),
        rounds=rounds,
    )
    yield Measurement(
        name="named stresses",
        base=Timed("the book priced once", base),
        real=Timed(f"{len(stresses())} stresses", real),
        bar=Bar(Kind.SECONDS, 0.05),
        note=f"{POSITIONS:,} American options, each with an exercise boundary of its own per vol and rate",
        reason="Stresses move vols and rates, so that each position needs a boundary of its own for each of them.",
    )


def _priced(holdings: Holdings, assets: Assets, spots: np.ndarray[tuple[int], np.dtype[np.float64]]) -> object:
    at = holdings.asset
    return american.value(
        right=holdings.right, spot=spots[at], strike=holdings.strike, years=holdings.years, rate=assets.rate[at],
        dividend_yield=assets.dividend_yield[at], vol=holdings.vol,
    ).price  # fmt: skip


def _paths(holdings: Holdings, assets: Assets, shock: Shock, rounds: int) -> Measurement:
    spots = assets.spot * np.exp(shock.spot[:LOOPED])
    loop, ours = in_turns(
        lambda: timed(lambda: [_priced(holdings, assets, each) for each in spots]) / LOOPED,
        lambda: timed(lambda: revalue(holdings, assets, shock)) / PATHS,
        rounds=rounds,
    )
    peak = json.loads(
        subprocess.run([sys.executable, "-c", PEAK], check=True, capture_output=True, text=True).stdout
    )
    return Measurement(
        name="drawn paths",
        base=Timed("a loop over paths, same pricer", loop),
        real=Timed("full revaluation", ours),
        bar=Bar(Kind.RATIO, 1 / 20),
        note=f"{PATHS:,} paths of {POSITIONS:,} positions, seconds a path; peak {peak:.0f} MB (1,000 allowed)",
    )


def _share(holdings: Holdings, assets: Assets, shock: Shock, rounds: int) -> Measurement:
    """Beside the kernel on the same spots of one contract."""
    spots = assets.spot[0] * np.exp(shock.spot[:, 0])
    bare, ours = in_turns(
        lambda: (
            timed(
                lambda: american.value(
                    right=-1,
                    spot=spots,
                    strike=float(assets.spot[0]),
                    years=0.1,
                    rate=0.04,
                    dividend_yield=0.01,
                    vol=0.2,
                )
            )
            / PATHS
        ),
        lambda: timed(lambda: revalue(holdings, assets, shock)) / (PATHS * POSITIONS),
        rounds=rounds,
    )
    return Measurement(
        name="share of the kernel",
        base=Timed("the kernel, one contract", bare),
        real=Timed("full revaluation, a valuation", ours),
        bar=Bar(Kind.RATIO, 1 / 0.6),
        note="seconds a valuation; the bar is 60 % of the kernel's own throughput",
    )
