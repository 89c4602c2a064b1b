"""Caps fail closed: no price, no record of spending, or too little left, and nothing is asked."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest

from agents.anthropic import DEFAULT_MODEL as CLAUDE
from agents.anthropic import wire_body
from agents.budget import BudgetedModel, MemorySpend
from agents.exchange import ATTEMPTS
from agents.model import Completion, ModelRequest
from agents.price import ceiling, meter
from prompts.library import load
from tests.agents.examples import request
from tools.domain.errors import LedgerError, ModelError
from tools.domain.rationale import AnalysisSource, Usage
from tools.domain.spending import CallOutcome, Caps, Intended, Settlement, Shortfall
from tools.domain.value import canonical

CAPS = Caps(per_candidate=0.01, per_day=0.02, per_month=0.1)
WORST = 0.004  # of one attempt; a call sets aside both that it may take


class Asked:
    """A model that costs what it is told; `cost` None is unknown."""

    provider, model = "anthropic", CLAUDE

    def __init__(self, cost: float | None = 0.003, error: ModelError | None = None) -> None:
        self.calls = 0
        self.cost = cost
        self.error = error
        self.gate = threading.Event()
        self.gate.set()

    def complete(self, request: ModelRequest) -> Completion:
        self.calls += 1
        self.gate.wait(5)
        if self.error:
            raise self.error
        usage = Usage(cost_usd=self.cost, calls=1)
        return Completion(text="{}", stop="end", source=AnalysisSource.LIVE, provider="a", model="m", usage=usage)


def budgeted(asked: Asked, store: MemorySpend, worst: float | None = WORST, caps: Caps = CAPS) -> BudgetedModel:
    return BudgetedModel(asked, caps=caps, store=store, worst=lambda *_: worst)


def question(label: str) -> ModelRequest:
    return request(brief={"label": label})


def test_spending_is_recorded_per_candidate_and_day() -> None:
    store = MemorySpend()
    model = budgeted(Asked(0.001), store)
    model.complete(question("a"))
    model.complete(question("a"))
    model.complete(question("b"))
    assert store.spent() == pytest.approx(0.003)


def test_a_candidate_stops_at_its_cap_and_others_go_on() -> None:
    asked = Asked(0.003)
    model = budgeted(asked, MemorySpend())
    model.complete(question("a"))
    with pytest.raises(ModelError, match=r"this candidate is used up: \$0\.0030 of \$0\.01 spent .* \$0\.0080"):
        model.complete(question("a"))
    assert asked.calls == 1
    model.complete(question("b"))


@pytest.mark.parametrize(
    ("scope", "caps"), [("today", CAPS), ("this month", CAPS.model_copy(update={"per_day": 9}))]
)
def test_the_day_and_the_month_stop_at_their_caps(scope: str, caps: Caps) -> None:
    asked = Asked(0.004)
    model = budgeted(asked, MemorySpend(), caps=caps.model_copy(update={"per_month": 0.02}))
    for name in "abcd":
        model.complete(question(name))
    with pytest.raises(ModelError, match=f"{scope} is used up"):
        model.complete(question("f"))
    assert asked.calls == 4


def test_a_decision_pays_for_all_its_questions() -> None:
    """A brief with and one without outside text are two questions about one trade."""
    store = MemorySpend()
    model = budgeted(Asked(0.001), store)
    for brief in ({"label": "a"}, {"label": "a", "news": "none"}):
        model.complete(request(brief=brief, candidate="d-1"))
    assert store.spent("d-1") == pytest.approx(0.002)


def test_without_a_price_nothing_is_asked() -> None:
    asked = Asked()
    with pytest.raises(ModelError, match="No price is known"):
        budgeted(asked, MemorySpend(), worst=None).complete(question("a"))
    assert asked.calls == 0


def test_an_unknown_cost_counts_as_the_worst() -> None:
    store = MemorySpend()
    completion = budgeted(Asked(None), store).complete(question("a"))
    assert (store.spent(), completion.problem) == (WORST, "")


def test_a_call_that_costs_more_than_it_can_counts_in_full_and_is_no_answer() -> None:
    store = MemorySpend()
    completion = budgeted(Asked(0.5), store).complete(question("a"))
    assert store.spent() == 0.5
    assert completion.problem.startswith("anthropic charges $0.5000 for a call that can cost $0.0040 at most")
    assert completion.usage.cost_usd == 0.5, "and what it cost is kept"


@pytest.mark.parametrize(
    ("usage", "charged"),
    [
        (None, 0.004),
        (Usage(calls=1), 0.004),
        (Usage(calls=2), 0.008),
        (Usage(calls=1, cost_usd=0.0), 0.0),
        (Usage(calls=2, cost_usd=0.0), 0.004),  # lost once, then turned away
    ],
)
def test_a_failed_call_is_charged_unless_it_is_known_to_be_free(usage: Usage | None, charged: float) -> None:
    store = MemorySpend()
    with pytest.raises(ModelError, match="down"):
        budgeted(Asked(error=ModelError("down", usage=usage)), store).complete(question("a"))
    assert store.spent() == charged


def test_a_spend_record_that_cannot_be_read_or_is_not_a_number_stops_everything() -> None:
    class Unreadable(MemorySpend):
        def set_aside(self, call: Intended, caps: Caps) -> int | Shortfall:
            raise LedgerError("locked")

    class Absurd(MemorySpend):
        def spent(self, candidate: str | None = None) -> float:
            return float("nan")

    for store, word in ((Unreadable(), "locked"), (Absurd(), "used up")):
        asked = Asked()
        with pytest.raises(ModelError, match=word):
            budgeted(asked, store).complete(question("a"))
        assert asked.calls == 0


def test_a_call_whose_cost_cannot_be_recorded_is_not_used() -> None:
    class Full(MemorySpend):
        def settle(self, ticket: int, settlement: Settlement) -> None:
            raise LedgerError("disk full")

    store = Full()
    with pytest.raises(ModelError, match="disk full") as caught:
        budgeted(Asked(), store).complete(question("a"))
    assert caught.value.usage
    assert caught.value.usage.cost_usd == 0.003
    assert store.spent() == WORST * ATTEMPTS, "and it stays set aside"


def test_every_end_of_a_call_is_told() -> None:
    ends: list[Settlement] = []

    class Told(MemorySpend):
        def settle(self, ticket: int, settlement: Settlement) -> None:
            ends.append(settlement)

    for asked in (Asked(), Asked(0.5), Asked(error=ModelError("down", usage=Usage(calls=1, cost_usd=0.0)))):
        with suppress(ModelError):
            budgeted(asked, Told()).complete(question("a"))
    assert [end.outcome for end in ends] == [CallOutcome.ANSWERED, CallOutcome.UNUSABLE, CallOutcome.FAILED]
    assert [end.charged for end in ends] == [0.003, 0.5, 0.0]
    assert [bool(end.reason) for end in ends] == [False, True, True]


def test_calls_in_flight_count_before_they_are_paid() -> None:
    asked = Asked(0.004)
    asked.gate.clear()
    store = MemorySpend()
    model = budgeted(asked, store)

    def attempt(index: int) -> bool:
        try:
            model.complete(question(str(index)))
        except ModelError:
            return False
        return True

    with ThreadPoolExecutor(12) as pool:
        results = [pool.submit(attempt, index) for index in range(12)]
        asked.gate.set()
        granted = sum(result.result() for result in results)
    assert 2 <= granted <= 4  # 2 × 0.008 set aside at once; whoever comes later finds 4 × 0.004 settled


def test_the_ceiling_lies_above_what_the_real_prompt_costs() -> None:
    prompt = load("analyst")
    real = request(system=prompt["system"].render(), prompt="x" * 3000)
    highest = ceiling("anthropic", CLAUDE, real)
    assert highest is not None
    tokens = len(canonical(wire_body(real)).encode())  # a token of one byte: no tokenizer makes more of them
    usage = {"input_tokens": 0, "cache_creation_input_tokens": tokens, "output_tokens": real.max_output_tokens}
    cost = meter("anthropic")({"model": CLAUDE, "usage": usage}, None).cost_usd
    assert cost is not None
    assert cost < highest
    assert highest * ATTEMPTS < Caps().per_candidate / 2, "a correction after a charged but lost call still fits"
    assert ceiling("anthropic", "claude-unheard-of", real) is None
    assert ceiling("nobody", CLAUDE, real) is None
