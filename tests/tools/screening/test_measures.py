"""Every rule with its four answers: pass, fail, unknown, not applicable, where it can give them."""

import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest

from tests.tools.screening.samples import (
    AS_OF,
    TODAY,
    known,
    make_chain,
    make_conditions,
    make_facts,
    make_holdings,
)
from tools.domain.chain import Chain, Dividend
from tools.domain.contract import ExerciseStyle
from tools.domain.fact import Fact
from tools.domain.market import EventWindow, InstrumentKind
from tools.domain.score import FilterState
from tools.domain.structure import StructureKind
from tools.screening.criteria import Criterion
from tools.screening.filter_column import FilterColumn
from tools.screening.registry import STRUCTURES
from tools.screening.rows import Rows

PUT, CALL = StructureKind.CASH_SECURED_PUT, StructureKind.COVERED_CALL
PASS, FAIL, UNKNOWN = FilterState.PASS, FilterState.FAIL, FilterState.UNKNOWN
EXEMPT = FilterState.NOT_APPLICABLE
CRITERIA: dict[str, dict[str, Any]] = {
    **{rule: {"kind": "yes_no"} for rule in ("quoted", "bid", "blackout", "earnings_inside", "ex_dividend")},
    "volume": {"kind": "at_least", "threshold": 10, "margin": False},
    "open_interest": {"kind": "above", "worst": 0, "threshold": 100, "ideal": 1000},
    "spread": {"kind": "at_most", "worst": 0.09, "threshold": 0.05, "ideal": 0.01},
    "dte": {"kind": "between", "low": 30, "high": 90, "margin": False},
    "premium_yield": {"kind": "above", "worst": 0, "threshold": 0.03, "ideal": 0.12},
    "delta": {"kind": "between", "low": 0.15, "high": 0.35, "target": 0.25},
    "iv_percentile": {"kind": "between", "low": 20, "high": 60, "target": 40},
    "put_call_ratio": {
        "kind": "below", "threshold_from": "sector_put_call_ratio", "worst": 0.4, "ideal": -0.4,
    },
    "earnings_distance": {"kind": "above", "worst": 0, "threshold": 14, "ideal": 45},
    "rating": {"kind": "at_least_class", "threshold": "BBB+"},
    "sector_after_trade": {"kind": "at_most", "worst": 0.25, "threshold": 0.20, "ideal": 0.0},
    "shares_owned": {"kind": "at_least", "threshold": 1, "margin": False},
    "cash_secured": {"kind": "at_least", "threshold": 1.0, "margin": False},
    "one_day_loss": {"kind": "below", "worst": 0.08, "threshold": 0.05, "ideal": 0.02},
}  # fmt: skip


@dataclass(frozen=True)
class Priced:
    """Greeks of the long option as the pricing room hands them over."""

    iv: Any
    delta: Any
    gamma: Any


def column(
    rule: str,
    *,
    chain: Chain | None = None,
    structure: StructureKind = PUT,
    facts: dict[str, Any] | None = None,
    holdings: dict[str, Any] | None = None,
    blackouts: Any = None,
    greeks: Any = None,
) -> FilterColumn:
    rows = Rows(
        chain or make_chain([95.0]),
        STRUCTURES[structure],
        make_facts(**facts or {}),
        make_conditions(blackouts),
        make_holdings(**holdings or {}),
        greeks,
    )
    return FilterColumn.of(Criterion.model_validate({"rule": rule, **CRITERIA[rule]}), rows)


def state(rule: str, **world: Any) -> FilterState:
    return column(rule, **world).result(0).state


def day(offset: int) -> Any:
    return TODAY + timedelta(days=offset)


WINDOW = EventWindow(name="FOMC", start=AS_OF - timedelta(hours=1), end=AS_OF + timedelta(hours=1))
ETF = {"kind": InstrumentKind.ETF}
INDEX = {"kind": InstrumentKind.INDEX}
CALLS = {"structure": CALL}

GATES = {
    rule for rule, body in CRITERIA.items() if body["kind"] in {"yes_no", "at_least_class"} or "margin" in body
}

