"""A real SPX day: our deltas beside the file's own, and unknowns that stay unknown."""

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from tests.tools.screening.samples import known, make_conditions, make_facts, make_holdings
from tools.books.load import shipped_book
from tools.books.screen import BookScreen, screen_book
from tools.domain.chain import Chain, SourceCounts
from tools.domain.contract import ExerciseStyle
from tools.domain.fact import Fact
from tools.domain.market import InstrumentKind, Snapshot, UnderlyingFacts
from tools.domain.score import FilterState

FILE = Path(__file__).parents[4] / "shared/data/chains/SPX_cboe_eod_20190425_20190531.parquet"
DAY = "05/07/2019"
# The file does not say when its snapshot was taken, only that it is not the close; 15:45 New York is assumed.
AS_OF = datetime(2019, 5, 7, 19, 45, tzinfo=UTC)
# 3-month bill 2.4 % (US Treasury par curve, May 2019); S&P 500 dividend yield about 1.9 %.
RATE, DIVIDEND_YIELD = 0.024, 0.019

pytestmark = pytest.mark.skipif(not FILE.exists(), reason="no shared/data beside the project")


def spx_chain() -> Chain:
    rows = (
        pl.read_parquet(FILE)
        .filter((pl.col("quotedate") == DAY) & (pl.col("bid") > 0) & (pl.col("ask") >= pl.col("bid")))
        .with_columns(expiry=pl.col("expiration").str.to_date("%m/%d/%Y"))
        .filter(pl.col("expiry") > AS_OF.date())
        .with_columns(root=pl.col("optionroot").str.extract(r"^([A-Z]+)\d", 1))
    )
    return Chain(
        underlying="SPX",
        as_of=AS_OF,
        spot=float(rows["underlying_last"][0]),
        rate=RATE,
        dividend_yield=DIVIDEND_YIELD,
        style=ExerciseStyle.EUROPEAN,
        source=FILE.name,
        feed="cboe-eod",
        root=rows["root"].to_numpy().astype(np.str_),
        expiry=rows["expiry"].to_numpy().astype("datetime64[D]"),
        right=np.where(rows["type"].to_numpy() == "call", 1, -1).astype(np.int8),
        strike=rows["strike"].to_numpy().copy(),
        bid=rows["bid"].to_numpy().copy(),
        ask=rows["ask"].to_numpy().copy(),
        last=rows["last"].to_numpy().copy(),
        volume=rows["volume"].cast(pl.Float64).to_numpy().copy(),
        open_interest=rows["openinterest"].cast(pl.Float64).to_numpy().copy(),
        feed_iv=rows["impliedvol"].to_numpy().copy(),
        feed_delta=rows["delta"].to_numpy().copy(),
        filled=np.zeros(len(rows), dtype=np.bool_),
    )


def index_facts() -> UnderlyingFacts:
    none = Fact[float].unknown("a single chain file does not tell")
    return make_facts(
        symbol="SPX", name="S&P 500", kind=InstrumentKind.INDEX, broad_index=True,
        sector=Fact[str].not_applicable("index"), rating=Fact[str].not_applicable("index"),
        earnings=known(()), iv_percentile=none, iv_rank=none, put_call_ratio=none, sector_put_call_ratio=none,
    )  # fmt: skip


@pytest.fixture(scope="module")
def chain() -> Chain:
    return spx_chain()


@pytest.fixture(scope="module")
def screens(chain: Chain) -> BookScreen:
    snapshot = Snapshot(
        as_of=AS_OF,
        source=FILE.name,
        simulated=False,
        embedded=False,
        chains={"SPX": chain},
        facts={"SPX": index_facts()},
        conditions=make_conditions(),
        counts=SourceCounts(rows=len(chain), used=len(chain)),
        fingerprint="f" * 64,
    )
    book = shipped_book("cash_secured_put").model_copy(update={"best_k": 500})
    return screen_book(book, snapshot, make_holdings(nav=10e6, free_cash=10e6))


def test_the_day_gives_candidates(screens: BookScreen) -> None:
    result = screens.results[0]
    assert result.passed == len(result.candidates) >= 20
    assert set(result.rejected) >= {"open_interest", "spread", "dte", "delta", "volume"}


def test_deltas_agree_with_the_files_own_where_its_volatility_is_sane(chain: Chain, screens: BookScreen) -> None:
    feed = {
        chain.contract(row).occ: (chain.feed_iv[row], chain.feed_delta[row])
        for row in np.flatnonzero((chain.right < 0) & (chain.dte >= 30) & (chain.dte < 90))
    }
    compared = 0
    for candidate in screens.candidates:
        iv, delta = feed[candidate.legs[0].contract.occ]
        assert candidate.greeks is not None
        if 0.05 < iv < 1.0:
            compared += 1
            assert candidate.greeks.delta == pytest.approx(-delta, abs=0.02)
    assert compared >= 20


def test_what_cannot_exist_of_an_index_leaves_the_mean(screens: BookScreen) -> None:
    states = {f.rule: f.state for f in screens.candidates[0].filters}
    exempt = {rule for rule, state in states.items() if state is FilterState.NOT_APPLICABLE}
    assert exempt == {"rating", "earnings_inside", "earnings_distance", "put_call_ratio", "sector_after_trade"}
    assert FilterState.UNKNOWN not in states.values()
