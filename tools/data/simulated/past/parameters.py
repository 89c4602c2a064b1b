"""The parameters of the simulated past, read from `past.toml` and `underlyings.toml` beside this file.

The six funds and the single names are those of the embedded market: their betas, mean volatilities, smiles,
dividend yields, earnings calendars and sectors are taken from there.
"""

from __future__ import annotations

import tomllib
from datetime import date, time
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import Field

from tools.data.simulated import parameters as embedded
from tools.data.simulated.parameters import Liquidity, Listed
from tools.domain.value import Value


class Part(StrEnum):
    """How a symbol's price comes about."""

    MARKET = "market"  # the driver itself
    TENTH = "tenth"  # a tenth of it
    FUND = "fund"  # a tenth of it, with dividends paid out: no moves of its own
    VOLATILITY = "volatility"  # the volatility index
    BILLS = "bills"  # a fund of Treasury bills
    COIN = "coin"  # trades around the clock
    NAME = "name"  # beta, sector and own moves


PARTS = {
    "SPX": Part.MARKET, "XSP": Part.TENTH, "SPY": Part.FUND, "VIX": Part.VOLATILITY, "BIL": Part.BILLS,
    "BTC": Part.COIN, "ETH": Part.COIN,
}  # fmt: skip


class IndexVolatility(Value):
    """The path-dependent volatility index; speeds per year, half-life in sessions, the rest in `past.toml`."""

    level: float
    trend: float
    turbulence: float
    trend_speeds: tuple[float, float]
    trend_slow: float = Field(ge=0, le=1)
    turbulence_speeds: tuple[float, float]
    turbulence_slow: float = Field(ge=0, le=1)
    own_half_life: float = Field(gt=0)
    own_sd: float = Field(ge=0)


class Term(Value):
    speed: float = Field(gt=0)
    anchor_share: float = Field(ge=0, le=1)
    half_life: float = Field(gt=0)


class SmileDynamics(Value):
    elasticity: float


class OwnVolatility(Value):
    """An EGARCH(1,1) of log volatility: keep, size and sign of a shock, its degrees of freedom."""

    keep: float = Field(gt=0, lt=1)
    size: float = Field(ge=0)
    sign: float
    tail: int = Field(gt=2)
    market: float


class VolatilityOptions(Value):
    vol: float = Field(gt=0)
    level: float
    normal: float = Field(gt=0)
    speed: float = Field(gt=0)
    skew: float = Field(gt=-1, lt=1)
    wing: float = Field(gt=0)


class ListingRule(Value):
    """Standard deviations of strikes below and above the prices of a life; the strike intervals there are."""

    down: float = Field(gt=0)
    up: float = Field(gt=0)
    ladder: tuple[float, ...]


class Depth(Liquidity):
    """A liquidity class of the past: `near` and `far` strike intervals as shares of the price."""

    stress: float = Field(ge=0)
    weekdays: tuple[int, ...]
    days_ahead: int = Field(ge=0)
    near: float = Field(gt=0)
    far: float = Field(gt=0)


class ReleaseRule(Value):
    """A release on the first such weekday (0 Monday) from each (month, day) on, at a New York time."""

    time: time
    weekday: int = Field(ge=0, le=6)
    starts: tuple[tuple[int, int], ...] = Field(alias="from")


class Parameters(Value):
    """Everything the files say; units stand beside their keys. `start` the price at the first session."""

    earliest_vol: float = Field(gt=0)
    index_yield: float
    realised_share: float = Field(gt=0)
    pull_half_life: float = Field(gt=0)
    overnight_share: float = Field(ge=0, le=1)
    announcement_horizon: int = Field(gt=0)
    index_vol: IndexVolatility
    term: Term
    smile: SmileDynamics
    own: OwnVolatility
    vix: VolatilityOptions
    listing: ListingRule
    liquidity: dict[str, Depth]
    rates: dict[date, float]
    releases: dict[str, ReleaseRule]
    sector_peers: dict[str, tuple[float, ...]]
    hours_before: float
    hours_after: float
    listed: dict[str, Listed]
    start: dict[str, float]

    @property
    def symbols(self) -> tuple[str, ...]:
        return tuple(self.listed)

    def column(self, symbol: str) -> int:
        return self.symbols.index(symbol)

    def depth(self, listed: Listed) -> Depth | None:
        """The liquidity class; None where nothing is listed on it."""
        return self.liquidity.get(listed.liquidity)


def part_of(symbol: str) -> Part:
    return PARTS.get(symbol, Part.NAME)


def dividend_yield(listed: Listed) -> float:
    """Dividends of a year over the price they were stated at."""
    paid = listed.dividend
    return paid.cash * 12 / paid.months / listed.level if paid else 0.0


@cache
def load_parameters() -> Parameters:
    """The parameters as shipped."""
    ours, market = _read("underlyings.toml"), embedded.load_parameters()
    added = {symbol: Listed.model_validate({"symbol": symbol, **each}) for symbol, each in ours["listed"].items()}
    rules = _read("past.toml")
    rates = {date.fromisoformat(day): rate for day, rate in rules.pop("rates").items()}
    return Parameters.model_validate(
        {
            **rules,
            "rates": rates,
            "sector_peers": market.sector_peers,
            "hours_before": market.events.hours_before,
            "hours_after": market.events.hours_after,
            "listed": {**added, **market.underlying},
            "start": ours["start"],
        }
    )


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name(name).read_text(encoding="utf-8"))