CASES: list[tuple[str, FilterState, dict[str, Any]]] = [
    ("quoted", PASS, {}),
    ("quoted", FAIL, {"chain": make_chain([95.0], filled=True)}),
    ("bid", PASS, {}),
    ("bid", FAIL, {"chain": make_chain([95.0], bid=0.0)}),
    ("bid", FAIL, {"chain": make_chain([95.0], bid=math.nan)}),
    ("bid", FAIL, {"chain": make_chain([95.0], ask=math.nan)}),
    ("bid", FAIL, {"chain": make_chain([95.0], bid=1.05)}),
    ("blackout", PASS, {}),
    ("blackout", FAIL, {"blackouts": known((WINDOW,))}),
    ("blackout", UNKNOWN, {"blackouts": Fact[Any].unknown("no calendar is configured")}),
    ("volume", PASS, {"chain": make_chain([95.0], volume=10.0)}),
    ("volume", FAIL, {"chain": make_chain([95.0], volume=9.0)}),
    ("volume", UNKNOWN, {"chain": make_chain([95.0], volume=math.nan)}),
    ("open_interest", PASS, {"chain": make_chain([95.0], open_interest=101.0)}),
    ("open_interest", FAIL, {"chain": make_chain([95.0], open_interest=100.0)}),
    ("open_interest", UNKNOWN, {"chain": make_chain([95.0], open_interest=math.nan)}),
    ("spread", PASS, {"chain": make_chain([95.0], bid=0.975, ask=1.025)}),
    ("spread", FAIL, {"chain": make_chain([95.0], bid=0.97, ask=1.03)}),
    ("spread", UNKNOWN, {"chain": make_chain([95.0], bid=math.nan)}),
    ("dte", PASS, {"chain": make_chain([95.0], days=30)}),
    ("dte", FAIL, {"chain": make_chain([95.0], days=29)}),
    ("dte", FAIL, {"chain": make_chain([95.0], days=90)}),
    ("premium_yield", PASS, {}),
    ("premium_yield", FAIL, {"chain": make_chain([95.0], bid=0.30, ask=0.31)}),
    ("premium_yield", UNKNOWN, {"chain": make_chain([95.0], bid=math.nan)}),
    ("iv_percentile", PASS, {"facts": {"iv_percentile": known(20.0)}}),
    ("iv_percentile", FAIL, {"facts": {"iv_percentile": known(60.0)}}),
    ("iv_percentile", UNKNOWN, {"facts": {"iv_percentile": Fact[float].unknown("no history")}}),
    ("iv_percentile", EXEMPT, {"facts": {"iv_percentile": Fact[float].not_applicable("none")}}),
    ("put_call_ratio", PASS, {"facts": {"put_call_ratio": known(0.89)}}),
    ("put_call_ratio", FAIL, {"facts": {"put_call_ratio": known(0.90)}}),
    ("put_call_ratio", UNKNOWN, {"facts": {"put_call_ratio": Fact[float].unknown("no volume")}}),
    ("put_call_ratio", UNKNOWN, {"facts": {"sector_put_call_ratio": Fact[float].unknown("one chain only")}}),
    ("put_call_ratio", EXEMPT, {"facts": ETF}),
    ("put_call_ratio", EXEMPT, {"facts": INDEX}),
    ("earnings_distance", PASS, {"facts": {"earnings": known((day(45 + 15),))}}),
    ("earnings_distance", PASS, {"facts": {"earnings": known((day(45 - 15),))}}),
    ("earnings_distance", FAIL, {"facts": {"earnings": known((day(45 + 14),))}}),
    ("earnings_distance", FAIL, {"facts": {"earnings": known((day(45 - 14), day(140)))}}),
    ("earnings_distance", UNKNOWN, {"facts": {"earnings": known(())}}),
    ("earnings_distance", UNKNOWN, {"facts": {"earnings": known((day(-1),))}}),
    ("earnings_distance", UNKNOWN, {"facts": {"earnings": Fact[Any].unknown("no source")}}),
    ("earnings_distance", EXEMPT, {"facts": ETF}),
    ("earnings_inside", PASS, {"facts": {"earnings": known((day(46),))}}),
    ("earnings_inside", FAIL, {"facts": {"earnings": known((day(45),))}}),
    ("earnings_inside", FAIL, {"facts": {"earnings": known((day(0),))}}),
    ("earnings_inside", UNKNOWN, {"facts": {"earnings": known(())}}),
    ("earnings_inside", EXEMPT, {"facts": INDEX}),
    ("rating", PASS, {"facts": {"rating": known("BBB+")}}),
    ("rating", PASS, {"facts": {"rating": known("Baa1")}}),
    ("rating", FAIL, {"facts": {"rating": known("BBB")}}),
    ("rating", UNKNOWN, {"facts": {"rating": known("NR")}}),
    ("rating", UNKNOWN, {"facts": {"rating": Fact[str].unknown("no source")}}),
    ("rating", UNKNOWN, {"facts": {"rating": Fact[str].not_applicable("private")}}),
    ("rating", EXEMPT, {"facts": ETF}),
    ("sector_after_trade", PASS, {"holdings": {"sector_exposure": {"Energy": 190_500.0}}}),
    ("sector_after_trade", FAIL, {"holdings": {"sector_exposure": {"Energy": 190_501.0}}}),
    ("sector_after_trade", PASS, {"holdings": {"sector_exposure": {"Utilities": 900_000.0}}}),
    ("sector_after_trade", UNKNOWN, {"holdings": {"sector_exposure": None}}),
    ("sector_after_trade", UNKNOWN, {"holdings": {"nav": None}}),
    ("sector_after_trade", UNKNOWN, {"holdings": {"nav": -5.0}}),
    ("sector_after_trade", UNKNOWN, {"facts": {"sector": Fact[str].unknown("no source")}}),
    ("sector_after_trade", EXEMPT, {"facts": {**INDEX, "sector": Fact[str].not_applicable("index")}}),
    ("shares_owned", PASS, {**CALLS, "holdings": {"free_shares": {"XOM": 100}}}),
    ("shares_owned", FAIL, {**CALLS, "holdings": {"free_shares": {"XOM": 99}}}),
    ("shares_owned", FAIL, {**CALLS, "holdings": {"free_shares": {}}}),
    ("shares_owned", UNKNOWN, {**CALLS, "holdings": {"free_shares": None}}),
    ("cash_secured", PASS, {"holdings": {"free_cash": 9_500.0}}),
    ("cash_secured", FAIL, {"holdings": {"free_cash": 9_499.99}}),
    ("cash_secured", FAIL, {"holdings": {"free_cash": -1.0}}),
    ("cash_secured", UNKNOWN, {"holdings": {"free_cash": None}}),
]


