from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from tools.domain.holding import FLAT, Holding

PRICES = st.decimals(min_value="0.01", max_value="99", places=2)
FILLS = st.lists(st.tuples(st.integers(-5, 5).filter(bool), PRICES), min_size=1, max_size=12)


@given(FILLS)
def test_holdings_add_up_and_never_average_outside_their_prices(fills: list[tuple[int, Decimal]]) -> None:
    holding = FLAT
    for quantity, price in fills:
        holding = holding.after(quantity, price)
    assert holding.quantity == sum(quantity for quantity, _ in fills)
    assert holding.average_price is not None
    prices = [price for _, price in fills]
    assert min(prices) - Decimal("1e-20") <= holding.average_price <= max(prices) + Decimal("1e-20")


def test_crossing_zero_starts_a_new_average() -> None:
    short = Holding(-2, Decimal("2.50"))
    assert short.after(1, Decimal("9")) == Holding(-1, Decimal("2.50"))
    assert short.after(5, Decimal("1.10")) == Holding(3, Decimal("1.10"))
    assert Holding(100, None).after(100, Decimal("5")) == Holding(200, None)


@given(FILLS)
def test_what_was_realised_and_what_is_open_is_the_cash_that_moved(fills: list[tuple[int, Decimal]]) -> None:
    holding, realised, cash = FLAT, Decimal(0), Decimal(0)
    for quantity, price in fills:
        gained = holding.realised(quantity, price)
        assert gained is not None
        realised += gained
        cash -= quantity * price
        holding = holding.after(quantity, price)
    assert holding.average_price is not None
    assert abs(realised - cash - holding.quantity * holding.average_price) < Decimal("1e-20")


def test_only_what_shrinks_a_holding_earns() -> None:
    short = Holding(-2, Decimal("2.50"))
    assert short.realised(-1, Decimal("9")) == 0
    assert short.realised(1, Decimal("1.00")) == Decimal("1.50")
    assert short.realised(5, Decimal("3.00")) == Decimal("-1.00")
    assert Holding(3, Decimal("2")).realised(-2, Decimal("5")) == 6
    assert Holding(100, None).realised(-50, Decimal("5")) is None
