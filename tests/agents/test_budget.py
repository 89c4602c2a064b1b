"""Caps fail closed: no price, no record of spending, or too little left, and nothing is asked."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from agents.anthropic import DEFAULT_MODEL as CLAUDE
from agents.anthropic import wire_body
from agents.budget import BudgetedModel, Caps, MemorySpend
from agents.model import Completion, ModelRequest
from agents.price import ceiling, meter
from prompts.library import load
from tests.agents.examples import request
from tools.domain.errors import LedgerError, ModelError
from tools.domain.rationale import AnalysisSource, Usage
from tools.domain.value import canonical

CAPS = Caps(per_candidate=0.01, per_day=0.02)


class Asked:
    """A model that costs what it is told; `cost` None is unknown."""

    provider, model = "anthropic", CLAUDE

    def __init__(self, cost: float | None = 0.004, error: ModelError | None = None) -> None:
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


def budgeted(asked: Asked, store: MemorySpend, worst: float | None = 0.004, caps: Caps = CAPS) -> BudgetedModel:
    return BudgetedModel(asked, caps=caps, store=store, worst=lambda *_: worst)


def question(label: str) -> ModelRequest:
    return request(brief={"label": label})


def test_spending_is_recorded_per_candidate_and_day() -> None:
    store = MemorySpend()
    model = budgeted(Asked(0.003), store)
    model.complete(question("a"))
    model.complete(question("a"))
    model.complete(question("b"))
    assert store.spent() == pytest.approx(0.009)


def test_a_candidate_stops_at_its_cap_and_others_go_on() -> None:
    asked = Asked(0.004)
    model = budgeted(asked, MemorySpend())
    model.complete(question("a"))
    model.complete(question("a"))
    with pytest.raises(ModelError, match=r"this candidate is used up: \$0\.0080 of \$0\.01"):
        model.complete(question("a"))
    assert asked.calls == 2
    model.complete(question("b"))


def test_the_day_stops_at_its_cap() -> None:
    asked = Asked(0.004)
    model = budgeted(asked, MemorySpend())
    for name in "abcde":
        model.complete(question(name))
    with pytest.raises(ModelError, match="today is used up"):
        model.complete(question("f"))
    assert asked.calls == 5


def test_without_a_price_nothing_is_asked() -> None:
    asked = Asked()
    with pytest.raises(ModelError, match="No price is known"):
        budgeted(asked, MemorySpend(), worst=None).complete(question("a"))
    assert asked.calls == 0


@pytest.mark.parametrize("cost", [None, 0.5])
def test_a_surprise_counts_in_full(cost: float | None) -> None:
    """More than expected counts as charged; an unknown cost counts as the worst."""
    store = MemorySpend()
    budgeted(Asked(cost), store).complete(question("a"))
    assert store.spent() == (0.004 if cost is None else 0.5)


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
        def spent(self, candidate: str | None = None) -> float:
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
        def record(self, candidate: str, dollars: float) -> None:
            raise LedgerError("disk full")

    with pytest.raises(ModelError, match="disk full"):
        budgeted(Asked(), Full()).complete(question("a"))


def test_calls_in_flight_count_before_they_are_paid() -> None:
    asked = Asked(0.004)
    asked.gate.clear()
    model = budgeted(asked, MemorySpend())

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
    assert granted == 5  # 5 × 0.004 = 0.02


def test_the_ceiling_lies_above_what_the_real_prompt_costs() -> None:
    prompt = load("analyst")
    real = request(system=prompt["system"].render(), prompt="x" * 3000)
    highest = ceiling("anthropic", CLAUDE, real)
    assert highest is not None
    characters = len(canonical(wire_body(real)))
    reply = {"model": CLAUDE, "usage": {"input_tokens": characters // 3, "output_tokens": real.max_output_tokens}}
    _, _, cost = meter("anthropic")(reply, None)
    assert cost is not None
    assert cost < highest < Caps().per_candidate
    assert ceiling("anthropic", "claude-unheard-of", real) is None
    assert ceiling("nobody", CLAUDE, real) is None
