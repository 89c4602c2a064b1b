"""The numbers of the profile, what is impossible among them, and what a book may replace."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from tools.domain.value import Value
from tools.risk.profile import INCOME, BookLimits, LimitProfile, Tier


def test_defaults_are_those_of_the_spec() -> None:
    """Spec F, column "default"."""
    p = INCOME
    assert (p.allocation, p.net_delta, p.gamma, p.vega, p.vega_alert) == (0.05, 0.20, 0.05, 0.02, 0.015)
    assert (p.underlyings, p.underlyings_extreme, p.underlyings_calm, p.underlyings_high) == (10, 7, 12, 9)
    assert (p.sector, p.sector_alert, p.sector_high_vix, p.sector_uncorrelated) == (0.25, 0.20, 0.20, 0.30)
    assert (p.spread, p.spread_alert, p.broker, p.day_at_risk, p.leverage) == (0.05, 0.03, 0.30, 0.10, 2.5)
    assert (p.overnight.move, p.stress_loss, p.broker_veto_from) == (-0.30, 0.15, 4)
    assert [(t.start, t.fraction) for t in p.tiers] == [(60, 0.01), (70, 0.03), (80, 0.05), (90, 0.08)]


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"allocation": 0}, "allocation"),
        ({"allocation": -0.05}, "allocation"),
        ({"allocation": 5}, "allocation"),
        ({"allocation": float("nan")}, "allocation"),
        ({"gamma": float("inf")}, "gamma"),
        ({"vega": "much"}, "vega"),
        ({"underlyings": 0}, "underlyings"),
        ({"vega_alert": 0.03}, "vega_alert"),
        ({"sector_alert": 0.28}, "sector_alert"),
        ({"vix_calm": 35}, "vix_calm"),
        ({"underlyings_extreme": 11}, "underlyings_extreme"),
        ({"overnight": {"move": 0.3}}, "overnight.move"),
        ({"overridable": ("F99",)}, "overridable.0"),
        ({"fit_weights": {"F1": -1}}, "fit_weights.F1"),
        ({"fit_weights": {"F0": 1}}, "fit_weights.F0.[key]"),
        ({"tiers": ({"start": 70, "fraction": 0.1}, {"start": 60, "fraction": 0.2})}, "tiers"),
        ({"alocation": 0.05}, "alocation"),
    ],
)
def test_impossible_numbers_are_refused_at_their_key(change: dict[str, Any], key: str) -> None:
    with pytest.raises(ValidationError) as refused:
        LimitProfile.model_validate(change)
    assert ".".join(map(str, refused.value.errors()[0]["loc"])) == key


def test_a_wrong_order_names_the_other_number() -> None:
    with pytest.raises(ValidationError, match=r"must not lie above vega \(0.02\)"):
        LimitProfile(vega_alert=0.03)


def test_inside_a_larger_model_the_whole_path_is_kept() -> None:
    class Settings(Value):
        risk: LimitProfile

    with pytest.raises(ValidationError) as refused:
        Settings.model_validate({"risk": {"vega_alert": 0.03}})
    assert refused.value.errors()[0]["loc"] == ("risk", "vega_alert")


def test_a_book_replaces_only_its_own_per_trade_limits() -> None:
    limits = BookLimits(allocation=0.08, tiers=(Tier(start=0, fraction=0.01),))
    changed = INCOME.with_overrides(limits, book="income_pop")
    assert changed.allocation == 0.08
    assert changed.tiers == (Tier(start=0, fraction=0.01),)
    assert changed.gamma == INCOME.gamma
    assert (changed.source("F1"), changed.source("F17"), changed.source("F4")) == (
        "income_pop",
        "income_pop",
        "house",
    )
    assert set(BookLimits.model_fields) == {
        "allocation", "gamma", "spread", "day_at_risk", "tiers", "slippage",
    }  # fmt: skip


def test_a_book_with_a_spread_of_its_own_moves_the_warning_only_down() -> None:
    wide = INCOME.with_overrides(BookLimits(spread=0.30), book="index_put")
    assert (wide.spread, wide.spread_alert, wide.source("F9")) == (0.30, 0.03, "index_put")
    tight = INCOME.with_overrides(BookLimits(spread=0.02), book="careful")
    assert (tight.spread, tight.spread_alert) == (0.02, 0.02)
    assert INCOME.spread == 0.05


@pytest.mark.parametrize(
    "bad", [{"allocation": 7}, {"day_at_risk": 0}, {"vega": 0.01}, {"tiers": ({"start": 120, "fraction": 0.1},)}]
)
def test_what_a_book_asks_is_checked_like_the_profile(bad: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        BookLimits.model_validate(bad)


def test_overrides_keep_the_rest_and_the_earlier_sources() -> None:
    first = INCOME.with_overrides(BookLimits(gamma=0.03), book="strangles")
    second = first.with_overrides(BookLimits(day_at_risk=0.05), book="weekly")
    assert (second.gamma, second.day_at_risk) == (0.03, 0.05)
    assert second.sources == {"F4": "strangles", "F14": "weekly"}
    assert INCOME.sources == {}
