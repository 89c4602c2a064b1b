"""States and margins: exact at the knots, monotone, bounded, and the same for a column as for one value."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.domain.score import FilterState
from tools.screening.criteria import Criterion
from tools.screening.verdict import STATES, evaluate, weighted_mean

VALUE = st.floats(-1e6, 1e6) | st.just(math.nan)
KNOTS = st.lists(st.floats(-1e3, 1e3).map(lambda x: round(x, 3)), min_size=3, max_size=3, unique=True).map(sorted)


def criterion(kind: str, **body: Any) -> Criterion:
    rule = {"yes_no": "bid", "at_least_class": "rating"}.get(kind, "premium_yield")
    return Criterion.model_validate({"rule": rule, "kind": kind, **body})


def one(c: Criterion, value: float, **given: Any) -> tuple[FilterState, float]:
    verdict = evaluate(c, values=np.array([value]), **given)
    return STATES[verdict.state[0]], float(verdict.margin[0])


def line(x: float, x0: float, y0: float, x1: float, y1: float) -> float:
    return y0 + (x - x0) / (x1 - x0) * (y1 - y0)


def oracle_margin(value: float, worst: float, threshold: float, ideal: float) -> float:
    """Spec B, read aloud for one value."""
    sign = 1 if ideal > worst else -1
    if sign * value <= sign * worst:
        return 0.0
    if sign * value >= sign * ideal:
        return 10.0
    if sign * value <= sign * threshold:
        return line(value, worst, 0, threshold, 5)
    return line(value, threshold, 5, ideal, 10)


@pytest.mark.parametrize("kind", ["above", "at_least", "below", "at_most"])
@given(knots=KNOTS, values=st.lists(VALUE, min_size=1, max_size=20))
def test_one_sided_margins(kind: str, knots: list[float], values: list[float]) -> None:
    worst, threshold, ideal = knots if kind in {"above", "at_least"} else knots[::-1]
    c = criterion(kind, worst=worst, threshold=threshold, ideal=ideal)
    holds = {
        "above": lambda v: v > threshold,
        "at_least": lambda v: v >= threshold,
        "below": lambda v: v < threshold,
        "at_most": lambda v: v <= threshold,
    }[kind]
    column = evaluate(c, values=np.array(values))
    for value, state, margin in zip(values, column.state, column.margin, strict=True):
        if math.isnan(value):
            assert STATES[state] is FilterState.UNKNOWN
            assert math.isnan(margin)
            continue
        assert STATES[state] is (FilterState.PASS if holds(value) else FilterState.FAIL)
        assert 0 <= margin <= 10
        assert margin == pytest.approx(oracle_margin(value, worst, threshold, ideal), abs=1e-9)
        assert margin >= 5 - 1e-9 if holds(value) else margin <= 5 + 1e-9
    assert [one(c, knot)[1] for knot in (worst, threshold, ideal)] == [0, 5, 10]


@given(
    knots=KNOTS.filter(lambda k: min(np.diff(k)) > 1e-2),
    values=st.lists(st.floats(-5e3, 5e3), min_size=2, max_size=30).map(sorted),
)
def test_range_margins_rise_to_the_target_and_fall_from_it(knots: list[float], values: list[float]) -> None:
    low, target, high = knots
    half = (high - low) / 2
    c = criterion("between", low=low, high=high, target=target)
    exact = [one(c, knot)[1] for knot in (low - half, low, target, high, high + half)]
    assert exact == [0, 5, 10, 5, 0]
    margins = evaluate(c, values=np.array(values)).margin
    assert ((margins >= 0) & (margins <= 10)).all()
    rising = margins[np.array(values) <= target]
    falling = margins[np.array(values) >= target]
    assert (np.diff(rising) >= -1e-9).all()
    assert (np.diff(falling) <= 1e-9).all()


def test_ranges_are_half_open() -> None:
    c = criterion("between", low=0.15, high=0.35, target=0.25)
    assert one(c, 0.15) == (FilterState.PASS, 5)
    assert one(c, 0.35) == (FilterState.FAIL, 5)
    assert one(c, np.nextafter(0.15, 0))[0] is FilterState.FAIL


@pytest.mark.parametrize(
    ("kind", "body", "value", "margin"),
    [
        # spec D, worked example
        ("above", {"worst": 0.0, "threshold": 0.03, "ideal": 0.12}, 0.084, 8.0),
        ("between", {"low": 0.15, "high": 0.35, "target": 0.25}, 0.22, 8.5),
        ("above", {"worst": 0, "threshold": 100, "ideal": 1000}, 640, 8.0),
        ("at_most", {"worst": 0.09, "threshold": 0.05, "ideal": 0.01}, 0.022, 8.5),
        ("above", {"worst": 0, "threshold": 14, "ideal": 45}, 30, 7.5806),
        ("below", {"worst": 1.3, "threshold": 0.9, "ideal": 0.5}, 0.70, 7.5),
        ("at_most", {"worst": 0.25, "threshold": 0.20, "ideal": 0.0}, 0.06, 8.5),
    ],
)
def test_margins_of_the_worked_example(kind: str, body: dict[str, Any], value: float, margin: float) -> None:
    assert one(criterion(kind, **body), value)[1] == pytest.approx(margin, abs=5e-5)


def test_a_threshold_from_a_fact_moves_all_three_knots() -> None:
    c = Criterion.model_validate(
        {
            "rule": "put_call_ratio",
            "kind": "below",
            "threshold_from": "sector_put_call_ratio",
            "worst": 0.4,
            "ideal": -0.4,
        }
    )
    assert one(c, 0.70, threshold=0.90) == (FilterState.PASS, pytest.approx(7.5))
    assert one(c, 1.50, threshold=1.50) == (FilterState.FAIL, 5)
    assert one(c, 1.90, threshold=1.50) == (FilterState.FAIL, pytest.approx(0))
    assert one(c, 0.70)[0] is FilterState.UNKNOWN


def test_yes_no_and_class_rules_have_no_margin() -> None:
    for c, passing, failing in (
        (criterion("yes_no"), 1.0, 0.0),
        (criterion("at_least_class", threshold="BBB+"), 14.0, 13.0),
    ):
        assert one(c, passing)[0] is FilterState.PASS
        assert one(c, failing)[0] is FilterState.FAIL
        assert math.isnan(one(c, passing)[1])


def test_what_does_not_apply_is_neither_passed_nor_unknown() -> None:
    state, margin = one(criterion("yes_no"), math.nan, applicable=False)
    assert state is FilterState.NOT_APPLICABLE
    assert math.isnan(margin)


@given(
    st.lists(
        st.tuples(st.lists(st.floats(0, 10) | st.just(math.nan), min_size=4, max_size=4), st.floats(0, 5)),
        min_size=1,
        max_size=6,
    )
)
def test_the_mean_leaves_out_what_is_missing(columns: list[tuple[list[float], float]]) -> None:
    mean = weighted_mean((np.array(m) for m, _ in columns), (w for _, w in columns), length=4)
    for row in range(4):
        present = [(m[row], w) for m, w in columns if not math.isnan(m[row])]
        mass = sum(w for _, w in present)
        if mass == 0:
            assert math.isnan(mean[row])
        else:
            assert mean[row] == pytest.approx(sum(m * w for m, w in present) / mass)


def test_a_shared_margin_counts_in_every_row() -> None:
    mean = weighted_mean([np.array([8.0]), np.array([4.0, np.nan])], [1.0, 3.0], length=2)
    assert mean.tolist() == [5.0, 8.0]
