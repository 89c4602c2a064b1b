"""European prices, Greeks and implied vols of 100,000 contracts against other libraries, one thread each.

    chain → every library's results once → accuracy
          → rounds: each library in turn → median of each → ratio to QuantLib in the same rounds

    python -m bench.pricing_european [--rounds N]

Prices and Greeks are held against 40 digits on a sample, vols against those the prices came from, where a
double price determines them: an error counts from 1e-12 or 8 times what half an ulp of the price makes.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import mpmath
import numpy as np
import numpy.typing as npt
from rich.console import Console
from rich.table import Table

from bench.measurement import timed
from bench.peers import PACKAGES, Peer, PeerError
from tools.pricing import european, implied_vol
from tools.pricing.values import Values

Arrays = Mapping[str, npt.NDArray[np.float64]]
FloatArray = npt.NDArray[np.float64]

EXPIRIES, STRIKES, SPOT = 25, 2000, 100.0
SAMPLE = 400
OURS = "thetagate"
BASE = "QuantLib"
BARS = {"greeks": 500.0, "implied": 30.0}
DIGITS = 40
THREAD_ROUNDS = 60


@dataclass(frozen=True)
class Line:
    """One library's task: seconds of each round, and its accuracy in words."""

    library: str
    seconds: tuple[float, ...]
    accuracy: str

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)


def chain() -> dict[str, FloatArray]:
    """Calls and puts, one day to two years, four deviations to either side, vols of a smile from 8 % to 90 %."""
    years = np.repeat(np.geomspace(1 / 365, 2, EXPIRIES), 2 * STRIKES)
    right = np.tile(np.repeat([1.0, -1.0], STRIKES), EXPIRIES)
    z = np.tile(np.linspace(-4, 4, STRIKES), 2 * EXPIRIES)
    vol = (0.08 + 0.04 * z * z + 0.02 * (4 - z)) * (0.8 + 0.2 / (1 + years))
    rate, dividend_yield = 0.04, 0.013
    strike = SPOT * np.exp((rate - dividend_yield) * years + z * vol * np.sqrt(years))
    shared = {"spot": SPOT, "rate": rate, "dividend_yield": dividend_yield}
    return {"right": right, "strike": strike, "years": years, "vol": vol} | {
        name: np.array(value) for name, value in shared.items()
    }


def ours(task: str, given: Arrays) -> Callable[[], Arrays]:
    if task == "implied":
        return lambda: {"vol": implied_vol.european(**given)}

    def call() -> Arrays:
        v = valued(given)
        return {name: getattr(v, name) for name in ("price", "delta", "gamma", "theta", "vega", "rho")}

    return call


def valued(given: Arrays) -> Values:
    names = ("right", "spot", "strike", "years", "rate", "dividend_yield", "vol")
    return european.value(explain=False, **{name: given[name] for name in names})


def exact(given: Arrays, rows: npt.NDArray[np.int_]) -> dict[str, FloatArray]:
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


def greeks_accuracy(given: Arrays) -> Callable[[Arrays], str]:
    """Largest errors in natural scale (delta 1, gamma 1/spot, the rest spot), relative for small prices."""
    rows = np.random.default_rng(1).choice(len(given["strike"]), SAMPLE, replace=False)
    true = exact(given, rows)
    scale = {"delta": 1.0, "gamma": 1.0 / SPOT}

    def words(results: Arrays) -> str:
        error = {
            name: float(np.nanmax(np.abs(each[rows] - true[name]) / scale.get(name, SPOT)))
            for name, each in results.items()
        }
        price = error.pop("price")
        worst = max(error, key=lambda name: error[name])
        small = true["price"] < 1e-3 * SPOT
        relative = np.nanmax(np.abs(results["price"][rows] / true["price"] - 1)[small])
        return f"price {price:.0e}, small prices {relative:.0e} relative, {worst} {error[worst]:.0e}"

    return words


