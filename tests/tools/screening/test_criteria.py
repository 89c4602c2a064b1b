"""Criteria: what a book may ask, and that every impossible bound is named by its key."""

import math
from typing import Any

import pytest
from pydantic import ValidationError

from tools.screening.criteria import Criterion

BOUNDS: dict[str, Any] = {"worst": 0.0, "threshold": 0.03, "ideal": 0.12}


def keys_of(body: dict[str, Any]) -> set[str]:
    with pytest.raises(ValidationError) as caught:
        Criterion.model_validate(body)
    return {str(error["loc"][0]) for error in caught.value.errors()}


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"worst": 0.03}, "worst"),
        ({"worst": 0.05}, "worst"),
        ({"ideal": 0.03}, "ideal"),
        ({"ideal": -1.0}, "ideal"),
        ({"threshold": None}, "threshold"),
        ({"threshold": "BBB+"}, "threshold"),
        ({"ideal": None}, "ideal"),
        ({"threshold": math.nan}, "threshold"),
        ({"worst": math.inf}, "worst"),
        ({"weight": -0.1}, "weight"),
        ({"low": 0.1}, "low"),
        ({"kind": "yes_no"}, "kind"),
        ({"kind": "at_least_class"}, "kind"),
        ({"threshold_from": "sector_put_call_ratio"}, "threshold"),
        ({"threshold_from": "phase_of_the_moon"}, "threshold_from"),
        ({"rule": "moon"}, "rule"),
        ({"treshold": 0.02}, "treshold"),
    ],
)
def test_an_impossible_floor_names_its_key(change: dict[str, Any], key: str) -> None:
    assert key in keys_of({"rule": "premium_yield", "kind": "above", **BOUNDS, **change})


@pytest.mark.parametrize("change", [{"worst": 0.04}, {"ideal": 0.06}, {"worst": 0.05}])
def test_a_ceiling_runs_the_other_way(change: dict[str, Any]) -> None:
    body = {"rule": "spread", "kind": "at_most", "worst": 0.09, "threshold": 0.05, "ideal": 0.01}
    assert Criterion.model_validate(body).has_margin
    assert keys_of({**body, **change}) == set(change)


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"low": 0.35}, "high"),
        ({"low": 0.40}, "high"),
        ({"high": None}, "high"),
        ({"target": 0.15}, "target"),
        ({"target": 0.5}, "target"),
        ({"target": None}, "target"),
        ({"threshold": 0.2}, "threshold"),
    ],
)
def test_an_impossible_range_names_its_key(change: dict[str, Any], key: str) -> None:
    body = {"rule": "delta", "kind": "between", "low": 0.15, "high": 0.35, "target": 0.25}
    assert key in keys_of({**body, **change})


@pytest.mark.parametrize("threshold", [None, "good", 7.0])
def test_a_class_rule_needs_a_rating(threshold: Any) -> None:
    assert keys_of({"rule": "rating", "kind": "at_least_class", "threshold": threshold}) == {"threshold"}


def test_a_threshold_from_a_fact_takes_distances() -> None:
    body = {"rule": "put_call_ratio", "kind": "below", "threshold_from": "sector_put_call_ratio"}
    assert Criterion.model_validate({**body, "worst": 0.4, "ideal": -0.4}).has_margin
    assert keys_of({**body, "worst": -0.1, "ideal": 0.1}) == {"worst", "ideal"}


def test_gates_and_yes_no_rules_carry_no_margin() -> None:
    assert not Criterion.model_validate({"rule": "bid", "kind": "yes_no"}).has_margin
    gate = {"rule": "volume", "kind": "at_least", "threshold": 10, "margin": False}
    assert not Criterion.model_validate(gate).has_margin
