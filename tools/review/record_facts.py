"""A decision record as facts by dotted path: what a reviewer may cite, and what an answer's numbers rest on.

candidate → trade → legs → filters → facts → analysis → fit → limits → score → gate → approval → order → after
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from tools.domain.candidate import Candidate
from tools.domain.chain import new_york_date
from tools.domain.contract import ShareContract
from tools.domain.decision import DecisionRecord, FitResult, LimitResult, LimitState
from tools.domain.rationale import Analysis
from tools.domain.score import FilterResult, FilterState
from tools.domain.structure import StructureKind
from tools.review.aftermath import aftermath_facts
from tools.review.fact import HASH, NOT_APPLICABLE, TEXT, UNKNOWN, WORDS, Facts, plain
from tools.review.kept_text import book_text, house_text

PER_CONTRACT = "USD/contract"
PER_SHARE = "USD/share"

FILTER_UNITS = {
    "fraction": "percent", "fraction per year": "percent/year", "delta": "per share", "percentile": "percentile",
    "days": "days", "contracts": "contracts", "ratio": "ratio", "money": "USD",
}  # fmt: skip
CODES = frozenset({"yes/no", "notches above D", "weekday"})
"""Units of filters whose value is a code: their state says it all."""

MARKET_UNITS = {
    "iv_rank": "percent", "iv_percentile": "percent", "put_call_ratio": "ratio", "sector_put_call_ratio": "ratio",
    "sma_20": PER_SHARE, "rsi_14": "points", "beta": "ratio",
}  # fmt: skip
FRACTIONS = frozenset({"realised_vol", "macd", "day_change"})
ON_NAV = "percent of NAV"


def record_facts(record: DecisionRecord) -> Facts:
    """Everything a record says that can be cited, in the order in which it came to be."""
    facts = Facts()
    facts.put("id", record.id, TEXT)
    facts.put("label", record.candidate.label, TEXT)
    facts.put("state", record.state.value, TEXT)
    facts.put("outcome", None if record.outcome is None else record.outcome.value, TEXT)
    facts.at("as_of", record.candidate.as_of)
    _candidate(facts, record.candidate)
    _trade(facts, record.candidate, record.fit)
    for result in record.candidate.filters:
        _filter(facts, result)
    _market(facts, record)
    if record.analysis is not None:
        _analysis(facts, record.analysis)
    if record.fit is not None:
        _fit(facts, record.fit)
    _decision(facts, record)
    _book(facts, record)
    aftermath_facts(facts, record)
    facts.put("content_hash", record.content_hash, HASH)
    return facts


def _candidate(facts: Facts, c: Candidate) -> None:
    for name in ("book", "underlying", "feed", "source"):
        facts.put(f"candidate.{name}", getattr(c, name), TEXT)
    facts.put("candidate.structure", c.structure.value.replace("_", " "), TEXT)
    for place, leg in enumerate(c.legs):
        where = f"legs.{place}"
        facts.put(f"{where}.symbol", leg.contract.occ, TEXT)
        facts.put(f"{where}.side", "sold" if leg.quantity < 0 else "bought", TEXT)
        facts.put(f"{where}.units", abs(leg.quantity), "contracts")
        if not isinstance(leg.contract, ShareContract):
            facts.put(f"{where}.right", leg.contract.right.value, TEXT)
            facts.put(f"{where}.strike", leg.contract.strike, PER_SHARE)
            facts.percent(f"{where}.strike_from_spot", leg.contract.strike / c.spot - 1)
    if c.structure is not StructureKind.LONG_SHARES:
        facts.put("candidate.expiry", c.expiry.isoformat(), "date")
        facts.put("candidate.dte", c.dte, "days")
    for name in ("spot", "credit", "natural", "bid", "ask", "expected_move"):
        facts.put(f"candidate.{name}", getattr(c, name), PER_SHARE)
    names = ("breakeven",) if len(c.breakevens) == 1 else ("lower_breakeven", "upper_breakeven")
    for name, level in zip(names, sorted(c.breakevens), strict=False):
        facts.put(f"candidate.{name}", level, PER_SHARE)
        facts.percent(f"candidate.{name}_from_spot", level / c.spot - 1)
    facts.percent("candidate.expected_move_of_spot", None if c.expected_move is None else c.expected_move / c.spot)
    if c.credit > 0:
        facts.put("candidate.buy_back_at_half_credit", c.credit / 2, PER_SHARE)
        facts.put("candidate.buy_back_at_double_credit", c.credit * 2, PER_SHARE)
    facts.percent("candidate.premium_yield", c.premium_yield, "percent/year")
    facts.percent("candidate.probability_of_profit", c.pop)
    facts.percent("candidate.iv", c.iv)
    facts.percent("candidate.spread", c.spread)
    for name in ("max_loss", "max_profit", "collateral", "cash_required"):
        facts.put(f"candidate.{name}", getattr(c, name), PER_CONTRACT)
    facts.put("candidate.shares_required", c.shares_required or None, "shares")
    facts.put("candidate.multiplier", c.multiplier, "shares")
    facts.put("candidate.open_interest", c.open_interest, "contracts")
    facts.put("candidate.volume", c.volume, "contracts")
    if c.greeks is None:
        facts.put("candidate.greeks.delta", "no volatility explains the quote", UNKNOWN)
        return
    facts.put("candidate.greeks.delta", c.greeks.delta, "per share")
    facts.put("candidate.greeks.gamma", c.greeks.gamma, "per share")
    facts.put("candidate.greeks.vega", c.greeks.vega * c.multiplier, "USD/vol point")
    facts.put("candidate.greeks.theta", c.greeks.theta * c.multiplier, "USD/day")


def _trade(facts: Facts, c: Candidate, fit: FitResult | None) -> None:
    """The sized trade; what was never sized has none."""
    if fit is None or fit.contracts < 1:
        return
    facts.put("trade.contracts", fit.contracts, "contracts")
    facts.put("trade.premium", c.credit * c.multiplier * fit.contracts, "USD")
    for name in ("max_loss", "max_profit", "collateral"):
        facts.put(f"trade.{name}", getattr(c, name) * fit.contracts, "USD")


def _filter(facts: Facts, result: FilterResult) -> None:
    where = f"filters.{result.rule}"
    facts.put(f"{where}.state", result.state.value.replace("_", " "), TEXT)
    facts.put(f"{where}.required", result.required, TEXT)
    if result.state in (FilterState.UNKNOWN, FilterState.NOT_APPLICABLE):
        unit = UNKNOWN if result.state is FilterState.UNKNOWN else NOT_APPLICABLE
        facts.put(f"{where}.value", result.text, unit)
        return
    if result.unit in CODES:
        facts.put(f"{where}.says", result.text, WORDS)
        return
    unit = FILTER_UNITS.get(result.unit, result.unit or "number")
    low, high = result.band or (None, None)
    scale = 100 if unit.startswith("percent") and result.unit.startswith("fraction") else 1
    for name, value in (("value", result.value), ("threshold", result.threshold), ("low", low), ("high", high)):
        facts.put(f"{where}.{name}", None if value is None else scale * value, unit)
    facts.put(f"{where}.margin", result.margin, "score")
    facts.put(f"{where}.weight", result.weight if result.margin is not None else None, "number")


def _market(facts: Facts, record: DecisionRecord) -> None:
    """What was known of the underlying and of the day."""
    told = plain(record.facts, "underlying") or {}
    facts.put("facts.name", told.get("name"), TEXT)
    facts.put("facts.kind", told.get("kind"), TEXT)
    for name in ("sector", "rating"):
        _fact(facts, f"facts.{name}", told.get(name), TEXT)
    for name, unit in MARKET_UNITS.items():
        _fact(facts, f"facts.{name}", told.get(name), unit)
    for name in sorted(FRACTIONS):
        _fact(facts, f"facts.{name}", told.get(name), "percent", scale=100)
    _earnings(facts, told.get("earnings"), record)
    conditions = plain(record.facts, "conditions") or {}
    _fact(facts, "facts.vix", conditions.get("vix"), "points")
    _fact(facts, "facts.average_correlation", conditions.get("average_correlation"), "ratio")
    _events(facts, conditions.get("blackouts"), record.candidate)
    facts.put("facts.source", record.facts.get("source"), TEXT)
    facts.put("facts.simulated", record.facts.get("simulated"), TEXT)


def _fact(facts: Facts, path: str, told: Any, unit: str, *, scale: float = 1) -> None:
    if not isinstance(told, Mapping):
        return
    if told.get("state") != "known":
        unit = UNKNOWN if told.get("state") == "unknown" else NOT_APPLICABLE
        facts.put(path, told.get("reason") or "no reason given", unit)
        return
    value = told.get("value")
    facts.put(path, scale * value if isinstance(value, float | int) else value, unit)


def _earnings(facts: Facts, told: Any, record: DecisionRecord) -> None:
    days = plain(told, "value") if isinstance(told, Mapping) else None
    if not isinstance(days, list):
        _fact(facts, "facts.next_earnings", told, "date")
        return
    today = new_york_date(record.candidate.as_of).isoformat()
    coming = sorted(day for day in days if day >= today)
    if not coming:
        facts.put("facts.next_earnings", "none announced", TEXT)
        return
    facts.put("facts.next_earnings", coming[0], "date")
    facts.put("facts.earnings_inside_the_trade", coming[0] <= record.candidate.expiry.isoformat(), TEXT)


def _events(facts: Facts, told: Any, candidate: Candidate) -> None:
    """Scheduled events up to expiry, by their names."""
    windows = plain(told, "value") if isinstance(told, Mapping) else None
    if not isinstance(windows, list):
        _fact(facts, "events", told, TEXT)
        return
    today, last = new_york_date(candidate.as_of).isoformat(), candidate.expiry.isoformat()
    for window in windows:
        day = str(window["end"])[:10]
        if today <= day <= last:
            bare = "_".join(str(window["name"]).replace(day, "").split())
            facts.put(f"events.{bare}_{day}", day, "date")


def _analysis(facts: Facts, analysis: Analysis) -> None:
    for name in ("source", "provider", "model"):
        facts.put(f"analysis.{name}", str(getattr(analysis, name)), TEXT)
    facts.put("analysis.grounded", analysis.grounded, TEXT)
    facts.put("analysis.problem", analysis.problem, WORDS)
    for place, miss in enumerate(analysis.misses):
        facts.put(f"analysis.misses.{place}", miss, WORDS)
    said = analysis.rationale
    if said is not None:
        facts.put("analysis.verdict", said.verdict.value, TEXT)
        facts.put("analysis.confidence", said.confidence, "score")
        for name in ("rationale", "risk_narrative", "sentiment", "earnings", "sector_and_macro", "similar_trades",
                     "exit_plan"):  # fmt: skip
            facts.put(f"analysis.{name}", getattr(said, name), WORDS)
        for name in ("best", "base", "worst"):
            facts.put(f"analysis.scenarios.{name}", getattr(said.scenarios, name), WORDS)
        for name in ("risk_factors", "catalysts"):
            for place, phrase in enumerate(getattr(said, name)):
                facts.put(f"analysis.{name}.{place}", phrase, WORDS)
    usage = analysis.usage
    facts.put("analysis.usage.input_tokens", usage.input_tokens, "tokens")
    facts.put("analysis.usage.output_tokens", usage.output_tokens, "tokens")
    facts.put("analysis.usage.cost", usage.cost_usd, "USD")
    facts.put("analysis.usage.seconds", usage.seconds, "seconds")
    facts.put("analysis.prompt_fingerprint", analysis.prompt_fingerprint, HASH)
    facts.put("analysis.brief_digest", analysis.brief_digest, HASH)


def _fit(facts: Facts, fit: FitResult) -> None:
    facts.put("fit.score", fit.score, "score")
    facts.put("fit.contracts", fit.contracts, "contracts")
    facts.put("fit.binding", fit.binding, TEXT)
    facts.put("fit.nav", fit.nav, "USD")
    for limit in fit.limits:
        _limit(facts, limit)


def _limit(facts: Facts, limit: LimitResult) -> None:
    where = f"limits.{limit.rule}"
    facts.put(f"{where}.name", limit.name, TEXT)
    facts.put(f"{where}.state", limit.state.value.replace("_", " "), TEXT)
    if limit.state in (LimitState.UNKNOWN, LimitState.NOT_APPLICABLE):
        unit = UNKNOWN if limit.state is LimitState.UNKNOWN else NOT_APPLICABLE
        facts.put(f"{where}.after", limit.text, unit)
        return
    shares = {"share of NAV": ON_NAV, "share of mid": "percent"}
    unit = shares.get(limit.unit, {"account currency": "USD"}.get(limit.unit, limit.unit or "number"))
    scale = 100 if limit.unit in shares else 1
    for name in ("before", "after", "limit", "alert"):
        value = getattr(limit, name)
        facts.put(f"{where}.{name}", None if value is None else scale * value, unit)
    facts.percent(f"{where}.headroom", limit.headroom)
    facts.put(f"{where}.vetoes", limit.vetoes, TEXT)
    facts.put(f"{where}.source", limit.source, TEXT)


def _decision(facts: Facts, record: DecisionRecord) -> None:
    score = record.score
    if score is not None:
        for name in ("quantitative", "model", "fit", "total"):
            facts.put(f"score.{name}", getattr(score, name), "score")
        for name in ("quantitative", "model", "fit"):
            facts.percent(f"score.weights.{name}", getattr(score.weights, name))
    elif record.candidate.quantitative is not None:
        facts.put("score.quantitative", record.candidate.quantitative, "score")
    for name, level in thresholds_of(record).items():
        facts.put(f"thresholds.{name}", level, "score")
    for place, reason in enumerate(record.reasons):
        facts.put(f"reasons.{place}.rule", reason.rule, TEXT)
        facts.put(f"reasons.{place}.says", reason.text, WORDS)
    facts.at("gate.deadline", record.gate.deadline if record.gate else None)
    if record.edit is not None:
        facts.put("edit.revision", record.edit.revision, "number")
        facts.put("edit.contracts", record.edit.contracts, "contracts")
        facts.put("edit.by", record.edit.by, TEXT)
        facts.put("edit.reason", record.edit.reason, WORDS)
    if record.approval is not None:
        for name in ("verdict", "by", "channel"):
            facts.put(f"approval.{name}", getattr(record.approval, name), TEXT)
        facts.put("approval.reason", record.approval.reason, WORDS)
        facts.at("approval.at", record.approval.at)


def thresholds_of(record: DecisionRecord) -> dict[str, float]:
    """From which score a trade needs nobody and from which a person is asked: the book's, else the house's."""
    told = plain(book_text(record), "approval") or plain(house_text(record), "thresholds") or {}
    return {name: float(told[name]) for name in ("automatic", "human") if isinstance(told.get(name), int | float)}


def _book(facts: Facts, record: DecisionRecord) -> None:
    """The exits of the book, as it was when it proposed the trade."""
    exits = plain(book_text(record), "exits") or {}
    units = {
        "time_stop": "days",
        "held": "days",
        "delta": "per share",
        "net_delta": "per share",
        "ex_dividend": "days",
    }
    for name, value in exits.items():
        if isinstance(value, bool) or value is None:
            facts.put(f"exits.{name}", bool(value), TEXT)
        elif name in units:
            facts.put(f"exits.{name}", value, units[name])
        else:
            facts.percent(f"exits.{name}", float(Decimal(str(value))))
