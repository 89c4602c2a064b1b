"""What was published of the real indices, to read beside a replication; `published.toml` names the sources."""

from __future__ import annotations

import tomllib
from datetime import date
from functools import cache
from importlib.resources import files

from pydantic import Field

from tools.domain.value import Value


class PublishedFigure(Value):
    """Statistics of one index over a window, decimals; None where the source has none."""

    index: str
    start: date = Field(alias="from")
    end: date = Field(alias="to")
    annual_return: float | None = None
    volatility: float | None = None
    sharpe: float | None = None
    max_drawdown: float | None = None
    max_drawdown_daily: float | None = None
    correlation: float | None = None
    source: str


class PublishedPeriod(Value):
    """How much one index changed between two closes, a decimal."""

    index: str
    start: date = Field(alias="from")
    end: date = Field(alias="to")
    change: float
    source: str


class Published(Value):
    figure: tuple[PublishedFigure, ...]
    period: tuple[PublishedPeriod, ...]


@cache
def published() -> Published:
    """Everything in `published.toml`."""
    text = files("tools.backtest.replication").joinpath("published.toml").read_text(encoding="utf-8")
    return Published.model_validate(tomllib.loads(text))
