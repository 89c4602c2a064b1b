"""What must hold for every portfolio, whatever its numbers."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.tools.risk.cases import case, conditions, exposure
from tools.domain.account import Exposure
from tools.domain.decision import LimitState
from tools.risk.case import Case
from tools.risk.judge import SLACK, judge, room
from tools.risk.limits import LIMITS, evaluate
from tools.risk.measure import Sums, measure, scaled

SECTORS = ("Energy", "Technology", "unknown")
money = st.floats(-2e6, 2e6).map(lambda x: round(x, 2))
positive = st.floats(0, 2e6).map(lambda x: round(x, 2))
maybe = st.one_of(money, st.just(math.nan))


def exposures(signed: st.SearchStrategy[float] = money, gross: st.SearchStrategy[float] = positive) -> Any:
    """A position: net amounts of either sign, gross amounts that only add."""
    return st.builds(
        lambda delta, gamma, vega, gross_, overnight, sector, broker: exposure(
            dollar_delta=delta, gamma_1pct=gamma / 10, vega_point=vega / 20, collateral=gross_, max_loss=gross_,
            notional=gross_, overnight_loss=overnight, sectors={sector: gross_}, broker=broker,
        ),
        signed, signed, signed, gross, signed, st.sampled_from(SECTORS), st.sampled_from(["simulated", "alpaca"]),
    )  # fmt: skip


days = st.builds(
    conditions,
    vix=st.one_of(st.none(), st.floats(9, 80)),
    correlation=st.one_of(st.none(), st.floats(-0.5, 1)),
)
cases = st.builds(
    case,
    held=st.lists(exposures(), max_size=4).map(tuple),
    proposal=exposures(),
    conditions=days,
    day_opened_max_loss=positive,
    spread=st.floats(0, 0.1),
    configured_brokers=st.integers(1, 5),
    undefined_risk=st.booleans(),
)


def vetoes(trade: Case) -> set[str]:
    return {result.rule for result in evaluate(trade) if result.vetoes}


def of_size(trade: Case, contracts: int) -> Case:
    return replace(trade, proposal=scaled(trade.proposal, contracts), contracts=contracts)


@given(cases, st.floats(0.01, 1))
def test_shrinking_every_measure_towards_zero_is_never_vetoed(trade: Case, share: float) -> None:
    """The pro-rata close of a whole book, at any breach and any spread."""
    book = measure(trade.held)
    whole = replace(
        exposure(broker="simulated"),
        **{name: getattr(book, name) for name in ("dollar_delta", "gamma_1pct", "vega_point", "collateral",
                                                  "max_loss", "notional")},
        overnight_loss=max(0.0, book.overnight_loss),
        sectors=book.sectors,
    )  # fmt: skip
    assert vetoes(replace(trade, proposal=scaled(whole, -share), opening=False)) == set()


@given(cases, exposures(signed=st.just(math.nan), gross=st.just(math.nan)))
def test_a_close_is_not_held_back_by_what_is_unknown(trade: Case, blank: Exposure) -> None:
    close = replace(trade, held=(*trade.held, blank), proposal=scaled(exposure(collateral=1.0), -1), opening=False)
    unknown = {result.rule for result in evaluate(close) if result.state is LimitState.UNKNOWN}
    assert "F3" in unknown
    assert not unknown & vetoes(close)


@given(cases, st.integers(1, 30))
def test_more_contracts_never_lift_a_veto(trade: Case, contracts: int) -> None:
    assert vetoes(of_size(trade, contracts)) <= vetoes(of_size(trade, contracts + 1))


@given(cases)
def test_room_ends_where_the_limit_begins(trade: Case) -> None:
    """As many contracts as there is room for are not vetoed; one more is beyond the limit."""
    for limit in LIMITS:
        left = room(limit, trade)
        if left > 1_000:
            continue
        fits = math.floor(left + SLACK)
        if fits:
            assert limit.rule not in vetoes(of_size(trade, fits)), limit.rule
        beyond = judge(limit, of_size(trade, fits + 1))
        assert beyond.state in {LimitState.FAIL, LimitState.UNKNOWN}, limit.rule


@given(cases, st.lists(exposures(signed=maybe, gross=st.one_of(positive, st.just(math.nan))), max_size=3))
def test_unknown_never_becomes_a_pass(trade: Case, extra: list[Exposure]) -> None:
    blurred = replace(trade, held=(*trade.held, *extra), nav=trade.nav)
    for result in evaluate(blurred):
        if result.state in {LimitState.PASS, LimitState.ALERT, LimitState.FAIL}:
            assert result.after is not None
            assert math.isfinite(result.after)
            # Only a limit on the new trade alone has no before without being unknown.
            assert (result.before is None) is (result.rule == "F9")


@given(cases)
def test_nothing_is_passed_on_an_unknown_nav(trade: Case) -> None:
    for result in evaluate(replace(trade, nav=math.nan)):
        if result.rule not in {"F2", "F9"} and result.after != 0:
            assert result.state in {LimitState.UNKNOWN, LimitState.NOT_APPLICABLE}


@given(cases)
def test_a_veto_needs_a_breach_or_an_unknown_and_headroom_is_a_share(trade: Case) -> None:
    for result in evaluate(trade):
        assert result.headroom is None or 0 <= result.headroom <= 1
        if result.vetoes:
            assert result.state in {LimitState.FAIL, LimitState.UNKNOWN}
        if result.state is LimitState.FAIL:
            assert not result.headroom


@given(cases)
def test_the_order_of_positions_changes_nothing(trade: Case) -> None:
    assert evaluate(trade) == evaluate(replace(trade, held=trade.held[::-1]))


@given(st.lists(exposures(), min_size=1, max_size=6))
def test_measures_are_sums(rows: list[Exposure]) -> None:
    total = measure(rows)
    assert math.isclose(total.dollar_delta, sum(row.dollar_delta for row in rows), abs_tol=1e-6)
    assert math.isclose(sum(total.sectors.values()), total.collateral, abs_tol=1e-6)
    assert math.isclose(sum(total.brokers.values()), total.collateral, abs_tol=1e-6)


@given(st.lists(exposures(signed=maybe, gross=positive), max_size=6), st.integers(0, 6))
def test_what_is_added_in_parts_is_one_sum(rows: list[Exposure], place: int) -> None:
    """To the last digit: an exact sum forgets nothing that a later part could bring to light."""
    found = Sums().plus(rows[:place]).plus(rows[place:]).measures
    assert repr(found) == repr(measure(rows))
    if rows:
        assert repr(Sums().plus(rows[1:]).measures_with(rows[0])) == repr(found)
    assert repr(found.collateral) == repr(math.fsum(row.collateral for row in rows))
    assert repr(found.dollar_delta) == repr(math.fsum(row.dollar_delta for row in rows))


def test_a_cent_beside_a_fortune_is_not_lost() -> None:
    fortune = Sums().plus([exposure(collateral=1e20), exposure(collateral=0.01)])
    assert fortune.plus([exposure(collateral=-1e20)]).measures.collateral == 0.01
