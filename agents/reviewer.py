"""Answers about one decision, from its record and the tools on it, in conversation.

    record → facts → prompt ─→ model ─┬ a tool is called → its result → model …   (at most `MAX_CALLS`)
                                      └ text, as it comes → cited paths · numbers → Reply
                                           ↑                        │
                                           └── once more, naming the misses

An answer that still cites or counts what is not there after the second attempt is marked, never hidden. Whatever
goes wrong with a model is said in the reply and keeps its usage; only a broken house raises (`RecordingMissing`,
`ConfigError`).
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from agents.conversation import (
    Answered,
    Asked,
    Exchange,
    Returned,
    Said,
    Talk,
    Talker,
    ToolAnswer,
    ToolCall,
)
from agents.grounding import check
from prompts.library import Prompt, PromptError, load
from tools.domain.decision import DecisionRecord
from tools.domain.errors import ConfigError, ModelError, RecordingMissing
from tools.domain.rationale import AnalysisSource, Usage
from tools.domain.value import Value
from tools.review.fact import HASH, NO_GROUND, TEXT, Facts
from tools.review.record_facts import record_facts
from tools.review.tool import ToolResult, ToolSpec

MAX_CALLS = 6
MISSES_NAMED = 12
LONGEST_QUESTION = 2_000
LONGEST_TEXT = 600
"""Characters of one fact, whoever wrote it."""

_CITED = re.compile(r"\[([A-Za-z_][\w.\-]*(?:, ?[A-Za-z_][\w.\-]*)*)\]")


_QUOTED = re.compile(r'"([^"]*)"')
_SENTENCES = re.compile(r"(?<=[.!?;])\s+(?=[A-Z(\"])")


class ReviewTools(Protocol):
    """Read-only tools on a record, as `tools.review.toolbox` has them."""

    @property
    def specs(self) -> tuple[ToolSpec, ...]: ...

    def call(self, record: DecisionRecord, name: str, arguments: dict[str, Any] | None) -> ToolResult: ...


class Text(Value):
    """A piece of the answer, as it comes."""

    text: str


class Called(Value):
    """A tool that was asked, and what it said."""

    name: str
    arguments: dict[str, Any] | None
    result: str
    failed: bool = False


class Again(Value):
    """The text so far is withdrawn: it rests on what is not there, and is asked for once more."""

    misses: tuple[str, ...]


class Reply(Value):
    """A whole answer.

    cited     paths it names that exist, in their order
    grounded  every path it cites exists, and every number it states is a fact of the record or of a tool
    misses    what is not, with its reason
    problem   one sentence where there is no usable answer, empty otherwise
    """

    text: str
    cited: tuple[str, ...] = ()
    tool_calls: tuple[Called, ...] = ()
    grounded: bool
    misses: tuple[str, ...] = ()
    source: AnalysisSource
    provider: str
    model: str
    usage: Usage = Usage()
    problem: str = ""
    prompt_fingerprint: str = ""


class Turn(Value):
    """A question that was answered."""

    question: str
    reply: Reply


Chunk = Text | Called | Again | Reply
"""What a review brings, piece by piece; the last one is the `Reply`."""

Steps = Generator[Text | Called | Again, None, Said]
"""What comes on the way to what was said at last."""


@dataclass
class _Asking:
    """One question on its way: what was said, what the tools found, what it cost."""

    record: DecisionRecord
    facts: Facts
    exchanges: list[Exchange]
    called: list[Called] = field(default_factory=list)
    usage: Usage = field(default_factory=lambda: Usage(cost_usd=0.0, seconds=0.0))


class Reviewer:
    """Talks with one model about decisions. Holds no state of a conversation; safe to share between threads."""

    def __init__(
        self, model: Talker, *, tools: ReviewTools, prompt: Prompt | None = None, max_output_tokens: int = 1200
    ) -> None:
        self._model = model
        self._tools = tools
        self._prompt = _shipped() if prompt is None else prompt
        self._max_output_tokens = max_output_tokens

    @property
    def prompt_fingerprint(self) -> str:
        return self._prompt.fingerprint

    def ask(self, record: DecisionRecord, question: str, history: Sequence[Turn] = ()) -> Iterator[Chunk]:
        """Text as it comes, the `Reply` last; no failure of a model raises."""
        asking = _Asking(record, record_facts(record), self.exchanges(record, question, history))
        try:
            said = yield from self._answer(asking)
            if said.problem:
                yield self._reply(asking, said, problem=said.problem)
                return
            misses = misses_of(said.answered.text, asking.facts)
            if misses:
                said = yield from self._again(asking, said, misses)
            yield self._reply(asking, said, problem=said.problem)
        except RecordingMissing:
            raise
        except ModelError as error:
            yield self._none(asking, error)

    def exchanges(self, record: DecisionRecord, question: str, history: Sequence[Turn] = ()) -> list[Exchange]:
        """The conversation up to and with the question, as it is asked, recorded and replayed."""
        exchanges: list[Exchange] = []
        for place, text in enumerate((*(turn.question for turn in history), question)):
            asked = text.strip()[:LONGEST_QUESTION]
            if place == 0:
                lines = lines_of(record_facts(record))
                asked = self._render("record", label=record.candidate.label, lines=lines, question=asked)
            else:
                asked = self._render("question", question=asked)
            exchanges.append(Asked(text=asked))
            if place < len(history):
                exchanges.append(Answered(text=history[place].reply.text or "No answer."))
        return exchanges

    def talk(self, exchanges: Sequence[Exchange], label: str, *, closing: bool = False) -> Talk:
        """One step as it goes to the model."""
        return Talk(
            system=self._render("system"),
            tools=self._tools.specs,
            exchanges=tuple(exchanges),
            prompt_fingerprint=self._prompt.fingerprint,
            label=label,
            closing=closing,
            max_output_tokens=self._max_output_tokens,
        )

    def _answer(self, asking: _Asking) -> Steps:
        """Steps until there is an answer without a call; returns what was said last."""
        while True:
            closing = len(asking.called) >= MAX_CALLS
            said = yield from self._step(asking, closing=closing)
            asking.usage = _sum(asking.usage, said.usage)
            if said.problem or not said.answered.calls or closing:
                return said
            asking.exchanges.append(said.answered)
            answers = []
            for call in said.answered.calls:
                called, answer = self._call(asking, call)
                yield called
                answers.append(answer)
            asking.exchanges.append(Returned(answers=tuple(answers)))

    def _step(self, asking: _Asking, *, closing: bool) -> Steps:
        for piece in self._model.talk(self.talk(asking.exchanges, asking.record.candidate.label, closing=closing)):
            if isinstance(piece, Said):
                return piece
            yield Text(text=piece)
        raise ModelError(f"{self._model.provider} ended without an answer.", provider=self._model.provider)

    def _call(self, asking: _Asking, call: ToolCall) -> tuple[Called, ToolAnswer]:
        """One tool's word; beyond the bound of a conversation it is not asked any more."""
        if len(asking.called) >= MAX_CALLS:
            result = ToolResult(Facts(), f"No more than {MAX_CALLS} calls are made for one question; answer now.")
        else:
            result = self._tools.call(asking.record, call.name, call.arguments)
        result = _numbered(result, call.name, 1 + sum(each.name == call.name for each in asking.called))
        asking.facts.update(result.facts)
        failed = bool(result.problem)
        called = Called(name=call.name, arguments=call.arguments, result=result.text, failed=failed)
        asking.called.append(called)
        return called, ToolAnswer(call_id=call.id, text=result.text, failed=failed)

    def _again(self, asking: _Asking, first: Said, misses: tuple[tuple[str, str], ...]) -> Steps:
        """The second attempt. Where it brings nothing usable the first answer stands, marked."""
        yield Again(misses=tuple(f"{what}: {why}" for what, why in misses))
        named = [{"what": what, "reason": why} for what, why in misses[:MISSES_NAMED]]
        asking.exchanges += [
            Answered(text=first.answered.text or "No answer."),
            Asked(text=self._render("correction", misses=named)),
        ]
        try:
            second = yield from self._step(asking, closing=True)
        except RecordingMissing:
            raise
        except ModelError as error:
            asking.usage = _sum(asking.usage, error.usage or Usage())
            return first.model_copy(update={"problem": f"It could not be asked again: {error}"})
        asking.usage = _sum(asking.usage, second.usage)
        if second.problem:
            return first.model_copy(update={"problem": f"Asked again: {second.problem}"})
        return second

    def _reply(self, asking: _Asking, said: Said, *, problem: str) -> Reply:
        text = said.answered.text.strip()
        misses = misses_of(text, asking.facts)
        return Reply(
            text=text,
            cited=tuple(dict.fromkeys(path for path in cited(text) if path in asking.facts)),
            tool_calls=tuple(asking.called),
            grounded=bool(text) and not misses,
            misses=tuple(f"{what}: {why}" for what, why in misses),
            source=said.source,
            provider=said.provider,
            model=said.model,
            usage=asking.usage,
            problem=problem or ("" if text else "The model gave no text."),
            prompt_fingerprint=self._prompt.fingerprint,
        )

    def _none(self, asking: _Asking, error: ModelError) -> Reply:
        return Reply(
            text="",
            tool_calls=tuple(asking.called),
            grounded=False,
            source=AnalysisSource.LIVE,  # recordings and rules cannot fail to answer
            provider=error.provider or self._model.provider,
            model=error.model or self._model.model,
            usage=_sum(asking.usage, error.usage or Usage()),
            problem=str(error),
            prompt_fingerprint=self._prompt.fingerprint,
        )

    def _render(self, part: str, **inputs: Any) -> str:
        try:
            return self._prompt[part].render(**inputs)
        except PromptError as error:
            raise ConfigError(str(error)) from error


