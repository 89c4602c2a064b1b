"""The verb that runs books over history: backtest."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.cli import tables
from pipeline.cli.exits import Exit
from pipeline.cli.opening import open_home, print_json
from pipeline.cli.windows import request_of, sessions_on_terminal
from tools.domain.errors import InputError

if TYPE_CHECKING:
    from rich.table import Table

    from pipeline.backtesting import Done
    from tools.backtest.figures import Figure

DASH = "–"
LATEST = 12
"""Trades shown on the terminal; the page and the JSON have all of them."""


def backtest(
    option: Path | None,
    books: Sequence[str],
    *,
    first: str,
    last: str,
    data: str,
    symbols: str,
    seed: int | None,
    capital: float | None,
    confidence: float | None,
    recordings: Sequence[Path],
    people: str | None,
    holdings: Sequence[str],
    html: Path | None,
    keep: bool,
    as_json: bool,
) -> int:
    request = request_of(
        books,
        first=first,
        last=last,
        data=data,
        symbols=symbols,
        seed=seed,
        capital=capital,
        confidence=confidence,
        recordings=recordings,
        people=people,
        holdings=holdings,
        keep=keep,
    )
    home, settings = open_home(option)
    from pipeline.backtesting import contract, run

    with sessions_on_terminal(quiet=as_json) as progress:
        done = run(home, settings, request, progress=progress)
    page = None if html is None else _write(html, done)
    if as_json:
        print_json(contract(done, html=page))
    else:
        _tell(done, page)
    return Exit.OK


def _write(path: Path, done: Done) -> str:
    from tools.reporting.backtest_page import backtest_page

    target = path.expanduser()
    page = backtest_page(done.outcome, provenance=done.provenance)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(page, encoding="utf-8")
    except OSError as error:
        raise InputError(
            f"The page {target} cannot be written ({error.strerror}); choose another with --html."
        ) from None
    return str(target)


def _tell(done: Done, page: str | None) -> None:
    out, found = tables.console(), done.outcome
    plan = found.plan
    kind = " · simulated" if found.simulated else ""
    out.print(f"{plan.first} to {plan.last} · {len(found.rates):,} sessions · {found.source}{kind}")
    out.print(
        f"{tables.money(plan.capital)} became {tables.money(float(found.equity[-1]))}"
        + ("" if found.benchmark is None else f"; {found.benchmark.words}: {_end(found)}")
    )
    if found.opinions.recordings:
        out.print(f"the model: {found.opinions.by_source}; answers could know: {found.opinions.by_hindsight}")
    out.print(_figures_table(found.figures))
    out.print(_books_table(done))
    for each in found.books:
        if each.never:
            out.print(each.never)
    out.print(_hopes_table(done))
    out.print(_attribution_table(done))
    if found.trades:
        out.print(_trades_table(done))
    for name, count in sorted(found.counts.items()):
        out.print(f"counted: {count:,} {name}", style="dim")
    for sentence in found.cannot_tell:
        out.print(f"cannot tell: {sentence}", style="dim")
    if page is not None:
        out.print(f"page: {page}")


def _end(found: Any) -> str:
    return tables.money(float(found.benchmark.levels[-1]))


def _figures_table(figures: Sequence[Figure]) -> Table:
    table = tables.plain_table("measured", ">value", ">95 % of resamples", "on")
    for each in figures:
        known = not math.isnan(each.low)
        between = f"{shown(each, each.low)} to {shown(each, each.high)}" if known else DASH
        table.add_row(each.name, shown(each, each.value), between, each.of)
    return table


def shown(figure: Figure, value: float) -> str:
    """A value in the figure's unit."""
    if not math.isfinite(value):
        return DASH if math.isnan(value) else "∞"
    match figure.unit.value:
        case "share":
            text = f"{value + 0.0:.1%}"
        case "money":
            return tables.money(value)
        case "ratio":
            text = f"{value:.2f}"
        case _:
            text = f"{value:.1f}"
    return text.replace("-", tables.MINUS)


def _books_table(done: Done) -> Table:
    table = tables.plain_table("book", ">P&L", ">trades", ">won", ">average", ">captured", ">filled", "decisions")
    for each in done.outcome.books:
        decided = ", ".join(f"{count:,} {name}" for name, count in sorted(each.decided.items()))
        table.add_row(
            each.name,
            tables.money(float(each.pnl[-1])),
            f"{each.trades.count:,}",
            _share(each.trades.win_rate),
            DASH if math.isnan(each.trades.average) else tables.money(each.trades.average),
            _share(each.capture),
            _share(each.fill_rate),
            decided or "none",
        )
    return table


def _hopes_table(done: Done) -> Table:
    table = tables.plain_table("hoped for", ">wanted", ">measured", "")
    for each in done.outcome.hopes:
        ratio = each.name == "Sharpe"
        sign = ">" if each.above else "<"
        wanted = f"{sign} {each.wanted:g}" if ratio else f"{sign} {each.wanted:.0%}"
        measured = (
            DASH if math.isnan(each.measured) else f"{each.measured:.2f}" if ratio else f"{each.measured:.1%}"
        )
        verdict = "unknown" if each.met is None else "met" if each.met else "not met"
        doubt = "" if each.sure or each.met is None else ", within what chance does"
        table.add_row(each.name, wanted, measured.replace("-", tables.MINUS), verdict + doubt)
    return table


def _attribution_table(done: Done) -> Table:
    found = done.outcome
    table = tables.plain_table("profit from", *(f">{source.value}" for source in found.attribution), ">sum")
    rows = [(each.name, each.attribution) for each in found.books if each.moved]
    for name, parts in [*rows, ("account", found.attribution)]:
        cells = [tables.money(float(amount)) for amount in parts.values()]
        table.add_row(name, *cells, tables.money(float(sum(parts.values()))))
    return table


def _trades_table(done: Done) -> Table:
    table = tables.plain_table("the last trades", "book", "opened", ">days", ">P&L", "because")
    for each in done.outcome.trades[-LATEST:]:
        table.add_row(
            f"{each.label} ×{each.contracts}",
            each.book,
            f"{each.opened_at:%Y-%m-%d}",
            str(each.days),
            tables.money(float(each.pnl)),
            each.exit,
        )
    return table


def _share(value: float) -> str:
    return DASH if math.isnan(value) else f"{value:.0%}".replace("-", tables.MINUS)
