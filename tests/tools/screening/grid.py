"""A listed grid of both rights on a skewed smile, as structures of several legs need one."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import numpy as np

from tests.tools.screening.samples import AS_OF, TODAY, make_facts, make_holdings
from tools.domain.chain import Chain, Dividend
from tools.domain.contract import ExerciseStyle
from tools.domain.market import UnderlyingFacts
from tools.pricing.european import value
from tools.screening.holdings import Holdings

RATE = 0.04


def grid_chain(
    *,
    spot: float = 100.0,
    days: tuple[int, ...] = (45,),
    step: float = 1.0,
    reach: float = 0.25,
    roots: tuple[str, ...] = ("XOM",),
    style: ExerciseStyle = ExerciseStyle.EUROPEAN,
    half_spread: float = 0.005,
    vol: float = 0.25,
    **columns: Any,
) -> Chain:
    """Every strike of `step` within `reach` of spot, quoted `half_spread` (a fraction) around fair."""
    strikes = np.arange(np.ceil(spot * (1 - reach) / step), spot * (1 + reach) / step) * step
    axes = np.meshgrid(np.array(days), np.arange(len(roots)), strikes, np.array([-1, 1]), indexing="ij")
    gap, place, strike, right = (axis.ravel() for axis in axes)
    smile = vol * (1 - 0.8 * np.log(strike / spot) + 1.5 * np.log(strike / spot) ** 2)
    years = np.maximum(gap, 0.2) / 365
    fair = value(right=right, spot=spot, strike=strike, years=years, rate=RATE, dividend_yield=0.0, vol=smile).price
    n = len(strike)
    given: dict[str, Any] = {
        "bid": fair * (1 - half_spread), "ask": fair * (1 + half_spread), "volume": 250.0, "open_interest": 640.0,
        "filled": False, "root": np.array(roots)[place], **columns,
    }  # fmt: skip
    full = {name: np.array(np.broadcast_to(np.asarray(column), (n,))) for name, column in given.items()}
    return Chain(
        underlying="XOM", as_of=AS_OF, spot=spot, rate=RATE, dividend_yield=0.0, style=style, source="test",
        feed="test", expiry=np.array([TODAY + timedelta(days=int(d)) for d in gap], dtype="datetime64[D]"),
        right=right.astype(np.int8), strike=strike, last=fair, feed_iv=np.full(n, np.nan),
        feed_delta=np.full(n, np.nan), **full,
    )  # fmt: skip


def random_grid(rng: np.random.Generator, *, days: tuple[int, ...]) -> Chain:
    """A grid full of holes: gap-filled rows, missing bids, unknown counts, adjusted roots, missing strikes."""
    roots = ("XOM", "XOMW", "XOM1")[: int(rng.integers(1, 4))]
    spot = float(rng.uniform(60, 200))
    plain = grid_chain(
        spot=spot,
        days=days,
        roots=roots,
        step=float(rng.choice([1.0, 2.5])),
        reach=float(rng.uniform(0.08, 0.2)),
        style=ExerciseStyle.EUROPEAN if rng.random() < 0.5 else ExerciseStyle.AMERICAN,
        vol=float(rng.uniform(0.15, 0.5)),
    )
    listed = plain.take(np.flatnonzero(rng.random(len(plain)) > 0.1))
    n = len(listed)
    holes = rng.random((4, n))
    half = listed.mid * rng.uniform(0.0, 0.035, n)
    bid = np.where(holes[0] < 0.03, 0.0, np.where(holes[0] > 0.98, np.nan, listed.mid - half))
    columns = {
        "bid": np.round(bid, 2), "ask": np.round(listed.mid + half, 2), "filled": holes[3] < 0.03,
        "volume": np.where(holes[1] < 0.06, np.nan, rng.integers(0, 90, n)),
        "open_interest": np.where(holes[2] < 0.06, np.nan, rng.integers(0, 2000, n)),
    }  # fmt: skip
    from dataclasses import replace

    dividends = (Dividend(TODAY + timedelta(days=3), 0.9),) if rng.random() < 0.5 else ()
    return replace(listed, **columns, dividends=dividends)


def random_world(rng: np.random.Generator) -> tuple[UnderlyingFacts, Holdings]:
    from tests.tools.screening.samples import known
    from tools.domain.fact import Fact

    def sometimes(number: float) -> Any:
        return known(number) if rng.random() < 0.85 else Fact[float].unknown("no source")

    facts = make_facts(
        iv_rank=sometimes(float(rng.uniform(30, 100))), rsi_14=sometimes(float(rng.uniform(30, 70))),
        sma_20=sometimes(float(rng.uniform(60, 200))), broad_index=bool(rng.random() < 0.5),
    )  # fmt: skip
    cash = float(rng.uniform(100, 20_000)) if rng.random() < 0.9 else None
    return facts, make_holdings(free_cash=cash)
