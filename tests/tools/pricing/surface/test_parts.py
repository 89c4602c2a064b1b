"""The parts of a fit: derivatives against differences, ties, least distances, isotonic variances."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tests.tools.pricing.surface.specimens import SHAPE
from tools.pricing.surface.backbone import rising
from tools.pricing.surface.conditions import butterfly, calendar, dense_grid, density_slopes, neighbours
from tools.pricing.surface.correction import TIED, basis_derivatives, from_free, spanning, to_free
from tools.pricing.surface.least_distance import nearest_feasible
from tools.pricing.surface.smile import Smile
from tools.pricing.surface.ssvi import Shape, total_variance, with_derivatives

K = np.linspace(-1.5, 1.0, 41)
STEP = 1e-4


def bent_smile(seed: int = 3) -> Smile:
    knots = spanning(low=-3.0, high=2.0, maturities=2, coefficients=16)
    free = 0.05 * np.random.default_rng(seed).standard_normal((2, 16 - 2 * (TIED - 1)))
    return Smile(SHAPE, np.array([0.01, 0.03]), replace(knots, coefficients=from_free(free)))


def test_ssvi_at_the_money_is_theta() -> None:
    assert total_variance(SHAPE, k=np.zeros(1), theta=np.array([0.04]))[0] == pytest.approx(0.04)


def test_ssvi_derivatives_are_differences() -> None:
    theta = np.full_like(K, 0.02)
    w = with_derivatives(SHAPE, k=K, theta=theta)
    up, down = (total_variance(SHAPE, k=K + each, theta=theta) for each in (STEP, -STEP))
    assert w.first == pytest.approx((up - down) / (2 * STEP), rel=1e-5, abs=1e-9)
    assert w.second == pytest.approx((up - 2 * w.value + down) / STEP**2, rel=1e-3, abs=1e-5)


@settings(max_examples=50, deadline=None)
@given(rho=st.floats(-0.95, 0.95), share=st.floats(0.05, 1.0), gamma=st.floats(0.05, 0.5))
def test_ssvi_within_its_bounds_has_no_arbitrage(rho: float, share: float, gamma: float) -> None:
    """Gatheral and Jacquier 2014, theorems 4.1 and 4.2 with remark 4.4."""
    shape = Shape(rho=rho, eta=share * 1.999 / (1 + abs(rho)), gamma=gamma)
    theta = np.array([0.0005, 0.004, 0.03, 0.2])
    bare = Smile(shape, theta, spanning(low=-3.0, high=3.0, maturities=4, coefficients=12))
    grid = dense_grid(bare)
    assert butterfly(bare, grid).min() > -1e-12
    assert calendar(bare, neighbours(bare, grid)).min() > -1e-9


def test_smile_derivatives_are_differences() -> None:
    smile, place = bent_smile(), np.ones(len(K), dtype=np.int64)
    log = smile.log_derivatives(k=K, place=place)
    at, up, down = (np.log(smile.variance(k=K + each, place=place)) for each in (0, STEP, -STEP))
    assert log.value == pytest.approx(np.exp(at))
    assert log.first == pytest.approx((up - down) / (2 * STEP), rel=1e-4, abs=1e-6)
    assert log.second == pytest.approx((up - 2 * at + down) / STEP**2, rel=1e-3, abs=2e-3)


def test_beyond_the_knots_the_correction_is_constant_and_joins_smoothly() -> None:
    knots, place = bent_smile().correction, np.zeros(3, dtype=np.int64)
    edge = np.array([knots.start - 5, knots.start - 1e-9, knots.start + 1e-9])
    ends = knots.with_derivatives(u=edge, place=place)
    assert ends.value == pytest.approx(np.full(3, knots.coefficients[0, 0]))
    assert ends.first == pytest.approx(np.zeros(3), abs=1e-9)
    assert ends.second == pytest.approx(np.zeros(3), abs=1e-6)


def test_ties_go_there_and_back() -> None:
    rows = np.random.default_rng(1).standard_normal((5, 16))
    free = np.random.default_rng(2).standard_normal(16 - 2 * (TIED - 1))
    assert to_free(rows) @ free == pytest.approx(rows @ from_free(free))


def test_slopes_of_the_density_are_differences() -> None:
    smile = bent_smile()
    grid = dense_grid(smile, places=np.array([1]))
    rows = basis_derivatives(smile.correction, u=grid.u[0])
    log = smile.log_derivatives(k=grid.k[0], place=grid.place[0])
    slopes = density_slopes(log, rows, k=grid.k[0], theta=float(smile.theta[1]))
    for j in (0, 5, 9, 15):
        moved = smile.correction.coefficients.copy()
        moved[1, j] += 1e-6
        shifted = replace(smile, correction=replace(smile.correction, coefficients=moved))
        change = (butterfly(shifted, grid)[0] - butterfly(smile, grid)[0]) / 1e-6
        assert slopes[:, j] == pytest.approx(change, rel=1e-3, abs=1e-3)


@settings(max_examples=60, deadline=None)
@given(arrays(np.float64, (12, 4), elements=st.floats(-3, 3)), arrays(np.float64, 12, elements=st.floats(0.01, 2)))
def test_the_nearest_feasible_point_is_feasible_and_no_known_one_is_nearer(
    rows: np.ndarray, gap: np.ndarray
) -> None:
    size = np.linalg.norm(rows, axis=1)
    rows = np.where(size[:, None] > 0.1, rows, np.eye(4)[0])
    inside = np.array([0.3, -0.2, 0.5, 0.1])
    least = rows @ inside - gap  # `inside` is feasible
    matrix, centre = np.diag([1.0, 2.0, 3.0, 4.0]), np.full(4, -1.0)
    found = nearest_feasible(matrix=matrix, centre=centre, rows=rows, least=least)
    assert found is not None
    assert (rows @ found - least).min() > -1e-6
    assert (found - centre) @ matrix @ (found - centre) <= (inside - centre) @ matrix @ (inside - centre) + 1e-6


def test_contradicting_inequalities_have_no_point() -> None:
    rows, least = np.array([[1.0, 0.0], [-1.0, 0.0]]), np.array([1.0, 1.0])
    assert nearest_feasible(matrix=np.eye(2), centre=np.zeros(2), rows=rows, least=least) is None


@given(arrays(np.float64, 9, elements=st.floats(0.01, 1.0)), arrays(np.float64, 9, elements=st.floats(0.1, 5.0)))
def test_rising_variances_rise_and_keep_the_weighted_mean(values: np.ndarray, weights: np.ndarray) -> None:
    found = rising(values, weights)
    assert (np.diff(found) >= 0).all()
    assert np.average(found, weights=weights) == pytest.approx(np.average(values, weights=weights))
