"""What closed trades come to: how often they win, and what they win and lose. Along the last axis."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tools.domain.chain import FloatArray


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
        win_rate=float(win_rate(profits)),
        total=float(profits.sum()),
        average=_or_nan(profits, "mean"),
        average_win=_or_nan(wins, "mean"),
        average_loss=_or_nan(losses, "mean"),
        profit_factor=float(profit_factor(profits)),
        best=_or_nan(profits, "max"),
        worst=_or_nan(profits, "min"),
    )


def win_rate(profits: FloatArray) -> FloatArray:
    """Share of trades above 0."""
    if profits.shape[-1] == 0:
        return np.full(profits.shape[:-1], np.nan)
    return np.asarray((profits > 0).mean(axis=-1))


def profit_factor(profits: FloatArray) -> FloatArray:
    """Σ of what was won over Σ of what was lost; infinite where nothing was lost, `nan` without either."""
    won = np.maximum(profits, 0.0).sum(axis=-1)
    lost = np.maximum(-profits, 0.0).sum(axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.divide(won, lost))


def _or_nan(values: FloatArray, measure: str) -> float:
    return float(getattr(values, measure)()) if values.size else float("nan")
