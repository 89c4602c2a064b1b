"""Charts are well-formed and stand where their numbers are."""

from __future__ import annotations

import re
from xml.etree import ElementTree as Xml

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.reporting.axis import day_ticks, round_ticks
from tools.reporting.charts import BOTTOM, LEFT, POINTS, RIGHT, TOP, WIDTH, below_zero, either_side, lines
from tools.reporting.heat import years
from tools.reporting.wording import money

DAYS = np.arange(np.datetime64("2008-01-02"), np.datetime64("2008-01-12"))


def points(svg: str, shape: str) -> list[tuple[float, float]]:
    found = Xml.fromstring(svg).find(shape)
    assert found is not None
    return [(float(x), float(y)) for x, y in (pair.split(",") for pair in found.attrib["points"].split())]


def test_a_line_reaches_from_edge_to_edge_between_round_ticks() -> None:
    svg = lines(DAYS, [("equity", np.linspace(100.0, 200.0, len(DAYS)))], title="a < b", written=money, height=300)
    drawn = points(svg, "polyline")
    assert drawn[0] == (LEFT, 300 - BOTTOM)
    assert drawn[-1] == (WIDTH - RIGHT, TOP)
    assert "a &lt; b" in svg


def test_a_long_line_keeps_its_ends_and_a_long_fall_its_depth() -> None:
    days = np.arange(np.datetime64("1999-01-04"), np.datetime64("2018-12-31"))
    values = -np.abs(np.sin(np.arange(len(days)) / 700)) * 0.1
    values[3333] = -0.4
    kept = points(below_zero(days, values, title="", written=money), "polygon")
    assert len(kept) <= POINTS + 4
    assert max(y for _, y in kept) == pytest.approx(170 - BOTTOM)  # the ticks end at −40 %, where the fall does
    series = points(lines(days, [("equity", values)], title="", written=money), "polyline")
    assert (series[0][0], series[-1][0]) == (LEFT, WIDTH - RIGHT)


def test_bars_lie_on_the_side_of_their_sign() -> None:
    svg = either_side([("theta", 100.0), ("gamma", -50.0), ("interest", 0.0)], title="", written=money)
    root = Xml.fromstring(svg)
    zero = float(root.findall("line")[0].attrib["x1"])
    bars = [
        (each.attrib["class"], float(each.attrib["x"]), float(each.attrib["width"]))
        for each in root.findall("rect")
    ]
    assert bars[0][:2] == ("bar gain", zero)
    assert bars[1][0] == "bar loss"
    assert bars[1][1] + bars[1][2] == pytest.approx(zero, abs=0.2)
    assert bars[0][2] == pytest.approx(2 * bars[1][2], abs=0.2)
    assert [text for text in root.itertext() if "50" in text] == ["−50"]


@given(st.floats(-1e9, 1e9), st.floats(0, 1e9))
def test_ticks_enclose_the_range_in_even_steps(low: float, span: float) -> None:
    ticks = round_ticks(low, low + span)
    assert ticks[0] <= low + 1e-6 * max(1.0, span, abs(low))
    assert ticks[-1] >= low + span - 1e-6 * max(1.0, span, abs(low))
    assert 2 <= len(ticks) <= 12
    steps = np.diff(ticks)
    assert steps == pytest.approx(np.full(len(steps), steps[0]), rel=1e-6)


def test_days_are_named_by_year_or_by_month() -> None:
    decade = np.arange(np.datetime64("1999-06-01"), np.datetime64("2018-12-31"))
    names = [name for _, name in day_ticks(decade, most=10)]
    assert names[0] == "2000"
    assert len(names) <= 10
    quarter = np.arange(np.datetime64("2008-08-29"), np.datetime64("2008-11-14"))
    assert [name for _, name in day_ticks(quarter)] == ["2008-09", "2008-10", "2008-11"]


def test_months_are_shaded_by_size_and_years_compound() -> None:
    months = np.array(["2007-12", "2008-01", "2008-02"], dtype="datetime64[M]")
    first, second = years(months, np.array([0.02, -0.04, 0.01]))
    assert (first.name, first.months[11].text, first.whole.text) == ("2007", "+2.0%", "+2.0%")
    assert second.whole.text == "−3.0%"
    assert (second.months[0].tone, second.months[1].tone, second.months[2].text) == ("loss", "gain", "")
    assert second.months[0].shade > first.months[11].shade > second.months[1].shade > 0
    assert re.fullmatch(r"0\.\d+", str(second.months[0].shade))
