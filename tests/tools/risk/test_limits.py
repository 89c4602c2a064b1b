"""Every limit: passes, alerts, fails, is unknown, is made worse, is made better."""

from __future__ import annotations

from typing import Any

import pytest

from tests.tools.risk.cases import UNKNOWN, case, conditions, exposure, results, vetoed
from tools.domain.decision import LimitState
from tools.risk.limits import LIMITS, evaluate
from tools.risk.profile import INCOME, MULTI_BOOK, RULES, AllocationBasis, LimitProfile

# rule, field of the exposure, amounts at NAV 1,000,000 that pass and that fail (spec F)
AMOUNTS = [
    ("F1", "collateral", 50_000, 50_001),
    ("F3", "dollar_delta", 200_000, 200_001),
    ("F3", "dollar_delta", -200_000, -200_001),
    ("F4", "gamma_1pct", -50_000, -50_001),
    ("F5", "vega_point", -20_000, -20_001),
    ("F14", "max_loss", 100_000, 100_001),
    ("F15", "notional", 2_500_000, 2_500_001),
    ("F15-overnight", "overnight_loss", 1_000_000, 1_000_001),
]


def test_every_rule_of_the_profile_is_declared_once() -> None:
    declared = [limit.rule for limit in LIMITS]
    assert sorted([*declared, "F17"]) == sorted(RULES)


def test_an_empty_trade_passes_everything() -> None:
    states = {result.state for result in results().values()}
    assert states == {LimitState.PASS, LimitState.NOT_APPLICABLE}


@pytest.mark.parametrize(("rule", "field", "within", "beyond"), AMOUNTS)
def test_the_limit_itself_passes_and_the_next_dollar_fails(
    rule: str, field: str, within: float, beyond: float
) -> None:
    passed = results(proposal=exposure(**{field: within}))[rule]
    failed = results(proposal=exposure(**{field: beyond}))[rule]
    assert passed.state in {LimitState.PASS, LimitState.ALERT}
    assert not passed.vetoes
    assert passed.headroom == 0
    assert failed.state is LimitState.FAIL
    assert failed.vetoes
    assert failed.headroom == 0


@pytest.mark.parametrize(("rule", "field", "within", "beyond"), AMOUNTS)
def test_headroom_is_the_share_of_the_limit_that_remains(
    rule: str, field: str, within: float, beyond: float
) -> None:
    quarter = results(proposal=exposure(**{field: within / 4}))[rule]
    assert quarter.headroom == pytest.approx(0.75)
    assert quarter.after == pytest.approx(within / 4 / 1_000_000)


@pytest.mark.parametrize(("rule", "field", "within", "beyond"), AMOUNTS)
def test_an_unknown_amount_of_the_trade_vetoes(rule: str, field: str, within: float, beyond: float) -> None:
    result = results(proposal=exposure(**{field: UNKNOWN}), missing={field: "no quote of XLE"})[rule]
    assert result.state is LimitState.UNKNOWN
    assert result.vetoes
    assert result.after is None
    assert "no quote of XLE" in result.text


@pytest.mark.parametrize(("rule", "field", "within", "beyond"), AMOUNTS)
def test_unknown_nav_vetoes_what_would_add(rule: str, field: str, within: float, beyond: float) -> None:
    result = results(nav=UNKNOWN, proposal=exposure(**{field: within}), missing={"nav": "no price of XYZ"})[rule]
    assert result.state is LimitState.UNKNOWN
    assert result.vetoes
    assert "no price of XYZ" in result.text


@pytest.mark.parametrize("nav", [0.0, -5_000.0])
def test_nav_that_is_not_positive_measures_nothing(nav: float) -> None:
    result = results(nav=nav, proposal=exposure(collateral=10))["F1"]
    assert result.vetoes
    assert result.state is LimitState.UNKNOWN
    assert "NAV is" in result.text


