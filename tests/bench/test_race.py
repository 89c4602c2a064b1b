from __future__ import annotations

from math import isnan

import numpy as np
import pytest

from bench.contracts import ROWS, chain
from bench.pricing_american import DAYS, EX_DAYS, PAYING_DAYS
from bench.race import OURS, Accuracy, Line, Race, rows_of
from bench.report import as_json, heading, speed


def raced(error: float, *, base: bool = True, allowed: float | None = None) -> Race:
    """Ours takes 0.2 s for 1,000 rows, the other 3 s for 100: 150 times as long per row."""
    ours = Line(OURS, 1000, (0.1, 0.9, 0.2), Accuracy(error, "ours"))
    other = Line("other", 100, (3.0, 3.0, 7.0), Accuracy(1e-6, "theirs"))
    return Race("prices", "other", 150.0, (ours, other) if base else (ours,), allowed)


def test_a_ratio_is_per_row() -> None:
    assert raced(0.0).ratio == pytest.approx(150)
    assert isnan(raced(0.0, base=False).ratio)


@pytest.mark.parametrize(
    ("race", "met"),
    [
        (raced(9e-7), True),
        (raced(2e-6), False),
        (raced(9e-7, allowed=1e-8), False),
        (raced(float("nan")), False),
        (raced(0.0, base=False), False),
    ],
)
def test_a_bar_is_met_by_speed_and_accuracy_together(race: Race, met: bool) -> None:
    assert race.met is met
    assert ("met" if met else "gap") in heading(race)


def test_a_sample_takes_rows_and_leaves_what_is_not_of_the_rows() -> None:
    given = {"strike": np.arange(5.0), "spot": np.array(100.0), "dividend_cash": np.ones(2)}
    part = rows_of(given, np.array([3, 1]))
    assert part["strike"].tolist() == [3, 1]
    assert (part["spot"], part["dividend_cash"].tolist()) == (100, [1, 1])


def test_the_chain_is_what_the_titles_say() -> None:
    given = chain(PAYING_DAYS / 365)
    assert given["strike"].shape == (ROWS,) == (100_000,)
    due = (EX_DAYS[:, None] < np.unique(np.round(given["years"] * 365))).sum(axis=0)
    assert (due.min(), due.max()) == (1, len(EX_DAYS))
    assert len(np.unique(DAYS)) == len(PAYING_DAYS)


def test_races_are_reported_line_by_line() -> None:
    (race,) = as_json({}, [raced(0.0)])["races"]
    assert [line["library"] for line in race["lines"]] == [OURS, "other"]
    assert (race["bar"], race["met"]) == (150, True)
    assert speed(raced(0.0).lines[0]) == "5 k"
