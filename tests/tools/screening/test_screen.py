"""The screen against a plain oracle, one contract at a time, and its laws on random chains."""

import math
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tools.screening.samples import TODAY, known, make_chain, make_conditions, make_facts, make_holdings
from tools.calendar.trading_time import Clock
from tools.domain.chain import COLUMNS, Chain, Dividend
from tools.domain.contract import ExerciseStyle
from tools.domain.fact import Fact
from tools.domain.market import UnderlyingFacts
from tools.domain.score import FilterState
from tools.domain.structure import StructureKind
from tools.pricing.quotes import QuoteGreeks, quote_greeks
from tools.screening.criteria import Criterion
from tools.screening.holdings import Holdings
from tools.screening.screen import ScreenResult, screen

PUT, CALL = StructureKind.CASH_SECURED_PUT, StructureKind.COVERED_CALL
COMMON: dict[str, dict[str, Any]] = {
    **{rule: {"kind": "yes_no"} for rule in ("quoted", "bid", "blackout")},
    "volume": {"kind": "at_least", "threshold": 10, "margin": False},
    "open_interest": {"kind": "above", "worst": 0, "threshold": 100, "ideal": 1000},
    "spread": {"kind": "at_most", "worst": 0.09, "threshold": 0.05, "ideal": 0.01},
    "dte": {"kind": "between", "low": 30, "high": 90, "margin": False},
    "premium_yield": {"kind": "above", "worst": 0, "threshold": 0.03, "ideal": 0.12},
    "delta": {"kind": "between", "low": 0.15, "high": 0.35, "target": 0.25},
}
BOOKS: dict[StructureKind, dict[str, dict[str, Any]]] = {
    PUT: COMMON | {
        "cash_secured": {"kind": "at_least", "threshold": 1.0, "margin": False},
        "sector_after_trade": {"kind": "at_most", "worst": 0.25, "threshold": 0.20, "ideal": 0.0},
        "earnings_distance": {"kind": "above", "worst": 0, "threshold": 14, "ideal": 45},
        "put_call_ratio": {
            "kind": "below", "threshold_from": "sector_put_call_ratio", "worst": 0.4, "ideal": -0.4,
        },
    },
    CALL: COMMON | {
        "shares_owned": {"kind": "at_least", "threshold": 1, "margin": False},
        "iv_percentile": {"kind": "between", "low": 20, "high": 60, "target": 40},
        "one_day_loss": {"kind": "below", "worst": 0.08, "threshold": 0.05, "ideal": 0.02},
        "ex_dividend": {"kind": "yes_no"},
    },
}  # fmt: skip


def criteria(kind: StructureKind, **changes: dict[str, Any]) -> list[Criterion]:
    return [
        Criterion.model_validate({"rule": rule, **body, **changes.get(rule, {})})
        for rule, body in BOOKS[kind].items()
    ]


def run(chain: Chain, kind: StructureKind = PUT, **changes: Any) -> ScreenResult:
    given: dict[str, Any] = {
        "facts": make_facts(),
        "conditions": make_conditions(),
        "holdings": make_holdings(),
        "criteria": criteria(kind),
        "clock": Clock.CALENDAR_365,
        "book": kind.value,
        "snapshot": "f" * 64,
        "best_k": 1000,
        **changes,
    }
    return screen(chain, structure=kind, **given)


# --- the oracle: spec B, one contract at a time, in plain Python ---------------------------------------


def line(x: float, points: list[tuple[float, float]]) -> float:
    points = sorted(points)
    if x <= points[0][0]:
        return points[0][1]
    for (x0, y0), (x1, y1) in pairwise(points):
        if x <= x1:
            return y0 + (x - x0) / (x1 - x0) * (y1 - y0)
    return points[-1][1]


