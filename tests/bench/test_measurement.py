from __future__ import annotations

import pytest

from bench.measurement import Bar, Kind, Measurement, Timed, in_turns
from bench.report import as_json, bar, duration


def measured(kind: Kind, limit: float) -> Measurement:
    base, real = Timed("bare", (1.0, 9.0, 2.0)), Timed("whole", (3.0, 50.0, 5.0))
    return Measurement(name="one", base=base, real=real, bar=Bar(kind, limit), reason="the pipe is narrow")


def test_sides_take_turns_and_the_first_round_is_thrown_away() -> None:
    said: list[str] = []

    def side(name: str) -> float:
        said.append(name)
        return float(len(said))

    base, real = in_turns(lambda: side("base"), lambda: side("real"), rounds=2)
    assert said == ["base", "real"] * 3
    assert (base, real) == ((3.0, 5.0), (4.0, 6.0))


@pytest.mark.parametrize(
    ("kind", "limit", "met"),
    [(Kind.RATIO, 2.5, True), (Kind.RATIO, 2.4, False), (Kind.SECONDS, 5.0, True), (Kind.SECONDS, 4.9, False)],
)
def test_medians_are_held_against_the_bar(kind: Kind, limit: float, met: bool) -> None:
    found = measured(kind, limit)
    assert found.ratio == 2.5
    assert found.met is met


def test_the_report_says_what_was_measured() -> None:
    found = as_json({"cores": 2}, [measured(Kind.RATIO, 2.0)])
    assert found["schema"] == "thetagate.bench/1"
    (one,) = found["measurements"]
    assert one["base"] == {"label": "bare", "median": 2.0, "seconds": [1.0, 9.0, 2.0]}
    assert (one["ratio"], one["bar"], one["met"]) == (2.5, {"kind": "ratio", "limit": 2.0}, False)
    assert one["gap"] == "the pipe is narrow"
    assert as_json({}, [measured(Kind.RATIO, 2.5)])["measurements"][0]["gap"] is None
    assert bar(measured(Kind.SECONDS, 0.6)) == "≤ 0.6 s"
    assert [duration(seconds) for seconds in (0.0123, 1.5)] == ["12.3 ms", "1.50 s"]
