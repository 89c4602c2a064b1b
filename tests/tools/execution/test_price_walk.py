from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.domain.errors import InputError
from tools.execution.price_walk import bounds, ladder

TICKS = st.sampled_from([Decimal("0.01"), Decimal("0.05"), Decimal("0.10")])
MIDS = st.floats(0.005, 500).flatmap(lambda mid: st.sampled_from([mid, -mid]))
BUDGETS = st.sampled_from([0.0, 0.01, 0.02, 0.1])


@given(mid=MIDS, tick=TICKS, budget=BUDGETS, steps=st.integers(0, 12))
def test_no_rung_ever_costs_more_than_the_budget(mid: float, tick: Decimal, budget: float, steps: int) -> None:
    rungs = ladder(*bounds(mid, tick=tick, budget=budget), tick=tick, steps=steps)
    worst = Decimal(repr(mid)) - abs(Decimal(repr(mid))) * Decimal(repr(budget))
    assert min(rungs) >= worst - Decimal("0.000001")  # a quote is read to the millionth
    assert rungs[0] >= Decimal(repr(mid)) - Decimal("0.000001")
    assert rungs[0] - Decimal(repr(mid)) < tick


@given(mid=MIDS, tick=TICKS, budget=BUDGETS, steps=st.integers(1, 12))
def test_rungs_fall_on_ticks_and_end_at_the_floor(mid: float, tick: Decimal, budget: float, steps: int) -> None:
    limit, floor = bounds(mid, tick=tick, budget=budget)
    rungs = ladder(limit, floor, tick=tick, steps=steps)
    assert list(rungs) == sorted(set(rungs), reverse=True)
    assert all(rung % tick == 0 for rung in rungs)
    assert (rungs[0], rungs[-1]) == (limit, floor)
    assert len(rungs) <= steps + 1


def test_a_credit_of_2_50_may_be_sold_down_to_2_45() -> None:
    # spec K2: 2 % of the premium; 2.50 × 0.98 = 2.45
    assert bounds(2.50, tick=Decimal("0.01")) == (Decimal("2.50"), Decimal("2.45"))
    assert ladder(Decimal("2.50"), Decimal("2.45"), tick=Decimal("0.01")) == tuple(
        Decimal(price) for price in ("2.50", "2.49", "2.48", "2.47", "2.46", "2.45")
    )


def test_a_debit_walks_the_other_way() -> None:
    # paying 2.50, at most 2.55
    assert bounds(-2.50, tick=Decimal("0.01")) == (Decimal("-2.50"), Decimal("-2.55"))
    assert ladder(Decimal("-2.50"), Decimal("-2.52"), tick=Decimal("0.01"), steps=1) == (
        Decimal("-2.50"),
        Decimal("-2.52"),
    )


def test_a_budget_below_one_tick_leaves_one_price() -> None:
    # 0.41 × 0.98 = 0.4018: 0.40 would cost more than 2 %
    assert bounds(0.41, tick=Decimal("0.01")) == (Decimal("0.41"), Decimal("0.41"))
    # 5.02 with nickels: first 5.05, at worst 4.95 (4.9196 is the bound)
    assert bounds(5.02, tick=Decimal("0.05")) == (Decimal("5.05"), Decimal("4.95"))


def test_what_was_sold_for_more_is_bought_back_within_2_percent_of_that() -> None:
    # sold for 0.80: 2 % of it are 0.016; 2 % of the 0.135 that are left would not reach a tick
    assert bounds(-0.135, tick=Decimal("0.01")) == (Decimal("-0.13"), Decimal("-0.13"))
    assert bounds(-0.135, tick=Decimal("0.01"), premium=0.80) == (Decimal("-0.13"), Decimal("-0.15"))
    assert bounds(-2.50, tick=Decimal("0.01"), premium=0.80) == bounds(-2.50, tick=Decimal("0.01"))


def test_the_noise_of_floats_costs_no_tick() -> None:
    assert (0.10 + 0.20) / 2 != 0.15
    assert bounds((0.10 + 0.20) / 2, tick=Decimal("0.01"), budget=0)[0] == Decimal("0.15")


@pytest.mark.parametrize("mid", [float("nan"), float("inf"), 0.0])
def test_without_a_mid_there_is_no_limit(mid: float) -> None:
    with pytest.raises(InputError):
        bounds(mid, tick=Decimal("0.01"))


def test_an_upside_down_walk_is_refused() -> None:
    with pytest.raises(InputError):
        ladder(Decimal("2.40"), Decimal("2.45"), tick=Decimal("0.01"))
