"""Correlations: planted ones are found, few days are shrunk, what cannot be told is not."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tools.domain.errors import InputError
from tools.risk.correlation import CorrelationAlert, average, correlations, implied, pearson


def drawn(days: int, n: int, rho: float, seed: int = 1) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    chance = np.random.default_rng(seed)
    common, own = chance.standard_normal((days, 1)), chance.standard_normal((days, n))
    return 0.01 * (math.sqrt(rho) * common + math.sqrt(1 - rho) * own)


def names(n: int) -> tuple[str, ...]:
    return tuple(f"S{i}" for i in range(n))


def test_a_planted_correlation_is_found() -> None:
    found = correlations(drawn(600, 8, 0.45), names(8))
    assert found.average == pytest.approx(0.45, abs=0.08)
    assert found.alerts == ()
    assert 0.3 < found.shrinkage <= 1  # what is drawn has one correlation, so that nearly all differences are noise
    assert average(found.shrunk) == pytest.approx(found.average)


def test_a_crisis_is_told() -> None:
    """Seed 001, correlation: VIX at 35, the average of 0.45 jumps to 0.72 within the month."""
    calm, wild = drawn(400, 6, 0.1), 8 * drawn(21, 6, 0.95, seed=2)
    found = correlations(np.concatenate((calm, wild)), names(6))
    assert set(found.alerts) == {CorrelationAlert.HIGH, CorrelationAlert.JUMP}
    assert found.before < 0.25
    assert found.average > 0.6


def test_more_names_than_days_are_shrunk_to_a_matrix_that_can_be_drawn_from() -> None:
    returns = drawn(252, 300, 0.3)
    found = correlations(returns, names(300))
    assert np.linalg.eigvalsh(found.pearson)[0] < 1e-8
    assert np.linalg.eigvalsh(found.shrunk)[0] > 1e-3
    true = np.full((300, 300), 0.3)
    np.fill_diagonal(true, 1.0)
    assert np.linalg.norm(found.shrunk - true) < np.linalg.norm(found.pearson - true)


def test_a_short_or_flat_history_is_unknown() -> None:
    returns = drawn(300, 4, 0.5)
    returns[:, 1] = 0.0
    returns[:100, 2] = np.nan
    found = pearson(returns[-252:])
    assert np.isnan(found[0, [1, 2]]).all()
    assert found[0, 3] == pytest.approx(0.5, abs=0.15)
    assert found[1, 1] == 1.0
    assert math.isnan(correlations(returns, names(4)).average)
    assert math.isnan(average(pearson(returns[:50])))


def test_one_name_has_no_pairs() -> None:
    found = correlations(drawn(300, 1, 0.0), names(1))
    assert math.isnan(found.average)
    assert found.alerts == ()


def test_columns_and_names_must_agree() -> None:
    with pytest.raises(InputError, match="need returns of as many columns"):
        correlations(drawn(300, 3, 0.1), names(2))


def test_implied_correlation_is_that_of_the_making() -> None:
    weights, vols = np.array([0.5, 0.3, 0.2]), np.array([0.2, 0.3, 0.4])
    matrix = np.full((3, 3), 0.35)
    np.fill_diagonal(matrix, 1.0)
    loads = weights * vols
    assert implied(index_vol=math.sqrt(loads @ matrix @ loads), weights=weights, vols=vols) == pytest.approx(0.35)
    with pytest.raises(InputError, match="sum to 1"):
        implied(index_vol=0.2, weights=weights * 2, vols=vols)
