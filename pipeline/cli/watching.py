"""The verb that keeps the market fresh: data watch."""

from __future__ import annotations

import json
import sys
from datetime import timedelta
from itertools import count
from pathlib import Path
from textwrap import fill
from typing import TYPE_CHECKING, Any

import typer

from pipeline.cli import tables
from pipeline.cli.exits import Exit
from pipeline.cli.opening import open_home, own_market
from pipeline.cli.running import progress_on_terminal

if TYPE_CHECKING:
    from tools.data.watch import Round
    from tools.desk.scan import Progress


def watch(option: Path | None, *, rounds: int | None, as_json: bool) -> int:
    """Look at the market of the settings slot by slot, one line each; `rounds` None goes on until interrupted."""
    from pipeline.sources import present
    from pipeline.wiring import open_watch
    from tools.data.watch import Freshness

    home, settings = open_home(option)
    choice = own_market(home, settings)
    bars: list[Progress] = []

    def progress(step: str, done: int, total: int) -> None:
        for shown in bars:
            shown(step, done, total)

    watched = open_watch(home, settings, choice, progress=progress)
    if not as_json:
        typer.echo(f"Watching {choice.provider or 'the embedded market'}; next look {tables.stamp(watched.due())}.")
    last = None
    for _ in count() if rounds is None else range(rounds):
        due = watched.wait()
        with progress_on_terminal(quiet=as_json, transient=True) as bar:
            bars[:] = [bar]  # a bar stands while a look takes, never while the next one is waited for
            last = watched.look(due)
            bars.clear()
        if as_json:
            sys.stdout.write(json.dumps(_data(last), ensure_ascii=False) + "\n")
            sys.stdout.flush()
        else:
            typer.echo(folded(told(last, age=last.age(present()))))
    stale = last is not None and last.freshness is Freshness.STALE
    return Exit.BROKER_OR_DATA if stale else Exit.OK


def told(found: Round, *, age: timedelta | None) -> str:
    """One round as a line: fresh with what was kept, or STALE with the age of what is there and why."""
    missed = f", {found.missed} looks missed before" if found.missed else ""
    if found.written is not None:
        kept = f"{found.underlyings} underlyings, {found.written.rows:,} quotes, {found.written.used:,} new"
        return f"{tables.clock(found.due)} fresh  {kept}, {found.seconds:.1f} s{missed}"
    seen = "nothing seen yet" if age is None else f"last seen {str(age).split('.')[0]} ago"
    return f"{tables.clock(found.due)} STALE  {seen}{missed}: {found.problem}"


def folded(line: str) -> str:
    """The line as the terminal has room for it, its rest under its words; whole where it goes to a file."""
    out = tables.console()
    return fill(line, out.width, subsequent_indent=" " * 13) if out.is_terminal else line


def _data(found: Round) -> dict[str, Any]:
    written = found.written
    return {
        "schema": "thetagate.watch/1",
        "due": found.due.isoformat(),
        "state": found.freshness.value,
        "seconds": round(found.seconds, 3),
        "last_fresh": found.last_fresh.isoformat() if found.last_fresh else None,
        "missed": found.missed,
        "underlyings": found.underlyings,
        "written": None if written is None else {"rows": written.rows, "new": written.used, **written.dropped},
        "problem": found.problem or None,
    }
