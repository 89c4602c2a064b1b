"""Runs inside a peer's own environment: `python peer_worker.py PEER TASK inputs.npz outputs.npz`.

    inputs → one call to compile and to keep the results → "ready" → a line in, the seconds of one call out

Knows nothing of the project. Results are converted to delta per 1, theta per year, vega and rho per 1.00.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from itertools import pairwise

import numpy as np

QUANTLIB_ACCURACY = 1e-12  # of σ√T; its default of 1e-6 is a third faster and wrong in the sixth digit

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
        return solve(years, forward[first], discount[first], strike[rows], kind[rows], given["price"][rows])

    return lambda: {"vol": np.concatenate([part(each) for each in slices])}


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
    ("py_vollib_vectorized", "greeks"): py_vollib_vectorized_greeks,
    ("py_vollib_vectorized", "implied"): py_vollib_vectorized_implied,
    ("fast_vollib", "greeks"): fast_vollib_greeks,
    ("fast_vollib", "implied"): fast_vollib_implied,
    ("vanilla_option_pricers", "implied"): vanilla_option_pricers_implied,
}


def main() -> None:
    peer, task, inputs, outputs = sys.argv[1:]
    with np.load(inputs) as file:
        call = CALLS[peer, task]({name: file[name] for name in file.files})
    np.savez(outputs, **call())
    print("ready", flush=True)
    for _ in sys.stdin:
        start = time.perf_counter()
        call()
        print(time.perf_counter() - start, flush=True)


if __name__ == "__main__":
    main()
