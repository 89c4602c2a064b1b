"""A small, fully known market that single tests bend one thing of."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np

from tools.domain.chain import COLUMNS, Chain, SourceCounts
from tools.domain.contract import ExerciseStyle
from tools.domain.fact import Fact
from tools.domain.market import Conditions, InstrumentKind, Snapshot, UnderlyingFacts
from tools.screening.holdings import Holdings

AS_OF = datetime(2026, 1, 15, 20, 0, tzinfo=UTC)
TODAY = date(2026, 1, 15)


def known(value: Any) -> Any:
    return Fact.known(value, source="test", as_of=AS_OF)


def make_chain(
    strikes: Sequence[float],
    *,
    right: int = -1,
    days: int | Sequence[int] = 45,
    spot: float = 100.0,
    **columns: Any,
) -> Chain:
    """Puts (or calls) with one bid and ask unless `columns` says otherwise; scalars fill a column."""
    n = len(strikes)
    gap = np.broadcast_to(np.asarray(days), (n,))
    given: dict[str, Any] = {
        "root": "XOM", "bid": 1.00, "ask": 1.04, "last": 1.02, "volume": 250.0, "open_interest": 640.0,
        "feed_iv": np.nan, "feed_delta": np.nan, "filled": False, **columns,
    }  # fmt: skip
    scalars = {name: given.pop(name) for name in list(given) if name not in COLUMNS}
    return Chain(
        **{
            "underlying": "XOM", "as_of": AS_OF, "spot": spot, "rate": 0.04, "dividend_yield": 0.0,
            "style": ExerciseStyle.AMERICAN, "source": "test", "feed": "test", **scalars,
        },
        expiry=np.array([TODAY + timedelta(days=int(d)) for d in gap], dtype="datetime64[D]"),
        right=np.full(n, right, dtype=np.int8),
        strike=np.array(strikes, dtype=np.float64),
        **{name: np.array(np.broadcast_to(np.asarray(value), (n,))) for name, value in given.items()},
    )  # fmt: skip


def make_facts(**changes: Any) -> UnderlyingFacts:
    facts: dict[str, Any] = {
        "symbol": "XOM", "name": "Exxon Mobil", "kind": InstrumentKind.STOCK,
        "sector": known("Energy"), "rating": known("AA-"),
        "earnings": known((TODAY + timedelta(days=75),)),
        "iv_rank": known(45.0), "iv_percentile": known(40.0),
        "put_call_ratio": known(0.70), "sector_put_call_ratio": known(0.90),
        "sma_20": known(99.0), "rsi_14": known(52.0), "realised_vol": known(0.22), "beta": known(0.9),
        **changes,
    }  # fmt: skip
    return UnderlyingFacts(**facts)


def make_conditions(blackouts: Any = None) -> Conditions:
    return Conditions(
        vix=known(18.0), average_correlation=known(0.4), blackouts=known(()) if blackouts is None else blackouts
    )


def make_holdings(**changes: Any) -> Holdings:
    return Holdings(
        **{
            "nav": 1_000_000.0,
            "free_cash": 500_000.0,
            "free_shares": {"XOM": 300},
            "sector_exposure": {"Energy": 50_000.0},
            **changes,
        }
    )


def make_snapshot(*chains: Chain, facts: dict[str, UnderlyingFacts] | None = None) -> Snapshot:
    return Snapshot(
        as_of=AS_OF,
        source="test",
        simulated=True,
        embedded=False,
        chains={chain.underlying: chain for chain in chains},
        facts=facts or {chain.underlying: make_facts(symbol=chain.underlying) for chain in chains},
        conditions=make_conditions(),
        counts=SourceCounts(rows=0, used=0),
        fingerprint="f" * 64,
    )
