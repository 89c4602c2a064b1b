"""The blend of the three opinions (spec D)."""

from __future__ import annotations

from tools.domain.score import ScoreBreakdown, ScoreWeights


def blend(
    *,
    quantitative: float | None,
    model: float | None,
    fit: float | None,
    weights: ScoreWeights | None = None,
) -> ScoreBreakdown:
    """total = 0.70·quantitative + 0.20·model + 0.10·fit, each 0-10; None where a part is missing."""
    weights = weights or ScoreWeights()
    total = None
    if quantitative is not None and model is not None and fit is not None:
        total = weights.quantitative * quantitative + weights.model * model + weights.fit * fit
    return ScoreBreakdown(quantitative=quantitative, model=model, fit=fit, total=total, weights=weights)
