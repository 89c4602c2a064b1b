"""A real SPX day through the books of several legs: condors and index puts as a desk would know them."""

from typing import Any

import numpy as np
import pytest

from tests.tools.books.test_real_chain import AS_OF, FILE, index_facts, spx_chain
from tests.tools.screening.samples import known, make_conditions, make_holdings
from tools.books.load import shipped_book
from tools.books.screen import screen_book
from tools.domain.candidate import Candidate
from tools.domain.chain import Chain, SourceCounts
from tools.domain.market import Snapshot
from tools.domain.structure import StructureKind
from tools.pricing.payoff import payoff
from tools.pricing.quotes import quote_greeks

pytestmark = pytest.mark.skipif(not FILE.exists(), reason="no shared/data beside the project")


@pytest.fixture(scope="module")
def chain() -> Chain:
    return spx_chain()


def candidates(chain: Chain, name: str, **changes: Any) -> list[Candidate]:
    facts = index_facts().model_copy(update={"iv_rank": known(70.0)})
    snapshot = Snapshot(
        as_of=AS_OF,
        source=FILE.name,
        simulated=False,
        embedded=False,
        chains={"SPX": chain},
        facts={"SPX": facts},
        conditions=make_conditions(),
        counts=SourceCounts(rows=len(chain), used=len(chain)),
        fingerprint="f" * 64,
    )
    book = shipped_book(name).model_copy(update={"universe": ("SPX",), "best_k": 500, **changes})
    return list(screen_book(book, snapshot, make_holdings(nav=10e6, free_cash=10e6)).candidates)


def test_condors_of_a_real_day_are_sane(chain: Chain) -> None:
    strikes = shipped_book("primary").strikes.model_copy(update={"nearest": 3})
    found = candidates(chain, "primary", strikes=strikes)
    assert len(found) >= 3
    for candidate in found:
        assert candidate.structure is StructureKind.IRON_CONDOR
        low, short_put, short_call, high = (leg.contract.strike for leg in candidate.legs)
        assert low < short_put < chain.spot < short_call < high
        assert short_put - low == high - short_call
        assert 40 <= candidate.dte <= 50
        # What the market pays for two deltas of 0.15 lies between the floor and what both sides could bring.
        assert 0.10 <= candidate.credit / (high - short_call) < 0.5
        assert candidate.pop is not None
        assert 0.6 < candidate.pop < 0.85
        assert candidate.greeks is not None
        assert abs(candidate.greeks.delta) < 0.05
        assert candidate.greeks.theta > 0 > candidate.greeks.vega
        assert candidate.spread <= 0.05
        assert candidate.natural < candidate.credit
        assert payoff(legs=candidate.legs, credit=candidate.credit).max_loss == pytest.approx(candidate.max_loss)


def test_index_puts_of_a_real_day_ask_the_target_premium(chain: Chain) -> None:
    """Tuesday 15:45 to the Wednesday, Friday and Monday expiries: 1.04, 3.04 and 4.54 units at 1.4 bp of spot."""
    book = shipped_book("index_put")
    wide = book.entry | {rule: book.entry[rule].model_copy(update={"required": False}) for rule in ("spread",)}
    found = candidates(chain, "index_put", entry=wide)
    assert found
    for candidate in found:
        units = candidate.credit / (0.00014 * chain.spot)
        assert candidate.dte in {1, 3}
        assert units <= {1: 1.04, 3: 3.04}[candidate.dte] * 1.001
        assert candidate.greeks is not None
        assert 0 < candidate.greeks.delta < 0.10
        assert candidate.collateral < 0.2 * candidate.max_loss


def test_no_leg_of_a_real_condor_is_missing_a_quote(chain: Chain) -> None:
    greeks = quote_greeks(chain)
    rows = {chain.contract(int(row)).occ: int(row) for row in np.flatnonzero(chain.dte < 60)}
    for candidate in candidates(chain, "primary"):
        for leg in candidate.legs:
            row = rows[leg.contract.occ]
            assert chain.bid[row] > 0
            assert chain.spread_fraction[row] <= 0.05
            if leg.quantity < 0:
                assert 0.10 <= abs(greeks.delta[row]) < 0.20
                assert chain.open_interest[row] > 100
