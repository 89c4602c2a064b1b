"""The compiled kernels: one signature each, the same result on any thread, their cache where it belongs."""

from __future__ import annotations

import os
import platform
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import mpmath
import numba
import numpy as np
import pytest
from scipy import special
from scipy.interpolate import make_interp_spline

from tools.pricing import american, european, implied_vol
from tools.pricing.kernels.american_implied import continuous_implied
from tools.pricing.kernels.black_scholes import european_columns
from tools.pricing.kernels.continuous import continuous_columns
from tools.pricing.kernels.discrete import discrete_families
from tools.pricing.kernels.elementary import growth, log_quotient, mills
from tools.pricing.kernels.ex_date import cross, crossing
from tools.pricing.kernels.grid import as_puts, lay_out
from tools.pricing.kernels.implied import implied_columns
from tools.pricing.kernels.normal import below, erfcx

ROOT = Path(__file__).parents[3]
CHAIN = {"spot": 100.0, "years": 0.3, "rate": 0.04, "dividend_yield": 0.02}


def test_erfcx_agrees_with_scipy() -> None:
    for x in np.concatenate([np.linspace(-5, 5, 401), np.geomspace(5, 1e6, 50), np.linspace(-25, -5, 50)]):
        assert erfcx(x) == pytest.approx(special.erfcx(x), rel=2e-15)
        assert below(x) == pytest.approx(special.ndtr(x), rel=1e-13)


def relative_error(found: list[float], exact: list[mpmath.mpf]) -> float:
    return max(abs(float(a / b - 1)) for a, b in zip(found, exact, strict=True))


def test_elementary_functions_agree_with_forty_digits() -> None:
    """Measured: e^y - 1 2.6e-16, logarithms 1.9e-17 with their rest, Mills' ratio 8.7e-16."""
    rng = np.random.default_rng(2)
    with mpmath.workdps(40):
        y = [*rng.uniform(-1, 1, 500), *rng.uniform(-36, 700, 500)]
        assert relative_error([growth(each) for each in y], [mpmath.expm1(each) for each in y]) < 5e-16
        a, b = 100 * np.exp(rng.uniform(-9, 9, 500)), 100 * np.exp(rng.normal(0, 0.5, 500))
        logs = [sum(map(mpmath.mpf, log_quotient(*pair))) for pair in zip(a, b, strict=True)]
        exact = [mpmath.log(mpmath.mpf(m) / mpmath.mpf(n)) for m, n in zip(a, b, strict=True)]
        assert relative_error(logs, exact) < 1e-16
        x = [0.0, *rng.uniform(0, 40, 500), *np.geomspace(1e-9, 1, 100)]
        ratios = [p / q for p, q in map(mills, x)]
        assert relative_error(ratios, [mpmath.ncdf(-each) / mpmath.npdf(each) for each in x]) < 2e-15


@pytest.mark.skipif(platform.machine() not in {"x86_64", "AMD64"}, reason="reads x86 assembly")
@pytest.mark.parametrize(("kernel", "shape"), [(european_columns, (6, 1)), (implied_columns, (1,))])
def test_the_loop_over_a_block_is_vector_code(kernel: Any, shape: tuple[int, ...]) -> None:
    """Every division of the loop is one of packed numbers: a branch or a call would leave single ones."""
    loop = numba.njit(nogil=True, error_model="numpy")(kernel.py_func)
    fields = tuple(np.ones(1) for _ in range(7))
    for each in fields:
        each.flags.writeable = False
    loop(fields, np.empty(shape), 0, 1)
    (assembly,) = loop.inspect_asm().values()
    assert len(re.findall(r"v?divpd\s", assembly)) >= 3
    assert not re.search(r"v?divsd\s", assembly)


def test_values_cross_an_ex_date_as_a_plain_spline_has_them() -> None:
    """Against SciPy's quintic spline over the same grid, away from the grid's ends and from exercise."""
    random, width, cash = np.random.default_rng(1), 0.05, 1.5
    for right in (-1.0, 1.0):
        columns = np.array([[right], [100.0], [100.0], [1.0], [0.03], [0.01], [0.3]]) * np.ones(40)
        columns[2] = random.uniform(80, 120, 40)
        puts = as_puts(columns)
        later, grid = (lay_out(columns, puts, np.full(40, middle), width, 201) for middle in (0.0, 0.05))
        held = 20.0 / (1.0 + (later.spots / later.strike) ** 2) + 60.0
        values = np.empty_like(held)
        cross(crossing(columns[0], cash, 0.2, 0.5, later, held, grid), held, grid, 1.0, values)
        for k in (0, 31, 32, 39):
            moved = later.spots[:, k] * np.exp(-later.drift[k] * 0.2)
            x = grid.spots[60:140, k]
            to = x - cash if right < 0 else 1.0 / (1.0 / x - cash / columns[2, k] ** 2)
            plain = make_interp_spline(np.log(moved), held[:, k], 5)(np.log(to)) * np.exp(-later.rate[k] * 0.2)
            waiting = plain * (x / to if right > 0 else 1.0)
            assert values[60:140, k] == pytest.approx(np.maximum(waiting, columns[2, k] - x), abs=1e-7)


def test_a_row_does_not_depend_on_its_place_or_its_neighbours() -> None:
    strikes = np.linspace(60, 160, 1001)
    quotes = {"right": 1, "strike": strikes, **CHAIN}
    price = european.value(vol=0.25, **quotes).price
    vol = implied_vol.european(price=price, **quotes)
    for part in (slice(0, 1), slice(1, 300), slice(255, 513), slice(700, 1001)):
        some = quotes | {"strike": strikes[part]}
        assert np.array_equal(european.value(vol=0.25, **some).price, price[part])
        assert np.array_equal(implied_vol.european(price=price[part], **some), vol[part], equal_nan=True)


def test_no_input_makes_a_kernel_compile_again() -> None:
    strikes = np.linspace(80, 120, 40)
    frozen = strikes.copy()
    frozen.setflags(write=False)
    paid = {"dividend_years": [0.1], "dividend_cash": [1.0]}
    odd = np.frombuffer(b"\0" + strikes.tobytes(), offset=1)
    for strike in (strikes, frozen, odd, strikes[::2], 100, np.float32(100), strikes.reshape(8, 5).T):
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
        price = american.value(right=-1, strike=part, vol=0.25, **CHAIN).price
        plain = european.value(right=-1, strike=part, vol=0.25, **CHAIN)
        vol = implied_vol.european(right=-1, strike=part, price=plain.price, **CHAIN)
        return np.stack([price, plain.price, plain.theta, vol], axis=1)

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
