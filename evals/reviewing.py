"""Authored conversations: each step that a recorded reviewer would take, written by hand or by rule.

    case, its day → record → steps: a tool is called · an answer with its fields · a fault that is planted
                           → evals/recordings/reviewer/GROUP.yaml.gz

A text may hold `{path}`: the fact at that path in words, and the path in brackets behind it. Without a text the
answer is that of the reviewer by rule.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Any

import yaml
from pydantic import Field

from agents.cassette import Recording
from agents.conversation import Said, Talk, ToolCall
from agents.recorded import NO_MODEL
from agents.review_by_rule import RuleReviewer
from agents.reviewer import Reply
from agents.talk_anthropic import said, wire_body
from agents.talk_recorded import RecordedTalker, authored_message
from evals.answering import FOLDER
from evals.case import CycleCase, ReviewerCase, Task
from evals.dataset import load_cases
from evals.days import Days
from evals.tasks.reviewer import Day, converse, toolbox
from tools.domain.decision import DecisionRecord
from tools.domain.errors import ConfigError
from tools.domain.rationale import AnalysisSource
from tools.domain.value import Value, digest
from tools.review.fact import NO_GROUND, Facts
from tools.review.record_facts import record_facts

_FIELD = re.compile(r"\{([\w.\-]+)\}")
_BRACKETS = re.compile(r" ?\[[^\]]*\]")


class Fault(StrEnum):
    """invented and strange_path stay after the second question; mended is corrected then."""

    NONE = "none"
    INVENTED = "invented"
    MENDED = "mended"
    STRANGE_PATH = "strange_path"
    UNCITED = "uncited"
    ADVISING = "advising"
    EMPTY = "empty"


class Call(Value):
    """A tool that is asked before the answer."""

    name: str
    arguments: dict[str, Any]


class Saying(Value):
    """How one question is answered."""

    text: str = ""
    calls: tuple[Call, ...] = ()
    fault: Fault = Fault.NONE


class Conversation(Value):
    """How each question of a case is answered, and the scorers that must find a fault."""

    turns: tuple[Saying, ...]
    plants: tuple[str, ...] = Field(default=())


def load_conversations(folder: Path = FOLDER) -> dict[str, Conversation]:
    path = folder / "reviewer.yaml"
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        return {case: Conversation.model_validate(each) for case, each in content.items()}
    except (OSError, UnicodeDecodeError, yaml.YAMLError, AttributeError, ValueError) as error:
        raise ConfigError(f"The answers in {path.name} cannot be used: {error}") from error


def author_conversations(folder: Path) -> dict[str, list[Recording]]:
    """The recordings by group; the days they are about must have been recorded."""
    written, groups = load_conversations(), dict[str, dict[str, Recording]]()
    days = Days((case for case in load_cases(Task.CYCLE) if isinstance(case, CycleCase)), folder)
    for case in load_cases(Task.REVIEWER):
        assert isinstance(case, ReviewerCase)
        if case.by == "rules":
            continue
        if case.id not in written or len(written[case.id].turns) != len(case.turns):
            raise ConfigError(f"{case.id}: evals/answers/reviewer.yaml does not answer each of its questions once.")
        day = Day(days.records(case.day))
        record = day.labelled(case.label)
        talker = AuthoredTalker(case, written[case.id].turns, record, day)
        converse(case, record, day, talker)
        groups.setdefault(case.id, {}).update(talker.recordings)
    return {name: list(own.values()) for name, own in groups.items()}


class AuthoredTalker:
    """Speaks a case's conversation step by step, and keeps each step as a recording."""

    provider, model = RecordedTalker.provider, NO_MODEL

    def __init__(self, case: ReviewerCase, sayings: Sequence[Saying], record: DecisionRecord, day: Day) -> None:
        self._case, self._sayings, self._record, self._day = case, sayings, record, day
        self.recordings: dict[str, Recording] = {}

    def talk(self, talk: Talk) -> Iterator[str | Said]:
        body = wire_body(talk)
        recording = authored_message(body, *self._step(talk))
        self.recordings[digest(body)] = recording
        spoken = said(recording.reply, source=AnalysisSource.AUTHORED, seconds=None)
        yield spoken.model_copy(update={"provider": self.provider, "model": self.model})

    def _step(self, talk: Talk) -> tuple[str, Sequence[ToolCall]]:
        """A call where one is due, else the answer, else the answer to the second question."""
        place, since = self._place(talk)
        saying = self._sayings[place]
        if saying.calls and not any(each.kind == "returned" for each in since) and not talk.closing:
            return "", [
                ToolCall(id=f"toolu_authored_{place}_{at}", name=call.name, arguments=call.arguments)
                for at, call in enumerate(saying.calls)
            ]
        corrected = sum(each.kind == "asked" for each in since) > 1
        return self._answer(place, saying, corrected=corrected), ()

    def _place(self, talk: Talk) -> tuple[int, list[Any]]:
        """Which question is being answered, and what was said since it was asked."""
        questions = [turn.question for turn in self._case.turns]
        place, start = 0, 0
        for at, each in enumerate(talk.exchanges):
            if (
                each.kind == "asked"
                and place < len(questions)
                and each.text.endswith(f"Question: {questions[place]}")
            ):
                place, start = place + 1, at
        return place - 1, list(talk.exchanges[start:])

    def _answer(self, place: int, saying: Saying, *, corrected: bool) -> str:
        if saying.fault is Fault.EMPTY:
            return ""
        facts = record_facts(self._record)
        for call in saying.calls:
            facts.update(toolbox(self._day).call(self._record, call.name, call.arguments).facts)
        text = _FIELD.sub(lambda found: _in_words(facts, found[1]), saying.text) or self._by_rule(place)
        match saying.fault:
            case Fault.INVENTED:
                return f"{text} Such trades won 87.3 % of the time."
            case Fault.MENDED:
                return text if corrected else f"{text} Such trades won 87.3 % of the time."
            case Fault.STRANGE_PATH:
                return f"{text} That is what the desk expects [candidate.expected_profit]."
            case Fault.UNCITED:
                return _BRACKETS.sub("", text)
            case Fault.ADVISING:
                return f"{text} You should double the position; it cannot lose from here."
            case _:
                return text

    def _by_rule(self, place: int) -> str:
        reviewer = RuleReviewer(tools=toolbox(self._day))
        *_, reply = reviewer.ask(self._record, self._case.turns[place].question)
        assert isinstance(reply, Reply)
        return reply.text


def _in_words(facts: Facts, path: str) -> str:
    """The fact and its path; what others wrote stands in quotation marks, a quotation and no claim."""
    if path not in facts:
        raise ConfigError(f"An authored answer names {path}, and neither the record nor a tool holds it.")
    fact = facts[path]
    words = f'"{fact.words}"' if fact.unit in NO_GROUND else fact.words
    return f"{words} [{path}]"
