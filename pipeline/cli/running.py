"""Verbs that look at a market: demo, run, screen."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from pipeline import contract
from pipeline.cli import tables
from pipeline.cli.afterwards import lines_of
from pipeline.cli.exits import Exit
from pipeline.cli.opening import at_home, embedded, open_home, own_market, print_json
from pipeline.market import MarketChoice
from tools.domain.decision import Outcome
from tools.domain.errors import InputError
from tools.domain.rationale import AnalysisSource

if TYPE_CHECKING:
    from pipeline.cycle import Cycle
    from pipeline.home import Home
    from pipeline.settings import Settings
    from tools.desk.scan import Progress
    from tools.domain.market import Snapshot

STEPS = {
    "start": "opening the market",
    "screen": "screening books",
    "analyse": "analysing candidates",
    "fit": "fitting and scoring",
    "order": "ordering",
    "file": "reading the file",
    "sessions": "writing sessions",
    "contracts": "sorting by contract",
    "vols": "reading 30-day vols",
}


def market_arguments(
    chain: Path | None, format_: str | None, as_of: str | None, seed: int | None
) -> MarketChoice | None:
    """The file a command line names, or the embedded market at a time or seed; None where it names none."""
    from pipeline.wiring import parse_as_of

    instant = parse_as_of(as_of) if as_of else None
    if chain is None:
        if format_ is not None:
            raise InputError("--format belongs to --chain FILE; name the file too.")
        return None if instant is None and seed is None else MarketChoice(as_of=instant, seed=seed)
    if seed is not None:
        raise InputError("--seed belongs to simulated markets; leave it out with --chain.")
    if format_ is None:
        raise InputError(
            "--chain needs --format: cboe-eod, cboe-quotetable, yfinance, lean-universe, or a MAP.toml."
        )
    mapped = format_.endswith(".toml")
    return MarketChoice(
        path=str(chain.expanduser().resolve()),
        format="column-map" if mapped else format_,
        column_map=str(Path(format_).expanduser().resolve()) if mapped else None,
        as_of=instant,
    )


def demo(option: Path | None, *, seed: int | None, as_json: bool) -> int:
    home, settings = open_home(option)
    choice = at_home(home, embedded(settings, MarketChoice(seed=seed)), sends=True)
    tables.console(to_stderr=as_json).print("DEMO · embedded market · no orders can leave", style="bold")
    cycle = _cycle(home, settings, choice, as_json=as_json)
    _report(cycle, settings.mode.value, as_json=as_json)
    return Exit.OK


def run(
    option: Path | None,
    wanted: MarketChoice | None,
    *,
    portfolio: Path | None,
    dry_run: bool | None,
    wait: bool,
    live: bool,
    as_json: bool,
) -> int:
    home, settings = open_home(option)
    choice = own_market(home, settings, wanted)
    dry = choice.is_past if dry_run is None else dry_run
    choice = at_home(home, choice, sends=not dry)
    cycle = _cycle(home, settings, choice, portfolio=portfolio, dry_run=dry, live=live, as_json=as_json)
    _report(cycle, "dry-run" if dry else settings.mode.value, as_json=as_json)
    waiting = any(record.outcome is Outcome.WAITING for record in cycle.records)
    return Exit.WAITING if wait and waiting and not dry else Exit.OK


def screen(
    option: Path | None,
    symbols: list[str],
    wanted: MarketChoice | None,
    *,
    portfolio: Path | None,
    rejected: bool,
    as_json: bool,
) -> int:
    from pipeline.wiring import account_of, open_books, open_market, with_held_facts
    from tools.desk.scan import screen_market

    home, settings = open_home(option)
    choice = own_market(home, settings, wanted)
    choice = at_home(home, choice, sends=False)
    with progress_on_terminal(quiet=as_json) as progress:
        snapshot = open_market(choice, settings, home, progress=progress)
        only = listed(snapshot, symbols)
        account = account_of(home, settings, snapshot, choice, portfolio)
        found = screen_market(
            with_held_facts(snapshot, account),
            account,
            open_books(settings).values(),
            profile=settings.risk,
            progress=progress,
            only=only,
        )
    data = contract.screen(snapshot, only=only, candidates=found.candidates, rejected=found.rejected)
    if as_json:
        print_json(data)
        return Exit.OK
    out = tables.console()
    out.print(f"{tables.stamp(snapshot.as_of)} · {snapshot.source} · {counted(data['source'])}")
    out.print(
        tables.candidates_table(found.candidates) if found.candidates else "No contract passed every required rule."
    )
    if rejected or not found.candidates:
        out.print(tables.counts_table("rejected by rule", found.rejected))
    for note in snapshot.notes:
        out.print(f"note: {note}", style="dim")
    return Exit.OK


def listed(snapshot: Snapshot, symbols: list[str]) -> list[str]:
    """The symbols a person named, as the market lists them; `InputError` for one it does not hold."""
    wanted = [symbol.upper() for symbol in symbols]
    missing = [symbol for symbol in wanted if symbol not in snapshot.chains]
    if missing:
        raise InputError(f"The market holds no {', '.join(missing)}; it has {', '.join(sorted(snapshot.chains))}.")
    return wanted


def counted(source: dict[str, Any]) -> str:
    dropped = ", ".join(f"{count:,} {reason}" for reason, count in sorted(source["dropped"].items()))
    return f"{source['rows']:,} rows, {source['used']:,} used{f', dropped: {dropped}' if dropped else ''}"


def _cycle(
    home: Home,
    settings: Settings,
    choice: MarketChoice,
    *,
    portfolio: Path | None = None,
    dry_run: bool = False,
    live: bool = False,
    as_json: bool,
) -> Cycle:
    with progress_on_terminal(quiet=as_json) as progress:
        progress("start", 0, 1)
        from pipeline.cycle import run_cycle
        from pipeline.wiring import open_session

        with open_session(
            home, settings, choice, portfolio=portfolio, dry_run=dry_run, live=live, progress=progress
        ) as session:
            progress("start", 1, 1)
            return run_cycle(session.services, session.graph, choice, send=not dry_run, progress=progress)


@contextmanager
def progress_on_terminal(*, quiet: bool, transient: bool = False) -> Iterator[Progress]:
    """A bar per step on stderr while a person watches, gone afterwards if `transient`; silent under `--json`."""
    from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn
    from rich.progress import Progress as Bars

    with Bars(
        TextColumn("{task.description:<22}"),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        console=tables.console(to_stderr=True),
        disable=quiet,
        transient=transient,
    ) as bars:
        rows: dict[str, TaskID] = {}

        def report(step: str, done: int, total: int) -> None:
            if step not in rows:
                rows[step] = bars.add_task(STEPS.get(step, f"reading {step}"), total=total or None)
            bars.update(rows[step], completed=done, total=total or None)

        yield report


def _report(cycle: Cycle, mode: str, *, as_json: bool) -> None:
    data = contract.run(
        as_of=cycle.as_of,
        mode=mode,
        source=cycle.source,
        simulated=cycle.simulated,
        records=cycle.records,
        settled=cycle.settled,
        managed=cycle.managed,
        reviews=cycle.reviews,
        halt=cycle.halt,
        rejected=cycle.scan.rejected,
        sends=cycle.sends,
    )
    if as_json:
        print_json(data)
        return
    out = tables.console()
    out.print(f"{tables.stamp(cycle.as_of)} · {cycle.source} · {mode}")
    if cycle.halt is not None:
        out.print(f"STOPPED: {cycle.halt.text}", style="bold red")
    for each in cycle.reviews:
        if each.moved:
            out.print(f"rollout: {each.words}", style="bold yellow")
    for line in lines_of(cycle.settled):
        out.print(line, style="dim")
    if cycle.managed:
        out.print(tables.trades_table(cycle.managed))
    out.print(tables.decisions_table(cycle.records, width=out.width))
    authored = sum(
        1 for record in cycle.records if record.analysis and record.analysis.source is AnalysisSource.AUTHORED
    )
    if authored:
        out.print(
            f"{authored} analyses are recordings that a person wrote (authored); no model was asked.", style="dim"
        )
    if cycle.scan.recalled:
        out.print("This market was scanned before: these are its decisions.", style="dim")
    for line in next_steps(cycle):
        typer.echo(line)


def next_steps(cycle: Cycle) -> list[str]:
    """What to type next, from what there is to do."""
    waiting = next((record for record in cycle.records if record.outcome is Outcome.WAITING), None)
    refused = next((record for record in cycle.records if record.outcome is Outcome.REFUSED), None)
    filled = next((record for record in cycle.records if record.order is not None), None)
    lines = []
    if waiting is not None and cycle.sends:
        lines += [
            f"thetagate approve {waiting.id}    let the waiting trade through",
            f'thetagate reject {waiting.id} --reason "…"    or stop it',
        ]
    if filled is not None:
        lines.append(f"thetagate why {filled.id}    the whole story of a filled trade")
        lines.append("thetagate positions    what is held now")
    elif refused is not None:
        lines.append(f"thetagate why {refused.id}    why it was refused")
    return ["", "Next:", *(f"  {line}" for line in lines)] if lines else []
