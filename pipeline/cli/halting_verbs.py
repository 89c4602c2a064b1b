"""The verbs that stop and go on: stop-entries · flatten · kill · resume · rollback. They parse, then hand over."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import typer

from pipeline.cli.options import Debug, Home, Json, Live
from tools.domain.halt import Strength

Why = Annotated[str, typer.Option("--reason", help="Why, for the audit trail.")]
By = Annotated[str | None, typer.Option("--by", help="Who; else the approver of the settings, else the user.")]
Person = Annotated[str, typer.Option("--by", help="Who lifts it.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask again.")]

_HELP = {
    Strength.STOP_ENTRIES: "No new trade from now on; exits and rolls go on.",
    Strength.FLATTEN: "Close every open trade; nothing else is sent until somebody resumes.",
    Strength.KILL: "Nothing is sent at all, and what rests at the broker is cancelled.",
}


def register(app: typer.Typer) -> None:
    """Add the verbs to the program."""
    for strength, words in _HELP.items():
        app.command(strength.value, help=words)(_stopping(strength))
    app.command("resume")(resume)
    app.command("rollback")(rollback)


def _stopping(strength: Strength) -> Callable[..., int]:
    def verb(
        ctx: typer.Context,
        reason: Why,
        by: By = None,
        yes: Yes = False,
        home: Home = None,
        as_json: Json = False,
        debug: Debug = False,
    ) -> int:
        from pipeline.cli import halting

        return halting.stop(home or ctx.obj, strength, by=by, reason=reason, yes=yes, as_json=as_json)

    return verb


def resume(
    ctx: typer.Context, by: Person, reason: Why, home: Home = None, as_json: Json = False, debug: Debug = False
) -> int:
    """Go on after stop-entries, flatten or kill; a named person says why."""
    from pipeline.cli import halting

    return halting.resume(home or ctx.obj, by=by, reason=reason, as_json=as_json)


def rollback(
    ctx: typer.Context,
    confirm: Annotated[int | None, typer.Option("--confirm", min=1, help="Close what this day closes.")] = None,
    by: Annotated[str, typer.Option("--by", help="Who plans or confirms it.")] = "",
    reason: Annotated[str, typer.Option("--reason", help="Why it is planned, for the audit trail.")] = "",
    live: Live = False,
    home: Home = None,
    as_json: Json = False,
    debug: Debug = False,
) -> int:
    """The staged way out in five days, each confirmed by a person; without options it is shown."""
    from pipeline.cli import rolling_back

    return rolling_back.rollback(home or ctx.obj, confirm=confirm, by=by, reason=reason, live=live, as_json=as_json)
