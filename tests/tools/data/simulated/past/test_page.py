"""The tables of docs/simulated-past.md, figure by figure, as the data at hand make them."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from tests.tools.data.simulated.past.samples import FloatArray, autocorrelation, correlation, driver, past, real_vix
from tests.tools.data.simulated.past.test_smiles import MARKET, figures, matching_days, real_chains
from tools.calendar.sessions import NEW_YORK
from tools.data.simulated.past import SimulatedPast

PAGE = (Path(__file__).parents[5] / "docs" / "simulated-past.md").read_text(encoding="utf-8")
PERIOD = 21  # sessions


def row(label: str) -> list[str]:
    """The cells of a row that begins with `label`."""
    return next(line for line in PAGE.splitlines() if line.startswith(f"| {label}")).strip("| ").split("|")[1:]


def stated(cell: str) -> list[float]:
    return [float(text) for text in re.findall(r"-?\d+\.?\d*", cell)]


def as_printed(values: list[float], cell: str) -> list[float]:
    """Values with as many decimals as the page gives theirs."""
    places = [len(text.partition(".")[2]) for text in re.findall(r"-?\d+\.?\d*", cell)]
    return [round(float(value), digits) for value, digits in zip(values, places, strict=True)]


def premium(vix: FloatArray) -> list[float]:
    """Mean of VIX less what the next 21 sessions realise, and the share of days above it in %."""
    squares = np.diff(np.log(driver().close)) ** 2
    realised = 100 * np.sqrt(252 * np.convolve(squares, np.full(PERIOD, 1 / PERIOD), mode="valid"))
    gap = vix[: len(realised)] - realised
    known = ~np.isnan(gap)
    return [gap[known].mean(), 100 * np.mean(gap[known] > 0)]


def volatility_rows(vix: FloatArray) -> dict[str, list[float]]:
    whole = np.where(np.isnan(vix), np.roll(vix, 1), vix)  # the one close that the real file lacks
    moves, logs = np.diff(np.log(driver().close)), np.log(whole)
    return {
        "VIX: mean": [np.nanmean(vix), np.nanstd(vix)],
        "VIX: lowest": [np.nanmin(vix), np.nanmax(vix)],
        "daily change of VIX": [correlation(np.diff(whole), moves), correlation(np.diff(logs), moves)],
        "standard deviation of daily": [np.diff(logs).std()],
        "autocorrelation of log VIX": [autocorrelation(logs, lag) for lag in (1, 21, 63)],
        "VIX less realised": premium(vix),
    }


@pytest.mark.parametrize("column", [0, 1], ids=["real", "simulated"])
def test_the_volatility_index(column: int) -> None:
    vix = (real_vix(), past().closes("VIX"))[column]
    for label, values in volatility_rows(vix).items():
        cell = row(label)[column]
        numbers = ", ".join(re.findall(r"-?\d+\.?\d*", cell))
        assert as_printed(values, numbers) == stated(numbers), label


def test_the_two_indices_go_together() -> None:
    real = real_vix()
    known = ~np.isnan(real)
    value = correlation(real[known], past().closes("VIX")[known])
    assert round(value, 2) == stated(row("correlation of the two")[1])[0]


def test_skew_and_term_structure() -> None:
    real = [figures(chain) for chain in real_chains().values()]
    made = [[figures(past().chain(MARKET, day)) for day in matching_days(each["money"])] for each in real]
    rows = {
        "25-delta skew": "skew 30",
        "the same, 90": "skew 90",
        "at the money, 90": "term 90",
        "at the money, 180": "term 180",
    }
    for label, name in rows.items():
        whole, simulated = row(label)
        assert [round(each[name], 2) for each in real] == stated(whole), label
        means = [np.mean([each[name] for each in days]) for days in made]
        assert [round(float(mean), 2) for mean in means] == stated(simulated), label


def test_walking_through_closing_bells_is_the_same_as_asking_for_them() -> None:
    market = SimulatedPast(driver=driver(), symbols=("SPY",))
    walked = list(
        market.closing_bells(driver().sessions[700].astype(object), driver().sessions[703].astype(object))
    )
    assert [each.as_of.date() for each in walked] == driver().sessions[700:704].astype(object).tolist()
    assert all(each.as_of.tzinfo is NEW_YORK and each.as_of.hour == 16 for each in walked)
    assert walked[2].fingerprint == market.snapshot(walked[2].as_of).fingerprint
    assert next(market.closing_bells()).as_of.date().isoformat() == "1999-01-05"
    assert list(market.closing_bells(driver().sessions[-1].astype(object)))[-1].as_of.year == 2018