def lines_of(facts: Facts) -> list[dict[str, str]]:
    """The record as a model is shown it: identities left out, what others wrote in quotation marks, on one line."""
    return [
        {"path": path, "says": f'"{_clean(fact.words)}"' if fact.unit in NO_GROUND else _clean(fact.words)}
        for path, fact in facts.items()
        if fact.unit != HASH
    ]


def cited(text: str) -> tuple[str, ...]:
    """Every path between square brackets, in order."""
    return tuple(path.strip() for group in _CITED.findall(text) for path in group.split(","))


def misses_of(text: str, facts: Facts) -> tuple[tuple[str, str], ...]:
    """Paths that do not exist and numbers that rest on nothing, each with its reason.

    A record states so many numbers that almost any would be among them: one counts where a field of its own
    sentence says it. What stands between quotation marks and is written so in the record is a quotation, no claim.
    """
    written = [_clean(fact.words) for fact in facts.values() if fact.unit in NO_GROUND]
    claims = _QUOTED.sub(lambda found: _blank(found) if _is_written(found[1], written) else found[0], text)
    strange = [(path, "no such field in the record or its tools") for path in cited(text) if path not in facts]
    numbers = [miss for sentence in _SENTENCES.split(claims) for miss in _unsaid(sentence, facts)]
    return tuple(dict.fromkeys([*strange, *numbers]))


