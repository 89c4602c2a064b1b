"""What the embedded market says of its underlyings and of the day, read off its own path and chains."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date, timedelta

import numpy as np

from tools.data import technicals
from tools.data.simulated.chain import SOURCE, Instant
from tools.data.simulated.noise import FloatArray
from tools.data.simulated.parameters import Listed
from tools.data.simulated.path import MARKET
from tools.data.simulated.schedule import announcements, event_windows
from tools.domain.chain import Chain
from tools.domain.fact import Fact
from tools.domain.market import Conditions, EventWindow, UnderlyingFacts

FUND = "a fund has none"
SHORT_HISTORY = "the embedded history is too short at this date"


class FactBook:
    """Facts of one instant. Figures are rounded so that every machine writes the same digits."""

    def __init__(self, instant: Instant, chains: Mapping[str, Chain]) -> None:
        self._parameters, self._instant = instant.parameters, instant
        self._spots = {symbol: chain.spot for symbol, chain in chains.items()}
        self._ratios = {symbol: put_call_ratio(chain) for symbol, chain in chains.items()}

    def underlying(self, listed: Listed) -> UnderlyingFacts:
        path = self._instant.path
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
            sector=self._stated(listed.sector) if listed.sector else Fact[str].not_applicable(FUND),
            sector_weights=listed.sector_weights,
            rating=self._rating(listed),
            earnings=self._earnings(listed),
            iv_rank=self._figure(technicals.volatility_rank(vols=vols), 2),
            iv_percentile=self._figure(technicals.volatility_percentile(vols=vols), 2),
            put_call_ratio=self._figure(self._ratios[listed.symbol], 3),
            sector_put_call_ratio=self._sector_ratio(listed),
            sma_20=self._figure(technicals.moving_average(closes=closes), 4),
            rsi_14=self._figure(technicals.relative_strength(closes=closes), 2),
            realised_vol=self._figure(technicals.realised_volatility(closes=closes), 4),
            beta=self._figure(technicals.regression_beta(returns=path.returns[:, column], market=market), 3),
        )

    def conditions(self) -> Conditions:
        path = self._instant.path
        stocks = [path.column(each.symbol) for each in self._parameters.underlying.values() if each.is_stock]
        correlation = technicals.average_correlation(returns=path.returns[:, stocks])
        vix = 100 * self._parameters.vix_ratio * float(path.vol[-1, path.column(MARKET)])
        return Conditions(
            vix=self._figure(vix, 2),
            average_correlation=self._figure(correlation, 4),
            blackouts=self._blackouts(),
        )

    def _blackouts(self) -> Fact[tuple[EventWindow, ...]]:
        events, as_of = self._parameters.events, self._instant.as_of
        first, last = events.covers
        if not first <= self._instant.day <= last:
            return Fact[tuple[EventWindow, ...]].unknown(
                f"the embedded event calendar covers {first:%Y-%m-%d} to {last:%Y-%m-%d} only"
            )
        windows = event_windows(events, after=as_of)
        return Fact[tuple[EventWindow, ...]].known(windows, source=SOURCE, as_of=as_of)

    def _rating(self, listed: Listed) -> Fact[str]:
        if not listed.is_stock:
            return Fact[str].not_applicable(FUND)
        if listed.rating is None:
            return Fact[str].unknown(f"no agency rating of {listed.name} is at hand")
        return self._stated(listed.rating)

    def _earnings(self, listed: Listed) -> Fact[tuple[date, ...]]:
        if not listed.is_stock:
            return Fact[tuple[date, ...]].not_applicable(FUND)
        today = self._instant.day
        until = today + timedelta(days=self._parameters.announcement_horizon)
        days = announcements(listed.earnings, after=today - timedelta(days=1), until=until)
        return Fact[tuple[date, ...]].known(days, source=SOURCE, as_of=self._instant.as_of)

    def _sector_ratio(self, listed: Listed) -> Fact[float]:
        """The plain mean over the sector's listed names and its members without a chain."""
        if not listed.is_stock or listed.sector is None:
            return Fact[float].not_applicable(FUND)
        members = [
            self._ratios[each.symbol]
            for each in self._parameters.underlying.values()
            if each.is_stock and each.sector == listed.sector
        ]
        return self._figure(float(np.mean([*members, *self._parameters.sector_peers[listed.sector]])), 3)

    def _stated(self, text: str) -> Fact[str]:
        return Fact[str].known(text, source=SOURCE, as_of=self._instant.as_of)

    def _figure(self, value: float, digits: int) -> Fact[float]:
        if math.isnan(value):
            return Fact[float].unknown(SHORT_HISTORY)
        return Fact[float].known(round(value, digits), source=SOURCE, as_of=self._instant.as_of)


def put_call_ratio(chain: Chain) -> float:
    """Put volume over call volume of the whole chain; NaN where no call traded."""
    traded: FloatArray = chain.volume
    calls = float(np.nansum(traded[chain.right > 0]))
    return float(np.nansum(traded[chain.right < 0])) / calls if calls > 0 else math.nan
