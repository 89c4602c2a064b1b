"""The history as a source of market data: every underlying with fresh quotes at an instant.

as_of → chains (last snapshot ≤ as_of) ┐
      → vols of the year's earlier days ┤
      → daily prices known by then     ┼→ facts, conditions → Snapshot
      → VIX known by then              ┘
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from tools.data import technicals
from tools.data.files.facts import conditions, underlying_facts
from tools.data.fingerprint import market_fingerprint
from tools.data.reference import lookup
from tools.data.store.chains import ReadChain
from tools.data.store.daily import Bars
from tools.data.store.history import History
from tools.data.store.vols import stand
from tools.domain.chain import Chain, SourceCounts, new_york_date
from tools.domain.errors import DataError
from tools.domain.fact import Fact
from tools.domain.market import Conditions, Snapshot, UnderlyingFacts

_SOURCE = "history of daily prices"
_BENCHMARK = "SPY"


@dataclass(frozen=True, slots=True)
class StoredMarket:
    """The history in a folder, as a market. `symbols` keeps it to some underlyings; empty means all."""

    folder: Path
    symbols: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return "store"

    @property
    def simulated(self) -> bool:
        """A history may hold both; each snapshot says it of itself."""
        return False

    def snapshot(self, as_of: datetime | None) -> Snapshot:
        """The market as known at `as_of` (None: the latest instant); `DataError` where the history knows none."""
        with History.open(self.folder) as history:
            return read_snapshot(history, as_of, symbols=self.symbols)


def read_snapshot(history: History, as_of: datetime | None, *, symbols: tuple[str, ...] = ()) -> Snapshot:
    """All chains that were fresh at `as_of`, with what daily prices tell of their underlyings."""
    names = [each for each in history.underlyings() if not symbols or each in symbols]
    latest = {each: entry for each in names if (entry := history.entry(each, as_of)) is not None}
    if not latest:
        raise DataError(_nothing(history, as_of))
    moment = as_of or max(entry.as_of for entry in latest.values())
    read = {each: found for each in latest if (found := history.read(each, moment)) is not None}
    if not read:
        raise DataError(_nothing(history, as_of))
    moment = next(iter(read.values())).chain.as_of
    benchmark = history.daily.bars(_BENCHMARK, until=moment)
    facts = {
        each: _facts(history, each, found, benchmark, simulated=latest[each].simulated)
        for each, found in read.items()
    }
    day = _conditions(history, moment)
    chains = {each: found.chain for each, found in read.items()}
    return Snapshot(
        as_of=moment,
        source="store",
        simulated=any(latest[each].simulated for each in read),
        embedded=False,
        chains=chains,
        facts=facts,
        conditions=day,
        counts=_sum(read),
        fingerprint=market_fingerprint(as_of=moment, source="store", chains=chains, facts=facts, conditions=day),
        notes=tuple(note for found in read.values() for note in found.notes),
    )


def _nothing(history: History, as_of: datetime | None) -> str:
    """Why there is no market, and which as-of there is one at."""
    instants = sorted({instant for each in history.underlyings() for instant in history.instants(each)})
    if not instants:
        return f"The history in {history.folder} holds no chain yet; import one with `thetagate data import FILE`."
    if as_of is None:
        return f"The history in {history.folder} holds none of these underlyings."
    nearest = min(instants, key=lambda instant: abs(instant - as_of))
    return (
        f"The history has no fresh quotes at {as_of:%Y-%m-%d %H:%M} New York;"
        f" its nearest are of {nearest.astimezone(as_of.tzinfo):%Y-%m-%d}, give --as-of {nearest:%Y-%m-%d}."
    )


def _facts(
    history: History, symbol: str, read: ReadChain, benchmark: Bars | None, *, simulated: bool
) -> UnderlyingFacts:
    year = stand(history, symbol, read.chain, simulated=simulated)
    known = underlying_facts(lookup(symbol), read.chain).model_copy(
        update={"iv_rank": year.rank, "iv_percentile": year.percentile}
    )
    bars = history.daily.bars(symbol, until=read.chain.as_of)
    if bars is None:
        reason = f"the history has no daily prices of {symbol}"
        silent: dict[str, Fact[Any]] = {
            name: Fact.unknown(reason)
            for name in ("sma_20", "rsi_14", "realised_vol", "beta", "day_change", "macd")
        }
        return known.model_copy(update=silent)
    closes = bars.split_adjusted
    figures = {
        "macd": technicals.macd(closes=closes),
        "sma_20": technicals.moving_average(closes=closes),
        "rsi_14": technicals.relative_strength(closes=closes),
        "realised_vol": technicals.realised_volatility(closes=bars.total_return),
        "beta": _beta(bars, benchmark),
        "day_change": _day_change(bars, read.chain),
    }
    return known.model_copy(update={name: _figure(value, read.chain.as_of) for name, value in figures.items()})


def _day_change(bars: Bars, chain: Chain) -> float:
    """The chain's spot over the close of the session before its day, less 1."""
    before = bars.split_adjusted[bars.days < np.datetime64(new_york_date(chain.as_of), "D")]
    return chain.spot / float(before[-1]) - 1 if len(before) else float("nan")


def _beta(bars: Bars, benchmark: Bars | None) -> float:
    """The slope on the benchmark over the sessions both have."""
    if benchmark is None:
        return float("nan")
    _, ours, theirs = np.intersect1d(bars.days, benchmark.days, return_indices=True)
    if len(ours) < 2:
        return float("nan")
    returns, market = (np.diff(np.log(each)) for each in (bars.total_return[ours], benchmark.total_return[theirs]))
    return technicals.regression_beta(returns=returns, market=market)


def _conditions(history: History, moment: datetime) -> Conditions:
    bars = history.daily.bars("VIX", until=moment)
    if bars is None:
        return conditions().model_copy(update={"vix": Fact.unknown("the history has no daily values of the VIX")})
    vix = Fact.known(float(bars.close[-1]), source=f"{_SOURCE}: VIX of {bars.days[-1]}", as_of=moment)
    return conditions().model_copy(update={"vix": vix})


def _figure(value: float, as_of: datetime) -> Fact[float]:
    if not np.isfinite(value):
        return Fact.unknown("the history's daily prices are too few to say")
    return Fact.known(float(value), source=_SOURCE, as_of=as_of)


def _sum(read: Mapping[str, ReadChain]) -> SourceCounts:
    dropped: dict[str, int] = {}
    for found in read.values():
        for reason, size in found.counts.dropped.items():
            dropped[reason] = dropped.get(reason, 0) + size
    counts = [found.counts for found in read.values()]
    return SourceCounts(sum(each.rows for each in counts), sum(each.used for each in counts), dropped)
