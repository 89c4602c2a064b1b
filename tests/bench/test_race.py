from __future__ import annotations

import time
from dataclasses import replace
from math import isnan

import numpy as np
import pytest

from bench.contracts import ROWS, chain
from bench.pricing_american import DAYS, EX_DAYS, PAYING_DAYS
from bench.promise import Promise
from bench.race import NO_REASON, OURS, SHORT, Accuracy, Line, Race, rows_of, settled
from bench.report import as_json, heading, promised, speed


def raced(error: float, *, base: bool = True, allowed: float | None = None, bar: float = 149.0) -> Race:
    """Ours takes 0.2 s for 1,000 rows, the other 3 s for 100: 150 times as long per row."""
    ours = Line(OURS, 1000, (0.1, 0.9, 0.2), Accuracy(error, "ours"))
    other = Line("other", 100, (3.0, 3.0, 7.0), Accuracy(1e-6, "theirs"))
    lines = (ours, other) if base else (ours,)
    return Race("prices", "other", bar, lines, allowed, reason="Copying takes it all.")


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


@pytest.mark.parametrize(
    ("race", "gap"),
    [
        (raced(9e-7), ""),
        (raced(9e-7, bar=151.0), "Copying takes it all."),
        (raced(2e-6), "An error of 2e-06 is more than the 1e-06 allowed."),
        (raced(0.0, base=False), "other does not run here."),
        (replace(raced(0.0, bar=151.0), reason=""), NO_REASON),
    ],
)
def test_a_gap_is_stated_with_its_reason(race: Race, gap: str) -> None:
    assert race.gap == gap
    assert heading(race).endswith(f"[red]gap[/red]: {gap}" if gap else "[green]met[/green]")
    (told,) = as_json({}, [race])["races"]
    assert told["gap"] == (gap or None)


@pytest.mark.parametrize(("value", "least", "met"), [(30.0, False, True), (31.0, False, False), (31.0, True, True)])
def test_a_promise_is_told_beside_its_bar(value: float, least: bool, met: bool) -> None:
    promise = Promise("one option", value, "µs", 30.0, "The machine was busy.", least=least)
    said = promised(promise)
    assert said.startswith(f"one option: {value:.0f} µs, bar {'≥' if least else '≤'} 30 µs ")
    assert ("The machine was busy." in said) is not met
    (told,) = as_json({}, [replace(raced(0.0), promises=(promise,))])["races"][0]["promises"]
    assert (told["value"], told["met"], told["gap"]) == (value, met, None if met else "The machine was busy.")


def test_our_speed_is_told_over_any_library() -> None:
    assert raced(0.0).over("other") == pytest.approx(150)
    assert isnan(raced(0.0).over("nobody"))


def test_a_short_call_is_repeated() -> None:
    calls: list[int] = []

    def call() -> dict[str, np.ndarray]:
        calls.append(1)
        time.sleep(SHORT / 4)
        return {}

    assert settled(call) == pytest.approx(SHORT / 4, rel=0.5)
    assert 2 <= len(calls) <= 4


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
    assert (race["bar"], race["met"]) == (149, True)
    assert speed(raced(0.0).lines[0]) == "5 k"
