"""What a book may say of its exits: each rule a number or off, none that never acts."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from tools.portfolio.exit_rules import NO_BOOKS, ROLLABLE, ExitRule, ExitRules


def test_every_rule_is_a_key_of_the_same_name() -> None:
    assert {rule.value for rule in ExitRule} - NO_BOOKS <= set(ExitRules.model_fields)


def test_the_house_stops_hold_where_a_book_is_silent() -> None:
    # spec F7
    rules = ExitRules()
    assert (rules.vix_rise, rules.iv_over_mean, rules.spread_rise, rules.warn_at) == (0.50, 1.00, 0.50, 0.75)
    assert rules.early_decay_exit is None
    assert rules.active == {
        ExitRule.VIX_RISE, ExitRule.IV_OVER_MEAN, ExitRule.SPREAD_RISE, ExitRule.EX_DIVIDEND, ExitRule.ASSIGNMENT,
    }  # fmt: skip


def test_false_is_off_and_zero_days_is_not() -> None:
    assert ExitRule.VIX_RISE not in ExitRules.model_validate({"vix_rise": False}).active
    assert ExitRule.TIME_STOP in ExitRules(time_stop=0).active


def test_stops_and_gains_are_never_rolled() -> None:
    assert ROLLABLE.isdisjoint({ExitRule.TAKE_PROFIT, ExitRule.ADVERSE_STOP, ExitRule.VIX_RISE})


@pytest.mark.parametrize(
    ("given", "key", "words"),
    [
        ({"take_profit": True}, "take_profit", "a number, or false"),
        ({"take_profit": 1.0}, "take_profit", "less than 1"),
        ({"adverse_stop": 0}, "adverse_stop", "greater than 0"),
        ({"time_stop": -1}, "time_stop", "greater than or equal to 0"),
        ({"delta": 30}, "delta", "less than 1"),
        ({"take_profit": 0.3, "early_decay_exit": 0.3}, "early_decay_exit", "never acts: take_profit (0.3)"),
        ({"assignment": False, "assignment_spread": 0.1}, "assignment_spread", "without assignment"),
        ({"spread_rise": False, "spread_floor": 0.1}, "spread_floor", "without spread_rise"),
    ],
)
def test_what_cannot_be_meant_is_refused_at_its_key(given: dict[str, Any], key: str, words: str) -> None:
    with pytest.raises(ValidationError) as caught:
        ExitRules.model_validate(given)
    problem = caught.value.errors()[0]
    assert problem["loc"][0] == key
    assert words in problem["msg"]
    loosened = {name: value for name, value in given.items() if name != key}
    assert ExitRules.model_validate(loosened)
