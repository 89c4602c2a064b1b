"""Named stresses: what the book loses on a day like that one.

    stresses.toml → Stress → each underlying moved by its beta, its own vol or its sector → revalue → loss by name

A beta or a vol that is not known leaves the loss of that name unknown where a position depends on it.
"""

from __future__ import annotations

import math
import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
from pydantic import Field, model_validator

from tools.domain.value import Value
from tools.risk.tail.holdings import Assets, Holdings
from tools.risk.tail.revalue import revalue
from tools.risk.tail.shock import Shock

FloatArray = npt.NDArray[np.float64]
TABLE = Path(__file__).parent / "stresses.toml"


class Stress(Value):
    """One row of the table, whose head says what each field means."""

    name: str
    says: str
    index: float = Field(default=0.0, gt=-1)
    sigmas: float = 0.0
    vix: tuple[float, float] | None = None
    vol: float = Field(default=1.0, gt=0)
    rate: float = 0.0
    skew: float = 0.0
    sector: float | None = Field(default=None, gt=-1)
    dividends: float = Field(default=1.0, ge=0)
    spread: float = Field(default=0.0, ge=0)

    @model_validator(mode="after")
    def _one_way(self) -> Stress:
        if (self.index and self.sigmas) or (self.vix and self.vol != 1.0):
            raise ValueError(f"{self.name}: say index or sigmas, and vix or vol, not both")
        return self

    @property
    def vol_factor(self) -> float:
        return self.vol if self.vix is None else self.vix[1] / self.vix[0]


@dataclass(frozen=True)
class Stressed:
    """What the book loses under one stress: money, positive; `nan` with `because` where it is unknown."""

    stress: Stress
    loss: float
    by_position: FloatArray
    because: str = ""


@lru_cache
def stresses(path: Path = TABLE) -> tuple[Stress, ...]:
    """The table, in its order."""
    return tuple(Stress.model_validate(row) for row in tomllib.loads(path.read_text(encoding="utf-8"))["stress"])


def stressed(
    holdings: Holdings, assets: Assets, table: tuple[Stress, ...], *, half_spread: FloatArray | None = None
) -> tuple[Stressed, ...]:
    """Every stress of the table; `half_spread` (m,) is what leaving a position costs per share, `nan` unknown."""
    leaning = _leaning(holdings, assets)
    gains = np.empty((len(table), len(holdings)))
    for dividends in {each.dividends for each in table}:
        places = [place for place, each in enumerate(table) if each.dividends == dividends]
        gains[places] = revalue(holdings, assets, _shock([table[i] for i in places], assets, leaning, dividends)).T
    leaving = np.full(len(holdings), np.nan) if half_spread is None else np.abs(holdings.units) * half_spread
    for place, each in enumerate(table):
        if each.spread:
            gains[place] -= each.spread * leaving
    return tuple(_stressed(each, row, holdings, assets) for each, row in zip(table, gains, strict=True))


def _stressed(stress: Stress, gains: FloatArray, holdings: Holdings, assets: Assets) -> Stressed:
    unknown = np.flatnonzero(np.isnan(gains))
    if not len(unknown):
        return Stressed(stress, loss=-math.fsum(gains) + 0.0, by_position=gains)
    return Stressed(stress, math.nan, gains, because=_why(stress, int(unknown[0]), holdings, assets))


def _why(stress: Stress, row: int, holdings: Holdings, assets: Assets) -> str:
    """Why the first position of unknown gain has none."""
    symbol, asset = holdings.symbols[row], int(holdings.asset[row])
    if holdings.right[row] and math.isnan(holdings.vol[row]):
        return f"the volatility of {symbol} is unknown"
    if stress.spread:
        return f"the spread of {symbol} is unknown"
    missing = "daily volatility" if stress.sigmas else "beta"
    return f"the {missing} of {assets.symbols[asset]} is unknown"


def _shock(table: list[Stress], assets: Assets, leaning: str, dividends: float) -> Shock:
    """One path per stress."""
    return Shock(
        spot=np.stack([_moves(each, assets, leaning) for each in table]),
        vol_factor=np.array([each.vol_factor for each in table]),
        rate=np.array([each.rate for each in table]),
        skew=np.array([each.skew for each in table]),
        dividends=dividends,
    )


LEAST_MOVE = -0.99
"""No beta takes a price to nothing."""


def _moves(stress: Stress, assets: Assets, leaning: str) -> FloatArray:
    """(n,) log returns; nothing moves by an unknown beta where the index stands still."""
    if stress.sigmas:
        return stress.sigmas * assets.daily_vol
    simple = assets.beta * stress.index if stress.index else np.zeros(len(assets))
    if stress.sector is not None:
        inside = np.array([sector == leaning for sector in assets.sectors], dtype=np.bool_)
        simple = np.where(inside, stress.sector, simple)
    return np.asarray(np.log1p(np.maximum(simple, LEAST_MOVE)))


def _leaning(holdings: Holdings, assets: Assets) -> str:
    """The sector that most is held in, by Σ |units|·spot; "" without any."""
    weight = np.abs(holdings.units) * assets.spot[holdings.asset]
    totals: dict[str, float] = {}
    for asset, amount in zip(holdings.asset, weight, strict=True):
        if sector := assets.sectors[asset]:
            totals[sector] = totals.get(sector, 0.0) + float(amount)
    return max(totals, key=lambda each: totals[each], default="")
