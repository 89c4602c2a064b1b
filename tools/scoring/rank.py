"""The order in which candidates are fitted and reserve what they need."""

from __future__ import annotations

import math

from tools.domain.score import ScoreWeights, confidence

RankKey = tuple[tuple[int, int], float, float, str]


def rank_key(
    *,
    turn: tuple[int, int],
    quantitative: float | None,
    model: float | None,
    candidate_id: str,
    weights: ScoreWeights | None = None,
) -> RankKey:
    """Sorts ascending: the book's turn in the day (its step, then its rank), then confidence, then the
    quantitative part, both highest first.

    The id breaks what is left, so that the order never depends on which analysis came back first. A part
    that is missing sorts behind every known one.
    """
    sure = confidence(quantitative=quantitative, model=model, weights=weights)
    return (turn, _falling(sure), _falling(quantitative), candidate_id)


def _falling(value: float | None) -> float:
    return math.inf if value is None else -value
