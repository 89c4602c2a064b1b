"""The reviewer's tools: exact at what is recorded, consistent away from it, and closed to everything else."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tools.review.decided import decided, one, toolbox
from tools.domain.decision import DecisionRecord
from tools.domain.structure import StructureKind
from tools.pricing.payoff import payoff
from tools.review.repricing import reprice
from tools.review.tool import ToolResult

RECORDS = decided()
OPTIONS = [each for each in RECORDS if each.candidate.structure is not StructureKind.LONG_SHARES]


def ask(record: DecisionRecord, name: str, **arguments: Any) -> ToolResult:
    return toolbox().call(record, name, arguments)


def number(result: ToolResult, path: str) -> float:
    value = result.facts[path].value
    assert not isinstance(value, str), result.text
    return value


@pytest.mark.parametrize("record", OPTIONS, ids=lambda record: record.candidate.label)
def test_where_nothing_is_moved_closing_costs_the_recorded_mid(record: DecisionRecord) -> None:
    priced = reprice(record, spot=None, vol=None, days=None)
    assert priced.cost_to_close == pytest.approx(record.candidate.credit, abs=2e-5 * record.candidate.spot)
    assert priced.profit == pytest.approx(0, abs=0.02 * record.candidate.spot)


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(OPTIONS), st.floats(0.5, 1.5))
def test_at_expiry_the_profit_is_the_payoff(record: DecisionRecord, share: float) -> None:
    candidate = record.candidate
    spot = share * candidate.spot
    shares = float(candidate.shares_required)
    line = payoff(legs=candidate.legs, credit=candidate.credit, shares=shares, share_price=candidate.spot)
    assert reprice(record, spot=spot, vol=None, days=candidate.dte + 1).profit == pytest.approx(
        float(line.at(spot)), abs=1e-6 * candidate.spot * candidate.multiplier
    )


@settings(max_examples=30, deadline=None)
@given(st.floats(0.6, 1.2), st.floats(0.6, 1.2))
def test_a_put_sold_loses_more_the_lower_the_spot(first: float, second: float) -> None:
    record = one()
    low, high = sorted((first, second))
    profits = [
        reprice(record, spot=share * record.candidate.spot, vol=None, days=5).profit for share in (low, high)
    ]
    assert profits[0] <= profits[1] + 1e-6


def test_a_scenario_is_a_repricing_in_relative_terms() -> None:
    record = one()
    spot, vol = record.candidate.spot, record.candidate.iv
    assert vol is not None
    shock = ask(record, "scenario", spot_change=-10, vol_change=5, days=3)
    same = ask(record, "reprice", spot=0.9 * spot, iv=100 * (vol + 0.05), days=3)
    assert number(shock, "scenario.profit") == number(same, "reprice.profit")
    assert number(shock, "scenario.profit") < 0


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.candidate.label)
def test_what_if_without_a_change_is_the_decision(record: DecisionRecord) -> None:
    result = ask(record, "what_if", path="thresholds.human", value=6.0)
    assert record.score is not None
    assert record.score.total is not None
    assert record.outcome is not None
    for side in ("before", "after"):
        assert result.facts[f"what_if.{side}.outcome"].value == record.outcome.value
        assert number(result, f"what_if.{side}.total") == pytest.approx(record.score.total, abs=1e-4)


@pytest.mark.parametrize("record", OPTIONS, ids=lambda record: record.candidate.label)
def test_a_filter_at_its_own_value_and_a_limit_at_its_own_bound_change_nothing(record: DecisionRecord) -> None:
    """The margins and the fit are made again from the book and the house that the record keeps."""
    paths = [
        (f"filters.{each.rule}.value", each.value * (100 if each.unit.startswith("fraction") else 1))
        for each in record.candidate.filters
        if each.margin is not None and each.value is not None
    ]
    assert record.fit is not None
    paths += [
        (f"limits.{each.rule}.limit", each.limit * (100 if each.unit.startswith("share of") else 1))
        for each in record.fit.limits
        if each.limit and each.after is not None and each.before is not None
    ]
    for path, value in paths:
        result = ask(record, "what_if", path=path, value=value)
        assert result.problem == "", path
        assert number(result, "what_if.after.total") == pytest.approx(number(result, "what_if.before.total")), path
        assert result.facts["what_if.after.outcome"].value == result.facts["what_if.before.outcome"].value, path


def test_a_tighter_limit_vetoes_and_so_does_a_filter_out_of_its_band() -> None:
    record = next(each for each in RECORDS if each.outcome is not None and each.outcome.value == "approved")
    tight = ask(record, "what_if", path="limits.F1.limit", value=0.1)
    assert tight.facts["what_if.after.outcome"].value == "refused"
    assert "F1" in str(tight.facts["what_if.after.reasons.0"].value)
    strict = ask(record, "what_if", path="thresholds.automatic", value=9.99)
    assert strict.facts["what_if.after.outcome"].value in ("waiting", "refused")
    outside = ask(record, "what_if", path="filters.delta.value", value=0.5)
    assert outside.facts["what_if.after.outcome"].value == "refused"
    assert "cannot have its high at 0.2" in ask(record, "what_if", path="filters.delta.high", value=0.2).problem


def test_the_worked_example_of_the_margins() -> None:
    """Spec D: a yield of 8.4 % between 3 and 12 has margin 8.0, a spread of 2.2 % between 5 and 1 has 8.5."""
    record = one()
    for path, value, margin in (("premium_yield", 8.4, 8.0), ("spread", 2.2, 8.5)):
        weights = sum(each.weight for each in record.candidate.filters if each.margin is not None)
        old = next(each.margin for each in record.candidate.filters if each.rule == path)
        assert old is not None
        result = ask(record, "what_if", path=f"filters.{path}.value", value=value)
        moved = number(result, "what_if.after.quantitative") - number(result, "what_if.before.quantitative")
        assert moved == pytest.approx((margin - old) / weights, abs=2e-4)


@pytest.mark.parametrize(
    ("name", "arguments", "word"),
    [
        ("reprice", {"spot": -1, "iv": None, "days": None}, "above 0"),
        ("reprice", {"spot": None, "iv": None, "days": -1}, "not negative"),
        ("reprice", {"spot": None, "iv": 0, "days": None}, "above 0"),
        ("reprice", {"spot": "high", "iv": None, "days": None}, "valid number"),
        ("reprice", {"spot": float("nan"), "iv": None, "days": None}, "finite"),
        ("reprice", {"spot": 1}, "required"),
        ("reprice", {"spot": 1, "iv": None, "days": None, "broker": "x"}, "not permitted"),
        ("scenario", {"spot_change": -100, "vol_change": 0, "days": 0}, "moved"),
        ("what_if", {"path": "candidate.legs", "value": 1}, "cannot be changed"),
        ("what_if", {"path": "filters.quoted.value", "value": 1}, "no number"),
        ("what_if", {"path": "filters.nobody.value", "value": 1}, "no number"),
        ("what_if", {"path": "limits.F99.limit", "value": 1}, "no limit"),
        ("what_if", {"path": "limits.F1.limit", "value": 0}, "above 0"),
        ("what_if", {"path": "analysis.confidence", "value": 11}, "between 0 and 10"),
        ("compare", {"other": "d-nobody"}, "no decision"),
        ("send_order", {}, "no tool"),
    ],
)
def test_what_cannot_be_answered_is_one_sentence_and_no_fact(
    name: str, arguments: dict[str, Any], word: str
) -> None:
    result = toolbox().call(one(), name, arguments)
    assert word in result.problem
    assert result.facts == {}
    assert json.loads(result.text) == {"problem": result.problem}


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from([spec.name for spec in toolbox().specs]),
    st.none() | st.dictionaries(st.text(max_size=8), st.none() | st.floats() | st.text(max_size=8), max_size=4),
)
def test_no_arguments_of_a_model_are_a_crash(name: str, arguments: dict[str, Any] | None) -> None:
    result = toolbox().call(one(), name, arguments)
    assert bool(result.problem) != bool(result.facts)


def test_schemas_are_closed_and_every_argument_is_required() -> None:
    for spec in toolbox().specs:
        assert spec.parameters["additionalProperties"] is False
        assert set(spec.parameters.get("required", ())) == set(spec.parameters["properties"])
        assert "title" not in json.dumps(spec.parameters)


def test_a_record_without_its_inputs_says_so() -> None:
    old = one().model_copy(update={"facts": {**one().facts, "inputs": None}, "weighed": None})
    assert "holds no quotes" in toolbox().call(old, "reprice", {"spot": 1, "iv": None, "days": None}).problem
    assert "does not hold" in toolbox().call(old, "what_if", {"path": "thresholds.human", "value": 6}).problem


def test_others_of_the_scan_are_ranked_by_score() -> None:
    best = max(RECORDS, key=lambda each: (each.score.total or 0) if each.score else 0)
    result = ask(best, "scan")
    assert number(result, "scan.place") == 1
    assert number(result, "scan.decisions") == len(RECORDS)
    totals = [fact.value for path, fact in result.facts.items() if path.endswith(".total")]
    assert totals == sorted(totals, reverse=True)


def test_two_decisions_stand_side_by_side() -> None:
    first, second = RECORDS[:2]
    result = ask(first, "compare", other=second.id)
    assert result.facts["compare.this.label"].value == first.candidate.label
    assert result.facts["compare.other.label"].value == second.candidate.label
    assert "talked about" in ask(first, "compare", other=first.id).problem
