"""The parameters of the embedded market, read from `market.toml` and `underlyings.toml` beside this file."""

from __future__ import annotations

import tomllib
from datetime import date, time
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import Field

from tools.domain.market import InstrumentKind
from tools.domain.value import Value


class Volatility(Value):
    """How implied volatility moves: half-life in sessions, standard deviations of log volatility."""

    half_life: float = Field(gt=0)
    common_sd: float = Field(ge=0)
    own_sd: float = Field(ge=0)
    leverage: float = Field(ge=-1, le=1)
    term_speed: float = Field(gt=0)


class Liquidity(Value):
    """A liquidity class. `width` is bid-ask in units of volatility × vega, `turnover` volume / open interest."""

    width: float = Field(gt=0)
    open_interest: float = Field(gt=0)
    turnover: float = Field(gt=0)
    weeklies: int = Field(ge=0)
    monthlies: int = Field(ge=1)
    leaps: int = Field(ge=0)


class Smile(Value):
    """30-day at-the-money volatility on the base date and its long-run mean; rho and eta of the SSVI surface.

    `skew` < 0 lifts puts. wing·(1 + |skew|) ≤ 2 keeps the surface free of butterfly arbitrage
    (Gatheral and Jacquier 2014, theorem 4.2 and remark 4.4).
    """

    now: float = Field(gt=0)
    normal: float = Field(gt=0)
    skew: float = Field(gt=-1, lt=1)
    wing: float = Field(gt=0, le=1)


class CashDividend(Value):
    """`cash` per share every `months` months; `ex` is one ex-date of the schedule."""

    cash: float = Field(gt=0)
    ex: date
    months: int = Field(ge=1)


class Announcement(Value):
    """One earnings date of a quarterly schedule and the standard deviation of the log return it brings."""

    date: date
    move: float = Field(ge=0)


class Listed(Value):
    """One underlying. `steps` are the strike intervals near the money within ten weeks, and elsewhere."""

    symbol: str
    name: str
    kind: InstrumentKind = InstrumentKind.STOCK
    broad_index: bool = False
    sector: str | None = None
    sector_weights: dict[str, float] = Field(default_factory=dict)
    rating: str | None = None
    level: float = Field(gt=0)
    beta: float
    residual_sector: float = Field(default=0.40, ge=0, le=1)
    vol: Smile
    dividend: CashDividend | None = None
    earnings: Announcement | None = None
    liquidity: str
    depth: float = Field(default=1.0, gt=0)
    put_call: float = Field(gt=0)
    steps: tuple[float, float]

    @property
    def is_stock(self) -> bool:
        return self.kind is InstrumentKind.STOCK


class Release(Value):
    """A scheduled publication: its days and its New York time."""

    time: time
    dates: tuple[date, ...]


class Events(Value):
    """The economic calendar: what it covers and how wide a window stands around each release."""

    covers: tuple[date, date]
    hours_before: float = Field(ge=0)
    hours_after: float = Field(ge=0)
    releases: dict[str, Release]


class Endowment(Value):
    """The shares the demonstration account holds."""

    shares: dict[str, int]


class Parameters(Value):
    """Everything the two files say; units stand beside their keys."""

    base_date: date
    first_session: date
    rate: float
    drift: float
    realised_share: float = Field(gt=0)
    vix_ratio: float = Field(gt=0)
    announcement_horizon: int = Field(gt=0)
    volatility: Volatility
    liquidity: dict[str, Liquidity]
    sector_peers: dict[str, tuple[float, ...]]
    events: Events
    account: Endowment
    underlying: dict[str, Listed]

    @property
    def symbols(self) -> tuple[str, ...]:
        return tuple(self.underlying)


@cache
def load_parameters() -> Parameters:
    """The parameters as shipped."""
    listed = {symbol: {"symbol": symbol, **entry} for symbol, entry in _read("underlyings.toml").items()}
    return Parameters.model_validate({**_read("market.toml"), "underlying": listed})


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name(name).read_text(encoding="utf-8"))
