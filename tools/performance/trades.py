"""What closed trades come to: how often they win, and what they win and lose."""

from __future__ import annotations

import math
from dataclasses import dataclass

from tools.domain.chain import BoolArray, FloatArray


@dataclass(frozen=True, slots=True)
class TradeStatistics:
    """Profits in account currency after costs; a trade of exactly 0 is no win. `nan` where there are none."""

    count: int
    win_rate: float
    total: float
    average: float
    average_win: float
    average_loss: float
    profit_factor: float
    best: float
    worst: float


def trade_statistics(profits: FloatArray) -> TradeStatistics:
    wins, losses = profits[profits > 0], profits[profits < 0]
    return TradeStatistics(
        count=len(profits),
        win_rate=win_rate(profits),
        total=float(profits.sum()),
        average=_or_nan(profits, "mean"),
        average_win=_or_nan(wins, "mean"),
        average_loss=_or_nan(losses, "mean"),
        profit_factor=profit_factor(profits),
        best=_or_nan(profits, "max"),
        worst=_or_nan(profits, "min"),
    )


def win_rate(profits: FloatArray) -> float:
    """Share of trades above 0."""
    return _or_nan(profits > 0, "mean")


def profit_factor(profits: FloatArray) -> float:
    """Σ of what was won over Σ of what was lost; infinite where nothing was lost, `nan` without either."""
    won, lost = float(profits[profits > 0].sum()), -float(profits[profits < 0].sum())
    if lost:
        return won / lost
    return math.inf if won else math.nan


def _or_nan(values: FloatArray | BoolArray, measure: str) -> float:
    return float(getattr(values, measure)()) if values.size else math.nan