# The per-trade limit F1 has no before, so it is not among these.
@pytest.mark.parametrize(("rule", "field", "within", "beyond"), AMOUNTS[1:4] + AMOUNTS[4:5] + AMOUNTS[6:])
def test_a_breached_limit_blocks_what_worsens_it_and_nothing_else(
    rule: str, field: str, within: float, beyond: float
) -> None:
    held = (exposure(**{field: 1.2 * within}),)
    worse = results(held=held, proposal=exposure(**{field: 0.01 * within}))[rule]
    same = results(held=held, proposal=exposure())[rule]
    better = results(held=held, proposal=exposure(**{field: -0.01 * within}))[rule]
    assert (worse.state, worse.vetoes) == (LimitState.FAIL, True)
    assert (same.state, same.vetoes) == (LimitState.FAIL, False)
    assert (better.state, better.vetoes) == (LimitState.FAIL, False)
    assert "does not worsen it" in better.text


def test_delta_of_the_worked_example_is_a_breach() -> None:
    """D2: 0.15 + 0.08 = 0.23 against 0.20 is a breach, not "within limits"."""
    held = (exposure(dollar_delta=150_000),)
    result = results(held=held, proposal=exposure(dollar_delta=80_000))["F3"]
    assert result.before == pytest.approx(0.15)
    assert result.after == pytest.approx(0.23)
    assert result.vetoes
    assert "23.0 % of NAV, $230,000 (limit ±20.0 %, $200,000)" in result.text


def test_the_multi_book_profile_allows_more_delta() -> None:
    """D6 and F3: ±0.30, 8 % of max loss."""
    assert "F3" not in vetoed(profile=MULTI_BOOK, proposal=exposure(dollar_delta=230_000))
    assert "F1" not in vetoed(profile=MULTI_BOOK, proposal=exposure(max_loss=80_000, collateral=500_000))
    assert "F1" in vetoed(profile=MULTI_BOOK, proposal=exposure(max_loss=80_001))
    assert MULTI_BOOK.allocation_basis is AllocationBasis.MAX_LOSS


def test_vega_of_the_seed_baseline_alerts_within_the_limit() -> None:
    """Seed 001: 1.2 % and a trade of 0.6 % reach 1.8 %: within 2 %, past the alert of 1.5 %."""
    held = (exposure(vega_point=-12_000),)
    result = results(held=held, proposal=exposure(vega_point=-6_000))["F5"]
    assert result.state is LimitState.ALERT
    assert not result.vetoes
    assert result.after == pytest.approx(-0.018)
    assert "past the alert at 1.5 %" in result.text


class TestUnderlyings:
    @staticmethod
    def of(count: int, *, vix: float | None, new: bool = True, **changes: Any) -> tuple[float | None, bool]:
        names = frozenset(f"U{i}" for i in range(count))
        proposal = exposure("NEW" if new else "U0")
        found = results(open_underlyings=names, proposal=proposal, conditions=conditions(vix=vix), **changes)["F2"]
        return found.limit, found.vetoes

    @pytest.mark.parametrize(
        ("vix", "limit"),
        [(14.9, 12), (15, 10), (18, 10), (30, 10), (30.1, 9), (40, 9), (40.1, 7), (None, 7)],
    )
    def test_the_number_follows_vix(self, vix: float | None, limit: int) -> None:
        assert self.of(limit - 1, vix=vix) == (limit, False)
        assert self.of(limit, vix=vix) == (limit, True)

    def test_seed_examples(self) -> None:
        """Seed 001: 7 open, one more is approved; VIX > 30 with 9 open rejects."""
        assert self.of(7, vix=18) == (10, False)
        assert self.of(9, vix=35) == (9, True)

    def test_an_underlying_already_open_is_not_new(self) -> None:
        assert self.of(15, vix=50, new=False) == (7, False)

    def test_closing_is_never_new(self) -> None:
        assert self.of(15, vix=50, opening=False) == (7, False)

    def test_unknown_vix_is_said(self) -> None:
        text = results(conditions=conditions(vix=None))["F2"].text
        assert "VIX is unknown, the strictest number holds" in text


