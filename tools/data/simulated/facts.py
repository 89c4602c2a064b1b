"""What the embedded market says of its underlyings and of the day, read off its own path and chains."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np

from tools.data import technicals
from tools.data.simulated.chain import SOURCE, Instant
from tools.data.simulated.noise import FloatArray
from tools.data.simulated.parameters import Listed
from tools.data.simulated.path import MARKET, DailyPath
from tools.data.simulated.schedule import announcements, event_windows
from tools.domain.chain import Chain, new_york_date
from tools.domain.fact import Fact
from tools.domain.market import Conditions, EventWindow, InstrumentKind, UnderlyingFacts

NONE_TO_HAVE = {InstrumentKind.ETF: "a fund has none", InstrumentKind.INDEX: "an index has none"}
NO_OPTIONS = "no options are listed on it"


@dataclass(frozen=True, eq=False)
class Outlook:
    """What a simulated market knows at one instant: its path so far, what it lists, the calendar ahead.

    `vix` in points; `peers` put/call ratios of sector members without a chain; `horizon` days ahead that
    earnings dates are announced.
    """

    as_of: datetime
    source: str
    path: DailyPath
    listed: Mapping[str, Listed]
    peers: Mapping[str, tuple[float, ...]]
    horizon: int
    vix: float
    blackouts: Fact[tuple[EventWindow, ...]]


def embedded_outlook(instant: Instant) -> Outlook:
    """The outlook of the embedded market."""
    parameters, path = instant.parameters, instant.path
    return Outlook(
        as_of=instant.as_of,
        source=SOURCE,
        path=path,
        listed=parameters.underlying,
        peers=parameters.sector_peers,
        horizon=parameters.announcement_horizon,
        vix=100 * parameters.vix_ratio * float(path.vol[-1, path.column(MARKET)]),
        blackouts=_blackouts(instant),
    )


def _blackouts(instant: Instant) -> Fact[tuple[EventWindow, ...]]:
    events = instant.parameters.events
    first, last = events.covers
    if not first <= instant.day <= last:
        return Fact[tuple[EventWindow, ...]].unknown(
            f"the embedded event calendar covers {first:%Y-%m-%d} to {last:%Y-%m-%d} only"
        )
    windows = event_windows(events, after=instant.as_of)
    return Fact[tuple[EventWindow, ...]].known(windows, source=SOURCE, as_of=instant.as_of)


class FactBook:
    """Facts of one instant. Figures are rounded so that every machine writes the same digits."""

    def __init__(self, outlook: Outlook, chains: Mapping[str, Chain]) -> None:
        self._outlook = outlook
        self._spots = {symbol: chain.spot for symbol, chain in chains.items()}
        self._optionable = {symbol for symbol, chain in chains.items() if len(chain)}
        self._ratios = {symbol: put_call_ratio(chain) for symbol, chain in chains.items()}

    def underlying(self, listed: Listed) -> UnderlyingFacts:
        path = self._outlook.path
        column = path.column(listed.symbol)
        closes = path.close[:, column].copy()
        closes[-1] = self._spots[listed.symbol]
        vols = path.vol[:, column]
        market = path.returns[:, path.column(MARKET)]
        return UnderlyingFacts(
            symbol=listed.symbol,
            name=listed.name,
            kind=listed.kind,
            broad_index=listed.broad_index,
            sector=self._sector(listed),
            sector_weights=listed.sector_weights,
            rating=self._rating(listed),
            earnings=self._earnings(listed),
            iv_rank=self._of_options(listed, technicals.volatility_rank(vols=vols), 2),
            iv_percentile=self._of_options(listed, technicals.volatility_percentile(vols=vols), 2),
            put_call_ratio=self._of_options(listed, self._ratios[listed.symbol], 3),
            sector_put_call_ratio=self._sector_ratio(listed),
            sma_20=self._figure(technicals.moving_average(closes=closes), 4),
            rsi_14=self._figure(technicals.relative_strength(closes=closes), 2),
            macd=self._figure(technicals.macd(closes=closes), 6),
            realised_vol=self._figure(technicals.realised_volatility(closes=closes), 4),
            beta=self._figure(technicals.regression_beta(returns=path.returns[:, column], market=market), 3),
            day_change=self._figure(technicals.day_change(closes=closes), 4),
        )

    def conditions(self) -> Conditions:
        path = self._outlook.path
        stocks = [path.column(each.symbol) for each in self._outlook.listed.values() if each.is_stock]
        correlation = technicals.average_correlation(returns=path.returns[:, stocks])
        return Conditions(
            vix=self._figure(self._outlook.vix, 2),
            average_correlation=self._figure(correlation, 4),
            blackouts=self._outlook.blackouts,
        )

    def _sector(self, listed: Listed) -> Fact[str]:
        return self._stated(listed.sector) if listed.sector else Fact[str].not_applicable(_none(listed))

    def _rating(self, listed: Listed) -> Fact[str]:
        if not listed.is_stock:
            return Fact[str].not_applicable(_none(listed))
        if listed.rating is None:
            return Fact[str].unknown(f"no agency rating of {listed.name} is at hand")
        return self._stated(listed.rating)

    def _earnings(self, listed: Listed) -> Fact[tuple[date, ...]]:
        if not listed.is_stock:
            return Fact[tuple[date, ...]].not_applicable(_none(listed))
        today = new_york_date(self._outlook.as_of)
        until = today + timedelta(days=self._outlook.horizon)
        days = announcements(listed.earnings, after=today - timedelta(days=1), until=until)
        return Fact[tuple[date, ...]].known(days, source=self._outlook.source, as_of=self._outlook.as_of)

    def _sector_ratio(self, listed: Listed) -> Fact[float]:
        """The plain mean over the sector's listed names and its members without a chain."""
        if not listed.is_stock or listed.sector is None:
            return Fact[float].not_applicable(_none(listed))
        members = [
            self._ratios[each.symbol]
            for each in self._outlook.listed.values()
            if each.is_stock and each.sector == listed.sector
        ]
        return self._figure(float(np.mean([*members, *self._outlook.peers[listed.sector]])), 3)

    def _stated(self, text: str) -> Fact[str]:
        return Fact[str].known(text, source=self._outlook.source, as_of=self._outlook.as_of)

    def _of_options(self, listed: Listed, value: float, digits: int) -> Fact[float]:
        if listed.symbol not in self._optionable:
            return Fact[float].not_applicable(NO_OPTIONS)
        return self._figure(value, digits)

    def _figure(self, value: float, digits: int) -> Fact[float]:
        source, as_of = self._outlook.source, self._outlook.as_of
        if math.isnan(value):
            return Fact[float].unknown(f"the {source} history is too short at this date")
        return Fact[float].known(round(value, digits), source=source, as_of=as_of)


def _none(listed: Listed) -> str:
    return NONE_TO_HAVE.get(listed.kind, "it belongs to none")


def put_call_ratio(chain: Chain) -> float:
    """Put volume over call volume of the whole chain; NaN where no call traded."""
    traded: FloatArray = chain.volume
    calls = float(np.nansum(traded[chain.right > 0]))
    return float(np.nansum(traded[chain.right < 0])) / calls if calls > 0 else math.nan
