"""One instant of the market: chains, facts about each underlying, and the day's general conditions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from functools import cached_property

from pydantic import Field

from tools.domain.chain import Chain, SourceCounts
from tools.domain.fact import Fact
from tools.domain.value import Value


class InstrumentKind(StrEnum):
    """bills: a fund of Treasury bills, cash that earns; coin: a crypto currency or a fund of one."""

    STOCK = "stock"
    ETF = "etf"
    INDEX = "index"
    BILLS = "bills"
    COIN = "coin"

    @property
    def has_sectors(self) -> bool:
        """Bills and coins belong to no sector of the stock market."""
        return self not in {InstrumentKind.BILLS, InstrumentKind.COIN}


class UnderlyingFacts(Value):
    """What is known of one underlying besides its quotes.

    iv_rank, iv_percentile 0-100; ratios plain; volatilities decimals per year; beta to SPY;
    `earnings` the announced dates from today on; `rating` a long-term issuer rating (AAA … D).
    `macd` is the histogram of MACD (12, 26, 9) as a share of the price, positive in rising momentum.
    `day_change` is the price over the last close, less 1, with its sign.
    `sector` is a GICS sector name; `sector_weights` look-through weights of a fund, empty when unknown.
    """

    symbol: str
    name: str
    kind: InstrumentKind
    broad_index: bool = False
    sector: Fact[str]
    sector_weights: dict[str, float] = Field(default_factory=dict)
    rating: Fact[str]
    earnings: Fact[tuple[date, ...]]
    iv_rank: Fact[float]
    iv_percentile: Fact[float]
    put_call_ratio: Fact[float]
    sector_put_call_ratio: Fact[float]
    sma_20: Fact[float]
    rsi_14: Fact[float]
    realised_vol: Fact[float]
    beta: Fact[float]
    macd: Fact[float] = Fact[float].unknown("no daily closes are at hand")
    day_change: Fact[float] = Fact[float].unknown("no close of the day before is at hand")

    @cached_property
    def weights_by_sector(self) -> Fact[dict[str, float]]:
        """A fund's look-through where known, else 1 in its own sector.

        Indices and broad-index funds whose weights are not known are exempt (spec F, preamble).
        """
        if self.sector_weights:
            return Fact.known(dict(self.sector_weights), source="look-through")
        if self.sector.value is not None:
            return Fact.known({self.sector.value: 1.0}, source=self.sector.source)
        if not self.kind.has_sectors:
            return Fact.not_applicable(f"{self.kind.value} belong to no sector")
        if self.kind is InstrumentKind.INDEX or self.broad_index:
            return Fact.not_applicable("a broad index without known weights is exempt")
        return Fact.unknown(self.sector.reason or "its sector is not known")


class EventWindow(Value):
    """A blackout: no new trade from `start` to `end`."""

    name: str
    start: datetime
    end: datetime


class Conditions(Value):
    """The day's general conditions. `vix` in points; `blackouts` unknown when no calendar is configured."""

    vix: Fact[float]
    average_correlation: Fact[float]
    blackouts: Fact[tuple[EventWindow, ...]]


@dataclass(frozen=True, eq=False)
class Snapshot:
    """Everything one scan sees. `fingerprint` is a SHA-256 over its content.

    `embedded` is true only for the unperturbed embedded day; `simulated` for any invented market.
    `adjustments` tells by underlying the first announced day on which its contracts are adjusted (a split, a
    special dividend); an underlying is not in it where none is announced, or no source tells of any.
    `halted` are the underlyings whose source says that they are not traded now; few sources say it of any.
    """

    as_of: datetime
    source: str
    simulated: bool
    embedded: bool
    chains: dict[str, Chain]
    facts: dict[str, UnderlyingFacts]
    conditions: Conditions
    counts: SourceCounts
    fingerprint: str
    notes: tuple[str, ...] = field(default=())
    adjustments: Mapping[str, date] = field(default_factory=dict)
    halted: frozenset[str] = frozenset()

    @cached_property
    def by_root(self) -> Mapping[str, tuple[Chain, ...]]:
        """The chains that list contracts of each OCC root, in their order."""
        found: dict[str, tuple[Chain, ...]] = {}
        for chain in self.chains.values():
            for root in chain.listing.roots:
                found[root] = (*found.get(root, ()), chain)
        return found
