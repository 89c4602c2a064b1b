"""A record's facts by path: complete, in the units people read, and a ground for numbers."""

from __future__ import annotations

import math

import pytest

from tests.tools.review.decided import decided, one
from tools.domain.decision import DecisionRecord
from tools.review.fact import HASH, NO_GROUND, UNKNOWN, WORDS, Facts, in_words, shown
from tools.review.record_facts import record_facts, thresholds_of

RECORDS = decided()


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.candidate.label)
def test_every_filter_limit_and_part_of_the_score_has_its_path(record: DecisionRecord) -> None:
    facts = record_facts(record)
    assert {f"filters.{each.rule}.state" for each in record.candidate.filters} <= facts.keys()
    assert record.fit is not None
    assert {f"limits.{each.rule}.after" for each in record.fit.limits if each.after is not None} <= facts.keys()
    assert {"score.total", "thresholds.automatic", "fit.contracts", "outcome"} <= facts.keys()
    assert all(fact.path == path for path, fact in facts.items())
    assert not [path for path, fact in facts.items() if isinstance(fact.value, float) and math.isnan(fact.value)]


def test_fractions_are_told_as_percent_and_greeks_per_contract() -> None:
    record = one()
    facts, candidate = record_facts(record), record.candidate
    assert facts["candidate.premium_yield"].value == pytest.approx(100 * candidate.premium_yield, abs=0.005)
    assert facts["candidate.premium_yield"].unit == "percent/year"
    assert candidate.greeks is not None
    assert facts["candidate.greeks.vega"].value == pytest.approx(100 * candidate.greeks.vega, abs=0.005)
    assert record.fit is not None
    first = next(each for each in record.fit.limits if each.rule == "F1")
    assert first.after is not None
    assert facts["limits.F1.after"].value == pytest.approx(100 * first.after, abs=0.005)


def test_what_is_unknown_keeps_its_reason_and_grounds_nothing() -> None:
    facts = next(found for found in map(record_facts, RECORDS) if any(f.unit == UNKNOWN for f in found.values()))
    unknown = [fact for fact in facts.values() if fact.unit == UNKNOWN]
    assert all(fact.words.startswith("unknown (") for fact in unknown)
    assert not {fact.path for fact in unknown} & facts.grounds().keys()


def test_words_and_identities_ground_no_number() -> None:
    facts = record_facts(one())
    silent = {path for path, fact in facts.items() if fact.unit in NO_GROUND}
    assert {facts[path].unit for path in silent} >= {WORDS, HASH}
    assert len(facts.grounds()) == len(facts) - len(silent)


def test_thresholds_are_those_the_decision_was_made_by() -> None:
    assert thresholds_of(one()) == {"automatic": 7.5, "human": 6.0}
    assert thresholds_of(one().model_copy(update={"weighed": None})) == {}


@pytest.mark.parametrize(
    ("value", "unit", "words"),
    [
        (22821.0, "USD", "$22,821"),
        (-12.5, "USD/contract", "-$12.50 per contract"),
        (0.005, "USD/share", "$0.005 per share"),
        (1, "contracts", "1 contract"),
        (3, "contracts", "3 contracts"),
        (12.97, "percent/year", "12.97 % a year"),
        ("no calendar", "unknown", "unknown (no calendar)"),
    ],
)
def test_words(value: float | str, unit: str, words: str) -> None:
    assert in_words(value, unit) == words


def test_numbers_are_shown_with_the_digits_that_tell_them_apart() -> None:
    assert shown(7.4572, "score") == 7.4572, "a score of 7.46 is not one of 7.5"
    assert shown(12.96600458, "percent/year") == 12.97
    assert shown(0.00012345, "per share") == 0.000123
    assert shown(float("1e-30"), "USD") == 1e-30


def test_nothing_and_infinity_are_left_out() -> None:
    facts = Facts()
    for value in (None, "", math.nan, math.inf):
        facts.put("a", value, "USD")
    assert facts == {}
    assert facts.words("a") == "unknown"
