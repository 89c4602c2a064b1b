"""The next model is asked in an outage and in nothing else; what came to nothing is paid for and told."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from agents.bounded import BoundedModel
from agents.fallback import FallbackModel
from agents.model import Completion, ModelRequest
from tests.agents.examples import request
from tools.domain.errors import ModelError, ModelOutage
from tools.domain.rationale import AnalysisSource, Usage

QUESTION = request(prompt="first")
CORRECTION = request(prompt="again", correction_of=QUESTION)


class Named:
    """A model that answers under its name, or raises."""

    def __init__(self, name: str, error: ModelError | None = None, problem: str = "") -> None:
        self.provider, self.model = name, f"{name}-model"
        self.error, self.problem = error, problem
        self.asked: list[str] = []

    def complete(self, request: ModelRequest) -> Completion:
        self.asked.append(request.prompt)
        if self.error is not None:
            raise self.error
        return Completion(
            text="{}",
            stop="end",
            problem=self.problem,
            source=AnalysisSource.LIVE,
            provider=self.provider,
            model=self.model,
            usage=Usage(input_tokens=10, output_tokens=5, cost_usd=0.001, seconds=1.0, calls=1),
        )


def outage(text: str = "a is down.", cost: float | None = 0.0) -> ModelOutage:
    return ModelOutage(text, provider="a", usage=Usage(cost_usd=cost, seconds=2.0, calls=1))


def test_an_outage_is_answered_by_the_next_and_its_usage_is_kept() -> None:
    first, second = Named("a", outage(cost=None)), Named("b")
    completion = FallbackModel([first, second]).complete(QUESTION)
    assert (completion.provider, completion.model) == ("b", "b-model")
    usage = Usage(input_tokens=10, output_tokens=5, cost_usd=None, seconds=3.0, calls=2)
    assert completion.usage == usage, "what nobody can price stays unknown"


@pytest.mark.parametrize("problem", ["The model refused to answer (none).", "The answer was cut off (max_tokens)."])
def test_a_refusal_or_a_cut_answer_is_an_answer(problem: str) -> None:
    second = Named("b")
    assert FallbackModel([Named("a", problem=problem), second]).complete(QUESTION).problem == problem
    assert second.asked == []


def test_a_spent_budget_is_asked_of_nobody_else() -> None:
    second = Named("b")
    with pytest.raises(ModelError, match="used up") as caught:
        FallbackModel([Named("a", ModelError("The budget is used up.")), second]).complete(QUESTION)
    assert not isinstance(caught.value, ModelOutage)
    assert second.asked == []


def test_an_outage_of_all_names_every_reason_and_keeps_what_was_paid() -> None:
    down = [Named("a", outage(cost=0.25)), Named("b", outage("b is down.", cost=0.5))]
    with pytest.raises(ModelOutage, match=r"a is down\. b is down\.") as caught:
        FallbackModel(down).complete(QUESTION)
    assert caught.value.usage == Usage(cost_usd=0.75, seconds=4.0, calls=2)


def test_a_correction_goes_first_to_whoever_gave_the_answer() -> None:
    first, second = Named("a", outage()), Named("b")
    model = FallbackModel([first, second])
    model.complete(QUESTION)
    first.error = None
    assert model.complete(CORRECTION).provider == "b"
    assert first.asked == ["first"]
    assert model.complete(request(prompt="other, again", correction_of=request(prompt="other"))).provider == "a"


def test_so_many_at_a_time_and_no_more() -> None:
    lock, running, most = threading.Lock(), 0, 0

    class Busy(Named):
        def complete(self, request: ModelRequest) -> Completion:
            nonlocal running, most
            with lock:
                running += 1
                most = max(most, running)
            time.sleep(0.01)
            with lock:
                running -= 1
            return super().complete(request)

    model = BoundedModel(Busy("a"), most=3)
    with ThreadPoolExecutor(12) as pool:
        answered = list(pool.map(model.complete, [QUESTION] * 24))
    assert (len(answered), most) == (24, 3)
