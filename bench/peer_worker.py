"""Runs inside a peer's own environment: `python peer_worker.py PEER TASK inputs.npz outputs.npz`.

    inputs → one call to compile and to keep the results → "ready" → a line in, the seconds of one call out

Knows nothing of the project. Results are converted to delta per 1, theta per year, vega and rho per 1.00.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import numpy as np

SHORT = 0.1  # seconds of a round at least
QUANTLIB_ACCURACY = 1e-12  # of σ√T; its default of 1e-6 is a third faster and wrong in the sixth digit
QUANTLIB_AMERICAN_ACCURACY = 1e-8  # of the vol

Arrays = dict[str, np.ndarray]
Call = Callable[[], Arrays]


def quantlib_greeks(given: Arrays) -> Call:
    import QuantLib as ql

    rows = [each.tolist() for each in forward_terms(given)]
    right = [ql.Option.Call if each > 0 else ql.Option.Put for each in given["right"]]
    years, spot = given["years"].tolist(), float(given["spot"])

    def call() -> Arrays:
        out = np.empty((6, len(years)))
        for i, (strike, forward, deviation, discount) in enumerate(zip(*rows, strict=True)):
            one = ql.BlackCalculator(ql.PlainVanillaPayoff(right[i], strike), forward, deviation, discount)
            t = years[i]
            out[:, i] = one.value(), one.delta(spot), one.gamma(spot), one.theta(spot, t), one.vega(t), one.rho(t)
        return dict(zip(("price", "delta", "gamma", "theta", "vega", "rho"), out, strict=True))

    return call


def quantlib_implied(given: Arrays) -> Call:
    import QuantLib as ql

    strike, forward, _, discount = (each.tolist() for each in forward_terms(given))
    right = [ql.Option.Call if each > 0 else ql.Option.Put for each in given["right"]]
    price, root = given["price"].tolist(), np.sqrt(given["years"])

    guess, accuracy = ql.nullDouble(), QUANTLIB_ACCURACY

    def one(i: int) -> float:
        terms = right[i], strike[i], forward[i], price[i], discount[i], 0.0, guess, accuracy
        try:
            return float(ql.blackFormulaImpliedStdDev(*terms))
        except RuntimeError:
            return float("nan")

    return lambda: {"vol": np.array([one(i) for i in range(len(price))]) / root}


def quantlib_american(scheme: str) -> Callable[[Arrays], Call]:
    """Prices by the QdFp engine of this scheme; what an option's terms alone decide is made before."""

    def task(given: Arrays) -> Call:
        import QuantLib as ql

        options = [(each, process) for each, process, _ in quantlib_options(given)]
        iteration = getattr(ql.QdFpAmericanEngine, scheme)()

        def one(option: Any, process: Any) -> float:
            option.setPricingEngine(ql.QdFpAmericanEngine(process, iteration))
            return float(option.NPV())

        return lambda: {"price": np.array([one(*each) for each in options])}

    return task


def quantlib_american_implied(given: Arrays) -> Call:
    """QuantLib's own Brent on its QdFp engine: its `impliedVolatility` would price on a coarse grid."""
    import QuantLib as ql

    options, prices = list(quantlib_options(given)), given["price"].tolist()
    scheme, lowest, highest = ql.QdFpAmericanEngine.fastScheme(), 0.005, 5.0

    def one(option: Any, process: Any, quote: Any, price: float) -> float:
        option.setPricingEngine(ql.QdFpAmericanEngine(process, scheme))

        def excess(vol: float) -> float:
            quote.setValue(vol)
            return float(option.NPV()) - price

        try:
            return float(ql.Brent().solve(excess, QUANTLIB_AMERICAN_ACCURACY, 0.2, lowest, highest))
        except RuntimeError:
            return float("nan")

    return lambda: {"vol": np.array([one(*each, price) for each, price in zip(options, prices, strict=True)])}


