"""The verb `books review`: where each book stands in its rollout, what it has shown, and what follows from it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from pipeline import contract
from pipeline.cli import tables
from pipeline.cli.exits import Exit
from pipeline.cli.opening import open_home, print_json
from pipeline.home import Home
from pipeline.settings import Settings
from tools.domain.errors import InputError

if TYPE_CHECKING:
    from rich.table import Table

    from pipeline.rollouts import Reviewed

SCHEMA = "thetagate.books-review/1"
NOBODY = (
    'No book is being rolled out; name one and where it begins, e.g. rollout = { primary = "paper" } in [books].'
)
DASH = "–"


def review(option: Path | None, name: str | None, *, as_json: bool) -> int:
    home, settings = open_home(option)
    wanted = _wanted(settings, name)
    found = _review(home, settings, wanted) if wanted else ()
    if as_json:
        print_json({"schema": SCHEMA, "books": [contract.rollout(each) for each in found]})
    elif not found:
        typer.echo(NOBODY)
    else:
        out = tables.console()
        out.print(_table(found))
        for each in found:
            out.print(f"{each.words}.")
    return Exit.OK


def _wanted(settings: Settings, name: str | None) -> tuple[str, ...]:
    rolled_out = tuple(settings.books.rollout)
    if name is None:
        return rolled_out
    if name not in rolled_out:
        known = f"those are {', '.join(rolled_out)}" if rolled_out else "none is"
        raise InputError(f"{name} is not being rolled out ({known}); name it with its stage in books.rollout.")
    return (name,)


def _review(home: Home, settings: Settings, names: Iterable[str]) -> tuple[Reviewed, ...]:
    from pipeline.histories import open_named_books
    from pipeline.rollouts import review_books
    from pipeline.wiring import open_ledger

    now = home.clock()
    books = {book.name: book for book in open_named_books(settings, tuple(names))}
    with open_ledger(home, account=settings.account.name) as ledger, ledger.runner_lock():
        return review_books(ledger, settings, books, now=now, promotes=True)


def _table(found: Iterable[Reviewed]) -> Table:
    table = tables.plain_table(
        "book", "stage", ">days", ">trades", ">won", ">backtest won", ">average", ">drawdown", ">of capital"
    )
    for each in found:
        shown = each.shown
        table.add_row(
            each.before.book,
            each.before.stage.words,
            f"{each.days:,}",
            f"{shown.trades:,}",
            _share(shown.win_rate),
            _share(shown.expected),
            DASH if shown.average_pnl is None else tables.money(shown.average_pnl),
            "unknown" if shown.drawdown is None else f"{shown.drawdown:.1%}",
            tables.money(each.capital),
        )
    return table


def _share(value: float | None) -> str:
    return DASH if value is None else f"{value:.0%}"
