"""European prices, Greeks and implied vols of 100,000 contracts against other libraries, one thread each.

Prices and Greeks are held against 40 digits on a sample, vols against those the prices came from, where a
double price determines them: an error counts from 1e-12 or 8 times what half an ulp of the price makes.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import mpmath
import numpy as np

from bench.contracts import EXPIRIES, ROWS, SPOT, chain, quotes
from bench.measurement import timed
from bench.race import OURS, Accuracy, Arrays, Entry, FloatArray, IntArray, Race, run
from bench.threads import BAR, copied_per_second, machine, two_over_one
from tools.pricing import european, implied_vol
from tools.pricing.values import Values

GREEKS = ("price", "delta", "gamma", "theta", "vega", "rho")
YEARS = np.geomspace(1 / 365, 2, EXPIRIES)
SAMPLE = 400
BASE = "QuantLib"
GREEKS_BAR, IMPLIED_BAR = 500.0, 30.0
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

    names = ("QuantLib", "py_vollib_vectorized", "fast_vollib")
    lines, missing = run(
        given=given,
        ours={OURS: call},
        entries=[Entry(name, name, "greeks", ROWS) for name in names],
        accuracy=greeks_accuracy(given),
        order=EVERY,
        rounds=rounds,
    )
    title = f"European price and five Greeks, {ROWS:,} contracts"
    return Race(title, BASE, GREEKS_BAR, lines, allowed=PRICE_ERROR, notes=(*missing, *notes()))


def implied(rounds: int) -> Race:
    options = chain(YEARS)
    given = quotes(options, valued(options).price)
    names = ("QuantLib", "py_vollib_vectorized", "fast_vollib", "vanilla_option_pricers")
    lines, missing = run(
        given=given,
        ours={OURS: lambda: {"vol": implied_vol.european(**given)}},
        entries=[Entry(name, name, "implied", ROWS) for name in names],
        accuracy=implied_accuracy(given, options["vol"]),
        order=EVERY,
        rounds=rounds,
    )
    return Race(f"European implied volatility, {ROWS:,} contracts", BASE, IMPLIED_BAR, lines, 0.0, missing)


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


def notes() -> Iterator[str]:
    """What else is promised: one option through the door, two threads over one, the import."""
    given = chain(YEARS)
    one = {name: float(each.flat[0]) for name, each in given.items()}
    quote = {name: each for name, each in one.items() if name != "vol"} | {"price": float(valued(given).price[0])}
    for name, call in (
        ("value", lambda: valued(one)),
        ("implied vol", lambda: implied_vol.european(**quote)),
    ):
        call()
        yield f"one European {name}: {1e6 * statistics.median(timed(call) for _ in range(2000)):.0f} µs (bar 30)"
    yield second_thread()
    doors = "import tools.pricing.european, tools.pricing.implied_vol"
    code = f"import time; t = time.perf_counter(); {doors}; print(time.perf_counter() - t)"
    found = [
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True) for _ in range(5)
    ]
    yield f"import: {statistics.median(float(each.stdout) for each in found):.2f} s (bar 0.7)"


def second_thread() -> str:
    """A second thread on ten chains at once, and how much of what memory allows the two then move."""
    many = {name: each if each.ndim == 0 else np.tile(each, MANY) for name, each in chain(YEARS).items()}
    gain, seconds = two_over_one(lambda: valued(many), rounds=THREAD_ROUNDS)
    moved = sum(each.nbytes for each in many.values()) + 2 * len(GREEKS) * 8 * MANY * ROWS  # results: read, written
    share = moved / seconds / copied_per_second(rounds=THREAD_ROUNDS)
    return (
        f"two threads on {MANY * ROWS:,} contracts: {gain:.2f} times one (bar {BAR}), "
        f"moving {share:.0%} of the bytes that two threads can copy; {machine()}"
    )