def quantlib_dividends(size: int) -> Callable[[Arrays], Call]:
    """The spot model on a grid of size × size; delta and gamma come with it."""

    def task(given: Arrays) -> Call:
        import QuantLib as ql

        options, today = list(quantlib_options(given)), ql.Settings.instance().evaluationDate
        when = [today + round(365 * years) for years in given["dividend_years"].tolist()]
        paid = list(zip(when, given["dividend_cash"].tolist(), strict=True))

        def one(option: Any, process: Any, last: Any) -> tuple[float, float, float]:
            due = [(date, cash) for date, cash in paid if date < last]
            schedule = ql.DividendVector([date for date, _ in due], [cash for _, cash in due])
            option.setPricingEngine(ql.FdBlackScholesVanillaEngine(process, schedule, size, size))
            return option.NPV(), option.delta(), option.gamma()

        def call() -> Arrays:
            rows = [one(option, process, option.exercise().lastDate()) for option, process, _ in options]
            return dict(zip(("price", "delta", "gamma"), np.array(rows).T, strict=True))

        return call

    return task


def quantlib_options(given: Arrays) -> Iterator[tuple[Any, Any, Any]]:
    """American options with their process and the quote of its vol; they live whole days."""
    import QuantLib as ql

    today, days, calendar = ql.Date(2, 1, 2026), ql.Actual365Fixed(), ql.NullCalendar()
    ql.Settings.instance().evaluationDate = today
    spot = ql.QuoteHandle(ql.SimpleQuote(float(given["spot"])))
    rate, dividend_yield = (
        ql.YieldTermStructureHandle(ql.FlatForward(today, float(given[name]), days))
        for name in ("rate", "dividend_yield")
    )
    for right, strike, years, vol in zip(
        *(given[n].tolist() for n in ("right", "strike", "years", "vol")), strict=True
    ):
        kind = ql.Option.Call if right > 0 else ql.Option.Put
        exercise = ql.AmericanExercise(today, today + round(365 * years))
        quote = ql.SimpleQuote(vol)
        flat = ql.BlackVolTermStructureHandle(ql.BlackConstantVol(today, calendar, ql.QuoteHandle(quote), days))
        process = ql.BlackScholesMertonProcess(spot, dividend_yield, rate, flat)
        yield ql.VanillaOption(ql.PlainVanillaPayoff(kind, strike), exercise), process, quote


def py_vollib_vectorized_greeks(given: Arrays) -> Call:
    import py_vollib_vectorized as peer

    return vollib_greeks(given, peer.vectorized_black_scholes_merton, peer.get_all_greeks, {})


def fast_vollib_greeks(given: Arrays) -> Call:
    import fast_vollib as peer

    return vollib_greeks(given, peer.fast_black_scholes_merton, peer.get_all_greeks, {"backend": "numba"})


def vollib_greeks(
    given: Arrays, price: Callable[..., np.ndarray], greeks: Callable[..., Arrays], extra: dict[str, str]
) -> Call:
    flag, spot, strike, years, rate, dividend_yield, vol = vollib_terms(given, "vol")
    merton = {"model": "black_scholes_merton", "return_as": "dict", **extra}
    scale = {"theta": 365.0, "vega": 100.0, "rho": 100.0}

    def call() -> Arrays:
        terms = (flag, spot, strike, years, rate, vol, dividend_yield)
        found = {"price": price(*terms, return_as="numpy", **extra), **greeks(*terms, **merton)}
        return {name: np.asarray(each).reshape(-1) for name, each in found.items()}

    return lambda: {name: each * scale.get(name, 1.0) for name, each in call().items()}


def py_vollib_vectorized_implied(given: Arrays) -> Call:
    import py_vollib_vectorized as peer

    return vollib_implied(given, peer.vectorized_implied_volatility, {})


def fast_vollib_implied(given: Arrays) -> Call:
    import fast_vollib as peer

    return vollib_implied(given, peer.fast_implied_volatility, {"backend": "numba"})


