"""Sizing, limits and score of one candidate against the whole account."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tools.portfolio.samples import (
    CLOCK,
    account,
    call,
    candidate,
    chain,
    facts,
    index_facts,
    occ,
    put,
    snapshot,
)
from tests.tools.risk.cases import conditions
from tools.domain.account import Account, Reservation
from tools.domain.candidate import Candidate
from tools.domain.contract import ExerciseStyle, OptionContract, Right
from tools.domain.decision import FitResult, LimitResult, LimitState
from tools.domain.market import Snapshot
from tools.domain.score import ScoreWeights
from tools.domain.structure import StructureKind
from tools.portfolio.exposure import reserved_exposure
from tools.portfolio.fit import fit, fit_score
from tools.portfolio.positions import read_positions
from tools.risk.profile import INCOME, BookLimits, LimitProfile
from tools.sizing.rule import SizingRule

MARKET = snapshot()


def fitted(
    trade: Candidate, holder: Account | None = None, market: Snapshot = MARKET, **changes: Any
) -> tuple[FitResult, Reservation]:
    given_: dict[str, Any] = {"clock": CLOCK, "profile": INCOME, "sizing": SizingRule(allocation=0.03)} | changes
    found, reservation = fit(trade, account=holder or account(), snapshot=market, **given_)
    return found.record, reservation


def by_rule(result: FitResult) -> dict[str, LimitResult]:
    return {limit.rule: limit for limit in result.limits}


def vetoes(result: FitResult) -> list[str]:
    return [limit.rule for limit in result.vetoes]


class TestPut:
    def test_is_sized_by_the_books_allocation(self) -> None:
        result, reservation = fitted(put(90))
        assert (result.contracts, result.binding, result.nav) == (3, "the book's allocation", 1_000_000)
        assert vetoes(result) == []
        assert by_rule(result)["F1"].after == pytest.approx(0.027)
        assert (reservation.cash, reservation.contracts, reservation.shares) == (27_000, 3, 0)
        assert reservation.decision_id == put(90).id

    def test_sector_exposure_is_strike_notional(self) -> None:
        assert by_rule(fitted(put(90))[0])["F6"].after == pytest.approx(0.027)

    def test_greeks_are_in_money(self) -> None:
        """Short put: positive delta, negative gamma and vega."""
        trade = put(90)
        found = by_rule(fitted(trade)[0])
        assert trade.greeks is not None
        assert found["F3"].after == pytest.approx(trade.greeks.delta * 3 * 100 * 100 / 1e6)
        assert found["F4"].after == pytest.approx(trade.greeks.gamma * 3 * 100 * 100**2 * 0.01 / 1e6)
        assert found["F5"].after == pytest.approx(trade.greeks.vega * 3 * 100 / 1e6)

    def test_a_wide_spread_is_refused(self) -> None:
        assert vetoes(fitted(put(90, spread=0.06))[0]) == ["F9"]

    def test_an_unknown_sector_is_refused(self) -> None:
        nowhere = facts("XOM").sector.unknown("the file has no sectors")
        market = snapshot(known={"XOM": facts("XOM", sector=nowhere)})
        assert vetoes(fitted(put(90), market=market)[0]) == ["F6"]


class TestCoveredCall:
    def test_held_shares_add_no_collateral(self) -> None:
        result, reservation = fitted(call(110), account(("XOM", 350), cash=965_000))
        found = by_rule(result)
        assert (result.contracts, result.binding) == (3, "shares set aside")
        assert vetoes(result) == []
        assert found["F1"].after == 0
        assert found["F14"].after == 0
        assert (reservation.shares, reservation.cash) == (300, 0)

    def test_passes_where_delta_and_sector_are_breached_by_the_shares(self) -> None:
        """Held shares alone stand at 40 % delta and sector; the call lowers the one and leaves the other."""
        holder = account(("XOM", 4_000), cash=600_000)
        result = fitted(call(110), holder)[0]
        found = by_rule(result)
        assert vetoes(result) == []
        assert found["F3"].state is LimitState.FAIL
        assert found["F3"].after is not None
        assert found["F3"].before is not None
        assert found["F3"].after < found["F3"].before
        assert found["F6"].before == found["F6"].after == pytest.approx(0.4)
        assert result.score <= INCOME.fit_cap

    def test_without_shares_is_refused(self) -> None:
        result = fitted(call(110), account(("XOM", 90)))[0]
        assert result.contracts == 1
        assert "shares" in vetoes(result)


class TestSpx:
    """An index put passes the screen of a file and fails F1 here: one contract is half a million."""

    MARKET = snapshot(
        chain("SPX", spot=5_000, style=ExerciseStyle.EUROPEAN),
        known={"SPX": index_facts("SPX")},
        day=conditions(vix=None, correlation=None),
    )

    def test_fails_f1_alone_of_the_per_trade_limits(self) -> None:
        result = fitted(put(4_500, symbol="SPX", spot=5_000), market=self.MARKET)[0]
        found = by_rule(result)
        assert result.contracts == 1
        assert found["F1"].vetoes
        assert found["F1"].text.startswith("allocation per trade would be 45.0 % of NAV, $450,000 (limit 5.0 %")
        assert found["F6"].state is LimitState.NOT_APPLICABLE
        assert found["F2"].limit == 7
        assert not found["F2"].vetoes

    def test_as_an_index_put_book_f15_stands_in(self) -> None:
        contract = OptionContract(underlying="SPX", root="SPX", expiry=put().expiry, right=Right.PUT, strike=4_000)
        trade = candidate(
            contract, StructureKind.INDEX_PUT, spot=5_000, collateral=80_000.0, cash_required=80_000.0
        )
        found = by_rule(fitted(trade, market=self.MARKET, contracts=1)[0])
        assert found["F1"].state is found["F14"].state is LimitState.NOT_APPLICABLE
        assert found["F15"].after == pytest.approx(0.4)
        assert found["F15-stress"].after == found["F15-overnight"].after
        assert found["F15-stress"].after is not None
        # At 3,500 the put struck at 4,000 is 500 in the money, and more with doubled volatility.
        assert 0.05 < found["F15-stress"].after < 0.12


class TestReservations:
    def test_the_next_fit_sees_them(self) -> None:
        first, reservation = fitted(put(90))
        second = by_rule(fitted(put(85), account(reservations=(reservation,)))[0])
        assert second["F6"].before == pytest.approx(0.027)
        assert second["F14"].before == pytest.approx(0.027, abs=1e-3)
        assert second["F3"].before == pytest.approx(by_rule(first)["F3"].after)
        assert second["F2"].before == second["F2"].after == 1

    def test_they_exhaust_cash(self) -> None:
        _, reservation = fitted(put(90), account(cash=1_000_000))
        poor = account(cash=35_000, reservations=(reservation,))
        result = fitted(put(85), poor)[0]
        assert "cash" in vetoes(result)
        assert "free some cash first" in by_rule(result)["cash"].text.lower()

    def test_the_recheck_leaves_its_own_out_and_says_the_same(self) -> None:
        first, reservation = fitted(put(90))
        again, held = fitted(put(90), account(reservations=(reservation,)), contracts=first.contracts)
        assert again.limits == first.limits
        assert again.score == first.score
        assert held == reservation

    def test_the_recheck_sees_what_changed_meanwhile(self) -> None:
        first, reservation = fitted(put(90))
        other = account((occ(Right.PUT, 85), -30), reservations=(reservation,))
        again = fitted(put(90), other, contracts=first.contracts)[0]
        assert "F6" in vetoes(again)
        assert again.binding == "the size that was decided"

    def test_a_reservation_weighs_what_the_position_will(self) -> None:
        _, reservation = fitted(put(90), contracts=2)
        reserved = reserved_exposure(reservation, broker="simulated")
        held = read_positions(
            account((occ(Right.PUT, 90), -2)), MARKET, clock=CLOCK, gap=INCOME.overnight
        ).exposures[0]
        for name in ("dollar_delta", "gamma_1pct", "vega_point", "theta_day", "collateral", "notional",
                     "overnight_loss", "rise_loss"):  # fmt: skip
            assert getattr(reserved, name) == pytest.approx(getattr(held, name), rel=1e-3), name
        assert reserved.sectors == held.sectors

    def test_an_unknown_amount_stays_unknown(self) -> None:
        _, reservation = fitted(put(90, greeks=None, iv=None))
        assert "dollar_delta" not in reservation.exposure
        assert math.isnan(reserved_exposure(reservation, broker="simulated").dollar_delta)


class TestUnknown:
    def test_no_greeks_no_trade(self) -> None:
        result = fitted(put(90, greeks=None, iv=None))[0]
        assert vetoes(result) == ["F3", "F4", "F5", "F15-overnight"]
        assert result.score <= INCOME.fit_cap
        assert "no volatility explains the quote of XOM 36d 90 put" in by_rule(result)["F3"].text

    def test_no_nav_no_trade(self) -> None:
        result = fitted(put(90), account(("NVDA", 10)))[0]
        assert result.nav is None
        assert {"F1", "F3", "F6", "F14", "F15"} <= set(vetoes(result))
        assert "NVDA has no price" in by_rule(result)["F1"].text

    def test_a_held_option_without_a_chain_blocks_the_greeks_limits(self) -> None:
        blind = account((occ(Right.PUT, 90, symbol="CVX"), 1))
        assert {"F3", "F4", "F5"} <= set(vetoes(fitted(put(90), blind)[0]))


class TestConfidence:
    def test_tiers_size_by_max_loss(self) -> None:
        """78.4 lies in [70, 80): 3 % of NAV; at about 8,950 a contract that is three."""
        result = fitted(put(90), sizing=SizingRule(by_confidence=True), quantitative=8.0829, model_confidence=7.0)[
            0
        ]
        assert (result.contracts, result.binding) == (3, "size for its confidence")

    def test_the_weights_of_the_score_are_those_of_confidence(self) -> None:
        """Without the model's 7.0, 80.8 lies in [80, 90): 5 % of NAV."""
        alone = ScoreWeights(quantitative=0.9, model=0.0, fit=0.1)
        rule, score = SizingRule(by_confidence=True), {"quantitative": 8.0829, "model_confidence": 7.0}
        assert fitted(put(90), sizing=rule, weights=alone, **score)[0].contracts == 5

    def test_unknown_confidence_is_refused(self) -> None:
        result = fitted(put(90), sizing=SizingRule(by_confidence=True), quantitative=8.0)[0]
        assert vetoes(result) == ["F17"]


