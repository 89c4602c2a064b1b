"""A candidate and its facts as a person reads and edits them in a case file, and back.

    {iv_rank: 62, rating: {unknown: no source}, legs: [-1 XOM261218P00098000], …} ⇄ candidate, facts, conditions

A known fact is its plain value, any other is `{unknown: reason}` or `{not_applicable: reason}`. Numbers keep seven
digits, more than a brief shows. Filters that measure an account are left out: the analyst is not told of any.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, TypeVar

from agents.brief import ACCOUNT_RULES
from tools.domain.candidate import Candidate, UnitGreeks
from tools.domain.contract import ExerciseStyle, OptionContract, parse_occ
from tools.domain.fact import Fact
from tools.domain.market import Conditions, EventWindow, UnderlyingFacts
from tools.domain.score import FilterResult, FilterState
from tools.domain.structure import Leg

T = TypeVar("T")
DIGITS = 7
SOURCE = "case"

NUMBERS = (
    "iv_rank", "iv_percentile", "put_call_ratio", "sector_put_call_ratio", "sma_20", "rsi_14", "realised_vol",
    "beta",
)  # fmt: skip
TEXTS = ("sector", "rating")


def candidate_of(written: Mapping[str, Any], filters: list[dict[str, Any]]) -> Candidate:
    fields = dict(written)
    european, multiplier = fields.pop("european", False), fields.get("multiplier", 100)
    legs = [_leg(text, fields["underlying"], european=european, multiplier=multiplier) for text in fields["legs"]]
    greeks = fields.pop("greeks", None)
    return Candidate.model_validate({
        "snapshot": "0" * 64, "feed": "simulated", "source": SOURCE, "cash_required": 0.0, "shares_required": 0,
        "multiplier": multiplier, "pop": None, "expected_move": None, "iv": None, "open_interest": None,
        "volume": None,
        **fields,
        "legs": legs,
        "greeks": None if greeks is None else UnitGreeks(**greeks),
        "filters": [FilterResult(**{"text": "", "required": True, **each}) for each in filters],
    })  # fmt: skip


def written_candidate(candidate: Candidate) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The candidate without its filters, and its filters."""
    data = candidate.model_dump(mode="json", exclude={"legs", "filters", "snapshot", "feed", "source"})
    fields = {name: _short(value) for name, value in data.items() if value is not None}
    fields["legs"] = [f"{leg.quantity} {leg.contract.occ}" for leg in candidate.legs]
    if isinstance(candidate.legs[0].contract, OptionContract) and _is_european(candidate):
        fields["european"] = True
    return fields, [_written_filter(each) for each in candidate.filters if each.rule not in ACCOUNT_RULES]


def underlying_of(written: Mapping[str, Any], *, symbol: str, as_of: datetime) -> UnderlyingFacts:
    fields = dict(written)
    return UnderlyingFacts(
        symbol=symbol,
        name=fields["name"],
        kind=fields["kind"],
        broad_index=fields.get("broad_index", False),
        earnings=_fact(Fact[tuple[date, ...]], fields["earnings"], as_of),
        **{name: _fact(Fact[str], fields[name], as_of) for name in TEXTS},
        **{name: _fact(Fact[float], fields[name], as_of) for name in NUMBERS},
    )


def written_underlying(facts: UnderlyingFacts) -> dict[str, Any]:
    plain: dict[str, Any] = {"name": facts.name, "kind": facts.kind.value}
    if facts.broad_index:
        plain["broad_index"] = True
    named = {name: _written_fact(getattr(facts, name)) for name in (*TEXTS, "earnings", *NUMBERS)}
    return plain | named


def fact_of(name: str, written: Any, as_of: datetime) -> Any:
    """One fact of an underlying by its name; what is no fact (its name, its kind) is taken as it is."""
    if name == "earnings":
        days = [date.fromisoformat(day) for day in written] if isinstance(written, list) else written
        return _fact(Fact[tuple[date, ...]], days, as_of)
    if name in NUMBERS:
        return _fact(Fact[float], written, as_of)
    return _fact(Fact[str], written, as_of) if name in TEXTS else written


def conditions_of(written: Mapping[str, Any], *, as_of: datetime) -> Conditions:
    events = written["events"]
    if isinstance(events, list):
        events = [EventWindow(**each) for each in events]
    return Conditions(
        vix=_fact(Fact[float], written["vix"], as_of),
        average_correlation=_fact(Fact[float], written["average_correlation"], as_of),
        blackouts=_fact(Fact[tuple[EventWindow, ...]], events, as_of),
    )


def written_conditions(conditions: Conditions, *, until: date) -> dict[str, Any]:
    """With the events up to a day: the rest of the year is no news to a trade."""
    found = _written_fact(conditions.blackouts)
    events = (
        [each.model_dump(mode="json") for each in conditions.blackouts.value if each.start.date() <= until]
        if conditions.blackouts.value is not None
        else found
    )
    return {
        "vix": _written_fact(conditions.vix),
        "average_correlation": _written_fact(conditions.average_correlation),
        "events": events,
    }


def _leg(text: str, underlying: str, *, european: bool, multiplier: int) -> Leg:
    quantity, symbol = text.split()
    root, expiry, right, strike = parse_occ(symbol)
    style = ExerciseStyle.EUROPEAN if european else ExerciseStyle.AMERICAN
    contract = OptionContract(
        underlying=underlying,
        root=root,
        expiry=expiry,
        right=right,
        strike=strike,
        multiplier=multiplier,
        style=style,
    )
    return Leg(contract=contract, quantity=int(quantity))


def _is_european(candidate: Candidate) -> bool:
    return candidate.legs[0].contract.style is ExerciseStyle.EUROPEAN


def _written_filter(result: FilterResult) -> dict[str, Any]:
    data = result.model_dump(mode="json", exclude_defaults=True)
    if result.state in (FilterState.PASS, FilterState.FAIL):
        data.pop("text", None)
    if result.required:
        data.pop("required")
    return {name: _short(value) for name, value in data.items()}


def _fact(kind: type[Fact[T]], written: Any, as_of: datetime) -> Fact[T]:
    if isinstance(written, Mapping):
        ((state, reason),) = written.items()
        return kind.unknown(reason) if state == "unknown" else kind.not_applicable(reason)
    value: Any = tuple(written) if isinstance(written, list) else written
    return kind.known(value, source=SOURCE, as_of=as_of)


def _written_fact(fact: Fact[Any]) -> Any:
    if fact.value is None:
        return {fact.state.value: fact.reason}
    if isinstance(fact.value, tuple):
        return [each.isoformat() if isinstance(each, date) else each for each in fact.value]
    return _short(fact.value)


def _short(value: Any) -> Any:
    if isinstance(value, float):
        number = float(f"{value:.{DIGITS}g}")
        return int(number) if number.is_integer() and abs(number) < 1e9 else number
    if isinstance(value, dict):
        return {name: _short(each) for name, each in value.items()}
    return [_short(each) for each in value] if isinstance(value, list | tuple) else value
