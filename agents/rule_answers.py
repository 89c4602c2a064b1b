"""Answers that rules write: each from the fields of one record, every number with the field it stands at.

facts, tools ─→ Teller ─→ sentences: `The delta is 0.26 per share [filters.delta.value].`
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from agents.reviewer import Called, ReviewTools
from tools.domain.decision import DecisionRecord, LimitState
from tools.domain.score import FilterState
from tools.review.fact import NOT_APPLICABLE, UNKNOWN, WORDS, Facts

NAMED = 4
"""Of many only so many are named."""

Answer = Callable[["Teller"], Iterator[str]]


class Teller:
    """What an answer is written from; `called` are the tools that were asked for it."""

    def __init__(self, record: DecisionRecord, facts: Facts, tools: ReviewTools) -> None:
        self.record = record
        self.facts = facts
        self.called: list[Called] = []
        self._tools = tools

    def __call__(self, path: str) -> str:
        """A field in words with its path; what others wrote stands in quotation marks."""
        fact = self.facts.get(path)
        if fact is None:
            return "unknown (the record does not hold it)"
        words = " ".join(str(fact.words).replace('"', "'").split())
        return f'"{words}" [{path}]' if fact.unit == WORDS else f"{words} [{path}]"

    def has(self, *paths: str) -> bool:
        return all(path in self.facts for path in paths)

    def ask(self, name: str, **arguments: Any) -> str:
        """Ask a tool; its results are fields from now on. One sentence where it cannot answer, else empty."""
        result = self._tools.call(self.record, name, arguments)
        self.facts.update(result.facts)
        self.called.append(Called(name=name, arguments=arguments, result=result.text, failed=bool(result.problem)))
        return result.problem


def why(tell: Teller) -> Iterator[str]:
    yield f"{tell('label')} is {tell('outcome')}."
    yield from _reasons(tell)
    if tell.has("score.total", "thresholds.automatic"):
        yield f"Its score is {tell('score.total')}; from {tell('thresholds.automatic')} on a trade needs nobody."
    yield (
        f"It sells for {tell('candidate.credit')} at a probability of profit of "
        f"{tell('candidate.probability_of_profit')}, with implied volatility {tell('candidate.iv')} against "
        f"realised volatility {tell('facts.realised_vol')}."
    )
    if tell.has("analysis.rationale"):
        yield f"The analyst ({tell('analysis.source')}) wrote: {tell('analysis.rationale')}."


def why_waiting(tell: Teller) -> Iterator[str]:
    """Why a score alone did not decide."""
    if tell.record.outcome is None:
        yield f"The decision is still {tell('state')}."
        return
    if tell.has("approval.by") and tell.facts["approval.by"].value == "score":
        yield f"It was approved by its score alone: {tell('approval.by')}, without a person."
        yield f"The score is {tell('score.total')} against {tell('thresholds.automatic')}."
        return
    if tell.record.outcome.value == "refused":
        yield from why_refused(tell)
        return
    yield f"It was not approved by its score alone; it is {tell('outcome')}."
    yield from _reasons(tell)
    if tell.has("score.total", "thresholds.automatic"):
        yield f"The score is {tell('score.total')}, and {tell('thresholds.automatic')} is where nobody is asked."
    if tell.has("gate.deadline.time"):
        yield f"It waits until {tell('gate.deadline.time')} on {tell('gate.deadline.date')}."


def why_refused(tell: Teller) -> Iterator[str]:
    if tell.record.outcome is None or tell.record.outcome.value in ("approved", "waiting"):
        yield f"It was not refused: it is {tell('outcome')}."
        yield from _reasons(tell)
        return
    yield f"It is {tell('outcome')}."
    yield from _reasons(tell)
    for rule in _rules(tell, lambda limit: limit.vetoes):
        where = f"limits.{rule}"
        yield (
            f"The {tell(f'{where}.name')} would be {tell(f'{where}.after')} and may be "
            f"{tell(f'{where}.limit')}: a limit vetoes whatever the score."
        )


def score(tell: Teller) -> Iterator[str]:
    if not tell.has("score.total"):
        yield "No total score was formed."
        for part in ("quantitative", "model", "fit"):
            if tell.has(f"score.{part}"):
                yield f"Its {part} part is {tell(f'score.{part}')}."
        yield from _reasons(tell)
        return
    yield f"The score is {tell('score.total')}."
    for part, meaning in (
        ("quantitative", "the mean of the filters' margins"),
        ("model", "the analyst's confidence"),
        ("fit", "the room left under the limits"),
    ):
        yield f"{part.capitalize()}, {meaning}, is {tell(f'score.{part}')} at {tell(f'score.weights.{part}')}."
    if tell.has("thresholds.automatic", "thresholds.human"):
        yield f"Nobody is asked from {tell('thresholds.automatic')}, a person from {tell('thresholds.human')}."


def closest(tell: Teller) -> Iterator[str]:
    """The thinnest margins of the filters and the least room under the limits."""
    told = tell.record.candidate.filters
    margins = sorted((each.margin, each.rule) for each in told if each.margin is not None)[:NAMED]
    if margins:
        yield "The filters with the thinnest margins (ten is ideal, five is at the threshold):"
        for _, rule in margins:
            bounds = (f"filters.{rule}.{name}" for name in ("threshold", "high"))
            bound = next((path for path in bounds if tell.has(path)), "")
            against = f" against {tell(bound)}" if bound else ""
            name = rule.replace("_", " ")
            yield f"{name} is {tell(f'filters.{rule}.value')}{against}, margin {tell(f'filters.{rule}.margin')}."
    fit = tell.record.fit
    if fit is None:
        yield "No limit was measured: the trade never came to its fit."
        return
    rooms = sorted((each.headroom, each.rule) for each in fit.limits if each.headroom is not None)[:NAMED]
    if rooms:
        yield "The limits with the least room left:"
    for _, rule in rooms:
        where = f"limits.{rule}"
        yield (
            f"{tell(f'{where}.name')} is {tell(f'{where}.after')} of {tell(f'{where}.limit')}, "
            f"{tell(f'{where}.headroom')} left."
        )


def size(tell: Teller) -> Iterator[str]:
    if not tell.has("fit.contracts"):
        yield "The trade was never sized."
        return
    yield f"It was sized at {tell('fit.contracts')}, bound by {tell('fit.binding')}."
    if tell.has("trade.collateral"):
        yield f"That takes {tell('trade.collateral')} of collateral out of a NAV of {tell('fit.nav')}."


def worst(tell: Teller) -> Iterator[str]:
    yield f"The largest loss of one contract is {tell('candidate.max_loss')}."
    if tell.has("trade.max_loss"):
        yield f"Of the whole trade it is {tell('trade.max_loss')}."
    for path in ("candidate.breakeven", "candidate.lower_breakeven", "candidate.upper_breakeven"):
        if tell.has(path):
            yield f"It loses at expiry beyond {tell(path)}, {tell(f'{path}_from_spot')} from spot."
    yield f"One expected move to expiry is {tell('candidate.expected_move')}."
    if not tell.ask("scenario", spot_change=-10.0, vol_change=10.0, days=0.0):
        yield (
            f"If the underlying moves by {tell('scenario.spot_change')} at once and volatility by "
            f"{tell('scenario.vol_change')}, the trade shows {tell('scenario.profit')}."
        )
    if tell.has("analysis.scenarios.worst"):
        yield f"The analyst's worst case: {tell('analysis.scenarios.worst')}."
    for place in range(NAMED):
        if tell.has(f"analysis.risk_factors.{place}"):
            yield f"A risk it named: {tell(f'analysis.risk_factors.{place}')}."


def exits(tell: Teller) -> Iterator[str]:
    rules = [fact for fact in tell.facts.under("exits") if fact.value != "no"]
    if not rules:
        yield "The record does not hold the exits of its book."
    else:
        yield f"The exits of the book {tell('candidate.book')} in force when it was proposed:"
    for fact in rules:
        yield f"{fact.path.removeprefix('exits.').replace('_', ' ')} at {tell(fact.path)}."
    if tell.has("analysis.exit_plan"):
        yield f"The analyst's plan: {tell('analysis.exit_plan')}."


def catalysts(tell: Teller) -> Iterator[str]:
    events = list(tell.facts.under("events"))
    if events:
        yield "Scheduled before expiry:"
    for fact in events:
        yield f"{fact.path.removeprefix('events.').split('_')[0]} on {tell(fact.path)}."
    if not events:
        yield f"No scheduled event before expiry is in the record{_because(tell, 'events')}."
    if tell.has("facts.next_earnings"):
        yield f"Next earnings: {tell('facts.next_earnings')}."
    if tell.has("analysis.catalysts.0"):
        named = (path for path in tell.facts if path.startswith("analysis.catalysts."))
        yield f"The analyst named {', '.join(tell(path) for path in named)}."


def model(tell: Teller) -> Iterator[str]:
    if not tell.has("analysis.source"):
        yield "No analyst was asked: the trade was settled before that."
        yield from _reasons(tell)
        return
    yield f"Source: {tell('analysis.source')}, by {tell('analysis.provider')}, {tell('analysis.model')}."
    if tell.has("analysis.problem"):
        yield f"It brought no clean answer: {tell('analysis.problem')}."
    if tell.has("analysis.verdict"):
        yield f"Verdict {tell('analysis.verdict')} with confidence {tell('analysis.confidence')}."
        yield f"It wrote: {tell('analysis.rationale')}."
    yield f"Its numbers stand in the facts it was given: {tell('analysis.grounded')}."
    if tell.has("analysis.usage.cost"):
        yield (
            f"It took {tell('analysis.usage.input_tokens')} in and {tell('analysis.usage.output_tokens')} out, "
            f"and cost {tell('analysis.usage.cost')}."
        )
    else:
        yield "What it cost is unknown."


def unknowns(tell: Teller) -> Iterator[str]:
    missing = [fact for fact in tell.facts.values() if fact.unit == UNKNOWN]
    if not missing:
        yield "Nothing the book or the limits ask for was unknown."
    for fact in missing:
        yield f"{_name(fact.path)}: {tell(fact.path)}."
    absent = [fact for fact in tell.facts.under("facts") if fact.unit == NOT_APPLICABLE]
    if absent:
        yield f"Not applicable: {', '.join(f'{_name(each.path)} [{each.path}]' for each in absent)}."


def afterwards(tell: Teller) -> Iterator[str]:
    if not tell.has("order.status") and not tell.has("intent.quantity"):
        yield f"No order went out: the decision is {tell('state')}."
        yield from _reasons(tell)
        return
    if not tell.has("order.status"):
        promised = f"{tell('intent.quantity')} at {tell('intent.limit_price')}"
        yield f"An order for {promised} was promised; no answer to it is recorded."
        return
    price = f" at {tell('order.filled_price')}" if tell.has("order.filled_price") else ""
    done = f"{tell('order.filled_quantity')} of {tell('order.quantity')}"
    yield f"The order is {tell('order.status')}{price}, {done}."
    if tell.has("result.slippage"):
        yield f"That is {tell('result.slippage')} off the mid, {tell('result.slippage_of_credit')} of the credit."
    for place in range(len(tell.record.endings)):
        where = f"endings.{place}"
        yield f"Then it was {tell(f'{where}.purpose')}: {tell(f'{where}.why')}."
    for place in range(len(tell.record.settlements)):
        where = f"settlements.{place}"
        what = f"{tell(f'{where}.symbol')} was {tell(f'{where}.kind')}"
        yield f"{what} on {tell(f'{where}.at.date')}, cash {tell(f'{where}.cash')}."
    if tell.has("result.profit"):
        yield f"Nothing of it is open any more; it brought {tell('result.profit')} after commissions."
    elif tell.has("result.cash_so_far"):
        yield f"It is still open; so far {tell('result.cash_so_far')} came in. The record holds no later price."


def expiry(tell: Teller) -> Iterator[str]:
    if not tell.has("candidate.expiry"):
        yield "Shares do not expire."
        return
    yield f"It expires on {tell('candidate.expiry')}, {tell('candidate.dte')} after the decision."


def breakeven(tell: Teller) -> Iterator[str]:
    paths = [
        path
        for path in ("candidate.breakeven", "candidate.lower_breakeven", "candidate.upper_breakeven")
        if tell.has(path)
    ]
    if not paths:
        yield "The record holds no breakeven."
    for path in paths:
        away = f"{tell(f'{path}_from_spot')} from spot {tell('candidate.spot')}"
        yield f"It breaks even at expiry at {tell(path)}, {away}."


def greeks(tell: Teller) -> Iterator[str]:
    for name in ("delta", "gamma", "vega", "theta"):
        yield f"{name.capitalize()} is {tell(f'candidate.greeks.{name}')}."


def volatility(tell: Teller) -> Iterator[str]:
    yield f"Implied volatility is {tell('candidate.iv')}, realised volatility {tell('facts.realised_vol')}."
    yield f"IV rank is {tell('facts.iv_rank')}, IV percentile {tell('facts.iv_percentile')}."
    yield f"VIX is {tell('facts.vix')}."


def liquidity(tell: Teller) -> Iterator[str]:
    yield f"Bid {tell('candidate.bid')}, ask {tell('candidate.ask')}: a spread of {tell('candidate.spread')}."
    yield f"Open interest {tell('candidate.open_interest')}, volume {tell('candidate.volume')}."


def chance(tell: Teller) -> Iterator[str]:
    yield f"The probability of profit at expiry is {tell('candidate.probability_of_profit')}, risk-neutral."
    yield f"One expected move to expiry is {tell('candidate.expected_move')}."


def pay(tell: Teller) -> Iterator[str]:
    yield f"The credit is {tell('candidate.credit')} at the mid and {tell('candidate.natural')} at the bid."
    yield f"That is {tell('candidate.premium_yield')} on a collateral of {tell('candidate.collateral')}."
    if tell.has("trade.premium"):
        yield f"The whole trade takes in {tell('trade.premium')}."


def people(tell: Teller) -> Iterator[str]:
    if not tell.has("approval.by"):
        yield f"Nobody has decided it: it is {tell('state')}."
        return
    yield (
        f"It was {tell('approval.verdict')} by {tell('approval.by')} through {tell('approval.channel')} on "
        f"{tell('approval.at.date')} at {tell('approval.at.time')}."
    )
    if tell.has("approval.reason"):
        yield f"The reason given: {tell('approval.reason')}."


def company(tell: Teller) -> Iterator[str]:
    yield f"{tell('candidate.underlying')} is {tell('facts.name')}."
    yield f"Sector: {tell('facts.sector')}. Rating: {tell('facts.rating')}."


def filters(tell: Teller) -> Iterator[str]:
    for each in tell.record.candidate.filters:
        where = f"filters.{each.rule}"
        if each.state in (FilterState.PASS, FilterState.FAIL):
            shown = "value" if tell.has(f"{where}.value") else "says"
            yield f"{_name(where)}: {tell(f'{where}.state')}, {tell(f'{where}.{shown}')}."


def alternatives(tell: Teller) -> Iterator[str]:
    problem = tell.ask("scan")
    if problem:
        yield problem
        return
    yield f"Its scan proposed {tell('scan.decisions')}; by score this one is at place {tell('scan.place')}."
    for place in range(1, NAMED + 1):
        where = f"scan.others.{place}"
        if tell.has(f"{where}.label"):
            total = tell(f"{where}.total") if tell.has(f"{where}.total") else "no score"
            yield f"{tell(f'{where}.label')} ({tell(f'{where}.id')}): {total}, {tell(f'{where}.outcome')}."


def not_held(tell: Teller, what: str) -> Iterator[str]:
    yield f"The record of {tell('label')} does not hold that{what}."
    yield (
        "It can be asked why it was decided so, what its score is made of, which limits were close, what can go "
        "wrong, how it is left, what the analyst said, what came of it, or what another number would change."
    )


def _reasons(tell: Teller) -> Iterator[str]:
    for place in range(len(tell.record.reasons)):
        yield f"The rule that spoke: {tell(f'reasons.{place}.rule')}, {tell(f'reasons.{place}.says')}."


def _rules(tell: Teller, wanted: Callable[[Any], bool]) -> Sequence[str]:
    fit = tell.record.fit
    limits = () if fit is None else fit.limits
    return [each.rule for each in limits if wanted(each) and each.state is not LimitState.NOT_APPLICABLE]


def _because(tell: Teller, path: str) -> str:
    return f": {tell(path)}" if tell.has(path) else ""


def _name(path: str) -> str:
    """`premium yield` for `filters.premium_yield`."""
    parts = path.split(".")
    return (parts[1] if len(parts) > 1 else parts[0]).replace("_", " ")
