"""The past against real series: VIX, bill rates. Bounds are sampling errors, or what a fit leaves unexplained."""

from __future__ import annotations

import csv
import gzip
from datetime import date

import numpy as np
import pytest

from tests.tools.data.simulated.past.samples import (
    at_hand,
    autocorrelation,
    correlation,
    driver,
    excess_kurtosis,
    past,
    real_vix,
)
from tools.data.simulated.past import SimulatedPast, from_columns

MARKET = "SPX"


def moves() -> np.ndarray:
    return np.diff(np.log(driver().close))


def test_the_level_of_vix() -> None:
    """Mean and spread of twenty years, whatever the seed: own news (sd 0.095 of logs, half-life two weeks) averages
    to some 1 % over twenty years; the rest of the bound is the 6 % of level that the fit leaves unexplained."""
    real = real_vix()
    for market in (past(), SimulatedPast(driver=driver(), seed=7)):
        made = market.closes("VIX")
        assert made.mean() == pytest.approx(np.nanmean(real), rel=0.03)
        assert made.std() == pytest.approx(np.nanstd(real), rel=0.08)
        known = ~np.isnan(real)
        assert correlation(made[known], real[known]) > 0.93
        np.testing.assert_allclose(
            np.percentile(made, [5, 25, 50, 75, 95]), np.nanpercentile(real, [5, 25, 50, 75, 95]), rtol=0.10
        )


def test_the_changes_of_vix() -> None:
    """Size, persistence, and correlation with the index: the real one differs by 0.04 between its two decades."""
    real, made = real_vix(), past().closes("VIX")
    known = ~np.isnan(real[1:]) & ~np.isnan(real[:-1])
    real_change, made_change = np.diff(np.log(real))[known], np.diff(np.log(made))[known]
    assert made_change.std() == pytest.approx(real_change.std(), rel=0.05)
    assert correlation(made_change, moves()[known]) == pytest.approx(
        correlation(real_change, moves()[known]), abs=0.05
    )
    ours = correlation(np.diff(made)[known], moves()[known])
    assert ours == pytest.approx(correlation(np.diff(real)[known], moves()[known]), abs=0.05)
    whole = np.where(np.isnan(real), np.roll(real, 1), real)
    for lag in (1, 21, 63):
        ours = autocorrelation(np.log(made), lag)
        assert ours == pytest.approx(autocorrelation(np.log(whole), lag), abs=0.05)


def test_the_variance_premium() -> None:
    """VIX less what the next 21 sessions realised: 3.6 points in reality. Its standard error, over 240 months
    with a deviation of 6 points, is 0.4."""
    realised = 100 * np.sqrt(252 * np.convolve(moves() ** 2, np.full(21, 1 / 21), mode="valid"))[: -1 or None]
    rows = len(realised)
    real, made = real_vix()[:rows], past().closes("VIX")[:rows]
    assert np.nanmean(made - realised) == pytest.approx(np.nanmean(real - realised), abs=0.8)
    assert 2.5 < np.mean(made - realised) < 5
    share = np.mean(made > realised)
    assert share == pytest.approx(np.nanmean(real > realised), abs=0.05)


def test_the_index_has_the_moments_of_a_real_one() -> None:
    """It is one: the past must not wash them out. Invented indices come near."""
    ours = np.diff(np.log(past().closes(MARKET)))
    assert excess_kurtosis(ours) == pytest.approx(excess_kurtosis(moves()), abs=0.05)
    for lag in (1, 5, 20):
        assert autocorrelation(np.abs(ours), lag) == pytest.approx(autocorrelation(np.abs(moves()), lag), abs=0.01)


def test_a_driver_with_the_real_vix_is_followed() -> None:
    """Its one missing close, the last session of 1999, is filled by how the made index moves."""
    index, real = driver(), real_vix()
    market = SimulatedPast(
        driver=from_columns(sessions=index.sessions, close=index.close, vix=real, description="both real")
    )
    known = ~np.isnan(real)
    assert index.sessions[~known].tolist() == [date(1999, 12, 31)]
    np.testing.assert_allclose(market.closes("VIX")[known], real[known], atol=0.0051)
    row = int(np.argmin(known))
    assert market.closes("VIX")[row] == pytest.approx(real[row - 1], rel=0.1)


def test_the_stated_bill_rate_is_the_real_one_within_a_quarter_point() -> None:
    with gzip.open(at_hand("rates", "us_treasury_par_curves_1990_2017.csv.gz"), "rt") as file:
        real = {row["Time Period"][:10]: row["3month"] for row in csv.DictReader(file)}
    pairs = [
        (rate, np.log1p(float(real[str(day)])))
        for day, rate in zip(past().sessions, past().rates(), strict=True)
        if real.get(str(day))
    ]
    gap = np.array([made - stated for made, stated in pairs])
    assert len(gap) > 4500
    assert np.abs(gap).mean() < 0.0020
    assert np.percentile(np.abs(gap), 99) < 0.0125
    assert abs(gap.mean()) < 0.0010
