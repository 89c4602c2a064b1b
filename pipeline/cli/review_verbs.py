"""The verbs that look back at decisions: `chat`, `replay`."""

from __future__ import annotations

from typing import Annotated

import typer

from pipeline.cli.options import Debug, DecisionId, Home, Json

Decisions = Annotated[list[str] | None, typer.Argument(help="Decision ids or their beginnings; or all.")]
Question = Annotated[str | None, typer.Argument(help="What to ask; a conversation when left out.")]


def register(app: typer.Typer) -> None:
    """Add the verbs to the program."""
    app.command()(chat)
    app.command()(replay)


def chat(
    ctx: typer.Context,
    decision: DecisionId,
    question: Question = None,
    home: Home = None,
    as_json: Json = False,
    debug: Debug = False,
) -> int:
    """Ask why: answers from the decision record alone, with the fields they rest on."""
    from pipeline.cli import chatting

    return chatting.chat(home or ctx.obj, decision, question, as_json=as_json)


def replay(
    ctx: typer.Context,
    decisions: Decisions = None,
    home: Home = None,
    as_json: Json = False,
    debug: Debug = False,
) -> int:
    """Make past decisions again from their records: identical, or the fields that differ. Exit 1 where any does."""
    from pipeline.cli import replaying

    return replaying.replay(home or ctx.obj, decisions or [], as_json=as_json)
