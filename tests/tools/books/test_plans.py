"""Capital plans from TOML: the shipped one is the seed's, and a wrong one says file, line and key."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.books.load import shipped_file
from tools.books.plans import find_plan, parse_plan, shipped_plan, shipped_plans
from tools.domain.errors import ConfigError

THETA = shipped_file("capital", "theta", noun="capital plan")


def test_theta_shares_capital_as_the_seed_does() -> None:
    # seed 000: theta_spy 0.35, theta_qqq 0.25, momentum_etfs 0.30, crypto 0.10; 60 % guaranteed
    theta = shipped_plan("theta")
    assert {name: each.share for name, each in theta.budgets.items()} == {
        "theta_spy": 0.35, "theta_qqq": 0.25, "momentum": 0.30, "crypto": 0.10,
    }  # fmt: skip
    assert theta.guaranteed == pytest.approx(0.60)
    assert theta.budget_of(book="cash_secured_put", underlying="SPY") == "theta_spy"
    assert theta.budget_of(book="cash_secured_put", underlying="IWM") is None
    assert theta.budget_of(book="income_pop", underlying="SPY") is None  # later in the day: not its to spend


def test_without_a_name_nothing_is_kept() -> None:
    assert find_plan(None).budgets == {}
    assert set(shipped_plans()) == {"theta"}


def test_a_file_of_ones_own(tmp_path: Path) -> None:
    own = tmp_path / "mine.toml"
    own.write_text(THETA.replace("0.35", "0.20"), encoding="utf-8")
    assert find_plan(str(own)).guaranteed == pytest.approx(0.45)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("share = 0.30", "share = 0.31", "mine.toml, line 13, budgets: share out 101 % of NAV"),
        ("guaranteed = true", "guaranted = true", ".guaranted: there is no such key; the nearest is 'guaranteed'"),
        ('["momentum_etf"]', "[]", "budgets.momentum.books"),
        ("share = 0.10", "share = 1.10", "budgets.crypto.share"),
    ],
)
def test_an_error_names_file_line_and_key(old: str, new: str, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_plan(THETA.replace(old, new), source="mine.toml")
    assert "mine.toml, line " in str(caught.value)
    assert said in str(caught.value)


def test_an_unknown_plan_is_told_with_the_nearest() -> None:
    with pytest.raises(ConfigError, match="There is no capital plan 'teta'; the nearest is 'theta'"):
        find_plan("teta")
