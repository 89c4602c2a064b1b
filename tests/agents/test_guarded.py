"""A breaker opens on outages alone, rests by the clock it is given, and lets one question try."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from agents.guarded import GuardedModel
from agents.model import Completion, ModelRequest
from tests.agents.examples import request
from tools.domain.errors import ModelError, ModelOutage
from tools.domain.rationale import AnalysisSource, Usage

QUESTION = request()
ANSWER = Completion(
    text="{}", stop="end_turn", source=AnalysisSource.LIVE, provider="anthropic", model="m", usage=Usage(calls=1)
)


class Provider:
    """Answers, or raises what it is given; counts who reached it."""

    provider, model = "anthropic", "m"

    def __init__(self) -> None:
        self.error: ModelError | None = ModelOutage("anthropic is overloaded (529).")
        self.asked = 0
        self.gate = threading.Event()
        self.gate.set()

    def complete(self, request: ModelRequest) -> Completion:
        self.asked += 1
        self.gate.wait(5)
        if self.error is not None:
            raise self.error
        return ANSWER


class Clock:
    def __init__(self) -> None:
        self.at = 1000.0

    def __call__(self) -> float:
        return self.at


@pytest.fixture
def provider() -> Provider:
    return Provider()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def guarded(provider: Provider, clock: Clock) -> GuardedModel:
    return GuardedModel(provider, failures=3, rest=30.0, clock=clock)


def fail(model: GuardedModel, times: int = 1) -> ModelError:
    for _ in range(times):
        with pytest.raises(ModelError) as caught:
            model.complete(QUESTION)
    return caught.value


def test_it_opens_after_so_many_outages_in_a_row_and_answers_at_once(
    guarded: GuardedModel, provider: Provider
) -> None:
    fail(guarded, 3)
    error = fail(guarded)
    assert provider.asked == 3
    assert isinstance(error, ModelOutage)
    assert str(error) == (
        "anthropic is not asked after 3 failures in a row, the last one: anthropic is overloaded (529). "
        "It is tried again in 30 seconds."
    )
    assert error.usage == Usage(cost_usd=0.0, seconds=0.0)


def test_an_answer_in_between_begins_the_count_anew(guarded: GuardedModel, provider: Provider) -> None:
    outage = provider.error
    fail(guarded, 2)
    provider.error = None
    guarded.complete(QUESTION)
    provider.error = outage
    fail(guarded, 2)
    provider.error = None
    assert guarded.complete(QUESTION) == ANSWER


def test_one_question_tries_after_the_rest_and_closes_it(
    guarded: GuardedModel, provider: Provider, clock: Clock
) -> None:
    fail(guarded, 3)
    clock.at += 29.9
    fail(guarded)
    assert provider.asked == 3
    clock.at += 0.2
    provider.error = None
    guarded.complete(QUESTION)
    guarded.complete(QUESTION)
    assert provider.asked == 5


def test_a_trial_that_fails_opens_it_for_another_rest(
    guarded: GuardedModel, provider: Provider, clock: Clock
) -> None:
    fail(guarded, 3)
    clock.at += 31
    fail(guarded)
    assert provider.asked == 4
    clock.at += 29
    fail(guarded)
    assert provider.asked == 4


def test_while_one_tries_the_others_do_not_wait_for_it(
    guarded: GuardedModel, provider: Provider, clock: Clock
) -> None:
    fail(guarded, 3)
    clock.at += 31
    provider.error = None
    provider.gate.clear()
    with ThreadPoolExecutor(1) as pool:
        trying = pool.submit(guarded.complete, QUESTION)
        while provider.asked < 4:
            pass
        assert "once a question on its way has come back" in str(fail(guarded))
        provider.gate.set()
        assert trying.result() == ANSWER
    assert provider.asked == 4


def test_what_is_no_outage_neither_counts_nor_ends_a_trial(
    guarded: GuardedModel, provider: Provider, clock: Clock
) -> None:
    outage, provider.error = provider.error, ModelError("The budget is used up.")
    fail(guarded, 10)
    assert provider.asked == 10
    provider.error = outage
    fail(guarded, 3)
    clock.at += 31
    provider.error = ModelError("The budget is used up.")
    fail(guarded)
    provider.error = None
    assert guarded.complete(QUESTION) == ANSWER
