"""What the verbs over history are asked for: a window, a history, and a bar while it lasts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from pipeline.cli import tables
from pipeline.histories import Data
from tools.domain.errors import InputError

if TYPE_CHECKING:
    from pipeline.backtesting import Progress
    from pipeline.planning import Request


def request_of(
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
    keep: bool,
    recordings: Sequence[Path],
) -> Request:
    """From the texts of a command line; `InputError` for one that means nothing."""
    if data not in get_args(Data):
        raise InputError(f"--data {data!r} is no history; choose past or store.")
    if people not in {None, "refuse", "approve"}:
        raise InputError(f"--people {people!r} is neither; choose refuse or approve.")
    window = {"first": _day("--from", first), "last": _day("--to", last)}
    held = _holdings(holdings)
    from pipeline.planning import Request

    return Request(
        books=several(books),
        data=data,  # type: ignore[arg-type]  # one of the arguments of the Literal, asked above
        symbols=[symbol.upper() for symbol in several([symbols])],
        seed=seed,
        capital=capital,
        confidence=confidence,
        people=people,  # type: ignore[arg-type]
        holdings=held or None,
        keep=keep,
        recordings=tuple(recordings),
        **window,
    )


def several(texts: Sequence[str]) -> list[str]:
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
    for text in several(texts):
        symbol, _, shares = text.partition("=")
        if not symbol or not shares.isdecimal() or int(shares) < 1:
            raise InputError(f"--holdings {text!r} is no holding; write SPY=500.")
        held[symbol.upper()] = int(shares)
    return held


@contextmanager
def sessions_on_terminal(*, quiet: bool) -> Iterator[Progress]:
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
