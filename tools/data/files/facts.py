"""What a chain file tells of its underlyings and of the day besides quotes: little, and it says so."""

from __future__ import annotations

from typing import Any

import numpy as np

from tools.data.reference import Instrument
from tools.domain.chain import Chain, FloatArray
from tools.domain.fact import Fact
from tools.domain.market import Conditions, InstrumentKind, UnderlyingFacts

_SILENT = "a single-chain file does not tell"


def underlying_facts(instrument: Instrument, chain: Chain | None) -> UnderlyingFacts:
    """The reference table's facts, the chain's own put/call ratio, and `unknown` for all else.

    `chain` is None for an underlying that is only held.
    """
    unknown: Fact[Any] = Fact.unknown(_SILENT)
    company = unknown
    if instrument.kind is not InstrumentKind.STOCK:
        kind = "index" if instrument.kind is InstrumentKind.INDEX else "fund"
        company = Fact.not_applicable(
            f"{instrument.symbol} is an {kind}" if kind == "index" else f"{instrument.symbol} is a {kind}"
        )
    return UnderlyingFacts(
        symbol=instrument.symbol,
        name=instrument.name,
        kind=instrument.kind,
        broad_index=instrument.broad_index,
        sector=instrument.sector,
        rating=company,
        earnings=company,
        iv_rank=unknown,
        iv_percentile=unknown,
        put_call_ratio=Fact.unknown("no chain of it at hand") if chain is None else put_call_ratio(chain),
        sector_put_call_ratio=company,
        sma_20=unknown,
        rsi_14=unknown,
        realised_vol=unknown,
        beta=unknown,
    )


def put_call_ratio(chain: Chain) -> Fact[float]:
    """Puts over calls by volume, by open interest where the file has no volume."""
    for name, counts in (("volume", chain.volume), ("open interest", chain.open_interest)):
        calls, puts = _total(counts, chain.right > 0), _total(counts, chain.right < 0)
        if calls > 0 and np.isfinite(puts):
            return Fact.known(puts / calls, source=f"{chain.source}: {name} of its rows", as_of=chain.as_of)
    return Fact.unknown("its source counts no traded or open calls")


def conditions() -> Conditions:
    """The day at large, of which a chain file says nothing."""
    return Conditions(
        vix=Fact.unknown(_SILENT),
        average_correlation=Fact.unknown(_SILENT),
        blackouts=Fact.unknown("no calendar of events is configured"),
    )


def _total(counts: FloatArray, rows: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> float:
    """The sum of the known counts, NaN where none is known."""
    known = counts[rows & np.isfinite(counts)]
    return float(known.sum()) if len(known) else float("nan")
