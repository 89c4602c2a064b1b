"""Shares bought outright: one share as a candidate, and what its books ask (spec B7)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest

from tests.tools.screening.samples import make_chain, make_facts, make_holdings, make_snapshot
from tools.books.load import shipped_book
from tools.books.screen import BookScreen, screen_book
from tools.data import technicals
from tools.domain.candidate import Candidate
from tools.domain.contract import OptionContract, ShareContract, shares_of
from tools.domain.fact import Fact
from tools.domain.market import InstrumentKind
from tools.domain.structure import Leg
from tools.screening.long_shares import share_quote

RISING = {"macd": 0.001, "rsi_14": 60.0, "sma_20": 99.0}
MONDAY, FRIDAY, SATURDAY = (datetime(2026, 1, day, 20, 45, tzinfo=UTC) for day in (12, 16, 17))


def screened(
    book: str, *, symbol: str = "SPY", at: datetime = FRIDAY, kind: InstrumentKind = InstrumentKind.ETF,
    own: dict[str, int] | None = None, cash: float = 1e6, **figures: Any,
) -> BookScreen:  # fmt: skip
    known = {name: Fact.known(value, source="test") for name, value in (RISING | figures).items()}
    facts = make_facts(symbol=symbol, kind=kind, **known)
    chain = replace(make_chain([], underlying=symbol, root=np.array([], dtype="<U6")), as_of=at)
    market = replace(make_snapshot(chain, facts={symbol: facts}), as_of=at)
    return screen_book(
        shipped_book(book), market, make_holdings(own_shares=own or {}, own_open=False, free_cash=cash)
    )


def one(found: BookScreen) -> Candidate:
    (candidate,) = found.candidates
    return candidate


def test_a_share_is_a_leg_like_any_other_and_survives_json() -> None:
    leg = Leg(contract=shares_of("SPY"), quantity=1)
    assert (leg.contract.occ, leg.contract.multiplier, leg.contract.is_adjusted) == ("SPY", 1, False)
    back = Leg.model_validate_json(leg.model_dump_json())
    assert isinstance(back.contract, ShareContract)
    assert back == leg
    option = Leg(
        contract=OptionContract(underlying="SPY", root="SPY", expiry=FRIDAY.date(), right="put", strike=90.0),
        quantity=-1,
    )
    again = Leg.model_validate_json(option.model_dump_json())
    assert type(again.contract) is OptionContract
    assert again == option


@pytest.mark.parametrize(
    ("spot", "quoted"), [(100.0, (100.0, 100.01)), (91.516, (91.51, 91.52)), (0.29, (0.29, 0.30))]
)
def test_the_quote_is_the_spot_with_a_tick_around_it(spot: float, quoted: tuple[float, float]) -> None:
    assert share_quote(make_chain([], spot=spot)) == quoted


def test_what_is_paid_is_what_secures_it() -> None:
    candidate = one(screened("momentum_etf"))
    assert candidate.label == "SPY shares"
    assert candidate.credit == pytest.approx(-100.005)
    assert candidate.cash_required == candidate.collateral == pytest.approx(100.005)
    assert candidate.max_loss == pytest.approx(0.30 * 100.005)  # the book's haircut
    assert candidate.greeks is not None
    assert (candidate.greeks.delta, candidate.multiplier) == (1.0, 1)
    assert Candidate.model_validate_json(candidate.model_dump_json()) == candidate


@pytest.mark.parametrize(
    ("figures", "rule"),
    [
        ({"macd": 0.0}, "macd"),
        ({"rsi_14": 49.9}, "rsi"),
        ({"rsi_14": 70.0}, "rsi"),
        ({"sma_20": 100.0}, "over_average"),
        ({"own": {"SPY": 1}}, "not_held"),
        ({"cash": 50.0}, "buying_power"),
    ],
)
def test_momentum_is_bought_while_everything_agrees(figures: dict[str, Any], rule: str) -> None:
    assert one(screened("momentum_etf")).quantitative is not None
    found = screened("momentum_etf", **figures)
    assert (found.candidates, set(found.rejected)) == ((), {rule})


def test_unknown_momentum_is_a_person_s_to_judge() -> None:
    facts = make_facts(symbol="SPY", kind=InstrumentKind.ETF, rsi_14=Fact.known(60.0, source="test"))
    market = make_snapshot(make_chain([], underlying="SPY", root=np.array([], dtype="<U6")), facts={"SPY": facts})
    candidate = one(screen_book(shipped_book("momentum_etf"), market, make_holdings(own_shares={})))
    assert [each.rule for each in candidate.filters if each.state == "unknown"] == ["macd"]


@pytest.mark.parametrize(("at", "bought"), [(MONDAY, False), (FRIDAY, True), (SATURDAY, False)])
def test_coins_are_bought_on_friday(at: datetime, bought: bool) -> None:
    assert bool(screened("crypto_weekend", symbol="BTC", kind=InstrumentKind.COIN, at=at).candidates) is bought


class TestMacd:
    def test_it_is_the_recursion_begun_at_the_first_price(self) -> None:
        closes = 100 * np.exp(np.cumsum(np.random.default_rng(1).normal(0, 0.01, 120)))

        def average(values: list[float], window: int) -> list[float]:
            levels = [values[0]]
            for value in values[1:]:
                levels.append(levels[-1] + 2 / (window + 1) * (value - levels[-1]))
            return levels

        line = [a - b for a, b in zip(average(list(closes), 12), average(list(closes), 26), strict=True)]
        expected = (line[-1] - average(line, 9)[-1]) / closes[-1]
        assert technicals.macd(closes=closes) == pytest.approx(expected, rel=1e-9)

    def test_it_knows_direction_and_what_it_cannot_know(self) -> None:
        bend = np.concatenate([np.full(60, 100.0), 100 + np.arange(1.0, 6.0)])
        assert technicals.macd(closes=bend) > 0 > technicals.macd(closes=200 - bend)
        assert technicals.macd(closes=np.full(80, 50.0)) == pytest.approx(0)
        assert np.isnan(technicals.macd(closes=bend[:34]))
