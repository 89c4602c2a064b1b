"""Both adapters in conversation, through the real SDKs, against loopback servers that stream as the services do."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from agents.budget import Caps, MemorySpend
from agents.budgeted_talk import BudgetedTalker
from agents.conversation import Answered, Asked, Exchange, Returned, Said, Talk, Talker, ToolAnswer
from agents.talk_anthropic import AnthropicTalker
from agents.talk_openai import OpenAITalker
from tests.peers.talk_server import Fault, TalkServer, call
from tests.tools.review.decided import Desk, gate
from tools.domain.errors import LedgerError, ModelError
from tools.domain.rationale import AnalysisSource
from tools.domain.spending import Intended, Settlement, Shortfall
from tools.review.toolbox import Toolbox

pytestmark = pytest.mark.block_network(allowed_hosts=["127.0.0.1"])

SPECS = Toolbox(judge=gate, others=Desk(())).specs
KINDS: dict[str, type[AnthropicTalker | OpenAITalker]] = {"anthropic": AnthropicTalker, "openai": OpenAITalker}


@pytest.fixture(params=KINDS)
def server(request: pytest.FixtureRequest) -> Iterator[TalkServer]:
    with TalkServer(request.param) as running:
        yield running


def talker(server: TalkServer, *, timeout: float = 5.0) -> Talker:
    return KINDS[server.provider](api_key="sk-test-canary", base_url=server.url, timeout=timeout)


def talk(*exchanges: Exchange, closing: bool = False) -> Talk:
    asked = exchanges or (Asked(text="Why?"),)
    return Talk(
        system="You are the reviewer.", tools=SPECS, exchanges=asked, prompt_fingerprint="f" * 64,
        label="XOM 45d 98 put", closing=closing,
    )  # fmt: skip


def heard(asked: Talker, said: Talk) -> tuple[list[str], Said]:
    *pieces, last = asked.talk(said)
    assert isinstance(last, Said)
    return [piece for piece in pieces if isinstance(piece, str)], last


def failure(asked: Talker) -> ModelError:
    with pytest.raises(ModelError) as caught:
        list(asked.talk(talk()))
    return caught.value


def test_text_comes_in_pieces_and_is_whole_at_the_end_with_its_cost(server: TalkServer) -> None:
    server.will("The score is 7.9 [score.total].")
    pieces, last = heard(talker(server), talk())
    assert len(pieces) > 2
    assert "".join(pieces) == last.answered.text == "The score is 7.9 [score.total]."
    assert (last.problem, last.answered.calls, last.source) == ("", (), AnalysisSource.LIVE)
    assert (last.usage.input_tokens, last.usage.output_tokens, last.usage.calls) == (3000, 500, 1)
    assert last.usage.cost_usd == pytest.approx((1000 * 0.10 + 2000 * 0.01 + 500 * 0.50) / 1e6)


def test_a_call_comes_whole_and_goes_back_with_its_result(server: TalkServer) -> None:
    """The server rejects a conversation in which a call has no result, as both services do."""
    server.will(call("scenario", spot_change=-10, vol_change=5, days=0), "Done.")
    asked = talker(server)
    _, first = heard(asked, talk())
    (wanted,) = first.answered.calls
    assert (wanted.name, wanted.arguments) == ("scenario", {"spot_change": -10, "vol_change": 5, "days": 0})
    answer = Returned(answers=(ToolAnswer(call_id=wanted.id, text='{"scenario.profit":"-$12"}'),))
    _, second = heard(asked, talk(Asked(text="Why?"), first.answered, answer, closing=True))
    assert second.answered.text == "Done."
    assert str(server.seen[1]["tool_choice"]).count("none") == 1
    assert "sig" in str(server.seen[1]) or server.provider == "openai", "what was reasoned goes back untouched"


@pytest.mark.parametrize("fault", [Fault.TRUNCATED, Fault.TRUNCATED_CALL])
def test_what_was_cut_off_is_a_problem_with_its_usage_and_no_call(server: TalkServer, fault: Fault) -> None:
    """The SDKs' own helpers mend half an argument list, or lose the usage of an incomplete response."""
    server.will(fault)
    _, last = heard(talker(server), talk())
    assert "cut off" in last.problem
    assert last.answered.calls == ()
    assert last.usage.output_tokens == 500
    assert last.usage.cost_usd


