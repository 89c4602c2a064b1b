"""The verb that stays: `serve`. It parses, then hands over."""

from __future__ import annotations

from typing import Annotated

import typer

from pipeline.cli.options import Debug, Home, Json, Live

From = Annotated[str | None, typer.Option("--from", help="Where a simulated market's time begins, New York.")]
Until = Annotated[str | None, typer.Option("--until", help="End at this time of the market's clock.")]
Speed = Annotated[
    float, typer.Option("--speed", min=0.001, help="Of a simulated market's time against the wall's.")
]


def register(app: typer.Typer) -> None:
    """Add the verb to the program."""
    app.command()(serve)


def serve(
    ctx: typer.Context,
    start: From = None,
    until: Until = None,
    speed: Speed = 1.0,
    live: Live = False,
    home: Home = None,
    as_json: Json = False,
    debug: Debug = False,
) -> int:
    """The whole pipeline on the exchange's hours, with its page and Slack, until SIGTERM."""
    from pipeline.cli import serving
    from pipeline.wiring import parse_as_of

    return serving.serve(
        home or ctx.obj,
        live=live,
        start=parse_as_of(start) if start else None,
        until=parse_as_of(until) if until else None,
        speed=speed,
        as_json=as_json,
    )
