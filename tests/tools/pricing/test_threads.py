"""Any number of threads gives the same digits, in forked processes and beside threads of the caller as well."""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numba
import numpy as np
import numpy.typing as npt
import pytest

from tools.pricing import american, european, implied_vol, threads
from tools.pricing.kernels.block import BLOCK
from tools.pricing.values import Values

FloatArray = npt.NDArray[np.float64]
COUNTS = (1, 2, 3, 5)
CASH: dict[str, Any] = {"dividend_years": [0.1, 0.35], "dividend_cash": [1.0, 1.0]}


@pytest.fixture(autouse=True)
def small_batches_count(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(european, "LEAST_COLUMNS", BLOCK)
    monkeypatch.setattr(implied_vol, "LEAST_COLUMNS", BLOCK)
    monkeypatch.setattr(threads, "LEAST_ROWS", 8)
    monkeypatch.setattr(numba.config, "NUMBA_NUM_THREADS", 3)
    yield
    threads._crew.cache_clear()


def chain(size: int, seed: int = 1) -> dict[str, Any]:
    """Both rights, nine expiries, calm and wild rows, positive and negative rates, some rows unusable."""
    rng = np.random.default_rng(seed)
    rate = rng.choice([0.04, 0.0, -0.0, -0.01], size, p=[0.7, 0.1, 0.1, 0.1])
    vol = rng.uniform(0.1, 0.6, size)
    vol[rng.integers(0, size, size // 50)] = np.nan
    return {
        "right": rng.choice([1.0, -1.0], size),
        "spot": 100.0,
        "strike": rng.uniform(70, 140, size),
        "years": rng.choice(np.linspace(0.05, 2.0, 9), size),
        "rate": rate,
        "dividend_yield": np.where(rate < 0, 0.0, 0.015),
        "vol": vol,
    }


def columns(v: Values) -> FloatArray:
    return np.stack([v.price, v.delta, v.gamma, v.theta, v.vega, v.rho])


def european_chain(size: int) -> FloatArray:
    terms = chain(size)
    v = european.value(**terms)
    terms.pop("vol")
    return np.concatenate([columns(v), implied_vol.european(**terms, price=v.price)[None]])


def american_chain(size: int, dividends: dict[str, Any]) -> FloatArray:
    terms = chain(size)
    v = american.value(**terms, **dividends)
    terms.pop("vol")
    return np.concatenate([columns(v), implied_vol.american(**terms, **dividends, price=v.price)[None]])


@pytest.mark.parametrize("size", [0, 1, BLOCK * 2 - 1, BLOCK * 2, BLOCK * 2 + 1, BLOCK * 7 + 100])
def test_european_digits_for_any_count(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    results = []
    for count in COUNTS:
        monkeypatch.setattr(numba.config, "NUMBA_NUM_THREADS", count)
        results.append(european_chain(size))
    for each in results[1:]:
        assert np.array_equal(each, results[0], equal_nan=True)


@pytest.mark.parametrize(("size", "dividends"), [(1500, {}), (60, CASH)])
def test_american_digits_for_any_count(
    size: int, dividends: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    results = []
    for count in COUNTS:
        monkeypatch.setattr(numba.config, "NUMBA_NUM_THREADS", count)
        results.append(american_chain(size, dividends))
    assert np.isfinite(results[0]).mean() > 0.9
    for each in results[1:]:
        assert np.array_equal(each, results[0], equal_nan=True)


def test_two_boundaries_and_reasons_for_any_count(monkeypatch: pytest.MonkeyPatch) -> None:
    """Puts of q < r < 0 from the tree between others, and unusable rows."""
    terms = chain(40) | {"rate": -0.01, "dividend_yield": np.where(np.arange(40) % 8 == 0, -0.03, 0.01)}
    monkeypatch.setattr(numba.config, "NUMBA_NUM_THREADS", 1)
    alone = american.value(**terms, explain=True)
    monkeypatch.setattr(numba.config, "NUMBA_NUM_THREADS", 4)
    shared = american.value(**terms, explain=True)
    assert np.array_equal(columns(shared), columns(alone), equal_nan=True)
    assert shared.reason is not None
    assert alone.reason is not None
    assert shared.reason.tolist() == alone.reason.tolist()


def test_a_big_batch_is_shared_and_a_small_one_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[int, int]] = []
    names: set[str] = set()
    together = threading.Barrier(3, timeout=20)

    def work(begin: int, end: int) -> None:
        seen.append((begin, end))
        if threading.current_thread().name not in names:
            names.add(threading.current_thread().name)
            together.wait()

    threads.by_columns(work, size=BLOCK * 9 + 7, least=BLOCK)
    assert sorted(seen) == [(k * BLOCK, min((k + 1) * BLOCK, BLOCK * 9 + 7)) for k in range(10)]
    assert len(names) == 3
    seen.clear()
    threads.by_columns(work, size=BLOCK - 1, least=BLOCK)
    monkeypatch.setattr(numba.config, "NUMBA_NUM_THREADS", 1)
    threads.by_columns(work, size=100 * BLOCK, least=BLOCK)
    assert seen == [(0, BLOCK - 1), (0, 100 * BLOCK)]


def test_nobody_waits_for_threads_that_never_came(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both threads of the crew are held up elsewhere: the batch is done without them."""
    free, done = threading.Event(), []
    crew = threads._crew(os.getpid(), 3)
    held = [crew.pool.submit(free.wait, 20) for _ in range(2)]
    threads.by_columns(lambda begin, end: done.append(end - begin), size=BLOCK * 9, least=BLOCK)
    assert sum(done) == BLOCK * 9
    assert not any(each.done() for each in held)
    free.set()


def test_a_batch_is_done_where_no_thread_can_be_had() -> None:
    expected = european_chain(5000)
    threads._crew(os.getpid(), 3).pool.shutdown()
    for _ in range(2):
        assert np.array_equal(european_chain(5000), expected, equal_nan=True)


def test_rows_of_the_same_terms_stay_together_and_in_order() -> None:
    terms = chain(900)
    rows = np.stack([np.broadcast_to(np.asarray(each, dtype=np.float64), 900) for each in terms.values()])
    parts = threads._alike(tuple(rows), np.arange(900))
    assert 2 <= len(parts) <= 12
    assert max(map(len, parts)) < 300
    assert np.array_equal(np.sort(np.concatenate(parts)), np.arange(900))
    owners: dict[tuple[float, ...], int] = {}
    for k, index in enumerate(parts):
        assert (np.diff(index) > 0).all()
        for row in rows[:, index].T:
            assert owners.setdefault(tuple(row[[0, 3, 4, 5]]), k) == k


def test_an_error_in_a_part_comes_back_and_leaves_the_crew_ready() -> None:
    def work(begin: int, end: int) -> None:
        if begin:
            raise ValueError("part")

    for _ in range(2):
        with pytest.raises(ValueError, match="part"):
            threads.by_columns(work, size=BLOCK * 9, least=BLOCK)
    assert np.isfinite(european_chain(2000)).mean() > 0.9


def test_callers_with_threads_of_their_own() -> None:
    """One batch at a time is shared out, the others run where they were asked for; no digit changes."""
    expected, exercised = european_chain(5000), american_chain(300, {})
    with ThreadPoolExecutor(4) as pool:
        several = [pool.submit(european_chain, 5000) for _ in range(8)]
        others = [pool.submit(american_chain, 300, {}) for _ in range(4)]
        assert all(np.array_equal(each.result(), expected, equal_nan=True) for each in several)
        assert all(np.array_equal(each.result(), exercised, equal_nan=True) for each in others)


@pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="this system does not fork")
def test_a_forked_process_hires_its_own_crew() -> None:
    expected = european_chain(5000)
    crew = threads._crew(os.getpid(), 3)
    assert crew.pool._threads
    with crew.busy, multiprocessing.get_context("fork").Pool(2) as pool:  # forked while a batch is at work
        found = pool.map_async(european_chain, [5000] * 4).get(timeout=60)
    assert all(np.array_equal(each, expected, equal_nan=True) for each in found)
