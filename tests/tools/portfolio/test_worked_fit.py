"""The worked example of docs/fit.md, recomputed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.tools.portfolio.samples import CLOCK, account, put, snapshot
from tools.domain.candidate import UnitGreeks
from tools.domain.decision import FitResult
from tools.portfolio.fit import fit
from tools.risk.profile import INCOME
from tools.sizing.rule import SizingRule

PAGE = (Path(__file__).parents[3] / "docs" / "fit.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| (F[\w-]+) \| .+ \| (\S+) \| (\S+) \| (\S+) \|$", PAGE, flags=re.MULTILINE)


@pytest.fixture(scope="module")
def result() -> FitResult:
    greeks = UnitGreeks(delta=0.20, gamma=-0.02, vega=-0.10, theta=0.03, rho=0.0)
    trade = put(90, credit=1.0, max_loss=8_900.0, spread=0.02, iv=0.25, greeks=greeks)
    return fit(
        trade, account=account(("XOM", 1_000), cash=900_000), snapshot=snapshot(), clock=CLOCK, profile=INCOME,
        sizing=SizingRule(allocation=0.02),
    )[0]  # fmt: skip


def test_every_limit_with_a_headroom_is_a_row(result: FitResult) -> None:
    assert [row[0] for row in ROWS] == [limit.rule for limit in result.limits if limit.headroom is not None]


@pytest.mark.parametrize(("rule", "after", "limit", "headroom"), ROWS)
def test_each_row(result: FitResult, rule: str, after: str, limit: str, headroom: str) -> None:
    found = next(each for each in result.limits if each.rule == rule)
    assert found.after == pytest.approx(float(after), abs=5e-7)
    assert found.limit == float(limit)
    assert found.headroom == pytest.approx(float(headroom), abs=5e-5)


def test_the_fit_itself(result: FitResult) -> None:
    told = re.search(r"\*\*fit (\S+)\*\*", PAGE)
    assert told is not None
    assert (result.contracts, result.vetoes) == (2, ())
    assert result.score == pytest.approx(float(told[1]), abs=5e-3)