def test_a_books_own_limit_is_named_as_its_source() -> None:
    profile = INCOME.with_overrides(BookLimits(allocation=0.01), book="wheel")
    limit = by_rule(fitted(put(90), profile=profile, contracts=2)[0])["F1"]
    assert limit.vetoes
    assert limit.source == "wheel"
    assert "Reduce to 1 contract," in limit.text


def test_positions_already_read_give_the_same() -> None:
    holder = account(("XOM", 200), (occ(Right.CALL, 110), -1))
    read = read_positions(holder, MARKET, clock=CLOCK, gap=INCOME.overnight)
    assert fitted(put(90), holder, positions=read) == fitted(put(90), holder)


class TestScore:
    @staticmethod
    def limit(rule: str, headroom: float | None, state: LimitState = LimitState.PASS) -> LimitResult:
        return LimitResult(
            rule=rule, name=rule, before=0, after=0, limit=1, state=state, headroom=headroom, text=rule
        )

    def test_is_ten_times_the_mean_headroom(self) -> None:
        limits = [self.limit("F1", 0.4), self.limit("F3", 0.9), self.limit("F13", None)]
        assert fit_score(limits, profile=INCOME) == pytest.approx(6.5)

    def test_weights_are_the_profiles(self) -> None:
        limits = [self.limit("F1", 0.4), self.limit("F3", 0.9)]
        assert fit_score(limits, profile=LimitProfile(fit_weights={"F1": 3})) == pytest.approx(5.25)

    def test_no_headroom_anywhere_caps_it_at_two(self) -> None:
        limits = [self.limit("F1", 0.0), *(self.limit(f"F{i}", 1.0) for i in range(2, 7))]
        assert fit_score(limits, profile=INCOME) == 2

    def test_no_weight_is_no_way_around_the_cap(self) -> None:
        limits = [self.limit("F1", 0.0), self.limit("F3", 1.0)]
        assert fit_score(limits, profile=LimitProfile(fit_weights={"F1": 0})) == 2

    def test_the_cap_lifts_nothing(self) -> None:
        limits = [self.limit("F1", 0.0), self.limit("F3", 0.1)]
        assert fit_score(limits, profile=INCOME) == pytest.approx(0.5)

    def test_an_unknown_measure_caps_it(self) -> None:
        limits = [self.limit("F1", 0.9), self.limit("F3", None, LimitState.UNKNOWN)]
        assert fit_score(limits, profile=INCOME) == 2

    def test_what_does_not_apply_leaves_the_mean(self) -> None:
        limits = [self.limit("F1", 0.9), self.limit("F6", None, LimitState.NOT_APPLICABLE)]
        assert fit_score(limits, profile=INCOME) == pytest.approx(9)
        assert fit_score(limits[1:], profile=INCOME) == 0


