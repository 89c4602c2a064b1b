"""American prices, Greeks and implied vols of 100,000 contracts against QuantLib, one thread each.

Expiries and ex-dates are whole days, QuantLib knows no others. It is timed on a sample of the rows, and the
ratio is per row. What is true is none of ours: without cash dividends QuantLib's QdFp engine in its
high-precision scheme, with them its finite differences on 3,000 × 3,000 nodes, the error that is left taken
off with the help of 1,500 × 1,500. An implied vol is as wrong as the precise price at that vol.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from bench.contracts import EXPIRIES, ROWS, chain, quotes
from bench.measurement import timed
from bench.peers import Peer, PeerError
from bench.promise import Promise
from bench.race import OURS, Accuracy, Arrays, Call, Entry, FloatArray, Line, Race, rows_of, run
from bench.threads import two_over_one, two_threads
from tools.pricing import american, european, implied_vol
from tools.pricing.values import Values

# fmt: off
DAYS = np.array([1, 2, 3, 4, 5, 7, 9, 12, 16, 21, 28, 35, 49, 63, 91, 119, 154, 189, 245, 301, 364, 455, 546, 637,
                 730])
# fmt: on
EX_DAYS, CASH = np.arange(40, 730, 91), 0.6
PAYING_DAYS = np.arange(46, 46 + 28 * EXPIRIES, 28)
SAMPLE, IMPLIED_SAMPLE, GRID_SAMPLE, TRUE_GRIDS = 1000, 300, 100, 40
EXACT = f"{OURS}, exact"
QDFP, BRENT, GRID = "QuantLib QdFp fast", "QuantLib Brent on QdFp fast", "QuantLib FD 400 × 400"
PRICE_BAR, IMPLIED_BAR, DIVIDEND_BAR = 20.0, 30.0, 50.0
GREEKS = ("price", "delta", "gamma", "theta", "vega", "rho")
TIME_VALUE = 1e-6  # of strike: what a price must hold of it to tell a vol
PUT = {
    "right": -1.0,
    "spot": 100.0,
    "strike": 95.0,
    "years": 0.3,
    "rate": 0.04,
    "dividend_yield": 0.013,
    "vol": 0.25,
}
CALL = PUT | {"right": 1.0, "strike": 105.0}
SINGLE_BAR = 30.0  # µs
ORDER = np.random.default_rng(1).permutation(ROWS)


def measure(rounds: int) -> Iterator[Race]:
    yield prices(rounds)
    yield implied(rounds)
    yield dividends(rounds)


def prices(rounds: int) -> Race:
    given = chain(DAYS / 365)
    lines, missing = run(
        given=given,
        ours={OURS: ours(given, "fast"), EXACT: ours(given, "exact")},
        entries=[
            Entry(QDFP, "QuantLib", "american fast", SAMPLE),
            Entry("QuantLib QdFp accurate", "QuantLib", "american accurate", SAMPLE),
        ],
        accuracy=price_accuracy(given, looked_up("american exact", rows_of(given, ORDER[:SAMPLE]))),
        order=ORDER,
        rounds=rounds,
    )
    gain, _ = two_over_one(ours(given, "fast"), rounds=rounds)
    second = two_threads(gain, name="two threads", rounds=rounds)
    title = f"American price and five Greeks (QuantLib: the price alone), {ROWS:,} contracts"
    promises = (single("put", PUT), single("call", CALL), second)
    return Race(title, QDFP, PRICE_BAR, lines, notes=(*missing, *single_implied()), promises=promises)


def implied(rounds: int) -> Race:
    options = chain(DAYS / 365)
    asked = quotes(options, priced(options, "exact").price)
    lines, missing = run(
        given=asked | {"vol": options["vol"]},
        ours={OURS: lambda: {"vol": implied_vol.american(**asked)}},
        entries=[Entry(BRENT, "QuantLib", "american implied", IMPLIED_SAMPLE)],
        accuracy=implied_accuracy(rows_of(asked, ORDER[:IMPLIED_SAMPLE])),
        order=ORDER,
        rounds=rounds,
    )
    return Race(f"American implied volatility, {ROWS:,} contracts", BRENT, IMPLIED_BAR, lines, notes=missing)


def dividends(rounds: int) -> Race:
    given = chain(PAYING_DAYS / 365) | {"dividend_yield": np.array(0.0)}
    given |= {"dividend_years": EX_DAYS / 365, "dividend_cash": np.full(len(EX_DAYS), CASH)}
    few = rows_of(given, ORDER[:TRUE_GRIDS])
    fine, finer = looked_up("dividends 1500", few), looked_up("dividends 3000", few)
    lines, missing = run(
        given=given,
        ours={OURS: ours(given, "fast"), EXACT: ours(given, "exact")},
        entries=[Entry(GRID, "QuantLib", "dividends 400", GRID_SAMPLE)],
        accuracy=price_accuracy(given, 2.0 * finer - fine),
        order=ORDER,
        rounds=max(1, rounds // 2),
    )
    title = f"American price and five Greeks, 1 to {len(EX_DAYS)} cash dividends, {ROWS:,} contracts"
    return Race(title, GRID, DIVIDEND_BAR, lines, notes=missing, reason=finer_than_asked(lines))


def finer_than_asked(lines: Sequence[Line]) -> str:
    """The bar is over a grid of equal error; ours is measured beside it."""
    grid = next((each for each in lines if each.library == GRID), lines[0])
    less = grid.accuracy.error / lines[0].accuracy.error
    return f"The bar is about equal error; ours is {less:.0f} times smaller than that of {GRID} and takes its time."


def ours(given: Arrays, accuracy: str) -> Call:
    def call() -> Arrays:
        v = priced(given, accuracy)
        return {name: getattr(v, name) for name in GREEKS}

    return call


def priced(given: Mapping[str, Any], accuracy: str = "fast") -> Values:
    return american.value(**given, accuracy=accuracy)


def looked_up(task: str, given: Arrays) -> FloatArray:
    """QuantLib's prices of these rows; nan where it does not run here, which the race says."""
    price: FloatArray = np.full(given["strike"].shape, np.nan)
    with suppress(PeerError), TemporaryDirectory() as folder, Peer("QuantLib", task, given, Path(folder)) as peer:
        price = peer.results["price"]
    return price