def values_of(
    chain: Chain, row: int, kind: StructureKind, facts: UnderlyingFacts, holdings: Holdings, greeks: QuoteGreeks
) -> dict[str, float | None]:
    """Each rule's value for one row; None is unknown."""

    def number(x: float) -> float | None:
        return None if math.isnan(x) else float(x)

    bid, ask, strike = float(chain.bid[row]), float(chain.ask[row]), float(chain.strike[row])
    quoted = not math.isnan(bid) and not math.isnan(ask)
    mid = (bid + ask) / 2
    days = (chain.expiry[row].astype(object) - TODAY).days
    delta, gamma, iv = (float(column[row]) for column in (greeks.delta, greeks.gamma, greeks.iv))
    fall = 1.6448536269514722 * iv * chain.spot / math.sqrt(252)
    loss = (fall * (1 - delta) + gamma * fall**2 / 2) / (chain.spot - mid)
    earnings = [abs((chain.expiry[row].astype(object) - day).days) for day in facts.earnings.value or ()]
    inside = [d.cash for d in chain.dividends if d.ex_date <= chain.expiry[row].astype(object)]
    exposure = (holdings.sector_exposure or {}).get("Energy", 0.0)
    return {
        "quoted": float(not chain.filled[row]),
        "bid": float(quoted and bid > 0),
        "blackout": 1.0,
        "volume": number(chain.volume[row]),
        "open_interest": number(chain.open_interest[row]),
        "spread": (ask - bid) / mid if quoted and mid > 0 else None,
        "dte": float(days),
        "premium_yield": number(mid / (strike if kind is PUT else chain.spot) * 365 / max(days, 1)),
        "delta": number(abs(delta)),
        "cash_secured": None if holdings.free_cash is None else holdings.free_cash / (strike * 100),
        "sector_after_trade": None if holdings.nav is None else (exposure + strike * 100) / holdings.nav,
        "earnings_distance": min(earnings) if earnings else None,
        "put_call_ratio": facts.put_call_ratio.value,
        "shares_owned": (holdings.free_shares or {}).get("XOM", 0) / 100,
        "iv_percentile": facts.iv_percentile.value,
        "one_day_loss": number(loss),
        "ex_dividend": float(mid >= max(inside, default=-math.inf)),
    }


def judge(body: dict[str, Any], value: float | None, sector: float | None) -> tuple[FilterState, float | None]:
    if value is None or ("threshold_from" in body and sector is None):
        return FilterState.UNKNOWN, None
    held: bool
    knots: list[tuple[float, float]] = []
    if body["kind"] == "yes_no":
        held = value == 1.0
    elif body["kind"] == "between":
        low, high = body["low"], body["high"]
        held = low <= value < high
        half = (high - low) / 2
        if "target" in body:
            knots = [(low - half, 0), (low, 5), (body["target"], 10), (high, 5), (high + half, 0)]
    else:
        base = sector if sector is not None and "threshold_from" in body else 0.0
        threshold = body.get("threshold", base)
        compare = {"above": value > threshold, "at_least": value >= threshold}
        compare |= {"below": value < threshold, "at_most": value <= threshold}
        held = compare[body["kind"]]
        if "ideal" in body:
            knots = [(base + body["worst"], 0), (threshold, 5), (base + body["ideal"], 10)]
    return (FilterState.PASS if held else FilterState.FAIL), (line(value, knots) if knots else None)


def admissible(chain: Chain, row: int, kind: StructureKind) -> bool:
    sign = -1 if kind is PUT else 1
    standard = not str(chain.root[row])[-1].isdigit()
    return bool(chain.right[row] == sign and sign * (chain.strike[row] - chain.spot) > 0 and standard)


