"""Options that every verb has."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Home = Annotated[
    Path | None, typer.Option("--home", help="Folder of all state; default THETAGATE_HOME, else ~/.thetagate.")
]
Json = Annotated[bool, typer.Option("--json", help="Data as JSON on stdout; messages go to stderr.")]
Debug = Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")]


def home_before(ctx: typer.Context) -> Path | None:
    """The `--home` in front of a group of verbs."""
    return ctx.parent.parent.obj if ctx.parent and ctx.parent.parent else None
