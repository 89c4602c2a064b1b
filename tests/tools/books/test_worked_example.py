"""The worked example of the specification (section D) through the shipped book, chain to score."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.tools.screening.samples import (
    TODAY,
    known,
    make_chain,
    make_facts,
    make_holdings,
    make_snapshot,
)
from tools.books.load import shipped_book
from tools.books.screen import screen_book
from tools.domain.candidate import Candidate
from tools.domain.chain import Chain
from tools.domain.score import confidence
from tools.pricing.quotes import quote_greeks
from tools.scoring.blend import blend
from tools.scoring.components import quantitative

STRIKE = 95.0
DAYS = 45
SPREAD = 0.022


def a_put_that_yields(annual: float) -> Chain:
    """One put quoted at the mid that yields `annual`, 2.2 % wide."""
    mid = annual * STRIKE * DAYS / 365
    return make_chain(
        [STRIKE], days=DAYS, spot=100.0, open_interest=640.0, bid=mid * (1 - SPREAD / 2), ask=mid * (1 + SPREAD / 2)
    )


def spot_for_delta(delta: float) -> Chain:
    """The same put under the spot at which our own delta is `delta`."""
    chain = a_put_that_yields(0.084)
    low, high = 80.0, 130.0
    for _ in range(60):
        middle = (low + high) / 2
        found = quote_greeks(replace(chain, spot=middle)).delta[0]
        low, high = (low, middle) if abs(found) < delta else (middle, high)
    return replace(chain, spot=high)


@pytest.fixture(scope="module")
def candidate() -> Candidate:
    book = shipped_book("cash_secured_put")
    chain = spot_for_delta(0.22)
    facts = make_facts(
        put_call_ratio=known(0.70),
        sector_put_call_ratio=known(0.90),
        earnings=known((TODAY + timedelta(days=DAYS + 30),)),
    )
    nav = 1_000_000.0
    holdings = make_holdings(nav=nav, sector_exposure={"Energy": 0.06 * nav - STRIKE * 100})
    result = screen_book(book, make_snapshot(chain, facts={"XOM": facts}), holdings)
    assert result.rejected == {}
    return result.candidates[0]


@pytest.mark.parametrize(
    ("rule", "measured", "margin"),
    [
        ("premium_yield", 0.084, 8.0),
        ("delta", 0.22, 8.5),
        ("open_interest", 640, 8.0),
        ("spread", 0.022, 8.5),
        ("earnings_distance", 30, 7.5806),
        ("put_call_ratio", 0.70, 7.5),
        ("sector_after_trade", 0.06, 8.5),
    ],
)
def test_each_margin(candidate: Candidate, rule: str, measured: float, margin: float) -> None:
    result = next(each for each in candidate.filters if each.rule == rule)
    assert result.value == pytest.approx(measured, rel=1e-6)
    assert result.margin == pytest.approx(margin, abs=5e-5)
    assert result.weight == 1.0


def test_the_score_to_four_decimals(candidate: Candidate) -> None:
    assert len([each for each in candidate.filters if each.margin is not None]) == 7
    assert candidate.quantitative == pytest.approx(8.0829, abs=5e-5)
    assert candidate.quantitative == quantitative(candidate.filters)
    total = blend(quantitative=candidate.quantitative, model=7.0, fit=6.5).total
    assert total == pytest.approx(7.7081, abs=5e-5)
    assert confidence(quantitative=candidate.quantitative, model=7.0) == pytest.approx(78.42, abs=5e-3)
