"""The verbs that stop and go on: stop-entries · flatten · kill · resume. Each one parses, then hands over."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import typer

from pipeline.cli.options import Debug, Home, Json
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
