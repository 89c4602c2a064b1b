"""The verbs that stop and go on: stop-entries · flatten · kill · resume. Each one parses, then hands over."""

from __future__ import annotations

from typing import Annotated

import typer

from pipeline.cli.options import Debug, Home, Json
from tools.domain.halt import Strength

Why = Annotated[str, typer.Option("--reason", help="Why, for the audit trail.")]
By = Annotated[str | None, typer.Option("--by", help="Who; else the approver of the settings, else the user.")]
Person = Annotated[str, typer.Option("--by", help="Who lifts it.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask again.")]


def register(app: typer.Typer) -> None:
    """Add the verbs to the program."""
    app.command("stop-entries")(stop_entries)
    for verb in (flatten, kill, resume):
        app.command()(verb)


def stop_entries(
    ctx: typer.Context,
    reason: Why,
    by: By = None,
    yes: Yes = False,
    home: Home = None,
    as_json: Json = False,
    debug: Debug = False,
) -> int:
    """No new trade from now on; exits and rolls go on."""
    from pipeline.cli import halting

    return halting.stop(home or ctx.obj, Strength.STOP_ENTRIES, by=by, reason=reason, yes=yes, as_json=as_json)


def flatten(
    ctx: typer.Context,
    reason: Why,
    by: By = None,
    yes: Yes = False,
    home: Home = None,
    as_json: Json = False,
    debug: Debug = False,
) -> int:
    """Close every open trade; nothing else is sent until somebody resumes."""
    from pipeline.cli import halting

    return halting.stop(home or ctx.obj, Strength.FLATTEN, by=by, reason=reason, yes=yes, as_json=as_json)


def kill(
    ctx: typer.Context,
    reason: Why,
    by: By = None,
    yes: Yes = False,
    home: Home = None,
    as_json: Json = False,
    debug: Debug = False,
) -> int:
    """Nothing is sent at all, and what rests at the broker is cancelled."""
    from pipeline.cli import halting

    return halting.stop(home or ctx.obj, Strength.KILL, by=by, reason=reason, yes=yes, as_json=as_json)


def resume(
    ctx: typer.Context, by: Person, reason: Why, home: Home = None, as_json: Json = False, debug: Debug = False
) -> int:
    """Go on after stop-entries, flatten or kill; a named person says why."""
    from pipeline.cli import halting

    return halting.resume(home or ctx.obj, by=by, reason=reason, as_json=as_json)