def test_arguments_that_are_no_json_reach_the_tool_as_none(server: TalkServer) -> None:
    server.will({"name": "reprice", "arguments": "{spot:"})
    _, last = heard(talker(server), talk())
    assert last.answered.calls[0].arguments is None


@pytest.mark.parametrize(
    ("fault", "word", "cost", "calls"),
    [
        (Fault.UNAUTHORISED, "API key", 0.0, 1),
        (Fault.RATE_LIMITED, "rate", 0.0, 1),
        (Fault.OVERLOADED, "529", 0.0, 1),
        (Fault.ERROR, "Overloaded", None, 1),
        (Fault.CUT, "broke off", None, 1),
        (Fault.GARBAGE, "cannot be read", None, 1),
    ],
)
def test_failures_are_one_sentence_and_what_has_begun_is_not_asked_again(
    server: TalkServer, fault: Fault, word: str, cost: float | None, calls: int
) -> None:
    server.otherwise = fault
    error = failure(talker(server))
    assert word in str(error)
    assert str(error).startswith(server.provider)
    assert error.usage is not None
    assert (error.usage.cost_usd, error.usage.calls) == (cost, calls)
    assert len(server.seen) == 1


def test_a_connection_that_never_answered_is_tried_once_more(server: TalkServer) -> None:
    server.will(Fault.DROP, "Here.")
    _, last = heard(talker(server), talk())
    assert (last.answered.text, last.usage.calls) == ("Here.", 2)
    server.will(Fault.DROP, Fault.DROP)
    assert "could not be reached" in str(failure(talker(server)))


def test_a_stream_that_stalls_is_left_at_the_deadline(server: TalkServer) -> None:
    server.will(Fault.STALL)
    started = time.monotonic()
    error = failure(talker(server, timeout=1.0))
    assert "within 1 seconds" in str(error)
    assert time.monotonic() - started < 4
    assert error.usage is not None
    assert error.usage.cost_usd is None


def test_earlier_turns_go_back_as_plain_text(server: TalkServer) -> None:
    server.will("And this.")
    heard(talker(server), talk(Asked(text="Why?"), Answered(text="That."), Asked(text="And?")))
    turns = server.seen[0]["messages" if server.provider == "anthropic" else "input"]
    assert [turn["role"] for turn in turns] == ["user", "assistant", "user"]
    assert [turn["content"] for turn in turns] == ["Why?", "That.", "And?"]


class Broken:
    def set_aside(self, call: Intended, caps: Caps) -> int | Shortfall:
        raise LedgerError("the books are locked")

    def settle(self, ticket: int, settlement: Settlement) -> None:
        raise LedgerError("the books are locked")


def test_the_caps_of_the_analyst_hold_for_a_conversation(server: TalkServer) -> None:
    store, asked = MemorySpend(), talker(server)
    capped = BudgetedTalker(asked, caps=Caps(per_candidate=0.05, per_day=5), store=store, candidate="d-1")
    _, last = heard(capped, talk())
    assert store.spent("d-1") == last.usage.cost_usd
    for limits, word in (
        (Caps(per_candidate=1e-6, per_day=5), "this decision"),
        (Caps(per_candidate=5, per_day=1e-6), "today"),
        (Caps(per_candidate=5, per_day=5, per_month=1e-6), "this month"),
    ):
        refused = BudgetedTalker(asked, caps=limits, store=store, candidate="d-1")
        assert word in str(failure(refused))
    assert len(server.seen) == 1, "nothing is asked beyond a cap"


def test_without_a_price_or_the_books_nothing_is_said(server: TalkServer) -> None:
    asked = talker(server)
    unknown = BudgetedTalker(asked, caps=Caps(), store=MemorySpend(), candidate="d", worst=lambda *_: None)
    assert "No price is known" in str(failure(unknown))
    assert "unreadable" in str(failure(BudgetedTalker(asked, caps=Caps(), store=Broken(), candidate="d")))
    assert server.seen == []


def test_a_call_that_fails_is_charged_at_its_worst(server: TalkServer) -> None:
    server.will(Fault.CUT)
    store = MemorySpend()
    capped = BudgetedTalker(
        talker(server), caps=Caps(per_candidate=1, per_day=1), store=store, candidate="d", worst=lambda *_: 0.01
    )
    failure(capped)
    assert store.spent("d") == 0.01