def vollib_implied(given: Arrays, solve: Callable[..., np.ndarray], extra: dict[str, str]) -> Call:
    flag, spot, strike, years, rate, dividend_yield, price = vollib_terms(given, "price")
    options = {"model": "black_scholes_merton", "return_as": "numpy", "on_error": "ignore", **extra}

    def call() -> Arrays:
        vol = solve(price, spot, strike, years, rate, flag, dividend_yield, **options)
        return {"vol": np.asarray(vol).reshape(-1)}

    return call


def vanilla_option_pricers_implied(given: Arrays) -> Call:
    """One call per expiry, whose rows lie together; its search starts at a vol of 1 % and ends at 500 %."""
    from vanilla_option_pricers import infer_bsm_ivols_from_slice_prices as solve

    strike, forward, _, discount = forward_terms(given)
    kind = np.where(given["right"] > 0, "C", "P")
    edges = np.flatnonzero(np.diff(given["years"], prepend=-1.0, append=-1.0))
    slices = [slice(a, b) for a, b in pairwise(edges)]

    def part(rows: slice) -> np.ndarray:
        first = rows.start
        years = float(given["years"][first])
        return np.asarray(
            solve(years, forward[first], discount[first], strike[rows], kind[rows], given["price"][rows])
        )

    return lambda: {"vol": np.concatenate([part(each) for each in slices])}


def pyarrow_read(given: Arrays) -> Call:
    """The named columns of a Parquet file on one thread; the rows are counted."""
    import pyarrow.parquet as pq

    path, columns = str(given["path"]), given["columns"].tolist()

    def call() -> Arrays:
        table = pq.read_table(path, columns=columns, use_threads=False)
        return {"rows": np.array(table.num_rows)}

    return call


def forward_terms(given: Arrays) -> tuple[np.ndarray, ...]:
    """Strike, forward, standard deviation (where there is a vol) and discount factor."""
    years, discount = given["years"], np.exp(-given["rate"] * given["years"])
    forward = given["spot"] * np.exp((given["rate"] - given["dividend_yield"]) * years)
    return given["strike"], forward, given.get("vol", years) * np.sqrt(years), discount


def vollib_terms(given: Arrays, last: str) -> tuple[np.ndarray, ...]:
    names = ("spot", "strike", "years", "rate", "dividend_yield", last)
    return (np.where(given["right"] > 0, "c", "p"), *(given[name] for name in names))


CALLS = {
    ("QuantLib", "greeks"): quantlib_greeks,
    ("QuantLib", "implied"): quantlib_implied,
    ("QuantLib", "american fast"): quantlib_american("fastScheme"),
    ("QuantLib", "american accurate"): quantlib_american("accurateScheme"),
    ("QuantLib", "american exact"): quantlib_american("highPrecisionScheme"),
    ("QuantLib", "american implied"): quantlib_american_implied,
    ("QuantLib", "dividends 400"): quantlib_dividends(400),
    ("QuantLib", "dividends 1500"): quantlib_dividends(1500),
    ("QuantLib", "dividends 3000"): quantlib_dividends(3000),
    ("py_vollib_vectorized", "greeks"): py_vollib_vectorized_greeks,
    ("py_vollib_vectorized", "implied"): py_vollib_vectorized_implied,
    ("fast_vollib", "greeks"): fast_vollib_greeks,
    ("fast_vollib", "implied"): fast_vollib_implied,
    ("vanilla_option_pricers", "implied"): vanilla_option_pricers_implied,
    ("pyarrow", "read"): pyarrow_read,
}


def main() -> None:
    peer, task, inputs, outputs = sys.argv[1:]
    with np.load(inputs) as file:
        call = CALLS[peer, task]({name: file[name] for name in file.files})
    found: Any = call()  # older NumPy knows arrays alone here
    np.savez(outputs, **found)
    print("ready", flush=True)
    for _ in sys.stdin:
        print(settled(call), flush=True)


def settled(call: Call) -> float:
    """Seconds of a call; a short one is repeated, the median counts: as ours is timed."""
    taken: list[float] = []
    while sum(taken) < SHORT:
        start = time.perf_counter()
        call()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)


if __name__ == "__main__":
    main()
