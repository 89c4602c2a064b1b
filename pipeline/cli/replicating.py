"""The verb that replicates an index: replicate."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.cli import tables
from pipeline.cli.exits import Exit
from pipeline.cli.opening import print_json
from pipeline.cli.running import counted
from tools.domain.errors import InputError

if TYPE_CHECKING:
    from rich.table import Table

_FIGURES = {
    "annual_return": ">return",
    "volatility": ">volatility",
    "sharpe": ">Sharpe",
    "max_drawdown": ">drawdown",
    "max_drawdown_daily": ">daily",
    "correlation": ">with S&P TR",
}


def replicate(
    name: str,
    *,
    spx: Path,
    vix: Path,
    rates: list[Path],
    dividend_yield: Path | None,
    against: Path | None,
    first: str,
    last: str,
    daily: bool,
    as_json: bool,
) -> int:
    from pipeline.replication import Files, contract, replicate_files
    from tools.backtest.replication.indices import Index

    if name.upper() not in set(Index):
        raise InputError(f"There is no index {name!r} to replicate; choose one of {', '.join(Index)}.")
    files = Files(
        spx=spx.expanduser(),
        vix=vix.expanduser(),
        rates=tuple(path.expanduser() for path in rates),
        dividend_yield=dividend_yield.expanduser() if dividend_yield else None,
        against=against.expanduser() if against else None,
    )
    window = {"first": _day("--from", first), "last": _day("--to", last)}
    result = replicate_files(Index(name.upper()), files, **window)
    data = contract(result, daily=daily)
    if as_json:
        print_json(data)
        return Exit.OK
    _tell(data, title=result.replication.index.full_name)
    return Exit.OK


def _day(option: str, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InputError(f"{option} {text!r} is no day; write 1990-01-31.") from None


def _tell(data: dict[str, Any], *, title: str) -> None:
    out, stats = tables.console(), data["stats"]
    out.print(
        f"{data['index']} · {title} · replicated {stats['from']} to {stats['to']}, {stats['sessions']:,} sessions"
    )
    out.print(_figures(data))
    if any("change" in row for row in stats["published"]):
        out.print(_changes(data))
    years = "  ".join(f"{year} {_percent(change)}" for year, change in stats["calendar_years"].items())
    out.print(f"calendar years: {years or 'none is whole'}")
    out.print(
        f"VIX {100 * stats['vix_mean']:.1f} on average, realised {_percent(stats['realised'])} "
        "(published for 1990-2018: 19.3 and 15.1, Bondarenko 2019)"
    )
    if (like := stats["against"]) is not None:
        out.print(
            f"against the given index, {like['months']} months: correlation {_number(like['correlation'], 3)}, "
            f"tracking error {_percent(like['tracking_error'], 2)}, mean gap {_percent(like['mean_gap'], 2)} a year"
        )
    for each in stats["sources"]:
        mended = ", ".join(f"{rows:,} {rule}" for rule, rows in each["mended"].items())
        unordered = f", {each['unordered']:,} unordered" if each["unordered"] else ""
        said = f"{counted(each)}{unordered}{f', open, high and low not believed: {mended}' if mended else ''}"
        out.print(f"{each['file']} · {each['name']}: {said}", style="dim")
    for each in data["assumptions"]:
        out.print(f"assumed: {each}", style="dim")


def _figures(data: dict[str, Any]) -> Table:
    """The replication, and under each published row the replication over the same window where it covers it."""
    stats = data["stats"]
    table = tables.plain_table("series", "window", *_FIGURES.values(), "source")
    window = f"{stats['from']} – {stats['to']}"
    table.add_row(data["index"], window, *_cells(stats), "replicated")
    table.add_row("S&P 500 TR", window, *_cells(stats["sp500_total_return"]), "index and dividends given")
    for row in stats["published"]:
        if "change" not in row:
            span = f"{row['from']} – {row['to']}"
            table.add_row(row["index"], span, *_cells(row), row["source"])
            if row["replicated"]:
                shown = {name: value for name, value in row["replicated"].items() if row.get(name) is not None}
                table.add_row(row["index"], span, *_cells(shown), "replicated")
    return table


def _changes(data: dict[str, Any]) -> Table:
    table = tables.plain_table("window", ">replicated", ">published", "source")
    for row in data["stats"]["published"]:
        if "change" in row:
            ours = row["replicated"]["change"] if row["replicated"] else None
            table.add_row(f"{row['from']} – {row['to']}", _percent(ours), _percent(row["change"]), row["source"])
    return table


def _cells(figures: dict[str, Any]) -> list[str]:
    places = {"annual_return": 2, "volatility": 2}
    return [
        _number(figures.get(name), 2)
        if name in {"sharpe", "correlation"}
        else _percent(figures.get(name), places.get(name, 1))
        for name in _FIGURES
    ]


def _percent(value: float | None, places: int = 1) -> str:
    return "–" if value is None else f"{value:.{places}%}".replace("-", tables.MINUS)


def _number(value: float | None, places: int) -> str:
    return "–" if value is None else f"{value:.{places}f}".replace("-", tables.MINUS)
