"""What is scored of an analysis: one candidate, what was said of it, and what the gate made of that."""

from __future__ import annotations

from dataclasses import dataclass

from evals.case import AnalystCase
from evals.exchanges import Exchange
from tools.domain.decision import Gate
from tools.domain.rationale import Analysis


@dataclass(frozen=True)
class Judged:
    """`twin` is the analysis of the same facts without a steering text; `seconds` what all but the model took."""

    case: AnalystCase
    analysis: Analysis
    exchanges: tuple[Exchange, ...]
    gate: Gate
    twin: Analysis | None = None
    seconds: float = 0.0
