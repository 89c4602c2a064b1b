"""Budgets and guarantees: what a plan may say, and what it holds against a trade."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from tests.tools.portfolio.samples import CLOCK, account, put, snapshot
from tools.domain.account import Reservation
from tools.domain.decision import LimitResult
from tools.portfolio.allocation import Budget, CapitalPlan
from tools.portfolio.fit import fit
from tools.risk.profile import LimitProfile
from tools.sizing.rule import SizingRule

MARKET = snapshot()
WIDE = LimitProfile(allocation=1.0, day_at_risk=1.0, sector=1.0, sector_uncorrelated=1.0, net_delta=9.0)


def plan(**budgets: dict[str, Any]) -> CapitalPlan:
    return CapitalPlan(name="mine", budgets={name: Budget(**each) for name, each in budgets.items()})


def sized(
    book: str,
    capital: CapitalPlan,
    *,
    rollout: float = 1.0,
    own: float | None = None,
    held: Reservation | None = None,
) -> tuple[int, Reservation, dict[str, LimitResult]]:
    """A put of 9,000 collateral on an account of a million, for as much of it as is let."""
    result, reservation = fit(
        put(90, book=book),
        account=account(reservations=(held,) if held else ()),
        snapshot=MARKET,
        clock=CLOCK,
        profile=WIDE,
        sizing=SizingRule(allocation=1.0, capital=own),
        capital=capital,
        rollout=rollout,
    )
    return result.contracts, reservation, {limit.rule: limit for limit in result.limits}


def test_a_book_spends_its_budget_and_no_more() -> None:
    contracts, _, limits = sized("theta", plan(theta={"share": 0.35, "books": ["theta"]}))
    assert contracts == 38  # 350,000 / 9,000
    assert limits["J-budget"].after == pytest.approx(0.342)
    assert "J-guarantee" not in limits


def test_a_budget_of_one_underlying_leaves_the_others_alone() -> None:
    spy = plan(theta={"share": 0.35, "books": ["theta"], "underlyings": ["SPY"], "guaranteed": True})
    contracts, _, limits = sized("theta", spy)  # on XOM
    assert contracts == 72  # 650,000 / 9,000
    assert "J-budget" not in limits


def test_nothing_else_may_spend_what_is_guaranteed_used_or_not() -> None:
    kept = plan(theta={"share": 0.60, "books": ["theta"], "guaranteed": True})
    contracts, _, limits = sized("momentum", kept)
    assert contracts == 44  # 400,000 / 9,000
    assert limits["J-guarantee"].limit == pytest.approx(0.40)
    assert "theta" in limits["J-guarantee"].text


def test_a_full_guarantee_leaves_nothing_and_says_so() -> None:
    _, _, limits = sized("momentum", plan(theta={"share": 1.0, "books": ["theta"], "guaranteed": True}))
    assert limits["J-guarantee"].vetoes


def test_what_one_decision_reserves_the_next_one_sees() -> None:
    kept = plan(theta={"share": 0.60, "books": ["theta"], "guaranteed": True})
    _, first, _ = sized("momentum", kept)
    other = first.model_copy(update={"decision_id": "d-other"})
    assert sized("carry", kept, held=other)[2]["J-guarantee"].vetoes
    assert sized("theta", kept, held=other)[0] == 66  # its 600,000, whoever came before


def test_a_book_that_is_rolled_out_in_part_has_that_part_of_its_capital() -> None:
    for fraction, contracts in ((0.10, 11), (0.25, 27), (0.50, 55), (1.0, 111)):
        assert sized("new", CapitalPlan(), rollout=fraction)[0] == contracts
    assert sized("new", CapitalPlan(), rollout=0.10, own=0.50)[0] == 5  # 10 % of 500,000
    assert "10 % of it rolled out" in sized("new", CapitalPlan(), rollout=0.10)[2]["J"].text


@given(st.lists(st.floats(0.01, 1.0), min_size=1, max_size=6))
def test_shares_never_sum_above_the_whole(shares: list[float]) -> None:
    budgets = {f"b{i}": {"share": share, "books": [f"book{i}"]} for i, share in enumerate(shares)}
    if sum(shares) <= 1:
        assert plan(**budgets).guaranteed == 0
    elif sum(shares) > 1 + 1e-6:
        with pytest.raises(ValidationError, match="there is 100 %"):
            plan(**budgets)


def test_two_budgets_never_pay_for_one_trade() -> None:
    with pytest.raises(ValidationError, match="both pay for theta on SPY"):
        plan(
            a={"share": 0.1, "books": ["theta"], "underlyings": ["SPY", "QQQ"]},
            b={"share": 0.1, "books": ["theta", "other"], "underlyings": ["SPY"]},
        )
    with pytest.raises(ValidationError, match="both pay for theta"):
        plan(a={"share": 0.1, "books": ["theta"]}, b={"share": 0.1, "books": ["theta"], "underlyings": ["SPY"]})