def implied_accuracy(given: Arrays, vol: FloatArray) -> Callable[[Arrays], str]:
    """Rows beyond max(1e-12, 8 half-ulps of the price), beyond 1e-6 more than that, and without a vol."""
    vega = valued({**given, "vol": vol}).vega
    allowed = np.maximum(1e-12, 8 * np.spacing(given["price"]) / (2 * vega * vol))
    known = allowed < 1e-3

    def words(results: Arrays) -> str:
        error = np.abs(results["vol"] / vol - 1)[known]
        missing = np.isnan(error)
        beyond, wrong = error > allowed[known], error > 1e-6 + allowed[known]
        return f"{beyond.mean():.1%} of rows beyond bound, {wrong.sum()} wrong by 1e-6, {missing.sum()} missing"

    return words


def measure(task: str, rounds: int, report: Callable[[str], None]) -> Iterator[Line]:
    """One line per library; those that cannot be installed are reported and left out."""
    given = chain()
    vol = given["vol"]
    if task == "implied":
        given = {name: each for name, each in given.items() if name != "vol"} | {"price": valued(given).price}
        accuracy = implied_accuracy(given, vol)
    else:
        accuracy = greeks_accuracy(given)
    call = ours(task, given)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        peers = []
        for name in PACKAGES:
            if task == "greeks" and name == "vanilla_option_pricers":
                continue  # has no rho, and its Greeks are of the forward
            try:
                peers.append(stack.enter_context(Peer(name, task, given, folder)))
            except PeerError as error:
                report(str(error))
        words = {each.name: accuracy(each.results) for each in peers} | {OURS: accuracy(call())}
        seconds: dict[str, list[float]] = {name: [] for name in words}
        for _ in range(rounds):
            for each in peers:
                seconds[each.name].append(each.seconds())
            seconds[OURS].append(statistics.median(timed(call) for _ in range(5)))
    for name, values in seconds.items():
        yield Line(name, tuple(values), words[name])


def notes() -> Iterator[str]:
    """What else is promised: one option through the door, two threads over one, the import."""
    given = chain()
    one = {name: float(each.flat[0]) for name, each in given.items()}
    quote = {name: each for name, each in one.items() if name != "vol"} | {"price": float(valued(given).price[0])}
    for name, call in (
        ("value", lambda: european.value(**one)),
        ("implied vol", lambda: implied_vol.european(**quote)),
    ):
        call()
        yield f"one European {name}: {1e6 * statistics.median(timed(call) for _ in range(2000)):.0f} µs (bar 30)"
    halves = [{name: half(each, part) for name, each in given.items()} for part in (0, 1)]
    with ThreadPoolExecutor(2) as pool:
        pairs = [
            (timed(lambda: valued(given)), timed(lambda: list(pool.map(valued, halves))))
            for _ in range(THREAD_ROUNDS)
        ]
    ratio = statistics.median(single / double for single, double in pairs)
    yield f"two threads: {ratio:.2f} times one on {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} (bar 1.6)"
    doors = "import tools.pricing.european, tools.pricing.implied_vol"
    code = f"import time; t = time.perf_counter(); {doors}; print(time.perf_counter() - t)"
    found = [
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True) for _ in range(5)
    ]
    yield f"import: {statistics.median(float(each.stdout) for each in found):.2f} s (bar 0.7)"


def half(column: FloatArray, part: int) -> FloatArray:
    return column if column.ndim == 0 else np.array_split(column, 2)[part]


def draw(task: str, lines: list[Line]) -> Table:
    """Million contracts per second, the ratio to QuantLib, accuracy beside speed."""
    size = 2 * EXPIRIES * STRIKES
    base = next((line.median for line in lines if line.library == BASE), None)
    title = "European price and five Greeks" if task == "greeks" else "European implied volatility"
    table = Table(title=f"{title}, {size:,} contracts, bar {BARS[task]:g} × {BASE}", box=None)
    for column in ("library", "M/s", "ratio", "of ours", "accuracy"):
        table.add_column(column, justify="left" if column in {"library", "accuracy"} else "right")
    mine = next(line.median for line in lines if line.library == OURS)
    for line in lines:
        ratio = f"{base / line.median:.1f}" if base else "-"
        speed = size / line.median / 1e6
        table.add_row(line.library, f"{speed:.2f}", ratio, f"1/{line.median / mine:.0f}", line.accuracy)
    return table


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench.pricing_european", description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    rounds = parser.parse_args().rounds
    console = Console(width=150)
    for task in BARS:
        console.print(draw(task, list(measure(task, rounds, console.print))))
    for note in notes():
        console.print(note)


if __name__ == "__main__":
    main()
