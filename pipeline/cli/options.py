"""Options that several verbs share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Home = Annotated[
    Path | None, typer.Option("--home", help="Folder of all state; default THETAGATE_HOME, else ~/.thetagate.")
]
Json = Annotated[bool, typer.Option("--json", help="Data as JSON on stdout; messages go to stderr.")]
Debug = Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")]
Live = Annotated[bool, typer.Option("--live", help="Mode live alone: real money may be spent.")]
Seed = Annotated[int | None, typer.Option("--seed", min=0, help="Seed of a simulated market.")]
Chain = Annotated[Path | None, typer.Option("--chain", help="A chain file instead of the market of the settings.")]
Format = Annotated[
    str | None,
    typer.Option("--format", help="cboe-eod, cboe-quotetable, yfinance, lean-universe, or a MAP.toml of columns."),
]
AsOf = Annotated[
    str | None, typer.Option("--as-of", help="2026-11-20 (that close) or 2026-11-20T15:45, New York time.")
]
Portfolio = Annotated[Path | None, typer.Option("--portfolio", help="JSON with cash and positions.")]
DecisionId = Annotated[str, typer.Argument(help="Decision id, or its unambiguous beginning.")]


def home_before(ctx: typer.Context) -> Path | None:
    """The `--home` in front of a group of verbs."""
    return ctx.parent.parent.obj if ctx.parent and ctx.parent.parent else None
