from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from tests.tools.ledger.specimens import leg
from tools.domain.contract import Right
from tools.execution.fill_model import FillModel, chance, draw, filled_units, leg_prices

PRICES = st.floats(-10, 10, allow_nan=False)


@given(low=PRICES, width=st.floats(0, 5), first=PRICES, second=PRICES, at_mid=st.floats(0, 1))
def test_a_worse_price_for_us_is_never_less_likely(
    low: float, width: float, first: float, second: float, at_mid: float
) -> None:
    cheap, dear = sorted((first, second))
    chances = [chance(price, bid=low, ask=low + width, at_mid=at_mid) for price in (cheap, dear)]
    assert 1 >= chances[0] >= chances[1] - 1e-12
    assert chances[1] >= 0


def test_the_chance_at_the_marks() -> None:
    assert chance(2.48, bid=2.48, ask=2.52, at_mid=0.5) == 1
    assert chance(2.40, bid=2.48, ask=2.52, at_mid=0.5) == 1
    assert chance(2.50, bid=2.48, ask=2.52, at_mid=0.5) == 0.5
    assert chance(2.52, bid=2.48, ask=2.52, at_mid=0.5) == 0
    assert chance(2.50, bid=2.50, ask=2.50, at_mid=0.5) == 1


@given(
    seed=st.integers(0, 2**31),
    name=st.text(min_size=1, max_size=8),
    cents=st.integers(-500, 500),
    remaining=st.integers(1, 50),
)
def test_the_same_question_has_the_same_answer(seed: int, name: str, cents: int, remaining: int) -> None:
    def ask() -> int:
        limit = Decimal(cents) / 100
        return filled_units(FillModel(), name, limit, seed=seed, bid=-1, ask=1, remaining=remaining)

    assert ask() == ask()
    assert 0 <= ask() <= remaining
    assert 0 <= draw(seed, "fill", name, Decimal(cents)) < 1


def test_fills_come_as_often_as_the_model_says() -> None:
    def tally(limit: str, model: FillModel) -> list[int]:
        ids = [f"tg-{number}" for number in range(2000)]
        price = Decimal(limit)
        return [filled_units(model, name, price, seed=7, bid=2.48, ask=2.52, remaining=4) for name in ids]

    at_mid = tally("2.50", FillModel())
    # binomial(2000, 0.5): five standard deviations are 0.056
    assert abs(sum(units > 0 for units in at_mid) / 2000 - 0.5) < 0.056
    assert {0, 1, 2, 3, 4} >= set(at_mid) >= {0, 4}
    assert any(0 < units < 4 for units in at_mid)
    assert set(tally("2.48", FillModel())) == {4}
    assert set(tally("2.49", FillModel(partial=0))) == {0, 4}
    assert set(tally("2.60", FillModel())) == {0}


@given(
    cents=st.integers(1, 900),
    marks=st.lists(st.decimals("0.05", "30", places=2), min_size=4, max_size=4),
)
def test_leg_prices_sum_to_the_net(cents: int, marks: list[Decimal]) -> None:
    legs = (leg(480, -1), leg(470, 1), leg(540, -1, right=Right.CALL), leg(550, 1, right=Right.CALL))
    net = Decimal(cents) / 100
    prices = leg_prices(net, legs, marks)
    assert -sum(one.quantity * price for one, price in zip(legs, prices, strict=True)) == net


def test_one_leg_takes_the_whole_net() -> None:
    assert leg_prices(Decimal("2.49"), (leg(480, -1),), [Decimal("2.50")]) == (Decimal("2.49"),)
    assert leg_prices(Decimal("-0.40"), (leg(480, 1),), [Decimal("0.38")]) == (Decimal("0.40"),)