@pytest.mark.parametrize(("rule", "expected", "world"), CASES)
def test_each_rule_answers(rule: str, expected: FilterState, world: dict[str, Any]) -> None:
    result = column(rule, **world).result(0)
    assert result.state is expected
    assert (result.margin is None) == (expected in {UNKNOWN, EXEMPT} or rule in GATES)
    assert "unknown" in result.text if expected is UNKNOWN else True
    assert "does not apply" in result.text if expected is EXEMPT else True


def test_blackout_windows_are_half_open() -> None:
    opening = EventWindow(name="CPI", start=AS_OF, end=AS_OF + timedelta(hours=1))
    over = EventWindow(name="CPI", start=AS_OF - timedelta(hours=1), end=AS_OF)
    assert state("blackout", blackouts=known((opening,))) is FAIL
    assert state("blackout", blackouts=known((over,))) is PASS


def test_today_is_the_day_in_new_york() -> None:
    # 02:00 UTC on the 16th is still the 15th in New York: earnings of the 15th lie inside the trade
    late = datetime(2026, 1, 16, 2, 0, tzinfo=UTC)
    chain = make_chain([95.0], as_of=late)
    assert state("earnings_inside", chain=chain, facts={"earnings": known((TODAY, day(90)))}) is FAIL


def test_yields_are_annual_on_what_secures_the_option() -> None:
    put = column("premium_yield").result(0).value
    call = column("premium_yield", chain=make_chain([105.0], right=1), structure=CALL).result(0).value
    assert put == pytest.approx(1.02 / 95.0 * 365 / 45)
    assert call == pytest.approx(1.02 / 100.0 * 365 / 45)


def test_a_contract_that_expires_today_is_annualised_over_one_day() -> None:
    assert column("premium_yield", chain=make_chain([95.0], days=0)).result(0).value == pytest.approx(
        1.02 / 95 * 365
    )


@pytest.mark.parametrize(("delta", "expected"), [(-0.15, PASS), (-0.35, FAIL), (-0.149, FAIL), (math.nan, UNKNOWN)])
def test_put_deltas_are_screened_by_size(delta: float, expected: FilterState) -> None:
    greeks = Priced(*(np.array([x]) for x in (0.2, delta, 0.03)))
    assert state("delta", greeks=greeks) is expected


