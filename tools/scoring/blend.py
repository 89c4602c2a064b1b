"""The blend of the three opinions (spec D) and the confidence that sizes a trade (spec F17)."""

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


def confidence(
    *, quantitative: float | None, model: float | None, weights: ScoreWeights | None = None
) -> float | None:
    """10 × (0.7·quantitative + 0.2·model) / 0.9, 0-100: what is known before the fit; None without both."""
    weights = weights or ScoreWeights()
    known = weights.quantitative + weights.model
    if quantitative is None or model is None or known <= 0:
        return None
    return 10.0 * (weights.quantitative * quantitative + weights.model * model) / known
