"""The exact law of a quadratic book: against normal and chi-squared quantiles, and against drawing."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from tools.risk.tail import quadratic

ONE = np.eye(1)


def var(delta: float, gamma: float, vol: float, level: float = 0.95) -> float:
    return quadratic.value_at_risk(
        delta=np.array([delta]), gamma=np.array([gamma]), vol=np.array([vol]), correlation=ONE, level=level
    )


@pytest.mark.parametrize("level", [0.9, 0.95, 0.99])
def test_a_linear_book_is_normal(level: float) -> None:
    assert var(1e6, 0.0, 0.01, level) == pytest.approx(1e4 * stats.norm.ppf(level), rel=1e-6)


def test_a_short_gamma_alone_is_chi_squared() -> None:
    assert var(0.0, -2e5, 0.1) == pytest.approx(1e3 * stats.chi2.ppf(0.95, 1), rel=5e-4)


def test_a_long_gamma_alone_loses_nothing() -> None:
    assert var(0.0, 2e5, 0.1) <= 1e3 * stats.chi2.ppf(0.06, 1)


@pytest.mark.parametrize("seed", range(4))
def test_many_factors_against_two_hundred_thousand_draws(seed: int) -> None:
    chance = np.random.default_rng(seed)
    n = 6
    mixed = chance.standard_normal((n, n))
    covariance = mixed @ mixed.T
    root = np.sqrt(np.diag(covariance))
    correlation = covariance / np.outer(root, root)
    delta, gamma = 1e5 * chance.standard_normal(n), -1e6 * chance.random(n)
    vol = chance.uniform(0.01, 0.03, n)
    moves = chance.multivariate_normal(np.zeros(n), correlation * np.outer(vol, vol), size=200_000)
    gains = moves @ delta + 0.5 * moves**2 @ gamma
    found = quadratic.value_at_risk(delta=delta, gamma=gamma, vol=vol, correlation=correlation)
    assert found == pytest.approx(-np.quantile(gains, 0.05), rel=0.015)


def test_no_delta_and_no_gamma_lose_nothing_even_of_what_is_unknown() -> None:
    assert var(0.0, 0.0, math.nan) == 0.0


def test_an_unknown_vol_of_what_is_held_is_unknown() -> None:
    assert math.isnan(var(1.0, 0.0, math.nan))


def test_a_singular_correlation_is_one_factor() -> None:
    found = quadratic.value_at_risk(
        delta=np.array([1e5, 1e5]), gamma=np.zeros(2), vol=np.array([0.01, 0.01]), correlation=np.ones((2, 2))
    )
    assert found == pytest.approx(2e3 * stats.norm.ppf(0.95), rel=1e-6)
