"""Whole contracts, rounded down, the binding constraint named."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from tests.tools.risk.cases import NAV, case, exposure
from tests.tools.risk.test_laws import cases
from tools.domain.decision import LimitState
from tools.risk.case import Case
from tools.risk.judge import judge
from tools.risk.limit import Limit
from tools.risk.limits import LIMITS
from tools.risk.measure import scaled
from tools.risk.profile import INCOME
from tools.sizing.budget import confidence_tier, free_cash, free_shares
from tools.sizing.contracts import Sizing, size
from tools.sizing.rule import SizingRule

PUT = exposure(
    collateral=10_000, max_loss=9_800, notional=10_000, dollar_delta=2_500, gamma_1pct=300, vega_point=-12,
    overnight_loss=2_000, sectors={"Energy": 10_000.0},
)  # fmt: skip


def sized(
    trade: Case, rule: SizingRule | None = None, *, cash: float = 10_000.0, free: float | None = 1e6
) -> Sizing:
    rule = rule or SizingRule()
    return size((*LIMITS, *own(rule, cash=cash, free=free)), case=trade, rule=rule)


def own(rule: SizingRule, *, cash: float, free: float | None) -> tuple[Limit, ...]:
    return (
        confidence_tier(rule, profile=INCOME, confidence=None),
        free_cash(required=cash, free=free),
        free_shares(required=0, free=0),
    )


def test_rounds_down() -> None:
    """D4: 50,000 / 9,900 is 5.05 contracts, 50,000 / 10,100 is 4.95."""
    assert sized(case(proposal=replace(PUT, collateral=9_900.0))).contracts == 5
    assert sized(case(proposal=replace(PUT, collateral=10_100.0))).contracts == 4


@pytest.mark.parametrize(
    ("changes", "rule", "contracts", "binding"),
    [
        ({}, SizingRule(), 5, "allocation per trade"),
        ({}, SizingRule(allocation=0.03), 3, "the book's allocation"),
        ({}, SizingRule(max_contracts=2), 2, "the book's maximum"),
        ({"day_opened_max_loss": 75_000}, SizingRule(), 2, "day-at-risk"),
        ({"held": (exposure(dollar_delta=193_000),)}, SizingRule(), 2, "net delta"),
        ({"held": (exposure(gamma_1pct=49_000),)}, SizingRule(), 3, "gamma"),
        ({"held": (exposure(vega_point=-19_970),)}, SizingRule(), 2, "vega"),
        ({"held": (exposure(sectors={"Energy": 215_000.0}),)}, SizingRule(), 3, "sector exposure"),
        ({"held": (exposure(notional=2_485_000),)}, SizingRule(), 1, "leverage"),
        ({"held": (exposure(overnight_loss=993_000),)}, SizingRule(), 3, "overnight loss"),
        ({"held": (exposure(collateral=275_000),), "configured_brokers": 4}, SizingRule(), 2, "broker share"),
    ],
)
def test_the_smallest_room_binds(changes: dict[str, Any], rule: SizingRule, contracts: int, binding: str) -> None:
    assert sized(case(proposal=PUT, **changes), rule) == Sizing(contracts, binding)


def test_free_cash_binds() -> None:
    assert sized(case(proposal=PUT), free=34_000) == Sizing(3, "cash set aside")


def test_free_shares_bind() -> None:
    call = exposure(dollar_delta=-2_000, gamma_1pct=-100, vega_point=-10)
    limits = (*LIMITS, free_shares(required=100, free=350))
    found = size(limits, case=case(proposal=call), rule=SizingRule())
    assert (found.contracts, found.binding) == (3, "shares set aside")


def test_not_even_one_is_sized_at_one_for_the_limits_to_refuse() -> None:
    spx = replace(PUT, collateral=280_000.0, sectors={}, sector_exempt=True)
    assert sized(case(proposal=spx), cash=280_000) == Sizing(1, "allocation per trade")


def test_one_contract_above_the_books_target_is_left_to_f1() -> None:
    """A put struck at 235 takes 2.35 % of a million: more than a target of 2 %, less than the cap of 5 %."""
    put = replace(PUT, collateral=23_500.0)
    assert sized(case(proposal=put), SizingRule(allocation=0.02)) == Sizing(1, "the book's allocation")


def test_an_unknown_measure_leaves_no_room() -> None:
    assert sized(case(proposal=replace(PUT, vega_point=math.nan))) == Sizing(1, "vega")


def test_unknown_cash_leaves_no_room_and_vetoes() -> None:
    assert sized(case(proposal=PUT), free=None) == Sizing(1, "cash set aside")
    result = judge(free_cash(required=10_000.0, free=None), case(proposal=PUT)).result
    assert (result.state, result.vetoes, result.limit) == (LimitState.UNKNOWN, True, None)
    assert "free cash is unknown" in result.text


def test_nothing_bounds_it() -> None:
    assert size(LIMITS, case=case(), rule=SizingRule()).contracts == 1


class TestConfidence:
    RULE = SizingRule(by_confidence=True)

    @pytest.mark.parametrize(("confidence", "contracts"), [(65, 1), (75, 3), (85, 5), (95, 8)])
    def test_the_tier_sizes_by_max_loss(self, confidence: float, contracts: int) -> None:
        limit = confidence_tier(self.RULE, profile=INCOME, confidence=confidence)
        found = size((limit,), case=case(proposal=exposure(max_loss=9_900)), rule=self.RULE)
        assert found == Sizing(contracts, "size for its confidence")

    def test_a_contract_too_large_for_its_tier_is_refused(self) -> None:
        limit = confidence_tier(self.RULE, profile=INCOME, confidence=65)
        result = judge(limit, case(proposal=exposure(max_loss=10_001))).result
        assert (result.state, result.vetoes) == (LimitState.FAIL, True)

    def test_below_the_first_tier_is_refused(self) -> None:
        limit = confidence_tier(self.RULE, profile=INCOME, confidence=55)
        result = judge(limit, case(proposal=exposure(max_loss=100))).result
        assert (result.state, result.vetoes) == (LimitState.FAIL, True)
        assert "confidence 55.0" in result.text

    def test_unknown_confidence_is_refused(self) -> None:
        limit = confidence_tier(self.RULE, profile=INCOME, confidence=None)
        result = judge(limit, case(proposal=exposure(max_loss=100))).result
        assert (result.state, result.vetoes) == (LimitState.UNKNOWN, True)
        assert "confidence is unknown" in result.text


@pytest.mark.parametrize("bad", [{"allocation": 0}, {"allocation": 1.5}, {"max_contracts": 0}, {"size": 3}])
def test_impossible_rules_are_refused(bad: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        SizingRule.model_validate(bad)


@given(
    cases,
    st.floats(0.001, 1),
    st.one_of(st.none(), st.integers(1, 20)),
    st.floats(0, 1e6),
    st.floats(1, 1e5),
)
def test_what_fits_is_vetoed_by_nothing_that_size_can_mend(
    trade: Case, allocation: float, most: int | None, free: float, required: float
) -> None:
    rule = SizingRule(allocation=allocation, max_contracts=most)
    limits = (*LIMITS, *own(rule, cash=required, free=free))
    found = size(limits, case=trade, rule=rule)
    assert found.contracts >= 1
    if found.contracts == 1 or found.contracts > 1e6:
        return
    whole = replace(trade, proposal=scaled(trade.proposal, found.contracts), contracts=found.contracts)
    assert not [limit.rule for limit in limits if limit.linear and judge(limit, whole).vetoes]
    assert found.contracts * required <= free * (1 + 1e-8)
    assert most is None or found.contracts <= most
    assert found.contracts * trade.proposal.collateral <= allocation * NAV * (1 + 1e-8)
