"""European prices, Greeks and implied vols of 100,000 contracts against other libraries, one thread each.

Prices and Greeks are held against 40 digits on a sample, vols against those the prices came from, where a
double price determines them: an error counts from 1e-12 or 8 times what half an ulp of the price makes.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import mpmath
import numpy as np

from bench.contracts import EXPIRIES, ROWS, SPOT, chain, quotes
from bench.measurement import timed
from bench.promise import Promise
from bench.race import OURS, Accuracy, Arrays, Entry, FloatArray, IntArray, Line, Race, run, settled
from bench.threads import copied_per_second, two_over_one, two_threads
from tools.pricing import european, implied_vol
from tools.pricing.values import Values

GREEKS = ("price", "delta", "gamma", "theta", "vega", "rho")
YEARS = np.geomspace(1 / 365, 2, EXPIRIES)
SAMPLE = 400
BASE, FAST = "QuantLib", "fast_vollib"
GREEKS_BAR, FAST_BAR, IMPLIED_BAR, PEER_BAR = 500.0, 12.0, 30.0, 5.0
SINGLE_BAR, IMPORT_BAR = 30.0, 0.7  # µs, s
PRICE_ERROR = 4e-15  # of spot
DIGITS = 40
THREAD_ROUNDS = 20
MANY = 10  # chains for a second thread
EVERY = np.arange(ROWS)


def measure(rounds: int) -> Iterator[Race]:
    yield greeks(rounds)
    yield implied(rounds)


def greeks(rounds: int) -> Race:
    given = chain(YEARS)

    def call() -> Arrays:
        v = valued(given)
        return {name: getattr(v, name) for name in GREEKS}

    names = (BASE, "py_vollib_vectorized", FAST)
    lines, missing = run(
        given=given,
        ours={OURS: call},
        entries=[Entry(name, name, "greeks", ROWS) for name in names],
        accuracy=greeks_accuracy(given),
        order=EVERY,
        rounds=rounds,
    )
    title = f"European price and five Greeks, {ROWS:,} contracts"
    race = Race(
        title, BASE, GREEKS_BAR, lines, allowed=PRICE_ERROR, notes=missing, reason=of_a_row(lines[0], given)
    )
    against = against_peer(race, FAST, FAST_BAR)
    return replace(race, promises=(*against, *single(given), second_thread(), imported()))


def implied(rounds: int) -> Race:
    options = chain(YEARS)
    given = quotes(options, valued(options).price)
    names = (BASE, "py_vollib_vectorized", FAST, "vanilla_option_pricers")
    lines, missing = run(
        given=given,
        ours={OURS: lambda: {"vol": implied_vol.european(**given)}},
        entries=[Entry(name, name, "implied", ROWS) for name in names],
        accuracy=implied_accuracy(given, options["vol"]),
        order=EVERY,
        rounds=rounds,
    )
    race = Race(f"European implied volatility, {ROWS:,} contracts", BASE, IMPLIED_BAR, lines, 0.0, missing)
    quickest = min(lines[2:], key=lambda each: each.per_row, default=None)
    return replace(race, promises=against_peer(race, quickest.library, PEER_BAR) if quickest else ())


def valued(given: Mapping[str, Any]) -> Values:
    return european.value(**given)


def exact(given: Arrays, rows: IntArray) -> dict[str, FloatArray]:
    """Price and Greeks of these rows to 40 digits, rounded."""
    with mpmath.workdps(DIGITS):
        found = [
            _exact({name: mpmath.mpf(float(each.flat[i % each.size])) for name, each in given.items()})
            for i in rows
        ]
    return {name: np.array([float(each[name]) for each in found]) for name in found[0]}


def _exact(o: Mapping[str, mpmath.mpf]) -> dict[str, mpmath.mpf]:
    w, root = o["right"], mpmath.sqrt(o["years"])
    s = o["vol"] * root
    d1 = (mpmath.log(o["spot"] / o["strike"]) + (o["rate"] - o["dividend_yield"]) * o["years"]) / s + s / 2
    asset = o["spot"] * mpmath.exp(-o["dividend_yield"] * o["years"])
    cash = o["strike"] * mpmath.exp(-o["rate"] * o["years"])
    held, owed = asset * mpmath.ncdf(w * d1), cash * mpmath.ncdf(w * (d1 - s))
    peak = asset * mpmath.npdf(d1)
    return {
        "price": w * (held - owed),
        "delta": w * held / o["spot"],
        "gamma": peak / (o["spot"] ** 2 * s),
        "theta": w * (o["dividend_yield"] * held - o["rate"] * owed) - peak * o["vol"] / (2 * root),
        "vega": peak * root,
        "rho": w * o["years"] * owed,
    }


def greeks_accuracy(given: Arrays) -> Callable[[Arrays], Accuracy]:
    """Largest errors in natural scale (delta 1, gamma 1/spot, the rest spot), relative for small prices."""
    rows = np.random.default_rng(1).choice(ROWS, SAMPLE, replace=False)
    true = exact(given, rows)
    scale = {"delta": 1.0, "gamma": 1.0 / SPOT}

    def judged(results: Arrays) -> Accuracy:
        error = {
            name: float(np.nanmax(np.abs(each[rows] - true[name]) / scale.get(name, SPOT)))
            for name, each in results.items()
        }
        price = error.pop("price")
        worst = max(error, key=lambda name: error[name])
        small = true["price"] < 1e-3 * SPOT
        relative = np.nanmax(np.abs(results["price"][rows] / true["price"] - 1)[small])
        return Accuracy(
            price, f"price {price:.0e}, small prices {relative:.0e} relative, {worst} {error[worst]:.0e}"
        )

    return judged


def implied_accuracy(given: Arrays, vol: FloatArray) -> Callable[[Arrays], Accuracy]:
    """Rows beyond max(1e-12, 8 half-ulps of the price), beyond 1e-6 more than that, and without a vol."""
    options = {name: each for name, each in given.items() if name != "price"}
    vega = valued({**options, "vol": vol}).vega
    allowed = np.maximum(1e-12, 8 * np.spacing(given["price"]) / (2 * vega * vol))
    known = allowed < 1e-3

    def judged(results: Arrays) -> Accuracy:
        error = np.abs(results["vol"] / vol - 1)[known]
        missing = np.isnan(error)
        beyond, wrong = error > allowed[known], error > 1e-6 + allowed[known]
        return Accuracy(
            float(beyond.mean() + missing.mean()),
            f"{beyond.mean():.1%} of rows beyond bound, {wrong.sum()} wrong by 1e-6, {missing.sum()} missing",
        )

    return judged


def of_a_row(ours: Line, given: Arrays) -> str:
    """Where the time of a row goes: its columns and results are copied, and nothing else, in the same run."""
    columns, results = [each for each in given.values() if each.ndim], np.empty((len(GREEKS), ROWS))

    def copy() -> Arrays:
        for k, row in enumerate(results):
            np.copyto(row, columns[k] if k < len(columns) else 0.0)
        return {}

    copying = 1e9 * settled(copy) / ROWS
    return (
        f"{copying:.1f} of {1e9 * ours.per_row:.1f} ns a row are what it takes to copy its columns and results; "
        "the rest is a logarithm, an exponential, two Mills' ratios and what follows, each waiting for the last."
    )


def against_peer(race: Race, library: str, bar: float) -> tuple[Promise, ...]:
    """Our speed over that of one more library; none where it does not run here, which the race says."""
    ratio = race.over(library)
    return () if np.isnan(ratio) else (Promise(f"over {library}", ratio, "×", bar, race.reason, least=True),)


def single(given: Arrays) -> Iterator[Promise]:
    """What one option costs through the door."""
    one = {name: float(each.flat[0]) for name, each in given.items()}
    quote = {name: each for name, each in one.items() if name != "vol"} | {"price": float(valued(one).price)}
    for name, call in (
        ("value", lambda: valued(one)),
        ("implied vol", lambda: implied_vol.european(**quote)),
    ):
        took = [timed(call) for _ in range(2000)]
        reason = f"The quickest of {len(took):,} calls took {1e6 * min(took):.0f} µs: others were at work here."
        yield Promise(f"one European {name}", 1e6 * statistics.median(took), "µs", SINGLE_BAR, reason)


def second_thread() -> Promise:
    """A second thread on ten chains at once, and how much of what memory allows the two then move."""
    many = {name: each if each.ndim == 0 else np.tile(each, MANY) for name, each in chain(YEARS).items()}
    gain, seconds = two_over_one(lambda: valued(many), rounds=THREAD_ROUNDS)
    moved = sum(each.nbytes for each in many.values()) + 2 * len(GREEKS) * 8 * MANY * ROWS  # results: read, written
    share = moved / seconds / copied_per_second(rounds=THREAD_ROUNDS)
    name = f"two threads on {MANY * ROWS:,} contracts, moving {share:.0%} of the bytes that two threads can copy"
    return two_threads(gain, name=name, rounds=THREAD_ROUNDS)


def imported() -> Promise:
    """Seconds that a fresh interpreter takes for the doors, and for the libraries below them."""
    doors, below = map(import_seconds, ("tools.pricing.european, tools.pricing.implied_vol", "numpy, numba"))
    return Promise("import", doors, "s", IMPORT_BAR, f"NumPy and Numba alone take {below:.2f} s.")


def import_seconds(names: str) -> float:
    code = f"import time; t = time.perf_counter(); import {names}; print(time.perf_counter() - t)"
    found = [
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True) for _ in range(5)
    ]
    return statistics.median(float(each.stdout) for each in found)
