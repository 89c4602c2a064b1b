"""The verbs of what can be checked: `broker`, `audit`, `reconcile`; `account-for`."""

from __future__ import annotations

from typing import Annotated

import typer

from pipeline.cli.options import Debug, Home, Json, home_before

broker_app = typer.Typer(
    help="The broker's own book, which need not agree with ours: orders, positions, cash.", no_args_is_help=True
)
audit_app = typer.Typer(help="Whether our own books can be trusted.", no_args_is_help=True)


@broker_app.command("orders")
def broker_orders(ctx: typer.Context, home: Home = None, as_json: Json = False, debug: Debug = False) -> int:
    """Every order the broker ever took, one row each, its replacements with it."""
    from pipeline.cli import evidence

    return evidence.orders(home or home_before(ctx), as_json=as_json)


@broker_app.command("positions")
def broker_positions(ctx: typer.Context, home: Home = None, as_json: Json = False, debug: Debug = False) -> int:
    """What the broker holds for us."""
    from pipeline.cli import evidence

    return evidence.positions(home or home_before(ctx), as_json=as_json)


@broker_app.command("cash")
def broker_cash(ctx: typer.Context, home: Home = None, as_json: Json = False, debug: Debug = False) -> int:
    """The cash the broker holds for us."""
    from pipeline.cli import evidence

    return evidence.cash(home or home_before(ctx), as_json=as_json)


@audit_app.command("verify")
def audit_verify(ctx: typer.Context, home: Home = None, as_json: Json = False, debug: Debug = False) -> int:
    """Whether the chain of events is whole and every row says what they say. Exit 1 where not."""
    from pipeline.cli import evidence

    return evidence.verify(home or home_before(ctx), as_json=as_json)


def register(app: typer.Typer) -> None:
    """Add the verbs to the program."""
    app.add_typer(broker_app, name="broker")
    app.add_typer(audit_app, name="audit")
    app.command()(reconcile)
    app.command("account-for")(account_for)


def reconcile(ctx: typer.Context, home: Home = None, as_json: Json = False, debug: Debug = False) -> int:
    """Our books against the broker's. Exit 5 where something differs that has no explanation."""
    from pipeline.cli import evidence

    return evidence.reconcile(home or ctx.obj, as_json=as_json)


Subject = Annotated[
    str, typer.Argument(help="As `reconcile` names it: an order, an activity, a symbol, cash; or all.")
]
By = Annotated[str, typer.Option("--by", help="Who answers for it.")]
Why = Annotated[str, typer.Option("--reason", help="What it was.")]


def account_for(
    ctx: typer.Context,
    subject: Subject,
    by: By,
    reason: Why,
    home: Home = None,
    as_json: Json = False,
    debug: Debug = False,
) -> int:
    """Answer for a difference nobody can explain: our books follow the broker's."""
    from pipeline.cli import evidence

    return evidence.account_for(home or ctx.obj, subject, by=by, reason=reason, as_json=as_json)
