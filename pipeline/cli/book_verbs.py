"""The verbs of `thetagate books`: list · show · check · new · review."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pipeline.cli.options import Debug, Home, Json, home_before

books_app = typer.Typer(
    help="The books: list, show and check them, write a new one, review how far each is rolled out.",
    no_args_is_help=True,
)


@books_app.command("list")
def books_list(ctx: typer.Context, home: Home = None, as_json: Json = False, debug: Debug = False) -> int:
    """Every book there is: those that ship and your own, and which of them are enabled."""
    from pipeline.cli import books

    return books.listing(home or home_before(ctx), as_json=as_json)


@books_app.command("show")
def books_show(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(help="A book's name.")],
    home: Home = None,
    as_json: Json = False,
    debug: Debug = False,
) -> int:
    """The commented TOML of a book; with --json every value in force, defaults included."""
    from pipeline.cli import books

    return books.show(home or home_before(ctx), name, as_json=as_json)


@books_app.command("check")
def books_check(
    ctx: typer.Context,
    wanted: Annotated[
        list[str] | None, typer.Argument(help="Names or TOML files; without any, all that are enabled or yours.")
    ] = None,
    home: Home = None,
    as_json: Json = False,
    debug: Debug = False,
) -> int:
    """Read books as a run would; an error names file, line and key. Exit 1 where one is wrong."""
    from pipeline.cli import books

    return books.check(home or home_before(ctx), wanted or [], as_json=as_json)


@books_app.command("new")
def books_new(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(help="Its name, which is its file's name too.")],
    source: Annotated[str, typer.Option("--from", help="The shipped book to begin with.")] = "cash_secured_put",
    folder: Annotated[
        Path | None, typer.Option("--folder", help="Where to write it; default books.folder of the settings.")
    ] = None,
    home: Home = None,
    as_json: Json = False,
    debug: Debug = False,
) -> int:
    """Write a commented TOML from a shipped book. Never overwrites."""
    from pipeline.cli import books

    return books.new(home or home_before(ctx), name, source=source, folder=folder, as_json=as_json)


@books_app.command("review")
def books_review(
    ctx: typer.Context,
    name: Annotated[str | None, typer.Argument(help="A book of books.rollout; all of them without one.")] = None,
    home: Home = None,
    as_json: Json = False,
    debug: Debug = False,
) -> int:
    """What each book has shown in its stage of the rollout; moves it on where every criterion holds, or back."""
    from pipeline.cli import reviewing

    return reviewing.review(home or home_before(ctx), name, as_json=as_json)