def random_chain(rng: np.random.Generator, *, n: int = 60) -> Chain:
    """Quotes around fair prices, many of them bad in one way or another."""
    from tools.pricing.european import value

    spot = float(rng.uniform(40, 250))
    right = rng.choice([-1, 1], n)
    strike = np.round(spot * rng.uniform(0.8, 1.2, n), 1)
    days = rng.integers(5, 120, n)
    terms: dict[str, Any] = {"right": right, "spot": spot, "strike": strike, "years": days / 365}
    fair = value(**terms, rate=0.04, dividend_yield=0.0, vol=rng.uniform(0.15, 0.6, n)).price
    half = fair * rng.uniform(0.0, 0.04, n)
    holes = rng.random((4, n))
    chain = make_chain(
        list(strike),
        days=list(days),
        spot=spot,
        bid=np.where(holes[0] < 0.05, 0.0, np.where(holes[0] > 0.97, np.nan, fair - half)),
        ask=fair + half,
        volume=np.where(holes[1] < 0.1, np.nan, rng.integers(0, 60, n)),
        open_interest=np.where(holes[2] < 0.1, np.nan, rng.integers(0, 2000, n)),
        filled=holes[3] < 0.05,
        root=rng.choice(["XOM", "XOM1"], n, p=[0.9, 0.1]),
        style=ExerciseStyle.EUROPEAN if rng.random() < 0.5 else ExerciseStyle.AMERICAN,
        dividends=(Dividend(TODAY + timedelta(days=20), 0.9),) if rng.random() < 0.5 else (),
    )
    return replace(chain, right=right.astype(np.int8))


def random_world(rng: np.random.Generator) -> tuple[UnderlyingFacts, Holdings]:
    def sometimes(value: Any) -> Any:
        return known(value) if rng.random() < 0.8 else Fact[Any].unknown("no source")

    facts = make_facts(
        earnings=sometimes((TODAY + timedelta(days=int(rng.integers(0, 150))),)),
        put_call_ratio=sometimes(float(rng.uniform(0.4, 1.2))),
        sector_put_call_ratio=sometimes(float(rng.uniform(0.7, 1.2))),
        iv_percentile=sometimes(float(rng.uniform(0, 80))),
    )
    holdings = make_holdings(
        free_cash=float(rng.uniform(5_000, 100_000)) if rng.random() < 0.9 else None,
        sector_exposure={"Energy": float(rng.uniform(0, 230_000))},
        free_shares={"XOM": int(rng.integers(0, 400))},
    )
    return facts, holdings


@pytest.mark.parametrize("kind", [PUT, CALL])
@pytest.mark.parametrize("seed", range(10))
def test_the_screen_agrees_with_the_oracle_row_by_row(kind: StructureKind, seed: int) -> None:
    rng = np.random.default_rng(seed)
    chain = random_chain(rng, n=200)
    facts, holdings = random_world(rng)
    book = BOOKS[kind]
    european = chain.style is ExerciseStyle.EUROPEAN
    greeks = quote_greeks(chain)
    expected: dict[str, tuple[float, int]] = {}
    for row in range(len(chain)):
        if not admissible(chain, row, kind):
            continue
        values = values_of(chain, row, kind, facts, holdings, greeks)
        answers = {r: judge(b, values[r], facts.sector_put_call_ratio.value) for r, b in book.items()}
        if european and "ex_dividend" in answers:
            answers["ex_dividend"] = (FilterState.NOT_APPLICABLE, None)
        if any(state is FilterState.FAIL for state, _ in answers.values()):
            continue
        margins = [margin for _, margin in answers.values() if margin is not None]
        unknown = sum(state is FilterState.UNKNOWN for state, _ in answers.values())
        expected[chain.contract(row).occ] = (sum(margins) / len(margins), unknown)
    result = run(chain, kind, facts=facts, holdings=holdings)
    found = {c.legs[0].contract.occ: c for c in result.candidates}
    assert set(found) == set(expected)
    for occ, candidate in found.items():
        mean, unknown = expected[occ]
        assert candidate.quantitative == pytest.approx(mean, abs=1e-9)
        assert sum(f.state is FilterState.UNKNOWN for f in candidate.filters) == unknown
    keys = [(expected[c.legs[0].contract.occ][1], -(c.quantitative or 0.0)) for c in result.candidates]
    assert keys == sorted(keys)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10**6), k=st.integers(1, 4))