class TestSector:
    @staticmethod
    def of(before: float, added: float, **changes: Any) -> Any:
        held = (exposure(sectors={"Technology": before}),)
        proposal = exposure("XLK", sectors={"Technology": added})
        return results(held=held, proposal=proposal, **changes)["F6"]

    def test_seed_baseline(self) -> None:
        """Seed 001 §3: 18 % and 50,000 more make 23 %, within 25 % and past the alert of 20 %."""
        result = self.of(180_000, 50_000)
        assert result.after == pytest.approx(0.23)
        assert result.state is LimitState.ALERT
        assert not result.vetoes
        assert result.name == "Technology sector exposure"

    @pytest.mark.parametrize(
        ("vix", "correlation", "limit"),
        [(18, 0.45, 0.25), (31, 0.45, 0.2), (18, 0.29, 0.3), (31, 0.1, 0.2), (None, 0.1, 0.2), (18, None, 0.25)],
    )  # fmt: skip
    def test_the_tightest_condition_holds(self, vix: float | None, correlation: float | None, limit: float) -> None:
        day = conditions(vix=vix, correlation=correlation)
        within = self.of(0, limit * 1e6, conditions=day)
        assert within.limit == limit
        assert not within.vetoes
        assert self.of(0, limit * 1e6 + 1, conditions=day).vetoes

    def test_high_volatility_blocks_new_technology_at_22_percent(self) -> None:
        """Seed 001 §3, VIX > 30."""
        assert self.of(220_000, 1_000, conditions=conditions(vix=33)).vetoes
        assert not self.of(220_000, -1_000, conditions=conditions(vix=33)).vetoes

    def test_a_broad_index_is_exempt(self) -> None:
        result = results(proposal=exposure("SPX", sectors={}, sector_exempt=True, collateral=9e9))["F6"]
        assert result.state is LimitState.NOT_APPLICABLE
        assert result.headroom is None

    def test_the_gravest_sector_of_a_fund_speaks(self) -> None:
        held = (exposure(sectors={"Energy": 200_000.0, "Technology": 240_000.0}),)
        proposal = exposure("QQQ", sectors={"Energy": 1_000.0, "Technology": 20_000.0})
        result = results(held=held, proposal=proposal)["F6"]
        assert result.name == "Technology sector exposure"
        assert result.vetoes

    def test_an_unknown_sector_vetoes(self) -> None:
        result = results(proposal=exposure("XYZ", sectors={"unknown": 10_000.0}))["F6"]
        assert result.state is LimitState.UNKNOWN
        assert result.vetoes
        assert "the sector of XYZ is unknown" in result.text

    def test_a_call_on_held_shares_of_unknown_sector_adds_nothing(self) -> None:
        result = results(proposal=exposure("XYZ", sectors={"unknown": 0.0}))["F6"]
        assert result.state is LimitState.NOT_APPLICABLE

    def test_held_exposure_of_unknown_sector_may_belong_to_any(self) -> None:
        held = (exposure("XYZ", sectors={"unknown": 150_000.0}),)
        small = results(held=held, proposal=exposure(sectors={"Energy": 50_000.0}))["F6"]
        large = results(held=held, proposal=exposure(sectors={"Energy": 150_000.0}))["F6"]
        certain = results(held=held, proposal=exposure(sectors={"Energy": 260_000.0}))["F6"]
        assert (small.state, small.vetoes) == (LimitState.PASS, False)
        assert (large.state, large.vetoes) == (LimitState.UNKNOWN, True)
        assert (certain.state, certain.vetoes) == (LimitState.FAIL, True)


