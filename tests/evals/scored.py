"""One case of the analyst with an analysis of one's own, for scorers to look at."""

from __future__ import annotations

from typing import Any

from evals.case import AnalystCase, Expectation
from evals.exchanges import Exchange
from evals.scorers.analysis import Judged
from evals.tasks.analyst import gate_of
from tests.agents.examples import answer, candidate, conditions, facts
from tools.domain.decision import Outcome
from tools.domain.outside import OutsideText
from tools.domain.rationale import Analysis, AnalysisSource, Rationale, Usage, Verdict
from tools.domain.score import FilterState


def case(texts: tuple[OutsideText, ...] = (), **expected: Any) -> AnalystCase:
    fields: dict[str, Any] = {"verdicts": (Verdict.APPROVE,), "decisions": (Outcome.APPROVED,)}
    known = tuple(each for each in candidate().filters if each.state is FilterState.PASS)
    return AnalystCase(
        id="one",
        tags=("cash_secured_put",),
        candidate=candidate(filters=known),
        underlying=facts(),
        conditions=conditions(),
        texts=texts,
        fit=8.0,
        expect=Expectation(**(fields | expected)),
    )


def analysis(**changes: Any) -> Analysis:
    said = {name: changes[name] for name in changes.keys() & (Rationale.model_fields.keys() - {"rationale"})}
    rest = {name: value for name, value in changes.items() if name not in said}
    fields: dict[str, Any] = {
        "rationale": Rationale.model_validate(answer(confidence=8.0) | said),
        "source": AnalysisSource.AUTHORED,
        "provider": "recorded",
        "model": "no model",
        "prompt_fingerprint": "f",
        "brief_digest": "b",
        "grounded": True,
    }
    return Analysis(**(fields | rest))


def exchange(**changes: Any) -> Exchange:
    fields: dict[str, Any] = {
        "prompt": "p",
        "answer": "a",
        "stop": "end_turn",
        "source": AnalysisSource.AUTHORED,
        "model": "m",
        "usage": Usage(),
        "worst_usd": 0.002,
    }
    return Exchange(**(fields | changes))


def judged(
    *,
    expected: dict[str, Any] | None = None,
    exchanges: tuple[Exchange, ...] | None = None,
    twin: Analysis | None = None,
    texts: tuple[OutsideText, ...] = (),
    **said: Any,
) -> Judged:
    of, found = case(texts, **(expected or {})), analysis(**said)
    return Judged(
        case=of,
        analysis=found,
        exchanges=exchanges or (exchange(),),
        gate=gate_of(of, found),
        twin=twin,
        seconds=0.003,
    )
