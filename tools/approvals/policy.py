"""The gate of spec D: two kinds of no, and a band in which a person decides.

    a limit vetoes, a required filter fails, a limit is unknown …      → refused, whatever the score
    score < human                                                      → refused
    score < automatic, or something is unknown, ungrounded, declined   → waiting
    else                                                               → approved

Scores are compared unrounded. Nothing the analyst wrote can lift a refusal; it can only cause one or ask a person.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from pydantic import Field

from tools.domain.decision import FitResult, Gate, LimitResult, LimitState, Outcome, Reason
from tools.domain.mode import Mode
from tools.domain.rationale import Analysis, AnalysisSource, Verdict
from tools.domain.score import FilterResult, FilterState, OnUnknown, ScoreBreakdown
from tools.domain.value import Value
from tools.domain.wording import told_apart
from tools.portfolio.fit import Fitted

_NOBODYS = (AnalysisSource.OFFLINE, AnalysisSource.ASSUMED)


class Thresholds(Value):
    """Scores 0-10: `automatic` and above trades alone, `human` and above asks (spec D: 7.5 and 6.0)."""

    automatic: float = Field(default=7.5, ge=0, le=10)
    human: float = Field(default=6.0, ge=0, le=10)


def gate(
    *,
    score: ScoreBreakdown,
    fit: FitResult | Fitted | None,
    filters: Iterable[FilterResult],
    analysis: Analysis | None,
    thresholds: Thresholds,
    mode: Mode,
    deadline: datetime,
) -> Gate:
    """Approved, waiting until `deadline`, or refused, with every reason. A missing fit is an unknown hard limit."""
    results = tuple(filters)
    vetoes = beyond_override(results, fit)
    if vetoes:
        return Gate(outcome=Outcome.REFUSED, reasons=vetoes)
    doubts = (*_unknown_filters(results), *_unknown_limits(fit), *_doubts(analysis, mode))
    if score.total is None:
        return _without_score(score, doubts, thresholds, deadline)
    if score.total < thresholds.human:
        return Gate(outcome=Outcome.REFUSED, reasons=(_score(score.total, "<", thresholds.human), *doubts))
    if score.total < thresholds.automatic:
        doubts = (_score(score.total, "<", thresholds.automatic), *doubts)
    if doubts:
        return Gate(outcome=Outcome.WAITING, reasons=doubts, deadline=deadline)
    return Gate(outcome=Outcome.APPROVED, reasons=(_score(score.total, ">=", thresholds.automatic),))


def refused_for_missing_data(filters: Iterable[FilterResult]) -> Gate | None:
    """The refusal of a candidate without the data its book insists on, before a model is asked; else None."""
    reasons = _missing_data(tuple(filters))
    return Gate(outcome=Outcome.REFUSED, reasons=reasons) if reasons else None


def refused_by_limits(fit: FitResult) -> Gate | None:
    """The refusal of a trade whose second look before the order vetoes it; else None."""
    reasons = _failed_limits(fit)
    return Gate(outcome=Outcome.REFUSED, reasons=reasons) if reasons else None


def beyond_override(filters: Iterable[FilterResult], fit: FitResult | Fitted | None) -> tuple[Reason, ...]:
    """What no person's override of a score can lift: failed rules, missing data, limits. Empty when it may be."""
    results = tuple(filters)
    return (*_failed_filters(results), *_missing_data(results), *_failed_limits(fit))


def beyond_two(filters: Iterable[FilterResult], fit: FitResult) -> tuple[Reason, ...]:
    """What not even two people lift: all of `beyond_override` but measured limits marked overridable (spec D)."""
    firm = tuple(each for each in fit.limits if not (each.overridable and each.state is LimitState.FAIL))
    return beyond_override(filters, fit.model_copy(update={"limits": firm}))


def _failed_filters(filters: tuple[FilterResult, ...]) -> tuple[Reason, ...]:
    """A contract that fails a required filter is never proposed; if one comes, it stops here."""
    return tuple(_of(result) for result in filters if result.required and result.state is FilterState.FAIL)


def _missing_data(filters: tuple[FilterResult, ...]) -> tuple[Reason, ...]:
    return tuple(_of(result) for result in _unknown(filters) if result.on_unknown is OnUnknown.REFUSE)


def _unknown_filters(filters: tuple[FilterResult, ...]) -> tuple[Reason, ...]:
    return tuple(_of(result) for result in _unknown(filters))


def _unknown(filters: tuple[FilterResult, ...]) -> tuple[FilterResult, ...]:
    return tuple(result for result in filters if result.state is FilterState.UNKNOWN)


def _failed_limits(fit: FitResult | Fitted | None) -> tuple[Reason, ...]:
    if fit is None:
        return (Reason(rule="fit", text="the portfolio limits could not be measured"),)
    vetoes = tuple(_measured(limit) for limit in fit.vetoes)
    if not vetoes and fit.contracts < 1:
        return (Reason(rule="size", value=0, limit=1, text=f"no whole contract fits ({fit.binding})"),)
    return vetoes


def _unknown_limits(fit: FitResult | Fitted | None) -> tuple[Reason, ...]:
    """Unknown, but not worsened by this trade: no veto, yet not nothing either."""
    return () if fit is None else tuple(_measured(limit) for limit in fit.unknown)


def _doubts(analysis: Analysis | None, mode: Mode) -> tuple[Reason, ...]:
    """What the analysis gives a person to decide."""
    if analysis is None or analysis.rationale is None:
        problem = analysis.problem if analysis is not None else ""
        return (Reason(rule="analysis", text=f"no usable analysis{': ' + problem if problem else ''}"),)
    doubts = []
    if not analysis.grounded:
        missed = ", ".join(analysis.misses[:3])
        doubts.append(
            Reason(rule="grounding", text=f"numbers not found in the facts{': ' + missed if missed else ''}")
        )
    if analysis.unheard:
        text = f"texts from outside could not be weighed: {analysis.unheard}"
        doubts.append(Reason(rule="outside", text=text))
    if analysis.rationale.verdict is Verdict.DECLINE:
        doubts.append(Reason(rule="verdict", text="the analyst declines"))
    if analysis.source in _NOBODYS and mode is Mode.LIVE:
        text = f"an {analysis.source.value} analysis cannot approve a live order"
        doubts.append(Reason(rule=analysis.source.value, text=text))
    return tuple(doubts)


def _without_score(
    score: ScoreBreakdown, doubts: tuple[Reason, ...], thresholds: Thresholds, deadline: datetime
) -> Gate:
    """A model that gave nothing leaves the numbers: they may go to a person, never to the market by themselves."""
    reason = Reason(rule="score", value=None, limit=thresholds.automatic, text="no score: a part of it is missing")
    reasons = (reason, *doubts)
    if score.quantitative is not None and score.fit is not None and score.quantitative >= thresholds.human:
        return Gate(outcome=Outcome.WAITING, reasons=reasons, deadline=deadline)
    return Gate(outcome=Outcome.REFUSED, reasons=reasons)


def _score(total: float, sign: str, limit: float) -> Reason:
    shown = told_apart(total, limit, lambda number, places: f"{number:.{places}f}", places=1)
    return Reason(rule="score", value=total, limit=limit, text=f"score {shown} {sign} {limit:g}")


def _measured(limit: LimitResult) -> Reason:
    return Reason(rule=limit.rule, value=limit.after, limit=limit.limit, text=limit.text)


def _of(result: FilterResult) -> Reason:
    return Reason(rule=result.rule, value=result.value, limit=result.threshold, text=result.text)