def test_rules_on_greeks_are_unknown_before_pricing() -> None:
    assert state("delta") is UNKNOWN
    assert state("one_day_loss", structure=CALL) is UNKNOWN


def one_day_loss(iv: float, delta: float, gamma: float) -> Any:
    greeks = Priced(*(np.array([x]) for x in (iv, delta, gamma)))
    return column("one_day_loss", chain=make_chain([105.0], right=1), structure=CALL, greeks=greeks).result(0)


def test_one_day_loss_is_the_delta_gamma_revaluation() -> None:
    fall = 1.6448536269514722 * 0.25 * 100 / math.sqrt(252)
    loss = fall - (0.3 * fall - 0.5 * 0.04 * fall**2)
    assert one_day_loss(0.25, 0.3, 0.04).value == pytest.approx(loss / (100 - 1.02), rel=1e-12)
    assert one_day_loss(0.25, 0.3, 0.04).state is PASS
    assert one_day_loss(0.80, 0.3, 0.01).state is FAIL
    assert one_day_loss(math.nan, math.nan, math.nan).state is UNKNOWN


def test_one_day_loss_agrees_with_a_full_revaluation() -> None:
    from tools.pricing.european import value

    terms: dict[str, Any] = {"right": 1, "strike": 105.0, "rate": 0.04, "dividend_yield": 0.0, "vol": 0.25}
    now = value(spot=100.0, years=45 / 365, **terms)
    low = 100.0 * (1 - 1.6448536269514722 * 0.25 / math.sqrt(252))
    then = value(spot=low, years=45 / 365, **terms)
    exact = ((100.0 - float(now.price)) - (low - float(then.price))) / (100.0 - float(now.price))
    greeks = Priced(*(np.array([x]) for x in (0.25, float(now.delta), float(now.gamma))))
    mid = float(now.price)
    chain = make_chain([105.0], right=1, bid=mid, ask=mid)
    measured = column("one_day_loss", chain=chain, structure=CALL, greeks=greeks).result(0).value
    assert measured == pytest.approx(exact, rel=5e-3)


DIVIDEND = Dividend(ex_date=day(20), cash=1.10)


@pytest.mark.parametrize(
    ("world", "expected"),
    [
        ({}, PASS),
        ({"dividends": (Dividend(day(20), 1.02),)}, PASS),
        ({"dividends": (Dividend(day(20), 1.03),)}, FAIL),
        ({"dividends": (Dividend(day(45), 1.03),)}, FAIL),
        ({"dividends": (Dividend(day(46), 1.03),)}, PASS),
        ({"dividends": (Dividend(day(20), 0.5), Dividend(day(40), 1.03))}, FAIL),
        ({"dividend_yield": 0.03}, UNKNOWN),
        ({"dividend_yield": 0.03, "style": ExerciseStyle.EUROPEAN}, EXEMPT),
        ({"bid": math.nan}, UNKNOWN),
    ],
)
def test_ex_dividend(world: dict[str, Any], expected: FilterState) -> None:
    chain = make_chain([105.0], right=1, **world)
    assert state("ex_dividend", chain=chain, structure=CALL) is expected


def test_extrinsic_value_of_a_call_in_the_money_leaves_its_intrinsic_out() -> None:
    chain = make_chain([99.0], right=1, dividends=(Dividend(day(20), 0.10),))
    assert state("ex_dividend", chain=chain, structure=CALL) is FAIL


def test_a_fund_is_looked_through_to_its_sectors() -> None:
    fund = {"kind": InstrumentKind.ETF, "broad_index": True, "sector": Fact[str].not_applicable("fund")}
    exposure = {"Energy": 195_000.0, "Utilities": 0.0}
    weights = {"Energy": 0.5, "Utilities": 0.5}
    known_weights = column(
        "sector_after_trade", facts={**fund, "sector_weights": weights}, holdings={"sector_exposure": exposure}
    ).result(0)
    assert known_weights.value == pytest.approx((195_000 + 0.5 * 9_500) / 1_000_000)
    assert state("sector_after_trade", facts=fund, holdings={"sector_exposure": exposure}) is EXEMPT


def test_a_fund_of_one_unknown_sector_is_not_exempt() -> None:
    fund = {"kind": InstrumentKind.ETF, "sector": Fact[str].unknown("no source")}
    assert state("sector_after_trade", facts=fund) is UNKNOWN
