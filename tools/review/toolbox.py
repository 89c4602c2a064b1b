"""The tools of a reviewer: read-only, deterministic, on one record. No broker, no market, no clock in any hand.

reprice · scenario   the trade's own options at another spot, volatility or day
what_if              the same decision with one number changed
compare · scan       another decision beside this one; all that the same scan proposed
"""

from __future__ import annotations

from typing import Any

from pydantic import Field

from tools.domain.decision import DecisionRecord
from tools.domain.errors import InputError, NotFound
from tools.review.comparing import Others, alternatives, compare
from tools.review.fact import Facts
from tools.review.repricing import priced_facts, reprice
from tools.review.tool import Arguments, Tool, ToolResult, ToolSpec
from tools.review.what_if import Judge, what_if

WIDEST = 100.0
"""Percent by which a spot may be moved."""


class RepriceArguments(Arguments):
    spot: float | None = Field(description="Price of the underlying in dollars per share; null as recorded.")
    iv: float | None = Field(
        description="Implied volatility of the sold leg in percent, 24 for 24 %; null as recorded."
    )
    days: float | None = Field(description="Calendar days after the decision; null for none, dte for expiry.")


class ScenarioArguments(Arguments):
    spot_change: float = Field(description="Change of the underlying in percent, -10 for a fall of 10 %.")
    vol_change: float = Field(description="Change of implied volatility in points, 5 for 20 % to 25 %.")
    days: float = Field(description="Calendar days that have passed since the decision, 0 for at once.")


class WhatIfArguments(Arguments):
    path: str = Field(
        description="The fact to change, as the record names it: filters.RULE.value, .threshold, .low, .high or "
        ".weight; limits.RULE.limit or .after; thresholds.automatic or .human; score.weights.quantitative, .model "
        "or .fit; analysis.confidence; candidate.credit."
    )
    value: float = Field(description="Its new value, in the unit in which the record states it.")


class CompareArguments(Arguments):
    other: str = Field(description="Id of the other decision, or the beginning of it.")


class ScanArguments(Arguments):
    pass


class Toolbox:
    """The tools over one set of decisions. `judge` is the desk's own gate."""

    def __init__(self, *, judge: Judge, others: Others) -> None:
        self._judge = judge
        self._others = others
        every: tuple[Tool[Any], ...] = (
            Tool("reprice", _REPRICE, RepriceArguments, _reprice),
            Tool("scenario", _SCENARIO, ScenarioArguments, _scenario),
            Tool("what_if", _WHAT_IF, WhatIfArguments, self._what_if),
            Tool("compare", _COMPARE, CompareArguments, self._compare),
            Tool("scan", _SCAN, ScanArguments, self._scan),
        )
        self._tools = {tool.name: tool for tool in every}

    @property
    def specs(self) -> tuple[ToolSpec, ...]:
        return tuple(tool.spec for tool in self._tools.values())

    def call(self, record: DecisionRecord, name: str, arguments: dict[str, Any] | None) -> ToolResult:
        """What a tool says; one that does not exist, or that cannot answer, says so."""
        tool = self._tools.get(name)
        if tool is None:
            return ToolResult(Facts(), f"There is no tool {name[:40]!r}; there are {', '.join(self._tools)}.")
        return tool.call(record, arguments)

    def _what_if(self, record: DecisionRecord, given: WhatIfArguments) -> Facts:
        return what_if(record, given.path, given.value, self._judge)

    def _compare(self, record: DecisionRecord, given: CompareArguments) -> Facts:
        try:
            return compare(record, self._others.record(given.other))
        except NotFound as error:
            raise InputError(str(error)) from error

    def _scan(self, record: DecisionRecord, _: ScanArguments) -> Facts:
        return alternatives(record, self._others.of_scan(record.candidate.snapshot))


def _reprice(record: DecisionRecord, given: RepriceArguments) -> Facts:
    vol = None if given.iv is None else given.iv / 100
    return priced_facts("reprice", record, reprice(record, spot=given.spot, vol=vol, days=given.days))


def _scenario(record: DecisionRecord, given: ScenarioArguments) -> Facts:
    if not -WIDEST < given.spot_change <= WIDEST:
        raise InputError(f"A spot is moved by more than -{WIDEST:g} % and at most {WIDEST:g} %.")
    spot = record.candidate.spot * (1 + given.spot_change / 100)
    vol = None if record.candidate.iv is None else record.candidate.iv + given.vol_change / 100
    facts = priced_facts("scenario", record, reprice(record, spot=spot, vol=vol, days=given.days))
    facts.put("scenario.vol_change", given.vol_change, "vol points")
    return facts


_REPRICE = (
    "What the trade is worth at another price of the underlying, another implied volatility or a later day, with "
    "everything else as recorded: what closing costs and the profit of one contract and of the whole trade."
)
_SCENARIO = "Profit or loss of the trade under a shock: the underlying moves by a percentage, volatility by points."
_WHAT_IF = (
    "The same decision with one number changed: a filter's value or bound, a limit, a threshold, a weight, the "
    "model's confidence or the credit. Gives score, outcome and reasons before and after; the size stays."
)
_COMPARE = "Another decision beside this one: scores, outcome, credit, yield, risk."
_SCAN = "All decisions of the scan that proposed this one: how many, which place by score, and the best others."
