"""The compiled kernels: one signature each, the same result on any thread, their cache where it belongs."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from scipy import special

from tools.pricing import american, european, implied_vol
from tools.pricing.kernels.american_implied import continuous_implied
from tools.pricing.kernels.black_scholes import european_columns
from tools.pricing.kernels.continuous import continuous_columns
from tools.pricing.kernels.discrete import discrete_families
from tools.pricing.kernels.implied import implied_columns
from tools.pricing.kernels.normal import below, erfcx

ROOT = Path(__file__).parents[3]
CHAIN = {"spot": 100.0, "years": 0.3, "rate": 0.04, "dividend_yield": 0.02}


def test_erfcx_agrees_with_scipy() -> None:
    for x in np.concatenate([np.linspace(-5, 5, 401), np.geomspace(5, 1e6, 50), np.linspace(-25, -5, 50)]):
        assert erfcx(x) == pytest.approx(special.erfcx(x), rel=2e-15)
        assert below(x) == pytest.approx(special.ndtr(x), rel=1e-13)


def test_no_input_makes_a_kernel_compile_again() -> None:
    strikes = np.linspace(80, 120, 40)
    frozen = strikes.copy()
    frozen.setflags(write=False)
    paid = {"dividend_years": [0.1], "dividend_cash": [1.0]}
    for strike in (strikes, frozen, strikes[::2], 100, np.float32(100), strikes.reshape(8, 5).T):
        european.value(right=1, strike=strike, vol=0.2, **CHAIN)
        price = american.value(right=-1, strike=strike, vol=0.2, **CHAIN, **paid).price
        implied_vol.american(right=-1, strike=strike, price=price, **CHAIN, **paid)
        implied_vol.european(right=-1, strike=strike, price=price, **CHAIN)
        price = american.value(right=-1, strike=strike, vol=0.2, **CHAIN).price
        implied_vol.american(right=-1, strike=strike, price=price, **CHAIN)
    plain, exercised = (european_columns, implied_columns), (continuous_columns, continuous_implied)
    for kernel in (*plain, *exercised, discrete_families):
        assert len(kernel.signatures) == 1


def test_threads_do_not_change_a_digit() -> None:
    strikes = np.linspace(80, 120, 200)

    def run(part: np.ndarray) -> np.ndarray:
        return american.value(right=-1, strike=part, vol=0.25, **CHAIN).price

    with ThreadPoolExecutor(4) as pool:
        parts = np.concatenate(list(pool.map(run, np.array_split(strikes, 8))))
    assert np.array_equal(parts, run(strikes))


def where_the_cache_is(**environment: str) -> Path:
    """The cache folder of a fresh interpreter; nothing is compiled."""
    code = "import tools.pricing.kernels, numba; print(numba.config.CACHE_DIR)"
    clean = {k: v for k, v in os.environ.items() if k not in {"NUMBA_CACHE_DIR", "XDG_CACHE_HOME"}}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=clean | environment, capture_output=True, text=True, check=True
    )
    return Path(done.stdout.strip())


def test_the_cache_lies_outside_the_project(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    by_default = where_the_cache_is(HOME=str(tmp_path))
    assert by_default.parent == tmp_path / ".cache" / "thetagate" / "numba"
    assert where_the_cache_is(XDG_CACHE_HOME=str(tmp_path / "x")).is_relative_to(tmp_path / "x" / "thetagate")
    assert where_the_cache_is(NUMBA_CACHE_DIR=str(tmp_path / "n")).parent == tmp_path / "n"
    unwritable = where_the_cache_is(XDG_CACHE_HOME=str(tmp_path / "file"), TMPDIR=str(tmp_path))
    assert unwritable.parent == tmp_path
