"""The verbs of `thetagate`. Each one parses, then hands over; heavy imports happen inside."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer
from typer import exceptions

from pipeline.cli import evidence_verbs, halting_verbs, over_history, review_verbs, risk_verbs, service_verbs
from pipeline.cli.book_verbs import books_app
from pipeline.cli.exits import Exit, exit_for
from pipeline.cli.options import (
    AsOf,
    Chain,
    Debug,
    DecisionId,
    Format,
    Home,
    Json,
    Live,
    Portfolio,
    Seed,
    home_before,
)
from tools.domain.errors import ThetagateError

app = typer.Typer(
    name="thetagate",
    help="A decision pipeline for selling options: screen, analyse, fit, score, approve, order, book.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
config_app = typer.Typer(help="Show the settings in force.", no_args_is_help=True)
app.add_typer(config_app, name="config")
data_app = typer.Typer(
    help="The history: import files, check their quality, show what is there, keep it fresh.", no_args_is_help=True
)
app.add_typer(data_app, name="data")
app.add_typer(books_app, name="books")


@app.callback()
def root(ctx: typer.Context, home: Home = None, debug: Debug = False) -> None:
    ctx.obj = home


UNHARMED = "thetagate: interrupted; nothing is lost, run the same command again to go on."


def run_app(argv: list[str]) -> int:
    """Run one verb; returns its exit code. Errors of ours are one sentence on stderr."""
    debug = "--debug" in argv
    try:
        code = app(args=argv, prog_name="thetagate", standalone_mode=False)
        sys.stdout.flush()
    except ThetagateError as error:
        if debug:
            raise
        typer.echo(f"thetagate: {error}", err=True)
        return exit_for(error)
    except exceptions.Exit as error:
        return error.exit_code
    except exceptions.TyperException as error:
        typer.echo(error.format_message(), err=True)
        return Exit.USAGE
    except (KeyboardInterrupt, exceptions.Abort):
        typer.echo(UNHARMED, err=True)
        return Exit.INTERRUPTED
    except OSError as error:
        if debug:
            raise
        typer.echo(f"thetagate: the system refused ({error}); check disk space and permissions.", err=True)
        return Exit.FAILED
    if code == Exit.INTERRUPTED:  # Typer takes Ctrl-C for itself, and says nothing of what it means
        typer.echo(UNHARMED, err=True)
    return int(code or 0)


@app.command()
def demo(
    ctx: typer.Context, home: Home = None, seed: Seed = None, as_json: Json = False, debug: Debug = False
) -> int:
    """The whole pipeline on the embedded market. No keys; no order can leave."""
    from pipeline.cli import running

    return running.demo(home or ctx.obj, seed=seed, as_json=as_json)


@app.command()
def init(ctx: typer.Context, home: Home = None, as_json: Json = False, debug: Debug = False) -> int:
    """Write a commented settings file. Never overwrites."""
    from pipeline.cli import setup

    return setup.init(home or ctx.obj, as_json=as_json)


@app.command()
def doctor(
    ctx: typer.Context,
    online: Annotated[bool, typer.Option("--online", help="Also ask the services that are configured.")] = False,
    home: Home = None,
    as_json: Json = False,
    debug: Debug = False,
) -> int:
    """Check settings, calendar, database, clock, market, keys and analyst; each line names its fix."""
    from pipeline.cli import setup

    return setup.doctor(home or ctx.obj, online=online, as_json=as_json)


@app.command()
def screen(
    ctx: typer.Context,
    symbols: Annotated[list[str] | None, typer.Argument(help="Underlyings; all when none is named.")] = None,
    chain: Chain = None,
    format_: Format = None,
    as_of: AsOf = None,
    portfolio: Portfolio = None,
    rejected: Annotated[bool, typer.Option("--rejected", help="Count every rejection by its rule.")] = False,
    seed: Seed = None,
    home: Home = None,
    as_json: Json = False,
    debug: Debug = False,
) -> int:
    """Screen a market and rank what passes. Sends nothing, stores nothing."""
    from pipeline.cli import running

    market = running.market_arguments(chain, format_, as_of, seed)
    return running.screen(
        home or ctx.obj, symbols or [], market, portfolio=portfolio, rejected=rejected, as_json=as_json
    )


@app.command()
def run(
    ctx: typer.Context,
    chain: Chain = None,
    format_: Format = None,
    as_of: AsOf = None,
    portfolio: Portfolio = None,
    dry_run: Annotated[
        bool | None, typer.Option("--dry-run/--no-dry-run", help="Decide, send nothing. Default with --chain.")
    ] = None,
    wait: Annotated[bool, typer.Option("--wait", help="Exit 4 while a trade waits for a person.")] = False,
    live: Live = False,
    seed: Seed = None,
    home: Home = None,
    as_json: Json = False,
    debug: Debug = False,
) -> int:
    """The whole pipeline, once: screen, analyse, fit, score, approve, order, book."""
    from pipeline.cli import running

    market = running.market_arguments(chain, format_, as_of, seed)
    return running.run(
        home or ctx.obj, market, portfolio=portfolio, dry_run=dry_run, wait=wait, live=live, as_json=as_json
    )


@app.command()
def why(
    ctx: typer.Context, decision: DecisionId, home: Home = None, as_json: Json = False, debug: Debug = False
) -> int:
    """The whole record of a decision: inputs, rules, narrative, prompt, model, cost, order."""
    from pipeline.cli import deciding

    return deciding.why(home or ctx.obj, decision, as_json=as_json)


@app.command()
def approvals(ctx: typer.Context, home: Home = None, as_json: Json = False, debug: Debug = False) -> int:
    """What waits for a person, with its deadline."""
    from pipeline.cli import deciding

    return deciding.approvals(home or ctx.obj, as_json=as_json)


@app.command()
def approve(
    ctx: typer.Context,
    decision: DecisionId,
    reason: Annotated[str, typer.Option("--reason", help="Why, for the audit trail.")] = "",
    override: Annotated[
        bool,
        typer.Option("--override", help="Also where its score refused it, or by two people an overridable limit."),
    ] = False,
    contracts: Annotated[int | None, typer.Option("--contracts", help="Another size, measured anew.")] = None,
    price: Annotated[
        str | None, typer.Option("--price", help="Your own limit: credit per share, nothing is sold below it.")
    ] = None,
    live: Live = False,
    home: Home = None,
    as_json: Json = False,
    debug: Debug = False,
) -> int:
    """Let a waiting trade through: limits are checked again, then the order goes out once."""
    from pipeline.cli import deciding

    return deciding.approve(
        home or ctx.obj,
        decision,
        reason=reason,
        override=override,
        contracts=contracts,
        price=price,
        live=live,
        as_json=as_json,
    )


@app.command()
def reject(
    ctx: typer.Context,
    decision: DecisionId,
    reason: Annotated[str, typer.Option("--reason", help="Why, for the audit trail.")],
    home: Home = None,
    as_json: Json = False,
    debug: Debug = False,
) -> int:
    """Stop a waiting trade."""
    from pipeline.cli import deciding

    return deciding.reject(home or ctx.obj, decision, reason=reason, as_json=as_json)


@app.command()
def positions(ctx: typer.Context, home: Home = None, as_json: Json = False, debug: Debug = False) -> int:
    """Holdings at their marks with netted Greeks."""
    from pipeline.cli import holdings

    return holdings.positions(home or ctx.obj, as_json=as_json)


@app.command()
def graph(home: Home = None, as_json: Json = False, debug: Debug = False) -> int:
    """Print the decision graph as Mermaid. It is the same in every home."""
    from pipeline.cli import setup

    return setup.graph(as_json=as_json)


@config_app.command("show")
def config_show(ctx: typer.Context, home: Home = None, as_json: Json = False, debug: Debug = False) -> int:
    """The settings in force, secrets redacted."""
    from pipeline.cli import setup

    return setup.config_show(home or home_before(ctx), as_json=as_json)


@data_app.command("import")
def data_import(
    ctx: typer.Context,
    files: Annotated[list[Path], typer.Argument(help="Chains, daily prices or rates: CSV, Parquet, gzip, zip.")],
    format_: Annotated[
        str,
        typer.Option(
            "--format",
            help="cboe-eod, cboe-quotetable, yfinance, lean-universe; cboe-index, tiingo, lean-daily, fred, "
            "treasury-par; or a MAP.toml of columns.",
        ),
    ],
    as_of: Annotated[
        str | None, typer.Option("--as-of", help="When an undated chain was quoted; of a dated one, nothing later.")
    ] = None,
    symbol: Annotated[str | None, typer.Option("--symbol", help="Name of a daily series.")] = None,
    home: Home = None,
    as_json: Json = False,
    debug: Debug = False,
) -> int:
    """Bring files into the history, each whole or not at all; a second time changes nothing."""
    from pipeline.cli import data

    return data.import_files(
        home or home_before(ctx), files, format_=format_, as_of=as_of, symbol=symbol, as_json=as_json
    )


@data_app.command("check")
def data_check(
    ctx: typer.Context,
    symbol: Annotated[
        str | None, typer.Argument(help="An underlying, expiry by expiry; all when none is named.")
    ] = None,
    as_of: AsOf = None,
    home: Home = None,
    as_json: Json = False,
    debug: Debug = False,
) -> int:
    """How good the history is: rows dropped by rule, completeness, quotes that break put-call parity."""
    from pipeline.cli import data

    return data.check(home or home_before(ctx), symbol, as_of=as_of, as_json=as_json)


@data_app.command("show")
def data_show(
    ctx: typer.Context,
    symbol: Annotated[str, typer.Argument(help="An underlying or a series.")],
    date: Annotated[str | None, typer.Option("--date", help="The chain of a day or time, New York.")] = None,
    contract: Annotated[str | None, typer.Option("--contract", help="Every quote of one OCC symbol.")] = None,
    home: Home = None,
    as_json: Json = False,
    debug: Debug = False,
) -> int:
    """What the history holds of a symbol: its snapshots, one chain, or one contract over time."""
    from pipeline.cli import data

    return data.show(home or home_before(ctx), symbol, date=date, contract_=contract, as_json=as_json)


@data_app.command("watch")
def data_watch(
    ctx: typer.Context,
    rounds: Annotated[int | None, typer.Option("--rounds", min=1, help="Stop after so many looks.")] = None,
    home: Home = None,
    as_json: Json = False,
    debug: Debug = False,
) -> int:
    """Look at the market every few minutes while the exchange is open; goes on where it stopped."""
    from pipeline.cli import watching

    return watching.watch(home or home_before(ctx), rounds=rounds, as_json=as_json)


evidence_verbs.register(app)
halting_verbs.register(app)
over_history.register(app)
risk_verbs.register(app)
review_verbs.register(app)
service_verbs.register(app)