TRADES = {strike: put(strike) for strike in (85.0, 90.0, 95.0)} | {
    strike: call(strike) for strike in (105.0, 110.0)
}


@settings(max_examples=40, deadline=None)
@given(
    strike=st.sampled_from(sorted(TRADES)),
    shares=st.integers(0, 2_000),
    puts=st.integers(0, 20),
    cash=st.floats(0, 2e6),
    vix=st.one_of(st.none(), st.floats(9, 80)),
    contracts=st.one_of(st.none(), st.integers(1, 40)),
)
def test_every_account_gets_a_whole_answer(
    *, strike: float, shares: int, puts: int, cash: float, vix: float | None, contracts: int | None
) -> None:
    holder = account(("XOM", shares), (occ(Right.PUT, 90, expiry=put().expiry), -puts), cash=cash)
    result, reservation = fitted(TRADES[strike], holder, snapshot(day=conditions(vix=vix)), contracts=contracts)
    assert 0 <= result.score <= 10
    assert result.contracts == reservation.contracts == contracts or contracts is None
    assert all(limit.text.endswith(".") for limit in result.limits)
    if result.contracts > 1 and contracts is None:
        assert not {"F1", "F3", "F4", "F5", "F6", "F14", "F15", "cash", "shares"} & set(vetoes(result))
    if any(limit.headroom == 0 for limit in result.limits):
        assert result.score <= INCOME.fit_cap
    assert FitResult.model_validate_json(result.model_dump_json()) == result
    assert Reservation.model_validate_json(reservation.model_dump_json()) == reservation


class TestLeverageOfABook:
    def test_its_own_cap_counts_its_own_notional_alone(self) -> None:
        """spec B5: 2.5 times NAV per book, beside F15 for the whole account."""
        rule = SizingRule(allocation=1.0, leverage=0.045)
        result, first = fitted(put(90), sizing=rule)
        assert (result.contracts, by_rule(result)["F15-book"].after) == (5, pytest.approx(0.045))
        other = first.model_copy(update={"decision_id": "d-other", "book": "other"})
        assert by_rule(fitted(put(90), account(reservations=(other,)), sizing=rule)[0])["F15-book"].before == 0
        own = first.model_copy(update={"decision_id": "d-own"})
        assert "F15-book" in vetoes(fitted(put(90), account(reservations=(own,)), sizing=rule)[0])
