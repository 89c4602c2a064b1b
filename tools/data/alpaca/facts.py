"""What is known of an underlying besides its quotes: the reference table, its history, a fundamentals source."""

from __future__ import annotations

import math
from datetime import datetime
from typing import TypeVar

from tools.data.alpaca.assembly import SOURCE
from tools.data.alpaca.history import Figures
from tools.data.company import Company
from tools.data.files.facts import put_call_ratio
from tools.data.reference import Instrument
from tools.domain.chain import Chain
from tools.domain.fact import Fact
from tools.domain.market import InstrumentKind, UnderlyingFacts

T = TypeVar("T")

NO_PAST = "a year of implied volatilities of it is not stored yet"
NO_FUNDAMENTALS = "no source of fundamentals is configured"
NO_RATING = "no source at hand carries agency ratings"


def underlying_facts(
    instrument: Instrument, chain: Chain, figures: Figures, company: Company | None, *, no_figures: str
) -> UnderlyingFacts:
    """The facts of one underlying; `no_figures` says why its history is missing, where it is."""
    as_of = chain.as_of
    own_beta = _figure(figures.beta, as_of, no_figures)
    return UnderlyingFacts(
        symbol=instrument.symbol,
        name=company.name if company and instrument.note else instrument.name,
        kind=instrument.kind,
        broad_index=instrument.broad_index,
        sector=_sector(instrument, company),
        rating=_of_company(instrument, company.rating if company else Fact.unknown(NO_RATING)),
        earnings=_of_company(instrument, company.earnings if company else Fact.unknown(NO_FUNDAMENTALS)),
        iv_rank=Fact.unknown(NO_PAST),
        iv_percentile=Fact.unknown(NO_PAST),
        put_call_ratio=put_call_ratio(chain),
        sector_put_call_ratio=_of_company(instrument, Fact[float].unknown("the sector's chains are not at hand")),
        sma_20=_figure(figures.sma_20, as_of, no_figures),
        rsi_14=_figure(figures.rsi_14, as_of, no_figures),
        realised_vol=_figure(figures.realised_vol, as_of, no_figures),
        beta=company.beta if company and own_beta.is_unknown else own_beta,
        day_change=_figure(figures.day_change, as_of, no_figures),
        macd=_figure(figures.macd, as_of, no_figures),
    )


def _sector(instrument: Instrument, company: Company | None) -> Fact[str]:
    """The reference table's, which is GICS; a vendor's where the table does not know the name."""
    if instrument.sector.is_unknown and company is not None:
        return company.sector
    return instrument.sector


def _of_company(instrument: Instrument, fact: Fact[T]) -> Fact[T]:
    """A fact that only companies have."""
    if instrument.kind is InstrumentKind.STOCK:
        return fact
    kind = "an index" if instrument.kind is InstrumentKind.INDEX else "a fund"
    return Fact[T].not_applicable(f"{instrument.symbol} is {kind}")


def _figure(value: float, as_of: datetime, why_not: str) -> Fact[float]:
    if math.isnan(value):
        return Fact.unknown(why_not or "its history is too short")
    return Fact.known(value, source=f"{SOURCE} daily bars", as_of=as_of)
