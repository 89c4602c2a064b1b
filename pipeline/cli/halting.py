"""What a person stops, and lets go on."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from pipeline import contract, halting
from pipeline.cli import tables
from pipeline.cli.exits import Exit
from pipeline.cli.opening import home_of, open_home, print_json
from pipeline.home import Home
from pipeline.settings import Settings, load_settings, user_name
from pipeline.sources import present
from tools.domain.errors import ConfigError, InputError, LedgerBusy, ThetagateError
from tools.domain.halt import Strength

if TYPE_CHECKING:
    from pipeline.managing import Managed

SCHEMA = "thetagate.halt/1"
_ASKED = {
    Strength.STOP_ENTRIES: "Stop new trades?",
    Strength.FLATTEN: "Close every open trade and stop everything else?",
    Strength.KILL: "Stop everything and cancel what rests at the broker?",
}


def stop(option: Path | None, strength: Strength, *, by: str | None, reason: str, yes: bool, as_json: bool) -> int:
    home = home_of(option).create()
    settings, broken = _settings(home)
    who = by or (settings.approvals.approver if settings else "") or user_name()
    _confirm(strength, yes=yes, as_json=as_json)
    stopped = halting.stop(home, settings, strength, by=who, reason=reason, now=present())
    managed, later = _close_all(home, settings) if settings and strength is Strength.FLATTEN else ((), broken)
    if as_json:
        print_json(
            {
                "schema": SCHEMA,
                "halt": stopped.halt.model_dump(mode="json"),
                "cancelled": list(stopped.cancelled),
                "working": list(stopped.working),
                "trades": [contract.trade(each) for each in managed],
            }
        )
    else:
        typer.echo(f"Stopped: {stopped.halt.text}.")
        if managed:
            tables.console().print(tables.trades_table(managed))
        if stopped.cancelled:
            typer.echo(f"Cancelled at the broker: {', '.join(stopped.cancelled)}.")
    for problem in _problems(stopped, later):
        typer.echo(f"thetagate: {problem}", err=True)
    return Exit.BROKER_OR_DATA if stopped.working or stopped.unasked or later else Exit.OK


def resume(option: Path | None, *, by: str, reason: str, as_json: bool) -> int:
    home, settings = open_home(option)
    lifted = halting.resume(home, settings, by=by, reason=reason)
    if as_json:
        print_json({"schema": SCHEMA, "halt": None, "lifted": lifted.model_dump(mode="json")})
    else:
        typer.echo(f"{by} goes on. Lifted: {lifted.text}.")
    return Exit.OK


def _settings(home: Home) -> tuple[Settings | None, str]:
    """The settings, or why they cannot be read: that must not keep anybody from stopping."""
    try:
        return load_settings(home.root), ""
    except ConfigError as error:
        return None, str(error)


def _confirm(strength: Strength, *, yes: bool, as_json: bool) -> None:
    """A person at a terminal is asked once more; a script must say --yes."""
    if yes:
        return
    if as_json or not sys.stdin.isatty():
        raise InputError(f"{strength.value} asks for your word first; add --yes where nobody can be asked.")
    typer.confirm(_ASKED[strength], abort=True)


def _close_all(home: Home, settings: Settings) -> tuple[tuple[Managed, ...], str]:
    """What was closed at once, and why some of it comes later."""
    from pipeline.cycle import manage
    from pipeline.threads import Threads
    from pipeline.wiring import open_session

    market = home.read_market()
    if market is None or not home.is_initialised:
        return (), ""
    try:
        with open_session(home, settings, market, live=True) as session:  # stopping asks for no second word
            services = session.services
            return manage(services, Threads(services, session.graph), send=True), ""
    except LedgerBusy as error:
        return (), f"{error} It closes the trades, for it is stopped as well."
    except ThetagateError as error:
        return (), f"{error} No trade is closed yet; the next run that can will close them."


def _problems(stopped: halting.Stopped, later: str) -> Iterable[str]:
    if stopped.unwritten:
        yield f"the stop holds by its file alone: {stopped.unwritten}"
    if stopped.working:
        yield f"still at the broker, cancel them there: {', '.join(stopped.working)}"
    if stopped.unasked:
        yield f"what rests at the broker could not be cancelled; do that there: {stopped.unasked}"
    if later:
        yield later
