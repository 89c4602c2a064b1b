"""The analyst without a model: a plain text written by rule from the brief alone.

It says nothing the brief does not say, its confidence is always 5.0, and it is labelled `offline` wherever it
is shown; the gate does not let it approve a live order. Its verdict is `approve` when every filter in the
brief that could be measured passes, and `caution` when one fails: it never declines, since it has no view.
What is unknown does not turn the verdict; it goes to a person by the rules of the gate.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from agents.model import Completion, ModelRequest
from tools.domain.rationale import AnalysisSource, Rationale, Scenario, Usage, Verdict
from tools.domain.score import FilterState

CONFIDENCE = 5.0


class OfflineModel:
    """Writes the template text; costs nothing and cannot fail."""

    provider = "offline"
    model = "template"

    def complete(self, request: ModelRequest) -> Completion:
        return Completion(
            text=template(request.brief).model_dump_json(),
            stop="end",
            source=AnalysisSource.OFFLINE,
            provider=self.provider,
            model=self.model,
            usage=Usage(cost_usd=0.0, seconds=0.0, calls=1),
        )


def template(brief: Mapping[str, Any]) -> Rationale:
    """The rationale of a brief, every number in it the brief's own."""
    trade, underlying, market = (_Group(brief[name]) for name in ("trade", "underlying", "market"))
    failing = _rules(brief, FilterState.FAIL)
    return Rationale(
        rationale=(
            f"Offline template, no model was asked. {brief['label']}: credit {trade['credit']}, premium yield "
            f"{trade['premium_yield']}, probability of profit {trade['probability_of_profit']}."
        ),
        risk_narrative=(
            f"Beyond {_breakevens(trade)} the trade loses, at most {trade['max_loss']}. "
            f"The expected move to expiry is {trade['expected_move']} from spot {underlying['spot']}."
        ),
        risk_factors=(
            f"delta {trade['delta']}, vega {trade['vega']}",
            f"bid-ask spread {trade['bid_ask_spread']}, open interest {trade['open_interest']}",
            *(f"filter {rule} fails" for rule in failing),
            *(f"filter {rule} is unknown" for rule in _rules(brief, FilterState.UNKNOWN)),
        )[:8],
        catalysts=_events(brief["market"]),
        sentiment=f"RSI {underlying['rsi_14']}, put/call ratio {underlying['put_call_ratio']}.",
        earnings=f"Next earnings: {underlying['next_earnings']}.",
        sector_and_macro=(
            f"Sector: {underlying['sector']}. VIX {market['vix']}, IV rank {underlying['iv_rank']}, "
            f"implied volatility {trade['iv']} against realised volatility {underlying['realised_vol']}."
        ),
        scenarios=Scenario(
            best=f"The options expire worthless and the premium of {trade['premium']} is kept.",
            base=f"The premium decays at {trade['theta']} and is bought back early.",
            worst=f"The whole {trade['max_loss']} is lost.",
        ),
        similar_trades=_past(brief["similar_trades"]),
        exit_plan=(
            f"Buy back at half the credit, {trade['buy_back_at_half_credit']}, or by the exits of the book; "
            f"expiry is {trade['expiry']}."
        ),
        verdict=Verdict.CAUTION if failing else Verdict.APPROVE,
        confidence=CONFIDENCE,
    )


class _Group:
    """One group of a brief, each entry in words: `8.4 %`, `1.05 USD/share`, `unknown`."""

    def __init__(self, entries: Mapping[str, Any]) -> None:
        self._entries = entries

    def __getitem__(self, name: str) -> str:
        entry = self._entries.get(name, {})
        if "not_applicable" in entry:
            return "not applicable"
        return in_words(entry["value"], entry["unit"]) if "value" in entry else "unknown"

    def named(self, ending: str) -> list[str]:
        return [self[name] for name in self._entries if name.endswith(ending)]


def in_words(value: float | str, unit: str) -> str:
    """A fact as written in a sentence."""
    if unit in ("text", "date", "time", "ratio", "number", "per share"):
        return str(value)
    if unit.startswith("percent"):
        return f"{value} %"
    if unit.startswith("USD/"):
        amount = float(value)
        sign, digits = "-" if amount < 0 else "", 0 if amount.is_integer() else 2
        return f"{sign}${abs(amount):,.{digits}f} per {unit.removeprefix('USD/')}"
    return f"{value} {unit}"


def _breakevens(trade: _Group) -> str:
    return " and ".join(trade.named("breakeven")) or "the breakeven"


def _past(trades: Sequence[Mapping[str, Any]]) -> str:
    if not trades:
        return "None on record."
    nearest = _Group(trades[0])
    return (
        f"The most similar past trade, {nearest['past_trade']}, brought {nearest['result']} in "
        f"{nearest['held']} and ended by {nearest['ended_by']}."
    )


def _rules(brief: Mapping[str, Any], state: FilterState) -> list[str]:
    return [result["rule"].replace("_", " ") for result in brief["filters"] if result["state"] == state.value]


def _events(market: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(name.removeprefix("event ") for name in market if name.startswith("event "))