def price_accuracy(given: Arrays, true: FloatArray) -> Callable[[Arrays], Accuracy]:
    """Errors of the first rows of the order, as many as `true` has, in shares of the strike."""
    strike = given["strike"][ORDER[: len(true)]]
    return lambda results: of_strike((results["price"][: len(true)] - true) / strike, "price")


def implied_accuracy(quoted: Arrays) -> Callable[[Arrays], Accuracy]:
    """How far QuantLib's precise price at the vol found is from the one asked about, where that tells a vol."""
    intrinsic = np.maximum(quoted["right"] * (quoted["spot"] - quoted["strike"]), 0.0)
    known = quoted["price"] > intrinsic + TIME_VALUE * quoted["strike"]
    rows = np.flatnonzero(known)

    def judged(results: Arrays) -> Accuracy:
        vol = results["vol"][: len(known)]
        found = rows[np.isfinite(vol[rows])]
        again = looked_up("american exact", rows_of({**quoted, "vol": vol}, found))
        accuracy = of_strike((again - quoted["price"][found]) / quoted["strike"][found], "price at this vol")
        return Accuracy(accuracy.error, f"{accuracy.words}, {len(rows) - len(found)} of {len(rows)} missing")

    return judged


def of_strike(error: FloatArray, name: str) -> Accuracy:
    rms = float(np.sqrt(np.mean(error**2)))
    return Accuracy(rms, f"{name} {rms:.0e} of strike RMS, {np.max(np.abs(error)):.0e} at most")


def single(name: str, option: Mapping[str, Any]) -> Promise:
    """What one option costs through the door, beside what a European one does."""
    took, door = (microseconds(partial(value, **option)) for value in (american.value, european.value))
    reason = f"{door:.0f} µs of it are what a European value takes; the rest finds one boundary of exercise."
    return Promise(f"one American {name}, value", took, "µs", SINGLE_BAR, reason)


def single_implied() -> Iterator[str]:
    for name, option in (("put", PUT), ("call", CALL)):
        asked = {key: each for key, each in option.items() if key != "vol"} | {"price": float(priced(option).price)}
        yield f"one American {name}, implied vol: {microseconds(partial(implied_vol.american, **asked)):.0f} µs"


def microseconds(work: Callable[[], object]) -> float:
    return 1e6 * statistics.median(timed(work) for _ in range(500))