class TestSpread:
    @pytest.mark.parametrize(
        ("spread", "state"),
        [(0.03, LimitState.PASS), (0.031, LimitState.ALERT), (0.05, LimitState.ALERT), (0.051, LimitState.FAIL)],
    )
    def test_warns_above_three_and_refuses_above_five_percent(self, spread: float, state: LimitState) -> None:
        result = results(spread=spread)["F9"]
        assert result.state is state
        assert result.vetoes is (state is LimitState.FAIL)

    def test_an_unknown_spread_refuses(self) -> None:
        assert "F9" in vetoed(spread=UNKNOWN)

    def test_leaving_is_never_held_back(self) -> None:
        assert results(spread=0.40, opening=False)["F9"].state is LimitState.NOT_APPLICABLE


class TestBroker:
    HELD = (exposure(collateral=290_000),)

    def test_advice_below_four_brokers(self) -> None:
        result = results(held=self.HELD, proposal=exposure(collateral=20_000), configured_brokers=3)["F13"]
        assert result.state is LimitState.ALERT
        assert not result.vetoes
        assert result.headroom is None
        assert "Advice only" in result.text

    def test_a_veto_from_four_brokers_on(self) -> None:
        result = results(held=self.HELD, proposal=exposure(collateral=20_000), configured_brokers=4)["F13"]
        assert result.state is LimitState.FAIL
        assert result.vetoes

    def test_alert_within_fifteen_percent_of_the_limit(self) -> None:
        """Seed 001 and F13: from 25.5 % on."""
        calm = results(held=(), proposal=exposure(collateral=255_000), configured_brokers=4)["F13"]
        near = results(held=(), proposal=exposure(collateral=256_000), configured_brokers=4)["F13"]
        assert (calm.state, near.state) == (LimitState.PASS, LimitState.ALERT)

    def test_other_brokers_do_not_count(self) -> None:
        held = (exposure(collateral=290_000, broker="alpaca"),)
        found = vetoed(held=held, proposal=exposure(collateral=20_000), configured_brokers=4)
        assert "F13" not in found


class TestDayAtRisk:
    def test_counts_what_was_opened_today(self) -> None:
        found = results(day_opened_max_loss=90_000, proposal=exposure(max_loss=10_001))["F14"]
        assert found.vetoes
        assert found.before == pytest.approx(0.09)

    def test_a_close_opens_nothing(self) -> None:
        assert "F14" not in vetoed(day_opened_max_loss=150_000, proposal=exposure(max_loss=-9_000), opening=False)

    def test_an_unknown_reservation_makes_it_unknown(self) -> None:
        assert results(day_opened_max_loss=UNKNOWN, proposal=exposure(max_loss=1.0))["F14"].vetoes


class TestUndefinedRisk:
    def test_f15_and_the_stress_cap_stand_in(self) -> None:
        found = results(
            undefined_risk=True, proposal=exposure(collateral=500_000, max_loss=500_000, overnight_loss=140_000)
        )
        assert found["F1"].state is LimitState.NOT_APPLICABLE
        assert found["F14"].state is LimitState.NOT_APPLICABLE
        assert found["F15-stress"].state is LimitState.PASS

    def test_the_cap_is_fifteen_percent_of_nav(self) -> None:
        assert "F15-stress" in vetoed(undefined_risk=True, proposal=exposure(overnight_loss=150_001))
        assert "F15-stress" not in vetoed(proposal=exposure(overnight_loss=150_001))


def test_an_overnight_gain_is_no_loss() -> None:
    """Short calls and long puts gain in the gap: their measure is negative and leaves all the room."""
    result = results(held=(exposure(overnight_loss=-1_500_000),), proposal=exposure(overnight_loss=100_000))
    assert result["F15-overnight"].state is LimitState.PASS
    assert result["F15-overnight"].headroom == 1


def test_overridable_and_source_come_from_the_profile() -> None:
    profile = LimitProfile(overridable=("F6",), sources={"F1": "wheel"})
    found = {result.rule: result for result in evaluate(case(profile=profile))}
    assert found["F6"].overridable
    assert not found["F3"].overridable
    assert found["F1"].source == "wheel"
    assert found["F3"].source == "house"
    assert not any(result.overridable for result in evaluate(case(profile=INCOME)))
