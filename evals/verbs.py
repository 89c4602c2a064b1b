"""The verbs `eval run`, `record`, `compare`, `report`. They parse, then hand over; heavy imports happen inside."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pipeline.cli.options import Debug, Home, Json, home_before

eval_app = typer.Typer(
    help="Replay recorded answers, score them, hold them against the baseline.", no_args_is_help=True
)

Tasks = Annotated[
    list[str] | None,
    typer.Option("--task", help="analyst, reviewer, cycle (default: all), or drift, which asks live."),
]
Html = Annotated[Path | None, typer.Option("--html", help="Write the report as one HTML file.")]
Open = Annotated[bool, typer.Option("--open", help="Open the report in the browser.")]
Results = Annotated[Path | None, typer.Argument(help="Results of a run; default the last one of this home.")]
Against = Annotated[Path | None, typer.Argument(help="Results to compare with; default the committed baseline.")]


@eval_app.command("run")
def eval_run(
    ctx: typer.Context,
    task: Tasks = None,
    accept: Annotated[
        bool, typer.Option("--accept", help="Make this run the baseline, whatever the gate says.")
    ] = False,
    out: Annotated[Path | None, typer.Option("--out", help="Also write the results here.")] = None,
    html: Html = None,
    open_: Open = False,
    home: Home = None,
    as_json: Json = False,
    debug: Debug = False,
) -> int:
    """Replay every recording with the network closed, and gate against the baseline. Exit 6 where it fails."""
    from evals import telling

    return telling.run(
        home or home_before(ctx), task or [], accept=accept, out=out, html=html, open_=open_, as_json=as_json
    )


@eval_app.command("record")
def eval_record(
    ctx: typer.Context,
    case: Annotated[list[str] | None, typer.Option("--case", help="Only these cases, by id or by tag.")] = None,
    most: Annotated[float, typer.Option("--max-usd", help="Stop before more than this can be spent.")] = 1.0,
    to: Annotated[Path | None, typer.Option("--to", help="Write the recordings here instead.")] = None,
    home: Home = None,
    as_json: Json = False,
    debug: Debug = False,
) -> int:
    """Ask the analyst's cases of the real provider again (ANTHROPIC_API_KEY), and show what is different."""
    from evals import telling

    return telling.record(home or home_before(ctx), case or [], most=most, to=to, as_json=as_json)


@eval_app.command("compare")
def eval_compare(
    ctx: typer.Context,
    results: Results = None,
    against: Against = None,
    home: Home = None,
    as_json: Json = False,
    debug: Debug = False,
) -> int:
    """Hold two runs against each other, case by case. Exit 6 where the first is worse."""
    from evals import telling

    return telling.compare(home or home_before(ctx), results, against, as_json=as_json)


@eval_app.command("report")
def eval_report(
    ctx: typer.Context,
    results: Results = None,
    html: Html = None,
    open_: Open = False,
    home: Home = None,
    as_json: Json = False,
    debug: Debug = False,
) -> int:
    """The report of a run as one HTML file that needs no network."""
    from evals import telling

    return telling.report(home or home_before(ctx), results, html=html, open_=open_, as_json=as_json)
