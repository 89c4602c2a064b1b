"""Whatever a provider sends, through the real SDKs: an analysis with a reason, its usage kept, its cost counted."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from agents.analyst import Analyst
from agents.anthropic import AnthropicModel
from agents.budget import BudgetedModel, MemorySpend
from agents.model import Model
from agents.openai import OpenAIModel
from tests.agents.examples import answer, candidate, conditions, facts
from tests.peers.anthropic_server import AnthropicServer
from tests.peers.openai_server import OpenAIServer
from tests.peers.provider import Mode, Provider
from tools.domain.rationale import Analysis
from tools.domain.spending import Caps

pytestmark = pytest.mark.block_network(allowed_hosts=["127.0.0.1"])

WORST = 0.004  # US dollars of one attempt, as the caps see it here
PAID = 0.00037  # 1,000 new and 2,000 cached tokens in, 500 out, at $0.10, $0.01 and $0.50 per million


@dataclass(frozen=True)
class End:
    """What the analysis says, how often the question was sent, and what it counts against the caps."""

    word: str
    calls: int = 1
    charged: float = PAID


ENDS = {
    # an answer came, and is paid for
    Mode.TRUNCATED: End("cut off"),
    Mode.REFUSAL: End("refused to answer"),
    Mode.EMPTY: End("is empty"),
    Mode.PROSE: End("not JSON"),
    Mode.WRONG_SCHEMA: End("does not fit its schema"),
    Mode.DUPLICATED_KEY: End("'confidence' is given twice"),
    Mode.NAN: End("NaN is not a number"),
    Mode.INFINITY: End("Infinity is not a number"),
    Mode.GERMAN: End("not in English"),
    Mode.LONG: End("characters"),
    Mode.OTHER_MODEL: End("was asked and", charged=-1),
    Mode.DEAR: End("at most", charged=2.5 + PAID - 500 * 0.5 / 1e6),
    # something came, or nothing, and nobody knows what it cost
    Mode.FOREIGN: End("base URL", charged=WORST),
    Mode.GARBAGE: End("not JSON", charged=WORST),
    Mode.BABBLE: End("larger than", charged=WORST),
    Mode.HUGE: End("larger than", charged=WORST),
    Mode.SLOW: End("within 0.7 seconds", charged=WORST),
    Mode.DRIP: End("within 0.7 seconds", charged=WORST),
    Mode.DRIP_HEAD: End("within 0.7 seconds", charged=WORST),
    Mode.DROP: End("could not be reached in 2 attempts", calls=2, charged=2 * WORST),
    Mode.CUT: End("could not be reached in 2 attempts", calls=2, charged=2 * WORST),
    Mode.FAILING: End("500", charged=WORST),
    Mode.BAD_GATEWAY: End("502", charged=WORST),
    # turned away, for free
    Mode.BAD_REQUEST: End("a message for 400", charged=0.0),
    Mode.UNAUTHORISED: End("API key (401)", charged=0.0),
    Mode.FORBIDDEN: End("API key (403)", charged=0.0),
    Mode.UNKNOWN_MODEL: End("(404)", charged=0.0),
    Mode.RATE_LIMITED: End("(429)", charged=0.0),
    Mode.OVERLOADED: End("(529)", charged=0.0),
}


@pytest.fixture(params=[AnthropicServer, OpenAIServer], ids=["anthropic", "openai"])
def provider(request: pytest.FixtureRequest) -> Iterator[Provider]:
    with request.param(json.dumps(answer())) as server:
        yield server


def analyse(provider: Provider, store: MemorySpend) -> Analysis:
    kind = AnthropicModel if isinstance(provider, AnthropicServer) else OpenAIModel
    live: Model = kind(api_key="sk-canary", base_url=provider.url, timeout=0.7)
    paid = BudgetedModel(
        live, caps=Caps(per_candidate=9, per_day=9, per_month=9), store=store, worst=lambda *_: WORST
    )
    return Analyst(paid).analyse(candidate(), facts(), conditions())


def test_every_mode_is_expected_to_end_somehow() -> None:
    assert set(Mode) - set(ENDS) == {Mode.OK, Mode.NO_USAGE}


@pytest.mark.parametrize("mode", ENDS)
def test_no_opinion_is_built_on_it(provider: Provider, mode: Mode) -> None:
    provider.otherwise = mode
    store, end = MemorySpend(), ENDS[mode]
    analysis = analyse(provider, store)
    assert analysis.rationale is None
    assert analysis.confidence is None
    assert not analysis.grounded
    assert end.word in analysis.problem
    assert "canary" not in analysis.problem
    assert "\n" not in analysis.problem
    assert len(analysis.problem) < 400
    assert analysis.usage.calls == len(provider.seen) == end.calls
    assert analysis.usage.seconds is not None
    if end.charged >= 0:
        assert store.spent() == pytest.approx(end.charged)
    if end.charged == PAID:
        assert (analysis.usage.input_tokens, analysis.usage.output_tokens) == (3000, 500)
        assert analysis.usage.cached_tokens == 2000
        assert analysis.usage.cost_usd == pytest.approx(PAID)


def test_an_answer_that_hides_what_it_used_is_read_and_counts_at_its_worst(provider: Provider) -> None:
    provider.otherwise = Mode.NO_USAGE
    store = MemorySpend()
    analysis = analyse(provider, store)
    assert analysis.rationale is not None
    assert analysis.usage.cost_usd is None
    assert store.spent() == WORST
