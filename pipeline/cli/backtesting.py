"""The verb that runs books over history: backtest."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from pipeline.cli import tables
from pipeline.cli.exits import Exit
from pipeline.cli.opening import open_home, print_json
from pipeline.histories import Data
from tools.domain.errors import InputError

if TYPE_CHECKING:
    from rich.table import Table

    from pipeline.backtesting import Done, Progress
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
    people: str | None,
    holdings: Sequence[str],
    html: Path | None,
    keep: bool,
    as_json: bool,
) -> int:
    if data not in get_args(Data):
        raise InputError(f"--data {data!r} is no history; choose past or store.")
    if people not in {None, "refuse", "approve"}:
        raise InputError(f"--people {people!r} is neither; choose refuse or approve.")
    home, settings = open_home(option)
    window = {"first": _day("--from", first), "last": _day("--to", last)}
    held = _holdings(holdings)
    from pipeline.backtesting import Request, contract, run

    request = Request(
        books=_several(books),
        data=data,  # type: ignore[arg-type]  # one of the arguments of the Literal, asked above
        symbols=[symbol.upper() for symbol in _several([symbols])],
        seed=seed,
        capital=capital,
        confidence=confidence,
        people=people,  # type: ignore[arg-type]
        holdings=held or None,
        keep=keep,
        **window,
    )
    with _sessions_on_terminal(quiet=as_json) as progress:
        done = run(home, settings, request, progress=progress)
    page = None if html is None else _write(html, done)
    if as_json:
        print_json(contract(done, html=page))
    else:
        _tell(done, page)
    return Exit.OK


def _several(texts: Sequence[str]) -> list[str]:
    """Names as options repeat them or commas join them."""
    return [name.strip() for text in texts for name in text.split(",") if name.strip()]


def _day(option: str, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InputError(f"{option} {text!r} is no day; write 2008-10-15.") from None


def _holdings(texts: Sequence[str]) -> dict[str, int]:
    """`SPY=500` as shares by symbol."""
    held = {}
    for text in _several(texts):
        symbol, _, shares = text.partition("=")
        if not symbol or not shares.isdecimal() or int(shares) < 1:
            raise InputError(f"--holdings {text!r} is no holding; write SPY=500.")
        held[symbol.upper()] = int(shares)
    return held


@contextmanager
def _sessions_on_terminal(*, quiet: bool) -> Iterator[Progress]:
    """A bar with the time it will still take, on stderr from the first session on."""
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
    from rich.progress import Progress as Bars

    columns = (
        TextColumn("{task.description:<22}"),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TextColumn("{task.fields[pace]}"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    bars = Bars(*columns, console=tables.console(to_stderr=True), disable=quiet)
    row = bars.add_task("sessions", total=None, pace="", start=False)

    def report(done: int, total: int) -> None:
        if not bars.tasks[0].started:
            bars.start()
            bars.start_task(row)
        elapsed = bars.tasks[0].elapsed or 0.0
        pace = f"{done / elapsed:.1f} a second" if elapsed > 0.1 else ""
        bars.update(row, completed=done, total=total, pace=pace)

    try:
        yield report
    finally:
        if bars.tasks[0].started:
            bars.stop()


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
