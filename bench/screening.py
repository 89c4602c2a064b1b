"""Screening a 100,000-contract European chain, our Greeks included, against the Greeks of all its rows alone.

Three chains: `typical` thins out in volume and open interest towards the wings and spans both rights and
two years; `hardest` holds only liquid puts out of the money at 30 to 89 days, so that no cheap filter
spares a single row the pricing; `condors` holds both rights out of the money, all liquid, of which the primary
book builds condors from the nearest few strikes of every expiry it looks at.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np

from bench.measurement import Bar, Kind, Measurement, Timed, in_turns, timed
from tools.books.load import shipped_book
from tools.domain.chain import Chain
from tools.domain.contract import ExerciseStyle
from tools.domain.fact import Fact
from tools.domain.market import Conditions, InstrumentKind, UnderlyingFacts
from tools.domain.structure import StructureKind
from tools.pricing.european import value
from tools.pricing.quotes import quote_greeks
from tools.screening.holdings import Holdings
from tools.screening.screen import ScreenResult, screen

AS_OF = datetime(2026, 1, 15, 20, 45, tzinfo=UTC)
SPOT, RATE, DIVIDEND_YIELD = 6000.0, 0.04, 0.013
ROWS = 100_000
BOOK = shipped_book("cash_secured_put")
PRIMARY = shipped_book("primary")
CONDOR = StructureKind.IRON_CONDOR
NEAREST = 5
BAR = Bar(Kind.RATIO, 2.0)


def measure(rounds: int) -> Iterator[Measurement]:
    for name, chain in (("typical", typical(ROWS)), ("hardest", hardest(ROWS))):
        yield one_chain(name, chain, screened, rounds=rounds)
    yield one_chain("condors", both_wings(ROWS), condors, rounds=rounds)


def one_chain(name: str, chain: Chain, screening: Callable[[Chain], ScreenResult], *, rounds: int) -> Measurement:
    greeks, whole = in_turns(
        lambda: timed(lambda: quote_greeks(chain)), lambda: timed(lambda: screening(_unseen(chain))), rounds=rounds
    )
    result = screening(chain)
    return Measurement(
        name=f"screening, {name}",
        base=Timed("all Greeks alone", greeks),
        real=Timed("screen with Greeks", whole),
        bar=BAR,
        note=f"{len(chain):,} rows, {result.considered:,} admissible, {result.units:,} units, "
        f"{result.passed:,} passed",
    )


def _unseen(chain: Chain) -> Chain:
    """The same quotes as they come from a source: a chain keeps what a screen has worked out of it."""
    return replace(chain)


def screened(chain: Chain) -> ScreenResult:
    return screen(
        chain,
        facts=FACTS,
        conditions=CONDITIONS,
        holdings=Holdings(nav=1e8, free_cash=1e8, free_shares={}, sector_exposure={}),
        structure=BOOK.structure[0],
        criteria=BOOK.criteria,
        clock=BOOK.clock,
        book=BOOK.name,
        snapshot="",
        best_k=BOOK.best_k,
    )


def condors(chain: Chain) -> ScreenResult:
    """The primary book's condors, from more strikes than it asks for."""
    return screen(
        chain,
        facts=FACTS.model_copy(update={"iv_rank": Fact.known(70.0, source="bench")}),
        conditions=CONDITIONS,
        holdings=Holdings(nav=1e8, free_cash=1e8, free_shares={}, sector_exposure={}),
        structure=CONDOR,
        criteria=PRIMARY.criteria_of(CONDOR),
        strikes=PRIMARY.strikes.model_copy(update={"nearest": NEAREST}),
        clock=PRIMARY.clock,
        book=PRIMARY.name,
        snapshot="",
        best_k=PRIMARY.best_k,
    )


def typical(rows: int) -> Chain:
    """50 expiries over two years, both rights, strikes from half to one and a half times spot."""
    rng = np.random.default_rng(1)
    days = np.sort(rng.choice(np.arange(1, 730), 50, replace=False))
    strike = SPOT * np.linspace(0.5, 1.5, rows // 100)
    grid = np.meshgrid(days, strike, np.array([1, -1]), indexing="ij")
    return quoted(*(axis.ravel() for axis in grid), thinning=True)


def hardest(rows: int) -> Chain:
    days = np.arange(30, 90)
    strike = SPOT * np.linspace(0.90, 0.999, rows // len(days))
    grid = np.meshgrid(days, strike, np.array([-1]), indexing="ij")
    return quoted(*(axis.ravel() for axis in grid), thinning=False)


def both_wings(rows: int) -> Chain:
    days = np.arange(30, 60)
    wing = np.linspace(0.001, 0.25, rows // len(days) // 2)
    grid = np.meshgrid(days, np.round(SPOT * np.concatenate([1 - wing[::-1], 1 + wing]), 2), indexing="ij")
    day, strike = (axis.ravel() for axis in grid)
    return quoted(day, strike, np.where(strike < SPOT, -1, 1), thinning=False)


def quoted(days: np.ndarray, strike: np.ndarray, right: np.ndarray, *, thinning: bool) -> Chain:
    """Fair quotes on a skewed smile; liquidity falls away from the money where `thinning`."""
    n = len(strike)
    rng = np.random.default_rng(2)
    years = days / 365
    distance = np.log(strike / SPOT) / np.sqrt(years)
    vol = 0.16 - 0.10 * np.tanh(distance) + 0.05 * distance**2 / (1 + distance**2)
    fair = value(
        right=right, spot=SPOT, strike=strike, years=years, rate=RATE, dividend_yield=DIVIDEND_YIELD, vol=vol
    ).price
    depth = np.exp(-4 * np.abs(distance)) if thinning else np.ones(n)
    half = 0.01 * fair / np.maximum(depth, 0.05) if thinning else 0.01 * fair
    return Chain(
        underlying="SPX",
        as_of=AS_OF,
        spot=SPOT,
        rate=RATE,
        dividend_yield=DIVIDEND_YIELD,
        style=ExerciseStyle.EUROPEAN,
        source="bench",
        feed="bench",
        root=np.full(n, "SPXW"),
        expiry=np.datetime64(AS_OF.date(), "D") + days,
        right=right.astype(np.int8),
        strike=strike,
        bid=np.maximum(np.round(fair - half, 2), 0.0),
        ask=np.asarray(np.round(fair + half, 2) + 0.01, dtype=np.float64),
        last=fair,
        volume=np.floor(rng.exponential(400, n) * depth) + (0 if thinning else 100),
        open_interest=np.floor(rng.exponential(4000, n) * depth) + (0 if thinning else 1000),
        feed_iv=vol,
        feed_delta=np.full(n, np.nan),
        filled=np.zeros(n, dtype=np.bool_),
    )


_NONE = Fact[float].not_applicable("index")
FACTS = UnderlyingFacts(
    symbol="SPX",
    name="S&P 500",
    kind=InstrumentKind.INDEX,
    broad_index=True,
    sector=Fact[str].not_applicable("index"),
    rating=Fact[str].not_applicable("index"),
    earnings=Fact.not_applicable("index"),
    iv_rank=_NONE,
    iv_percentile=_NONE,
    put_call_ratio=_NONE,
    sector_put_call_ratio=_NONE,
    sma_20=_NONE,
    rsi_14=_NONE,
    realised_vol=_NONE,
    beta=_NONE,
)
CONDITIONS = Conditions(
    vix=Fact.known(18.0, source="bench"), average_correlation=_NONE, blackouts=Fact.known((), source="bench")
)
