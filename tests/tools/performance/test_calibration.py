from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.domain.errors import InputError
from tools.performance.calibration import (
    brier,
    error_by_chance,
    expected_calibration_error,
    murphy,
    reliability,
    wilson,
)

# Forecast probabilities of precipitation in the United States: what was said, how often, how often it then rained
# (Murphy and Daan 1985, in Wilks, Statistical Methods in the Atmospheric Sciences, 2nd edition, 2006, chapter 7).
SAID = np.array([0.0, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0])
SHARE = np.array([4112, 671, 1833, 986, 616, 366, 303, 275, 245, 220, 170, 203]) / 10_000
RAINED = np.array([0.006, 0.019, 0.059, 0.150, 0.277, 0.377, 0.511, 0.587, 0.723, 0.799, 0.934, 0.933])


def rain(n: int = 1_000_000) -> tuple[np.ndarray, np.ndarray]:
    """The cases behind the table, as many of each as its shares say."""
    said, came = [], []
    for probability, share, often in zip(SAID, SHARE, RAINED, strict=True):
        count = round(share * n)
        wet = round(often * count)
        said.append(np.full(count, probability))
        came.append(np.r_[np.ones(wet), np.zeros(count - wet)])
    return np.concatenate(said), np.concatenate(came)


cases = st.lists(
    st.tuples(st.integers(0, 20).map(lambda each: each / 20), st.integers(0, 1)), min_size=1, max_size=120
)


def columns(rows: list[tuple[float, int]]) -> tuple[np.ndarray, np.ndarray]:
    return np.array([p for p, _ in rows]), np.array([float(y) for _, y in rows])


def test_brier_of_one_forecast() -> None:
    """A forecast of 70 % is worth 0.09 when it rains and 0.49 when it does not."""
    assert brier([0.7], [1]) == pytest.approx(0.09)
    assert brier([0.7], [0]) == pytest.approx(0.49)
    assert brier([0.7, 0.7], [1, 0]) == pytest.approx(0.29)


def test_the_parts_of_a_published_table() -> None:
    """Base rate 0.162 as printed there; the parts by their definitions over the rows of the table."""
    parts = murphy(*rain())
    assert round(float(SHARE @ RAINED), 3) == 0.162
    base = 0.162
    assert parts.uncertainty == pytest.approx(base * (1 - base), abs=2e-4)
    assert parts.reliability == pytest.approx(float(SHARE @ (SAID - RAINED) ** 2), abs=1e-6)
    assert parts.resolution == pytest.approx(float(SHARE @ (RAINED - SHARE @ RAINED) ** 2), abs=1e-6)
    assert parts.within == pytest.approx(0, abs=1e-12)
    assert parts.brier == pytest.approx(brier(*rain()))
    assert parts.reliability < 0.001
    assert parts.resolution > 0.06


def test_parts_by_hand() -> None:
    """0.2 twice, once right; 0.8 three times, always right: 1/5·(0.64 + 0.04 + 3·0.04)."""
    parts = murphy([0.2, 0.2, 0.8, 0.8, 0.8], [1, 0, 1, 1, 1])
    assert parts.reliability == pytest.approx(0.4 * 0.09 + 0.6 * 0.04)
    assert parts.resolution == pytest.approx(0.4 * 0.09 + 0.6 * 0.04)
    assert parts.uncertainty == pytest.approx(0.16)
    assert parts.brier == pytest.approx(0.16)
    assert parts.skill == pytest.approx(0)


@given(cases, st.integers(1, 12))
def test_parts_add_up_for_any_binning(rows: list[tuple[float, int]], bins: int) -> None:
    p, y = columns(rows)
    for parts in (murphy(p, y), murphy(p, y, bins=bins)):
        assert parts.brier == pytest.approx(brier(p, y), abs=1e-12)
        assert min(parts.reliability, parts.resolution, parts.uncertainty) >= 0
        assert parts.resolution <= parts.uncertainty + 1e-12


@given(cases, st.integers(1, 12), st.integers(0, 999))
def test_the_order_of_the_cases_does_not_matter(rows: list[tuple[float, int]], bins: int, seed: int) -> None:
    p, y = columns(rows)
    shuffled = np.random.default_rng(seed).permutation(len(p))
    assert [each.count for each in reliability(p, y, bins)] == [
        each.count for each in reliability(p[shuffled], y[shuffled], bins)
    ]
    assert expected_calibration_error(p, y, bins) == pytest.approx(
        expected_calibration_error(p[shuffled], y[shuffled], bins), abs=1e-12
    )


@given(cases, st.integers(1, 12))
def test_the_error_is_what_the_table_shows(rows: list[tuple[float, int]], bins: int) -> None:
    p, y = columns(rows)
    table = reliability(p, y, bins)
    assert sum(each.count for each in table) == len(p)
    assert 1 <= len(table) <= bins
    assert [each.said for each in table] == sorted(each.said for each in table)
    shown = sum(each.count * abs(each.said - each.came) for each in table) / len(p)
    assert expected_calibration_error(p, y, bins) == pytest.approx(shown, abs=1e-12)
    assert expected_calibration_error(p, y, bins) ** 2 <= brier(p, y) + 1e-12


@given(st.integers(1, 10), st.integers(1, 30))
def test_bins_hold_equally_many_where_nothing_ties(bins: int, each: int) -> None:
    p = np.linspace(0.01, 0.99, bins * each)
    assert {line.count for line in reliability(p, np.zeros(len(p)), bins)} == {each}


def test_equal_probabilities_share_a_bin() -> None:
    table = reliability([0.3] * 7 + [0.6] * 3, [1, 0, 0, 0, 0, 1, 0, 1, 1, 0], bins=10)
    assert [(line.count, round(line.said, 2)) for line in table] == [(7, 0.3), (3, 0.6)]
    assert (table[0].low, table[0].high) == (wilson(2, 7).low, wilson(2, 7).high)


def test_luck_alone_makes_an_error_and_false_confidence_a_larger_one() -> None:
    """About 5 of 100 samples of exactly right probabilities lie above the 95 % quantile; overconfident ones do."""
    random = np.random.default_rng(5)
    above = overconfident = 0
    for seed in range(100):
        p = random.uniform(0.5, 0.95, 150)
        quantile = error_by_chance(p, seed=seed, draws=200)
        above += expected_calibration_error(p, (random.random(150) < p).astype(float)) > quantile
        overconfident += expected_calibration_error(p, (random.random(150) < p - 0.25).astype(float)) > quantile
    assert above <= 12
    assert overconfident >= 98


@pytest.mark.parametrize(
    ("p", "y"),
    [([], []), ([0.5], [0, 1]), ([1.2], [1]), ([0.5], [0.5]), ([float("nan")], [1]), ([[0.5]], [[1]])],
)
def test_what_is_no_calibration_is_refused(p: list[float], y: list[float]) -> None:
    with pytest.raises(InputError):
        brier(p, y)


def test_no_bins_are_refused() -> None:
    with pytest.raises(InputError):
        reliability([0.5], [1], bins=0)
