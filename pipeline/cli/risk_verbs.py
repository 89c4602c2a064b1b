"""The verbs of what may be lost: `risk`, `stress`, `scenario`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pipeline.cli.options import Debug, Home, Json

Book = Annotated[
    Path | None,
    typer.Option("--snapshot", metavar="<path>", help="A book on file (docs/risk.md) instead of the account here."),
]
PathSeed = Annotated[int | None, typer.Option("--seed", metavar="<n>", help="Of the drawn paths.")]
Paths = Annotated[int | None, typer.Option(metavar="<n>", help="How many are drawn; default 10,000.")]


def register(app: typer.Typer) -> None:
    """Add the verbs to the program."""

    @app.command()
    def risk(
        ctx: typer.Context,
        home: Home = None,
        snapshot: Book = None,
        seed: PathSeed = None,
        paths: Paths = None,
        as_json: Json = False,
        debug: Debug = False,
    ) -> int:
        """What may be lost: limits, netted Greeks, VaR, ES and stresses."""
        from pipeline.cli import risks

        return risks.risk(home or ctx.obj, snapshot=snapshot, seed=seed, paths=paths, as_json=as_json)

    @app.command()
    def stress(
        ctx: typer.Context, home: Home = None, snapshot: Book = None, as_json: Json = False, debug: Debug = False
    ) -> int:
        """What each named stress would cost, and whom."""
        from pipeline.cli import risks

        return risks.stress(home or ctx.obj, snapshot=snapshot, as_json=as_json)

    @app.command()
    def scenario(
        ctx: typer.Context,
        home: Home = None,
        spot: Annotated[float, typer.Option(metavar="<%>", help="Move of the index, the rest by beta.")] = 0.0,
        vol: Annotated[float, typer.Option(metavar="<%>", help="Change of 30-day implied vols.")] = 0.0,
        days: Annotated[int, typer.Option(metavar="<n>", min=0, help="Calendar days that pass.")] = 0,
        snapshot: Book = None,
        as_json: Json = False,
        debug: Debug = False,
    ) -> int:
        """What a move of prices, volatility and time would do, and a grid around it."""
        from pipeline.cli import risks

        return risks.scenario(home or ctx.obj, snapshot=snapshot, spot=spot, vol=vol, days=days, as_json=as_json)
