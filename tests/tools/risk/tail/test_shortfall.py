"""Quantiles and tails: by hand, in closed form, and the laws of a coherent measure."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from tests.tools.risk.tail.books import DAILY, assets, holdings, random_book, scaled
from tools.domain.errors import InputError
from tools.risk.tail.likeness import repaired, square_root
from tools.risk.tail.monte_carlo import DEGREES, drawn
from tools.risk.tail.revalue import revalue
from tools.risk.tail.shortfall import (
    components,
    expected_shortfall,
    increments,
    standard_error,
    value_at_risk,
)

LOSSES = -np.arange(1.0, 101.0)  # a gain of -1 to -100, each as likely


def test_a_hundred_losses_by_hand() -> None:
    assert value_at_risk(LOSSES, level=0.95) == 96  # five of a hundred are 96 or worse
    assert expected_shortfall(LOSSES, level=0.95) == pytest.approx(98)  # the mean of 96 to 100
    # the worst two and a half paths: 100, 99 and half of 98
    assert expected_shortfall(LOSSES, level=0.975) == pytest.approx((100 + 99 + 98 / 2) / 2.5)


def test_shares_lose_what_a_student_t_says() -> None:
    """A linear book under a Student-t scaled to the daily vol: VaR and ES (McNeil, Frey, Embrechts, 2.2.4)."""
    book, market = holdings((0, 1_000, 0, 0, 0)), assets()
    gains = revalue(book, market, drawn(market, seed=1, paths=200_000))[0]
    scale = DAILY * math.sqrt((DEGREES - 2) / DEGREES)
    quantile = float(stats.t.ppf(0.95, DEGREES))
    expected = 100_000 * scale * quantile
    assert value_at_risk(gains, level=0.95) == pytest.approx(expected, rel=0.02)
    at = float(stats.t.ppf(0.975, DEGREES))
    shortfall = scale * stats.t.pdf(at, DEGREES) / 0.025 * (DEGREES + at**2) / (DEGREES - 1)
    assert expected_shortfall(gains, level=0.975) == pytest.approx(100_000 * shortfall, rel=0.03)
    assert standard_error(gains, level=0.95) < 0.01 * expected


def test_two_names_diversify_as_their_correlation_says() -> None:
    book = holdings((0, 1_000, 0, 0, 0), (1, 1_000, 0, 0, 0))
    alone, together = (
        value_at_risk(revalue(book, m, drawn(m, seed=3, paths=100_000)).sum(axis=0), level=0.95)
        for m in (assets(2, correlation=0.0), assets(2, correlation=1.0))
    )
    assert alone / together == pytest.approx(math.sqrt(0.5), rel=0.02)


@given(seed=st.integers(0, 500), factor=st.floats(0.1, 9))
def test_laws_of_a_coherent_measure(seed: int, factor: float) -> None:
    market = assets(3, correlation=0.3)
    shock = drawn(market, seed=seed, paths=400)
    one, other = (revalue(random_book(seed + step), market, shock).sum(axis=0) for step in (0, 1_000))
    for level in (0.95, 0.975, 0.99):
        es = expected_shortfall(one, level=level)
        assert value_at_risk(one, level=level) <= es + 1e-9 * abs(es)
        assert (
            expected_shortfall(one + other, level=level)
            <= (es + expected_shortfall(other, level=level)) * (1 + 1e-12) + 1e-9
        )
        twice = revalue(scaled(random_book(seed), factor), market, shock).sum(axis=0)
        assert expected_shortfall(twice, level=level) == pytest.approx(factor * es, rel=1e-9, abs=1e-6)


@given(seed=st.integers(0, 500))
def test_parts_add_up_and_a_hedge_takes_away(seed: int) -> None:
    market = assets(3, correlation=0.3)
    gains = revalue(random_book(seed), market, drawn(market, seed=seed, paths=500))
    parts = components(gains, level=0.975)
    whole = expected_shortfall(gains.sum(axis=0), level=0.975)
    assert parts.sum() == pytest.approx(whole, rel=1e-9, abs=1e-6)
    against = np.vstack((gains, -gains.sum(axis=0)))
    assert np.abs(components(against, level=0.975).sum()) < 1e-6 * max(1.0, abs(whole))


def test_what_a_position_adds_is_what_is_less_without_it() -> None:
    book, market = holdings((0, 1_000, 0, 0, 0), (0, -400, 0, 0, 0)), assets()
    gains = revalue(book, market, drawn(market, seed=2, paths=5_000))
    long, short = increments(gains, level=0.975)
    assert long > 0 > short
    assert expected_shortfall(gains.sum(axis=0), level=0.975) == pytest.approx(
        expected_shortfall(gains[1], level=0.975) + long
    )


def test_unknown_in_unknown_out() -> None:
    book, market = random_book(1), assets(3)
    unpriced = type(book)(
        book.symbols, book.asset, book.units, np.ones(len(book)), np.full(len(book), 100.0),
        np.full(len(book), 0.2), np.full(len(book), np.nan), book.american,
    )  # fmt: skip
    gains = revalue(unpriced, market, drawn(market, seed=1, paths=200)).sum(axis=0)
    assert math.isnan(value_at_risk(gains, level=0.95))
    assert math.isnan(expected_shortfall(gains, level=0.975))


def test_nothing_held_loses_nothing() -> None:
    gains = np.zeros(1_000)
    assert (value_at_risk(gains, level=0.95), expected_shortfall(gains, level=0.99)) == (0.0, 0.0)


def test_the_same_seed_is_the_same_draw() -> None:
    market = assets(4, correlation=0.5)
    assert np.array_equal(drawn(market, seed=9, paths=500).spot, drawn(market, seed=9, paths=500).spot)
    assert not np.array_equal(drawn(market, seed=9, paths=500).spot, drawn(market, seed=10, paths=500).spot)


@pytest.mark.parametrize(("paths", "degrees", "words"), [(10, 5.0, "at least 100"), (500, 2.0, "no variance")])
def test_a_draw_that_tells_nothing_is_refused(paths: int, degrees: float, words: str) -> None:
    with pytest.raises(InputError, match=words):
        drawn(assets(), seed=1, paths=paths, degrees=degrees)


def test_a_matrix_that_is_no_correlation_is_made_the_nearest_that_is() -> None:
    """Higham (2002), section 5: of [[1, 1, 0], [1, 1, 1], [0, 1, 1]] the nearest is at a distance of 0.5278."""
    told = np.array([[1.0, 1, 0], [1, 1, 1], [0, 1, 1]])
    near = repaired(told)
    assert np.linalg.norm(told - near) == pytest.approx(0.5278, abs=2e-4)
    assert near[0, 1] == pytest.approx(0.7607, abs=2e-4)
    assert near[0, 2] == pytest.approx(0.1573, abs=2e-4)
    assert np.linalg.eigvalsh(near)[0] > -1e-8
    root = square_root(told)
    assert root @ root.T == pytest.approx(near, abs=1e-6)


@pytest.mark.parametrize(
    ("matrix", "words"),
    [([[1, 0.5], [0.4, 1]], "symmetric"), ([[1, 2], [2, 1]], "beyond 1"), ([[2, 0], [0, 2]], "diagonal")],
)
def test_a_matrix_that_is_none_is_told(matrix: list[list[float]], words: str) -> None:
    with pytest.raises(InputError, match=words):
        repaired(np.array(matrix, dtype=np.float64))
