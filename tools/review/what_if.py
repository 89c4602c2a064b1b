"""The same decision with one number changed, made from the record's own numbers.

one change → filters: state and margin → quantitative ┐
           → limits: headroom, state, veto → fit      ├→ score → the gate's word
           → weights, thresholds, confidence          ┘

The size of the trade stays as it was, and so do all measures: a looser limit does not make it larger.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
from pydantic import ValidationError

from tools.domain.decision import DecisionRecord, FitResult, Gate, LimitResult, LimitState
from tools.domain.errors import InputError
from tools.domain.mode import Mode
from tools.domain.rationale import Analysis
from tools.domain.score import FilterResult, FilterState, ScoreBreakdown, ScoreWeights
from tools.domain.structure import StructureKind
from tools.portfolio.fit import fit_score
from tools.review.fact import TEXT, WORDS, Facts, plain
from tools.review.kept_text import book_text, house_text
from tools.review.record_facts import CODES, record_facts, thresholds_of
from tools.risk.profile import LimitProfile
from tools.scoring.blend import blend
from tools.scoring.components import quantitative
from tools.screening.criteria import Criterion
from tools.screening.verdict import margins, state_of

SLACK = 1e-9
PERCENT = 100.0


@dataclass(frozen=True)
class Judged:
    """What the gate is asked: the three opinions, what they rest on, from which score nobody or a person is asked,
    and when the trade was proposed."""

    score: ScoreBreakdown
    fit: FitResult | None
    filters: tuple[FilterResult, ...]
    analysis: Analysis | None
    automatic: float
    human: float
    mode: Mode
    at: datetime


Judge = Callable[[Judged], Gate]
"""The gate of the desk, handed in."""


@dataclass(frozen=True)
class _Case:
    """A decision as numbers that can be changed."""

    filters: tuple[FilterResult, ...]
    fit: FitResult | None
    analysis: Analysis | None
    weights: ScoreWeights
    thresholds: dict[str, float]


def what_if(record: DecisionRecord, path: str, value: float, judge: Judge) -> Facts:
    """What would have come of the decision with the fact at `path` at `value`, in the unit of that fact.

    `InputError` where the record does not hold what that takes, or `path` is none of what can be changed.
    """
    before = _case(record)
    after = _changed(record, before, path, value)
    facts = Facts()
    known = record_facts(record)
    unit = known[path].unit if path in known else "number"
    facts.put("what_if.changed", path, TEXT)
    subject = _subject(path)
    if path in known:
        facts.put(f"what_if.was.{subject}", known[path].value, unit)
    facts.put(f"what_if.to.{subject}", value, unit)
    _told(facts, "what_if.before", record, before, judge)
    _told(facts, "what_if.after", record, after, judge)
    return facts


def _subject(path: str) -> str:
    """What a change is about: the rule of a filter, else the last word of its path."""
    parts = path.split(".")
    return parts[1] if parts[0] == "filters" and len(parts) > 1 else parts[-1]


def _told(facts: Facts, where: str, record: DecisionRecord, case: _Case, judge: Judge) -> None:
    score = blend(
        quantitative=_quantitative(record, case),
        model=None if case.analysis is None else case.analysis.confidence,
        fit=None if case.fit is None else case.fit.score,
        weights=case.weights,
    )
    for name in ("quantitative", "model", "fit", "total"):
        facts.put(f"{where}.{name}", getattr(score, name), "score")
    gate = judge(
        Judged(
            score=score,
            fit=case.fit,
            filters=case.filters,
            analysis=case.analysis,
            automatic=case.thresholds["automatic"],
            human=case.thresholds["human"],
            mode=Mode(plain(house_text(record), "mode") or Mode.SIMULATED),
            at=record.candidate.as_of,
        )
    )
    facts.put(f"{where}.outcome", gate.outcome.value, TEXT)
    for place, reason in enumerate(gate.reasons):
        facts.put(f"{where}.reasons.{place}", f"{reason.rule}: {reason.text}", WORDS)


def _case(record: DecisionRecord) -> _Case:
    thresholds = thresholds_of(record)
    if thresholds.keys() != {"automatic", "human"}:
        raise InputError(
            "The record does not hold the thresholds it was decided by; it was written before they were."
        )
    weights = ScoreWeights() if record.score is None else record.score.weights
    return _Case(record.candidate.filters, record.fit, record.analysis, weights, thresholds)


def _quantitative(record: DecisionRecord, case: _Case) -> float | None:
    """The recorded one while no filter is changed: a mean is not taken twice."""
    return record.candidate.quantitative if case.filters == record.candidate.filters else quantitative(case.filters)


def _changed(record: DecisionRecord, case: _Case, path: str, value: float) -> _Case:
    match path.split("."):
        case ["filters", rule, part]:
            return replace(case, filters=_filters(record, case.filters, rule, part, value))
        case ["limits", rule, ("limit" | "after") as part]:
            return replace(case, fit=_fit(record, case.fit, rule, part, value))
        case ["thresholds", ("automatic" | "human") as name]:
            return replace(case, thresholds=case.thresholds | {name: value})
        case ["score", "weights", ("quantitative" | "model" | "fit") as name]:
            return replace(case, weights=case.weights.model_copy(update={name: value / PERCENT}))
        case ["analysis", "confidence"] | ["score", "model"]:
            return replace(case, analysis=_confident(case.analysis, value))
        case ["score", "fit"] | ["fit", "score"]:
            return replace(case, fit=_scored(case.fit, value))
        case ["candidate", "credit"]:
            return replace(case, filters=_credited(record, case.filters, value))
    raise InputError(
        f"{path} cannot be changed here; a filter's value or bounds, a limit, a threshold, a weight, the model's "
        "confidence or the credit can. For spot, volatility or time ask reprice."
    )


def _filters(
    record: DecisionRecord, filters: tuple[FilterResult, ...], rule: str, part: str, value: float
) -> tuple[FilterResult, ...]:
    result = next((each for each in filters if each.rule == rule), None)
    if result is None or result.unit in CODES or result.state in (FilterState.UNKNOWN, FilterState.NOT_APPLICABLE):
        raise InputError(f"The record holds no number of the filter {rule!r}.")
    scale = PERCENT if result.unit.startswith("fraction") else 1.0
    criterion = _criterion(record, rule)
    changed = _judged(result, criterion, part, value / scale)
    return tuple(changed if each.rule == rule else each for each in filters)


def _judged(result: FilterResult, criterion: Criterion, part: str, value: float) -> FilterResult:
    """The filter with one of its numbers changed, and the state and the margin that follow."""
    threshold = result.threshold if criterion.threshold_from is not None else None
    measured = result.value
    if part == "value":
        measured = value
    elif part == "threshold" and threshold is not None:
        threshold = value
    elif part in ("threshold", "low", "high") and getattr(criterion, part) is not None:
        criterion = _with(criterion, part, value)
    elif part == "weight":
        return result.model_copy(update={"weight": value})
    else:
        raise InputError(f"The filter {result.rule!r} has no {part!r} to change.")
    if measured is None:
        raise InputError(f"The record holds no value of the filter {result.rule!r}.")
    margin = margins(criterion, values=np.array([measured]), threshold=threshold)[0]
    bounds = criterion.band or (threshold if criterion.threshold_from is not None else criterion.bound,)
    against = " to ".join(f"{each:g}" for each in bounds if each is not None)
    return result.model_copy(
        update={
            "value": measured,
            "state": state_of(criterion, measured, threshold=threshold),
            "threshold": threshold if criterion.threshold_from is not None else criterion.bound,
            "band": criterion.band,
            "margin": None if np.isnan(margin) else float(margin),
            "text": f"{result.rule.replace('_', ' ')} at {measured:g} against {against}",
        }
    )


def _with(criterion: Criterion, part: str, value: float) -> Criterion:
    try:
        return Criterion.model_validate(criterion.model_dump(exclude_unset=True) | {part: value})
    except ValidationError as error:
        said = error.errors(include_url=False)[0]["msg"]
        raise InputError(
            f"The filter {criterion.rule.value!r} cannot have its {part} at {value:g}: {said}."
        ) from error


def _criterion(record: DecisionRecord, rule: str) -> Criterion:
    """What the book asked, as the record keeps it."""
    book = book_text(record)
    own = plain(book, "only", record.candidate.structure.value, rule) or plain(book, "entry", rule)
    if own is None:
        raise InputError(f"The record does not hold what its book asked of {rule!r}.")
    return Criterion.model_validate({"rule": rule, **own})


def _credited(record: DecisionRecord, filters: tuple[FilterResult, ...], credit: float) -> tuple[FilterResult, ...]:
    """Another credit is another yield. Where the credit is part of what secures the trade it cannot be told."""
    candidate = record.candidate
    if candidate.structure not in (StructureKind.CASH_SECURED_PUT, StructureKind.COVERED_CALL):
        raise InputError("What another credit makes of this trade's collateral is not in the record.")
    if not credit > 0 or not candidate.credit > 0:
        raise InputError("A credit is above 0.")
    paid = PERCENT * candidate.premium_yield * credit / candidate.credit
    return _filters(record, filters, "premium_yield", "value", paid)


def _fit(record: DecisionRecord, fit: FitResult | None, rule: str, part: str, value: float) -> FitResult:
    limits = () if fit is None else fit.limits
    found = next((each for each in limits if each.rule == rule), None)
    if fit is None or found is None or found.limit is None or found.after is None:
        raise InputError(f"The record holds no limit {rule!r} with its measure.")
    scale = PERCENT if found.unit.startswith("share of") else 1.0
    changed = _held(found, part=part, value=value / scale)
    every = tuple(changed if each.rule == rule else each for each in limits)
    return fit.model_copy(update={"limits": every, "score": fit_score(every, profile=_profile(record))})


def _held(limit: LimitResult, *, part: str, value: float) -> LimitResult:
    """The limit at another bound or measure; it vetoes what is beyond the bound and worse than before."""
    bound, level = (value, limit.after) if part == "limit" else (limit.limit, value)
    if bound is None or level is None or not bound > 0:
        raise InputError("A limit is above 0.")
    beyond = abs(level) > bound * (1 + SLACK)
    worse = abs(level) > abs(limit.before or 0.0)
    alerts = limit.alert is not None and abs(level) > limit.alert * (1 + SLACK)
    state = LimitState.FAIL if beyond else LimitState.ALERT if alerts else LimitState.PASS
    left = 1 - abs(level) / bound
    return limit.model_copy(
        update={
            "limit": bound,
            "after": level,
            "state": state,
            "vetoes": beyond and worse,
            "headroom": None if limit.headroom is None else (min(1.0, left) if left > SLACK else 0.0),
            "text": f"{limit.name} at {_amount(level, limit)} against {_amount(bound, limit)}.",
        }
    )


def _amount(value: float, limit: LimitResult) -> str:
    return f"{PERCENT * value:.2f} %" if limit.unit.startswith("share of") else f"{value:g} {limit.unit}"


def _profile(record: DecisionRecord) -> LimitProfile:
    told = plain(house_text(record), "profile")
    if told is None:
        raise InputError("The record does not hold the limits of the house it was fitted by.")
    return LimitProfile.model_validate(told)


def _confident(analysis: Analysis | None, value: float) -> Analysis:
    if analysis is None or analysis.rationale is None:
        raise InputError("The record holds no usable analysis whose confidence could be changed.")
    if not 0 <= value <= 10:
        raise InputError("A confidence is between 0 and 10.")
    return analysis.model_copy(update={"rationale": analysis.rationale.model_copy(update={"confidence": value})})


def _scored(fit: FitResult | None, value: float) -> FitResult:
    if fit is None:
        raise InputError("The record holds no fit.")
    return fit.model_copy(update={"score": value})
