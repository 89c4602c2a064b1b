"""The past of the embedded market: anchored, continuous, and statistically what its parameters say."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from tools.calendar.sessions import sessions_between
from tools.data.simulated.noise import normal_by_key, stream
from tools.data.simulated.parameters import load_parameters
from tools.data.simulated.path import DailyPath, build_path

PARAMETERS = load_parameters()


def path(seed: int, *, until: date = date(2026, 12, 31), first: date = PARAMETERS.first_session) -> DailyPath:
    return build_path(PARAMETERS, seed=seed, sessions=sessions_between(first, until))


def test_every_seed_passes_through_the_base_date() -> None:
    row = sessions_between(PARAMETERS.first_session, PARAMETERS.base_date)
    for seed in (1, 2):
        walked = path(seed)
        assert walked.sessions[len(row) - 1] == np.datetime64(PARAMETERS.base_date)
        np.testing.assert_allclose(walked.close[len(row) - 1], [x.level for x in PARAMETERS.underlying.values()])
        np.testing.assert_allclose(walked.vol[len(row) - 1], [x.vol.now for x in PARAMETERS.underlying.values()])


def test_a_longer_path_begins_with_the_shorter() -> None:
    short, long = path(4, until=date(2026, 11, 20)), path(4, until=date(2027, 6, 30))
    np.testing.assert_array_equal(long.close[: len(short.close)], short.close)
    np.testing.assert_array_equal(long.vol[: len(short.vol)], short.vol)


def test_realised_volatility_correlation_and_leverage_are_those_asked_for() -> None:
    """Ten years of one seed: realised over implied 0.85, own beta, volatility that rises when prices fall."""
    walked = path(3, first=date(2016, 1, 4), until=date(2027, 6, 30))
    for symbol in ("SPY", "XOM", "JPM"):
        column = walked.column(symbol)
        scaled = walked.returns[:, column] / walked.vol[1:, column] * np.sqrt(252)
        assert scaled.std() == pytest.approx(PARAMETERS.realised_share, rel=0.05)
        market = walked.returns[:, walked.column("SPY")]
        slope = np.cov(walked.returns[:, column], market)[0, 1] / market.var()
        assert slope == pytest.approx(PARAMETERS.underlying[symbol].beta, abs=0.1)
    spy = walked.column("SPY")
    moves = np.diff(np.log(walked.vol[:, spy]))
    assert -0.75 < np.corrcoef(moves, walked.returns[:, spy])[0, 1] < -0.4
    assert np.log(walked.vol[:, spy]).mean() == pytest.approx(
        np.log(PARAMETERS.underlying["SPY"].vol.normal), abs=0.1
    )


def test_a_sector_moves_together_beyond_the_market() -> None:
    walked = path(3, first=date(2016, 1, 4))
    market = walked.returns[:, walked.column("SPY")]
    residual = {
        symbol: walked.returns[:, walked.column(symbol)] - PARAMETERS.underlying[symbol].beta * market
        for symbol in ("XOM", "CVX", "XLE", "KO")
    }
    assert np.corrcoef(residual["XOM"], residual["XLE"])[0, 1] > 0.4
    assert np.corrcoef(residual["XOM"], residual["CVX"])[0, 1] > 0.25
    assert abs(np.corrcoef(residual["XOM"], residual["KO"])[0, 1]) < 0.1


def test_streams_and_contract_draws_are_fixed_and_independent() -> None:
    np.testing.assert_array_equal(stream(1, "a").standard_normal(3), stream(1, "a").standard_normal(9)[:3])
    keys = np.arange(20_000, dtype=np.uint64)
    draws, other = normal_by_key(1, "a", keys), normal_by_key(1, "b", keys)
    np.testing.assert_array_equal(normal_by_key(1, "a", keys[::-1])[::-1], draws)
    assert abs(draws.mean()) < 0.03
    assert draws.std() == pytest.approx(1, abs=0.02)
    assert abs(np.corrcoef(draws, other)[0, 1]) < 0.03
