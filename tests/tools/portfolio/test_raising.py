"""How much of a reserve is sold: enough, no more than enough, and nothing where nothing is lacking."""

from __future__ import annotations

import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tools.domain.account import Account
from tools.portfolio.positions import Positions
from tools.portfolio.raising import shortfall

MONEY = st.floats(0, 1e6)


def positions(
    *, secured: float = 0.0, margin: float = 0.0, reserve: float = 0.0, haircut: float = 0.1
) -> Positions:
    return Positions(
        nav=1e6, exposures=(), locked_cash=secured + margin, free_shares={}, optioned=frozenset(), missing={},
        pledged=reserve * (1 - haircut), reserve=reserve, margin=margin,
    )  # fmt: skip


def lacks(
    cash: float, *, wanted: float, secured: float, margin: float, reserve: float, haircut: float, sold: float
) -> float:
    """What is still lacking in cash once so much of the reserve is sold; margin counts what is left of it."""
    left = max(0.0, margin - (1 - haircut) * (reserve - sold))
    return secured + wanted + left - cash - sold


@given(MONEY, MONEY, MONEY, MONEY, MONEY, st.floats(0.01, 0.9))
def test_what_is_sold_is_enough_and_no_more(
    cash: float, wanted: float, secured: float, margin: float, reserve: float, haircut: float
) -> None:
    held = positions(secured=secured, margin=margin, reserve=reserve, haircut=haircut)
    needed = shortfall(Account(cash=cash, positions=()), held, cash=wanted)
    assume(needed <= reserve)
    told = {"wanted": wanted, "secured": secured, "margin": margin, "reserve": reserve, "haircut": haircut}
    assert lacks(cash, **told, sold=needed) <= 0.02
    if needed:
        assert lacks(cash, **told, sold=needed * 0.99) > -0.02


@given(MONEY, MONEY, MONEY)
def test_without_margin_it_is_what_cash_lacks(cash: float, wanted: float, secured: float) -> None:
    needed = shortfall(Account(cash=cash, positions=()), positions(secured=secured, reserve=1e7), cash=wanted)
    lacking = secured + wanted - cash
    assert needed == pytest.approx(lacking if lacking >= 0.01 else 0.0)


def test_margin_is_secured_unsold() -> None:
    held = positions(secured=50_000, reserve=100_000)
    account = Account(cash=60_000, positions=())
    assert shortfall(account, held, margin=100_000) == 0.0  # 10,000 of cash and 90,000 of the reserve
    assert shortfall(account, held, margin=101_000) == pytest.approx(10_000)  # each 10 sold secure 1 more
    assert shortfall(account, held, cash=10_000) == 0.0
    assert shortfall(account, held, cash=12_000) == pytest.approx(2_000)


def test_a_debit_is_a_need_and_the_unknown_is_unknown() -> None:
    assert shortfall(Account(cash=-3_000, positions=()), positions(reserve=10_000)) == 3_000
    assert math.isnan(shortfall(Account(cash=1.0, positions=()), positions(secured=math.nan)))
