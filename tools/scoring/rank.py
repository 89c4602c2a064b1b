"""The order in which candidates are fitted and reserve what they need."""

from __future__ import annotations

import math

from tools.domain.score import ScoreWeights, confidence

RankKey = tuple[int, float, float, str]


def rank_key(
    *,
    book_rank: int,
    quantitative: float | None,
    model: float | None,
    candidate_id: str,
    weights: ScoreWeights | None = None,
) -> RankKey:
    """Sorts ascending: the book's rank, then confidence, then the quantitative part, both highest first.

    The id breaks what is left, so that the order never depends on which analysis came back first. A part
    that is missing sorts behind every known one.
    """
    sure = confidence(quantitative=quantitative, model=model, weights=weights)
    return (book_rank, _falling(sure), _falling(quantitative), candidate_id)


def _falling(value: float | None) -> float:
    return math.inf if value is None else -value