def test_counts_and_order_hold_on_any_chain(seed: int, k: int) -> None:
    rng = np.random.default_rng(seed)
    chain = random_chain(rng, n=40)
    facts, holdings = random_world(rng)
    every = run(chain, facts=facts, holdings=holdings)
    best = run(chain, facts=facts, holdings=holdings, best_k=k)
    assert best.candidates == every.candidates[:k]
    assert len(every.candidates) == every.passed <= every.considered <= every.rows == len(chain)
    refused = every.considered - every.passed
    assert max(every.rejected.values(), default=0) <= refused <= sum(every.rejected.values())
    for candidate in every.candidates:
        assert all(f.state is not FilterState.FAIL for f in candidate.filters if f.required)
        assert [f.rule for f in candidate.filters] == list(BOOKS[PUT])
    shuffled = chain.take(rng.permutation(len(chain)))
    again = run(shuffled, facts=facts, holdings=holdings)
    assert sorted(c.id for c in again.candidates) == sorted(c.id for c in every.candidates)
    assert again.rejected == every.rejected


# --- single laws ---------------------------------------------------------------------------------------


def test_a_scored_fail_lowers_the_mean_and_refuses_nothing() -> None:
    chain = make_chain([95.0], open_interest=50.0)
    assert run(chain).candidates == ()
    soft = run(chain, criteria=criteria(PUT, open_interest={"required": False}))
    result = next(f for f in soft.candidates[0].filters if f.rule == "open_interest")
    assert result.state is FilterState.FAIL
    assert result.margin == pytest.approx(2.5)


def test_an_unknown_required_filter_stays_with_the_candidate() -> None:
    chain = make_chain([95.0], volume=math.nan)
    candidate = run(chain).candidates[0]
    result = next(f for f in candidate.filters if f.rule == "volume")
    assert result.state is FilterState.UNKNOWN
    assert result.text == "volume today unknown: the source has none"


def test_a_fully_known_contract_comes_before_a_better_one_with_a_hole() -> None:
    chain = make_chain([95.0, 95.5], open_interest=[150.0, 5000.0], volume=[50.0, math.nan])
    first, second = run(chain).candidates
    assert (first.quantitative or 0) < (second.quantitative or 0)
    assert first.legs[0].contract.strike == 95.0


def test_a_quote_without_a_volatility_is_unknown_not_refused() -> None:
    # a bid far above what any volatility pays is no price; here the option is worth more than its strike
    chain = make_chain([95.0], bid=96.0, ask=96.2)
    candidate = run(chain).candidates[0]
    assert candidate.iv is None
    assert candidate.greeks is None
    assert candidate.pop is None
    assert next(f for f in candidate.filters if f.rule == "delta").state is FilterState.UNKNOWN


def test_adjusted_and_expired_contracts_are_never_considered() -> None:
    chain = make_chain([95.0, 95.0, 95.0], root=["XOM", "XOM1", "XOM"], days=[45, 45, -1])
    assert run(chain).considered == 1


@pytest.mark.parametrize("kind", [PUT, CALL])
def test_an_empty_chain_gives_an_empty_screen(kind: StructureKind) -> None:
    result = run(make_chain([]), kind)
    assert (result.rows, result.considered, result.passed, result.rejected) == (0, 0, 0, {})


def test_filters_that_need_no_greeks_come_first() -> None:
    chain = make_chain([60.0, 95.0, 99.0], open_interest=[10.0, 640.0, 640.0])
    result = run(chain)
    # the strike of 60 fails on open interest and yield; its delta is never computed nor counted
    assert result.rejected["open_interest"] == 1
    assert result.rejected.get("delta", 0) <= 2


@pytest.mark.parametrize("column", [name for name in COLUMNS if name in {"bid", "ask", "volume", "open_interest"}])
def test_screening_leaves_the_chain_as_it_was(column: str) -> None:
    chain = make_chain([90.0, 95.0])
    before = getattr(chain, column).copy()
    run(chain)
    assert np.array_equal(getattr(chain, column), before)
