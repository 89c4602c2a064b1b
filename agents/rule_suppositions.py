"""Questions that suppose another number: read from their words, answered by a tool.

`what if the spot falls 10 %` → scenario    `… the allocation limit were 2 %` → what_if    `… with d-1a2b` → compare
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from agents.rule_answers import NAMED, Teller

_NUMBER = r"\$?(-?\d[\d,]*(?:\.\d+)?)"
_IF = re.compile(r"\b(?:what if|if|suppose|assum|scenario|would|were|happens? (?:when|if))\b")
_FALL = re.compile(rf"\b(?:fall|drop|down|los|declin|crash|plunge|sink)\w*\b[^.?]*?{_NUMBER} ?(?:%|percent)")
_RISE = re.compile(rf"\b(?:ris|rall|up\b|gain|jump|climb)\w*[^.?]*?{_NUMBER} ?(?:%|percent)")
_SPOT = re.compile(
    rf"\b(?:spot|price|stock|underlying|shares)\b[^.?]*?\b(?:at|to|were|was|is|hits?|reach\w*)\b ?{_NUMBER}(?! ?%)"
)
_VOL_TO = re.compile(rf"\b(?:iv|vol\w*)\b[^.?]*?\b(?:at|to|were|was|is)\b ?{_NUMBER}")
_VOL_BY = re.compile(rf"\b(?:iv|vol\w*)\b[^.?]*?\b(?:up|ris\w*|gain\w*|by)\b[^.?]*?{_NUMBER} ?(?:points?|pts?)")
_DAYS = re.compile(rf"{_NUMBER} (?:calendar )?days?\b")
_VALUE = re.compile(rf"(?:\b(?:were|was|at|to|is|of|be|only|by)\b|=) ?{_NUMBER}")


def supposed_in(tell: Teller, asked: str) -> Iterator[str] | None:
    """An answer to a question that supposes a number; None where it supposes none that is understood."""
    if not _IF.search(asked):
        return None
    return _limit(tell, asked) or _market(tell, asked) or _decision(tell, asked)


def _market(tell: Teller, asked: str) -> Iterator[str] | None:
    """Another spot, volatility or day."""
    days = _first(_DAYS, asked)
    fall, rise, up = _first(_FALL, asked), _first(_RISE, asked), _first(_VOL_BY, asked)
    if fall is not None or up is not None or rise is not None:
        change = -abs(fall) if fall is not None else (rise or 0.0)
        return repriced(
            tell, "scenario", spot_change=change, vol_change=up or 0.0, days=0.0 if days is None else days
        )
    spot, vol = _first(_SPOT, asked), _first(_VOL_TO, asked)
    if spot is None and vol is None and days is None:
        return None
    return repriced(tell, "reprice", spot=spot, iv=vol, days=days)


def _limit(tell: Teller, asked: str) -> Iterator[str] | None:
    """Another bound of a limit that the question names by its rule or its words."""
    value = _last_number(asked)
    fit = tell.record.fit
    if value is None or fit is None or not re.search(r"\blimit|\bcap\b|\bbound", asked):
        return None
    for each in sorted(fit.limits, key=lambda limit: -len(limit.name)):
        if re.search(rf"\b{re.escape(each.rule.lower())}\b(?!-)", asked) or _named(each.name, asked):
            return changed(tell, f"limits.{each.rule}.limit", value)
    return None


def _named(name: str, asked: str) -> bool:
    """By its whole name, or by a word of it that says enough (`allocation`)."""
    first = name.lower().split()[0]
    return name.lower() in asked or (len(first) > 5 and re.search(rf"\b{re.escape(first)}\b", asked) is not None)


def _decision(tell: Teller, asked: str) -> Iterator[str] | None:
    """Another threshold, weight, confidence, credit or filter."""
    value = _last_number(asked)
    if value is None:
        return None
    if "confiden" in asked:
        return changed(tell, "analysis.confidence", value)
    weight = re.search(r"weights? (?:of|for) (?:the )?(quantitative|model|fit)", asked)
    if weight:
        return changed(tell, f"score.weights.{weight[1]}", value if value > 1 else 100 * value)
    rule = _filter_named(tell, asked)
    if rule:
        part = next((name for name in ("threshold", "low", "high") if re.search(rf"\b{name}\b", asked)), "value")
        return changed(tell, f"filters.{rule}.{part}", value)
    if "credit" in asked or "premium" in asked:
        return changed(tell, "candidate.credit", value)
    if "threshold" in asked or "automatic" in asked:
        name = "human" if re.search(r"human|person|asked", asked) else "automatic"
        return changed(tell, f"thresholds.{name}", value)
    return None


def _filter_named(tell: Teller, asked: str) -> str | None:
    """The rule whose words the question uses, the longest first."""
    rules = sorted((each.rule for each in tell.record.candidate.filters), key=lambda rule: -len(rule))
    return next((rule for rule in rules if re.search(rf"\b{re.escape(rule.replace('_', ' '))}\b", asked)), None)


def _first(pattern: re.Pattern[str], asked: str) -> float | None:
    found = pattern.search(asked)
    return float(found[1].replace(",", "")) if found else None


def _last_number(asked: str) -> float | None:
    """The number after `were`, `at`, `to` …; of several the last."""
    found = _VALUE.findall(asked)
    return float(found[-1].replace(",", "")) if found else None


def beside(tell: Teller, other: str) -> Iterator[str]:
    problem = tell.ask("compare", other=other)
    if problem:
        yield problem
        return
    yield f"{tell('compare.this.label')} beside {tell('compare.other.label')}:"
    for path, name in (
        ("outcome", "outcome"),
        ("score.total", "score"),
        ("candidate.credit", "credit"),
        ("candidate.premium_yield", "yield"),
        ("candidate.probability_of_profit", "probability of profit"),
        ("candidate.max_loss", "largest loss"),
    ):
        this, that = f"compare.this.{path}", f"compare.other.{path}"
        if tell.has(this) or tell.has(that):
            yield f"{name}: {tell(this)} beside {tell(that)}."


def repriced(tell: Teller, tool: str, **arguments: Any) -> Iterator[str]:
    problem = tell.ask(tool, **arguments)
    if problem:
        yield problem
        return
    yield (
        f"With {tell('candidate.underlying')} at {tell(f'{tool}.spot')} ({tell(f'{tool}.spot_change')}), implied "
        f"volatility {tell(f'{tool}.iv')} and {tell(f'{tool}.days_passed')} passed, closing costs "
        f"{tell(f'{tool}.cost_to_close')} against a credit of {tell(f'{tool}.credit')}."
    )
    yield f"The profit would be {tell(f'{tool}.profit')}."
    if tell.has(f"{tool}.trade_profit"):
        yield f"Of the whole trade it would be {tell(f'{tool}.trade_profit')}."


def changed(tell: Teller, path: str, value: float) -> Iterator[str]:
    problem = tell.ask("what_if", path=path, value=value)
    if problem:
        yield problem
        return
    to, was = (next(iter(tell.facts.under(f"what_if.{part}")), None) for part in ("to", "was"))
    told, before = (tell("" if fact is None else fact.path) for fact in (to, was))
    yield f"With {tell('what_if.changed')} at {told} instead of {before}:"
    if tell.has("what_if.after.total"):
        yield f"the score would be {tell('what_if.after.total')} instead of {tell('what_if.before.total')};"
    yield f"the outcome would be {tell('what_if.after.outcome')}; it was {tell('what_if.before.outcome')}."
    for place in range(NAMED):
        if tell.has(f"what_if.after.reasons.{place}"):
            yield f"Because {tell(f'what_if.after.reasons.{place}')}."
