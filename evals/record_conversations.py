"""Writes the conversations of the embedded day from the texts in `evals/conversations/`.

    python -m evals.record_conversations

embedded market → its decisions → the reviewer's own questions ─┐
texts that a person wrote ──────────────────────────────────────┴→ cassette, marked `authored`

Whoever changes the reviewer's prompt, a tool, the facts of a record or the embedded day changes the questions, and
then this program runs again. It writes nothing where an answer is not grounded at the end, or a text is left over.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import typer
import yaml

from agents.cassette import Recording, write_cassette
from agents.conversation import Said, Talk, ToolCall
from agents.reviewer import Reply, Reviewer, Turn
from agents.talk_anthropic import said, wire_body
from agents.talk_recorded import CONVERSATIONS, authored_message
from pipeline.cli.opening import embedded, own_market
from pipeline.cycle import run_cycle
from pipeline.home import Home
from pipeline.reviewing import DeskReviewer, open_reviewer
from pipeline.settings import Settings
from pipeline.wiring import open_session
from tools.desk.scan import quiet
from tools.domain.decision import DecisionRecord
from tools.domain.errors import ConfigError, ThetagateError
from tools.domain.rationale import AnalysisSource

LONGEST = 600
"""Characters of a question that is quoted."""

TEXTS = Path(__file__).parent / "conversations"


class Author:
    """Speaks as a person wrote it, in the place of a model, and keeps every step with its whole question."""

    provider = "recorded"
    model = "no model"

    def __init__(self, says: Sequence[Mapping[str, Any]]) -> None:
        self._says = list(says)
        self.recordings: list[Recording] = []

    @property
    def unsaid(self) -> int:
        return len(self._says)

    def talk(self, talk: Talk) -> Iterator[str | Said]:
        if not self._says:
            asked = getattr(talk.exchanges[-1], "text", "what follows from a tool")
            raise ConfigError(f"More is asked about {talk.label} than was written: {asked[-LONGEST:]}")
        step = self._says.pop(0)
        body = wire_body(talk)
        calls = [
            ToolCall(id=f"toolu_{len(self.recordings):02}_{place}", name=call["name"], arguments=call["arguments"])
            for place, call in enumerate(step.get("calls", ()))
        ]
        recording = authored_message(body, step.get("answer", ""), calls)
        self.recordings.append(recording)
        yield said(recording.reply, source=AnalysisSource.AUTHORED, seconds=None)


def conversations(folder: Path = TEXTS) -> list[dict[str, Any]]:
    """What a person wrote, in the order of the files."""
    try:
        return [each for file in sorted(folder.glob("*.yaml")) for each in yaml.safe_load(file.read_text("utf-8"))]
    except (OSError, yaml.YAMLError, TypeError) as error:
        raise ConfigError(f"The conversations cannot be read: {error}.") from error


def embedded_decisions(root: Path) -> tuple[DeskReviewer, dict[str, DecisionRecord]]:
    """The decisions of the embedded day by their labels, and the desk they are asked at."""
    home, settings = Home(root).create(), Settings()
    with open_session(home, settings, own_market(home, settings, embedded(settings))) as session:
        cycle = run_cycle(session.services, session.graph, session.choice, send=True, progress=quiet)
    return open_reviewer(home, settings), {record.candidate.label: record for record in cycle.records}


def write_down(
    told: Sequence[Mapping[str, Any]], desk: DeskReviewer, decisions: Mapping[str, DecisionRecord]
) -> list[Recording]:
    """Every step of every conversation; `ConfigError` names the first that does not fit."""
    recordings: list[Recording] = []
    for conversation in told:
        label = conversation["label"]
        if label not in decisions:
            raise ConfigError(f"{label!r} is no decision of the embedded day.")
        history: list[Turn] = []
        for turn in conversation["turns"]:
            author = Author(turn["says"])
            reviewer = Reviewer(author, tools=desk.tools)
            *_, reply = reviewer.ask(decisions[label], turn["question"], tuple(history))
            _check(label, turn["question"], reply, author)
            recordings += author.recordings
            if isinstance(reply, Reply):
                history.append(Turn(question=turn["question"], reply=reply))
    return recordings


def _check(label: str, question: str, reply: object, author: Author) -> None:
    if not isinstance(reply, Reply) or reply.problem or not reply.grounded:
        why = "; ".join(reply.misses) or reply.problem if isinstance(reply, Reply) else "no reply"
        raise ConfigError(f"{label}, {question!r}: {why}. Nothing was recorded.")
    if author.unsaid:
        raise ConfigError(f"{label}, {question!r}: {author.unsaid} steps are left over. Nothing was recorded.")


def main() -> None:
    """Record the conversations of the embedded day."""
    try:
        with tempfile.TemporaryDirectory() as root:
            recordings = write_down(conversations(), *embedded_decisions(Path(root)))
        write_cassette(CONVERSATIONS, recordings)
        typer.echo(f"{len(recordings)} steps recorded in {CONVERSATIONS.name}.")
    except ThetagateError as error:
        typer.echo(str(error), err=True)
        sys.exit(1)


if __name__ == "__main__":
    typer.run(main)