def _unsaid(sentence: str, facts: Facts) -> Iterator[tuple[str, str]]:
    """The numbers of a sentence that none of its fields says."""
    named = [facts[path] for path in cited(sentence) if path in facts]
    near = Facts({fact.path: fact for fact in facts.values() if fact.unit == TEXT or fact in named})
    for miss in check(_CITED.sub(_blank, sentence), near.grounds(), subjects=False).misses:
        if not any(fact.unit in NO_GROUND and miss.number in str(fact.value) for fact in named):
            yield miss.number, miss.reason if named else "its sentence cites no field"


def _is_written(quoted: str, written: Sequence[str]) -> bool:
    return any(_clean(quoted) in text for text in written)


def _blank(found: re.Match[str]) -> str:
    return " " * len(found[0])


def _numbered(result: ToolResult, name: str, number: int) -> ToolResult:
    """The facts of a later call of the same tool under its number, `reprice.2.profit`: both can be cited."""
    if number == 1:
        return result
    told = Facts()
    for path, fact in result.facts.items():
        own = path.replace(f"{name}.", f"{name}.{number}.", 1)
        told[own] = fact.model_copy(update={"path": own})
    return ToolResult(told, result.problem)


def _clean(text: str) -> str:
    """One line that cannot close the envelope it is put into."""
    visible = "".join(mark if mark.isprintable() else " " for mark in text)
    line = " ".join(visible.replace("<", "(").replace(">", ")").replace('"', "'").split())
    return line if len(line) <= LONGEST_TEXT else line[: LONGEST_TEXT - 3] + "..."


def _shipped() -> Prompt:
    try:
        return load("reviewer")
    except PromptError as error:
        raise ConfigError(str(error)) from error


def _sum(first: Usage, second: Usage) -> Usage:
    """Both together; a cost or a time that one of them lacks is unknown for both."""
    return Usage(
        input_tokens=first.input_tokens + second.input_tokens,
        output_tokens=first.output_tokens + second.output_tokens,
        cost_usd=_both(first.cost_usd, second.cost_usd),
        seconds=_both(first.seconds, second.seconds),
        calls=first.calls + second.calls,
    )


def _both(first: float | None, second: float | None) -> float | None:
    return None if first is None or second is None else first + second
