"""Scorers of what an answer took: tokens, dollars, seconds. What no model answered has none of them."""

from __future__ import annotations

import math

from evals.results import Score
from evals.scorers.analysis import Judged
from tools.domain.rationale import AnalysisSource

# Spec C: under 5 seconds and under $0.01 each. An answer with its question has some 4,000 tokens.
MOST_SECONDS = 5.0
MOST_DOLLARS = 0.01
MOST_TOKENS = 8_000


def tokens(judged: Judged) -> Score | None:
    """Tokens in and out, of all calls."""
    if not _measured(judged):
        return None
    usage = judged.analysis.usage
    total = usage.input_tokens + usage.output_tokens
    note = f"{usage.input_tokens:,} in, {usage.output_tokens:,} out"
    return Score(value=total, fault=total > MOST_TOKENS, note=note)


def cost(judged: Judged) -> Score | None:
    """Dollars, of all calls."""
    dollars = judged.analysis.usage.cost_usd
    if not _measured(judged) or dollars is None:
        return None
    return Score(value=dollars, fault=dollars > MOST_DOLLARS)


def latency(judged: Judged) -> Score | None:
    """Seconds the model took, of all calls, as recorded."""
    seconds = judged.analysis.usage.seconds
    if not _measured(judged) or seconds is None:
        return None
    return Score(value=seconds, fault=seconds > MOST_SECONDS)


def worst_cost(judged: Judged) -> Score | None:
    """The most that the calls could cost, known without a model: every token unseen before, the longest answer."""
    known = [each.worst_usd for each in judged.exchanges if each.worst_usd is not None]
    if not known or len(known) < len(judged.exchanges):
        return None
    dollars = math.fsum(known)
    return Score(value=dollars, fault=dollars > MOST_DOLLARS)


def _measured(judged: Judged) -> bool:
    return judged.analysis.source in (AnalysisSource.LIVE, AnalysisSource.RECORDED)
