"""Back-testing a VaR: published values, and what true and false ones show."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tests.tools.risk.tail.books import assets, holdings
from tools.domain.errors import InputError
from tools.risk.tail.exceedance import exceedances
from tools.risk.tail.historical import past_moves
from tools.risk.tail.revalue import revalue
from tools.risk.tail.shortfall import value_at_risk


def days(count: int, of: int) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    found = np.zeros(of, dtype=np.bool_)
    found[np.linspace(0, of - 1, count).astype(int)] = True
    return found


@pytest.mark.parametrize(
    ("count", "of", "level", "accepted"),
    [
        # Kupiec (1995), table 3, non-rejection at 5 %: of 255 days at 99 % fewer than 7, of 1,000 from 5 to 16
        (6, 255, 0.99, True),
        (7, 255, 0.99, False),
        (5, 1_000, 0.99, True),
        (16, 1_000, 0.99, True),
        (4, 1_000, 0.99, False),
        (17, 1_000, 0.99, False),
        # the same table at 95 %: of 255 days from 7 to 20, of 1,000 from 38 to 64
        (7, 255, 0.95, True),
        (20, 255, 0.95, True),
        (6, 255, 0.95, False),
        (21, 255, 0.95, False),
        (38, 1_000, 0.95, True),
        (64, 1_000, 0.95, True),
        (37, 1_000, 0.95, False),
        (65, 1_000, 0.95, False),
    ],
)
def test_kupiecs_table(count: int, of: int, level: float, accepted: bool) -> None:
    assert (exceedances(days(count, of), level=level).coverage > 0.05) is accepted


def test_as_many_as_expected_are_perfect() -> None:
    found = exceedances(days(50, 1_000), level=0.95)
    assert found.count == 50
    assert found.expected == pytest.approx(50)
    assert found.coverage == pytest.approx(1.0)


def test_clusters_are_seen() -> None:
    together = np.zeros(1_000, dtype=np.bool_)
    together[100:150] = True
    assert exceedances(together, level=0.95).clusters < 1e-6
    assert exceedances(days(50, 1_000), level=0.95).clusters > 0.01
    assert exceedances(together, level=0.95).both < 1e-6


def test_what_cannot_be_told_is_not() -> None:
    none = exceedances(np.zeros(100, dtype=np.bool_), level=0.95)
    assert math.isnan(none.clusters)
    assert none.coverage < 0.01
    with pytest.raises(InputError, match="No day"):
        exceedances(np.zeros(0, dtype=np.bool_), level=0.95)


def test_true_vars_are_rejected_as_rarely_as_they_should_be() -> None:
    chance = np.random.default_rng(7)
    rejected = sum(exceedances(chance.random(1_000) < 0.05, level=0.95).coverage < 0.05 for _ in range(2_000))
    assert 0.03 < rejected / 2_000 < 0.08


def test_history_deals_its_days_to_the_book() -> None:
    returns = np.linspace(-0.03, 0.03, 252)[:, None]
    gains = revalue(holdings((0, 100, 0, 0, 0)), assets(), past_moves(returns))[0]
    assert value_at_risk(gains, level=0.95) == pytest.approx(10_000 * -np.expm1(returns[12, 0]))
    with pytest.raises(InputError, match="needs 252 days"):
        past_moves(returns[:100])


def test_filtered_history_is_in_the_vol_of_today() -> None:
    chance = np.random.default_rng(3)
    calm, wild = 0.005 * chance.standard_normal((400, 1)), 0.03 * chance.standard_normal((60, 1))
    returns = np.concatenate((calm, wild))
    plain, filtered = (past_moves(returns, filtered=each).spot.std() for each in (False, True))
    assert filtered > 1.5 * plain
    assert filtered == pytest.approx(0.03, rel=0.35)


def test_vols_of_past_days_come_along() -> None:
    shock = past_moves(np.zeros((300, 2)), vol_changes=np.full(300, 0.1))
    assert shock.vol_factor is not None
    assert shock.vol_factor == pytest.approx(np.full(252, np.exp(0.1)))
