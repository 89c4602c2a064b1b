"""The positions of an account as the columns that tails are measured on.

positions with their terms and vols, what is known of how underlyings move ─→ holdings · assets
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np

from tools.calendar.expiries import expiry_instant, settlement_of
from tools.calendar.trading_time import Clock, year_fraction
from tools.domain.contract import ExerciseStyle, OptionContract
from tools.domain.market import UnderlyingFacts
from tools.portfolio.positions import Positions, Priced
from tools.pricing.dividends import upcoming
from tools.risk.tail.holdings import Assets, Holdings


@dataclass(frozen=True)
class Moves:
    """How underlyings are known to move; what is not in it is unknown.

    daily_vol    standard deviation of a day's log return, by symbol
    correlation  of daily log returns, by pair of symbols, either way round
    """

    daily_vol: Mapping[str, float] = field(default_factory=dict)
    correlation: Mapping[tuple[str, str], float] = field(default_factory=dict)

    def between(self, one: str, other: str) -> float:
        if one == other:
            return 1.0
        told = self.correlation.get((one, other))
        return self.correlation.get((other, one), math.nan) if told is None else told


def columns(
    read: Positions, facts: Mapping[str, UnderlyingFacts], moves: Moves, *, as_of: datetime
) -> tuple[Holdings, Assets]:
    """What is held, and the underlyings that it is held of, in the order of first appearance."""
    symbols = tuple(dict.fromkeys(each.held.underlying for each in read.priced))
    place = {symbol: row for row, symbol in enumerate(symbols)}
    against = {each.held.underlying: each for each in reversed(read.priced)}
    return (
        _holdings(read.priced, place, as_of),
        _assets(symbols, against, facts, moves, as_of),
    )


def _holdings(priced: tuple[Priced, ...], place: Mapping[str, int], as_of: datetime) -> Holdings:
    contracts = [each.held.contract for each in priced]
    return Holdings(
        symbols=tuple(each.held.symbol for each in priced),
        asset=np.array([place[each.held.underlying] for each in priced], dtype=np.int64),
        units=np.array([each.held.quantity * each.held.multiplier for each in priced], dtype=np.float64),
        right=np.array([0.0 if each is None else each.right.sign for each in contracts]),
        strike=np.array([math.nan if each is None else each.strike for each in contracts]),
        years=np.array([math.nan if each is None else _years(each, as_of) for each in contracts]),
        vol=np.array([each.greeks.iv for each in priced], dtype=np.float64),
        american=np.array([c is not None and c.style is ExerciseStyle.AMERICAN for c in contracts], dtype=np.bool_),
    )


def _years(contract: OptionContract, as_of: datetime) -> float:
    instant = expiry_instant(contract.expiry, settlement_of(contract.root).value)
    return year_fraction(as_of, instant, Clock.CALENDAR_365)


def _assets(
    symbols: tuple[str, ...],
    against: Mapping[str, Priced],
    facts: Mapping[str, UnderlyingFacts],
    moves: Moves,
    as_of: datetime,
) -> Assets:
    terms = [against[symbol].terms for symbol in symbols]
    paying = {
        row: upcoming(each.dividends, as_of=as_of)
        for row, each in enumerate(terms)
        if each is not None and each.dividends
    }
    return Assets(
        symbols=symbols,
        spot=np.array([_spot(against[symbol]) for symbol in symbols]),
        rate=np.array([math.nan if each is None else each.rate for each in terms]),
        dividend_yield=np.array([math.nan if each is None else each.dividend_yield for each in terms]),
        daily_vol=np.array([moves.daily_vol.get(symbol, math.nan) for symbol in symbols]),
        beta=np.array([_beta(facts.get(symbol)) for symbol in symbols]),
        correlation=np.array([moves.between(a, b) for a in symbols for b in symbols]).reshape(2 * (len(symbols),)),
        sectors=tuple(_sector(facts.get(symbol)) for symbol in symbols),
        dividend_years={row: each["dividend_years"] for row, each in paying.items()},
        dividend_cash={row: each["dividend_cash"] for row, each in paying.items()},
    )


def _spot(priced: Priced) -> float:
    return priced.held.mark if priced.terms is None else priced.terms.spot


def _beta(facts: UnderlyingFacts | None) -> float:
    return math.nan if facts is None or facts.beta.value is None else facts.beta.value


def _sector(facts: UnderlyingFacts | None) -> str:
    return "" if facts is None or facts.broad_index or facts.sector.value is None else facts.sector.value
