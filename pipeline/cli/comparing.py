"""The verb that holds two sides against each other: compare."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.cli import tables
from pipeline.cli.exits import Exit
from pipeline.cli.opening import open_home, print_json
from pipeline.cli.windows import request_of, sessions_on_terminal, several
from tools.domain.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.table import Table

    from pipeline.comparing import Compared
    from tools.backtest.compare import Side

DASH = "–"


def compare(option: Path | None, a: str, b: str, *, as_json: bool, **asked: Any) -> int:
    """`asked` is what `request_of` takes beside the books."""
    sides = several([a]), several([b])
    if not all(sides):
        raise InputError("A side names at least one book; write thetagate compare primary my_primary.toml.")
    request = request_of((), **asked)
    home, settings = open_home(option)
    from pipeline.comparing import as_sides, contract, run

    with sessions_on_terminal(quiet=as_json) as progress:
        done = run(home, settings, as_sides(request, *sides), progress=progress)
    if as_json:
        print_json(contract(done))
    else:
        _tell(done)
    return Exit.OK


def _tell(done: Compared) -> None:
    out, found = tables.console(), done.found
    kind = " · simulated" if done.simulated else ""
    out.print(f"{found.first} to {found.last} · {found.a.days:,} sessions · {done.source}{kind}")
    out.print(_table(found.a, found.b))
    alone = f"{found.only_a:,} of {found.a.name} alone, {found.only_b:,} of {found.b.name} alone"
    out.print(f"entries on the same day with the same legs: {found.both:,}; {alone}")
    for side, opinions in zip((found.a, found.b), done.opinions, strict=True):
        for sentence in opinions.sentences if opinions.recordings else ():
            out.print(f"{side.name}: {sentence}", style="dim")
    out.print(found.verdict)


def _table(a: Side, b: Side) -> Table:
    table = tables.plain_table("measured", f">{a.name}", f">{b.name}", ">difference")
    rows: tuple[tuple[str, str, Callable[[float], str]], ...] = (
        ("return", "total_return", _share),
        ("mean return a year", "mean_return", _share),
        ("volatility", "volatility", _share),
        ("Sharpe", "sharpe", _ratio),
        ("max drawdown", "drawdown", _share),
        ("profit of the account", "pnl", tables.money),
        ("trades that ended", "trades", tables.money),
        ("still open", "open_trades", tables.money),
        ("won", "win_rate", _share),
        ("average trade", "average_pnl", tables.money),
    )
    for name, key, shown in rows:
        ours, theirs = getattr(a, key), getattr(b, key)
        table.add_row(name, *(DASH if math.isnan(each) else shown(each) for each in (ours, theirs, theirs - ours)))
    return table


def _share(value: float) -> str:
    return f"{value:.2%}".replace("-", tables.MINUS)


def _ratio(value: float) -> str:
    return f"{value:.2f}".replace("-", tables.MINUS)
