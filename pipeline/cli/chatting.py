"""The verb `chat`: questions about one decision, answered as they come, from its record alone."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from pipeline.cli.exits import Exit
from pipeline.cli.opening import open_home, print_json
from tools.domain.errors import InputError

if TYPE_CHECKING:
    from agents.reviewer import Reply, Turn
    from pipeline.reviewing import DeskReviewer
    from tools.domain.decision import DecisionRecord

SCHEMA = "thetagate.chat/1"
PROMPT = "? "
ENDINGS = frozenset({"", "exit", "quit", "bye"})


def chat(option: Path | None, decision: str, question: str | None, *, as_json: bool) -> int:
    from pipeline.reviewing import open_reviewer

    if question is None and as_json:
        raise InputError("--json answers one question; give it after the id.")
    reviewer = open_reviewer(*open_home(option))
    record = reviewer.record(decision)
    if question is None:
        return _converse(reviewer, record)
    if not question.strip():
        raise InputError("The question is empty; leave it out for a conversation.")
    if not as_json:
        return _exit(_answer(reviewer, record, question, ()))
    reply = _quietly(reviewer, record, question)
    told = reply.model_dump(mode="json")
    print_json({"schema": SCHEMA, "id": record.id, "label": record.candidate.label, "question": question, **told})
    return _exit(reply)


def _converse(reviewer: DeskReviewer, record: DecisionRecord) -> int:
    """Until an empty line, the end of the input or Ctrl-C; a Ctrl-C during an answer ends that answer alone."""
    from agents.reviewer import Turn

    typer.echo(f"{record.id}  {record.candidate.label}. Ask about it; an empty line ends.")
    history: list[Turn] = []
    while True:
        try:
            question = input(PROMPT).strip()
        except (EOFError, KeyboardInterrupt):
            typer.echo()
            return Exit.OK
        if question.lower() in ENDINGS:
            return Exit.OK
        try:
            reply = _answer(reviewer, record, question, tuple(history))
        except KeyboardInterrupt:
            typer.echo("\n(stopped)")
            continue
        if reply.text:
            history.append(Turn(question=question, reply=reply))


def _answer(reviewer: DeskReviewer, record: DecisionRecord, question: str, history: tuple[Turn, ...]) -> Reply:
    """Write the answer as it comes, then where it comes from."""
    from agents.reviewer import Again, Called, Reply, Text

    for chunk in reviewer.ask(record, question, history):
        match chunk:
            case Text(text=text):
                typer.echo(_plain(text), nl=False)
                sys.stdout.flush()
            case Called(name=name):
                typer.echo(f"(asks {name}) ", nl=False, err=True)
            case Again():
                typer.echo()
                typer.echo("(withdrawn: it rests on what is not in the record; asked once more)", err=True)
            case Reply():
                typer.echo()
                typer.echo(_source(chunk), err=True)
                return chunk
    raise InputError("The conversation ended without an answer; ask again.")


def _quietly(reviewer: DeskReviewer, record: DecisionRecord, question: str) -> Reply:
    from agents.reviewer import Reply

    *_, last = reviewer.ask(record, question)
    if not isinstance(last, Reply):
        raise InputError("The conversation ended without an answer; ask again.")
    return last


def _source(reply: Reply) -> str:
    """`(offline, by rules; 3 fields cited, grounded)`."""
    who = f"{reply.source.value}, by {'' if reply.provider == reply.source else f'{reply.provider} '}{reply.model}"
    cost = "" if not reply.usage.cost_usd else f", ${reply.usage.cost_usd:.4f}"
    rests = "grounded" if reply.grounded else f"NOT GROUNDED: {'; '.join(reply.misses) or 'no answer'}"
    problem = f"; {reply.problem}" if reply.problem else ""
    return f"({who}{cost}; {len(reply.cited)} fields cited, {rests}{problem})"


def _plain(text: str) -> str:
    """Another's text without what could steer a terminal."""
    return "".join(mark if mark.isprintable() or mark == "\n" else " " for mark in text)


def _exit(reply: Reply) -> int:
    return Exit.FAILED if reply.problem else Exit.OK
