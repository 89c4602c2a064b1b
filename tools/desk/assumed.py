"""The analyst's part of the score where nobody is asked: one stated confidence for every candidate.

A history cannot be shown to a model that may have read how it ended, so a backtest assumes what the model would
have said on average, and says so.
"""

from __future__ import annotations

from functools import lru_cache

from tools.domain.rationale import Analysis, AnalysisSource, Rationale, Scenario, Verdict
from tools.domain.value import digest

CONFIDENCE = 7.0
"""The confidence of the specification's worked example (spec D)."""


@lru_cache
def assumed_analysis(confidence: float = CONFIDENCE) -> Analysis:
    """An approval at `confidence`, 0-10, labelled `assumed`; `ValueError` outside of that range."""
    text = f"No model was asked; confidence {confidence:g} is assumed for every candidate."
    return Analysis(
        rationale=Rationale(
            rationale=text,
            risk_narrative="",
            risk_factors=(),
            catalysts=(),
            sentiment="",
            earnings="",
            sector_and_macro="",
            scenarios=Scenario(best="", base="", worst=""),
            similar_trades="",
            exit_plan="",
            verdict=Verdict.APPROVE,
            confidence=confidence,
        ),
        source=AnalysisSource.ASSUMED,
        provider="assumed",
        model="none",
        prompt_fingerprint=digest(text),
        brief_digest=digest(text),
        grounded=True,
    )
