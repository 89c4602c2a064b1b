"""The verbs over years of history: replicate, backtest, compare, model-report. Each parses, then hands over."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pipeline.cli.options import Debug, Home, Json, Seed

First = Annotated[str, typer.Option("--from", help="First day.")]
Last = Annotated[str, typer.Option("--to", help="Last day.")]
Data = Annotated[str, typer.Option("--data", help="past (simulated) or store (what was imported).")]
Symbols = Annotated[str, typer.Option("--symbols", help="SPY,QQQ; else what the books name.")]
Capital = Annotated[float | None, typer.Option("--capital", help="Cash at the start.")]
Confidence = Annotated[float | None, typer.Option("--confidence", help="What an analyst is assumed to say, 0-10.")]
Recordings = Annotated[
    list[Path] | None, typer.Option("--recordings", help="A cassette of answers to replay; may be repeated.")
]
People = Annotated[
    str | None, typer.Option("--people", help="What waits for a person: refuse (default) or approve.")
]
Holdings = Annotated[
    list[str] | None, typer.Option("--holdings", help="SPY=500: shares held for a book that writes calls.")
]
Keep = Annotated[
    bool, typer.Option("--keep/--no-keep", help="Keep made days in the home: the next run reads them.")
]


def register(app: typer.Typer) -> None:
    """Add the verbs to the program."""
    for verb in (replicate, backtest, compare):
        app.command()(verb)
    app.command("model-report")(model_report)


def replicate(
    index: Annotated[str, typer.Argument(help="PUT, BXM or CNDR.")],
    spx: Annotated[Path, typer.Option("--spx", help="Daily S&P 500: Date and Close; Open, High, Low if there.")],
    vix: Annotated[Path, typer.Option("--vix", help="Daily VIX: Date and Close.")],
    rates: Annotated[
        list[Path],
        typer.Option("--rates", help="Bill rates: a Treasury par curve, or FRED's DTB3, DFF, …; may be repeated."),
    ],
    first: Annotated[str, typer.Option("--from", help="First day; the index is 100 at its close.")],
    last: Annotated[str, typer.Option("--to", help="Last day.")],
    daily: Annotated[bool, typer.Option("--daily", help="JSON with every session, not month-ends alone.")] = False,
    dividend_yield: Annotated[
        Path | None, typer.Option("--dividend-yield", help="Year,Yield instead of the table that ships.")
    ] = None,
    against: Annotated[
        Path | None, typer.Option("--against", help="The real index, Date and Close: how like it the result is.")
    ] = None,
    home: Home = None,
    as_json: Json = False,
    debug: Debug = False,
) -> int:
    """Replicate an index of sold options from daily closes, VIX and bill rates; every assumption is stated."""
    from pipeline.cli import replicating

    return replicating.replicate(
        index,
        spx=spx,
        vix=vix,
        rates=rates,
        dividend_yield=dividend_yield,
        against=against,
        first=first,
        last=last,
        daily=daily,
        as_json=as_json,
    )


def backtest(
    ctx: typer.Context,
    books: Annotated[list[str], typer.Option("--book", help="A book by name; may be repeated.")],
    first: First,
    last: Last,
    data: Data = "past",
    symbols: Symbols = "",
    capital: Capital = None,
    confidence: Confidence = None,
    recordings: Recordings = None,
    people: People = None,
    holdings: Holdings = None,
    html: Annotated[Path | None, typer.Option("--html", help="Write one page with everything.")] = None,
    keep: Keep = True,
    seed: Seed = None,
    home: Home = None,
    as_json: Json = False,
    debug: Debug = False,
) -> int:
    """Run books over history through the functions that decide live; measured, good or bad."""
    from pipeline.cli import backtesting

    return backtesting.backtest(
        home or ctx.obj,
        books,
        first=first,
        last=last,
        data=data,
        symbols=symbols,
        seed=seed,
        capital=capital,
        confidence=confidence,
        recordings=recordings or [],
        people=people,
        holdings=holdings or [],
        html=html,
        keep=keep,
        as_json=as_json,
    )


def compare(
    ctx: typer.Context,
    a: Annotated[str, typer.Argument(help="A book by name, or its TOML file; several joined by commas.")],
    b: Annotated[str, typer.Argument(help="What it is held against: another book, or another version.")],
    first: First,
    last: Last,
    data: Data = "past",
    symbols: Symbols = "",
    capital: Capital = None,
    confidence: Confidence = None,
    recordings: Recordings = None,
    people: People = None,
    holdings: Holdings = None,
    keep: Keep = True,
    seed: Seed = None,
    home: Home = None,
    as_json: Json = False,
    debug: Debug = False,
) -> int:
    """Two books, or two versions of one, on the same days: which was better, and how sure that is."""
    from pipeline.cli import comparing

    return comparing.compare(
        home or ctx.obj,
        a,
        b,
        first=first,
        last=last,
        data=data,
        symbols=symbols,
        seed=seed,
        capital=capital,
        confidence=confidence,
        recordings=recordings or [],
        people=people,
        holdings=holdings or [],
        keep=keep,
        as_json=as_json,
    )


def model_report(
    ctx: typer.Context,
    source: Annotated[
        list[str] | None,
        typer.Option("--source", help="Whose answers: live and recorded, a model's, or authored, offline."),
    ] = None,
    recordings: Recordings = None,
    books: Annotated[
        list[str] | None, typer.Option("--book", help="With --recordings: over whose history.")
    ] = None,
    first: Annotated[str, typer.Option("--from", help="With --recordings: first day.")] = "",
    last: Annotated[str, typer.Option("--to", help="With --recordings: last day.")] = "",
    data: Data = "past",
    symbols: Symbols = "",
    people: People = None,
    keep: Keep = True,
    seed: Seed = None,
    home: Home = None,
    as_json: Json = False,
    debug: Debug = False,
) -> int:
    """Does the model earn its place? Agreement, calibration, and the same decisions without its word."""
    from pipeline.cli import model_report as reporting

    if not (recordings or books or first or last):
        return reporting.of_ledger(home or ctx.obj, source or [], as_json=as_json)
    from pipeline.cli.windows import request_of

    request = request_of(
        books or [],
        first=first,
        last=last,
        data=data,
        symbols=symbols,
        seed=seed,
        capital=None,
        confidence=None,
        people=people,
        holdings=[],
        keep=keep,
        recordings=recordings or [],
    )
    return reporting.of_history(home or ctx.obj, source or [], request, as_json=as_json)
