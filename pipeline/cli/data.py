"""The verbs of the history: data import, data check, data show."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from pipeline import history_contract as contract
from pipeline.cli import tables
from pipeline.cli.exits import Exit
from pipeline.cli.opening import open_home, print_json
from pipeline.cli.running import counted, progress_on_terminal
from tools.domain.errors import InputError

if TYPE_CHECKING:
    from tools.data.store.entries import Entry
    from tools.data.store.history import History

_LATEST = (
    "of the latest snapshot: complete: listed contracts with a usable quote; violating: quotes that can be traded\n"
    "against others for nothing; repriced: liquid quotes of 7-120 days that the surface prices from bid to ask"
)
_YOUNG = 20
"""Snapshots that wait before they are sorted by contract: sorting rewrites the files of their expiries."""


def import_files(
    option: Path | None, files: list[Path], *, format_: str, as_of: str | None, symbol: str | None, as_json: bool
) -> int:
    from pipeline.wiring import import_into, open_history, parse_as_of
    from tools.data.store.vols import measure_all

    home, _ = open_home(option)
    instant = parse_as_of(as_of) if as_of else None
    found = []
    with open_history(home) as history, progress_on_terminal(quiet=as_json) as progress:
        for path in files:
            found.append(
                import_into(
                    history,
                    path.expanduser(),
                    format=format_,
                    now=datetime.now(UTC),
                    as_of=instant,
                    name=symbol.upper() if symbol else None,
                    progress=progress,
                )
            )
        with history.writing():
            history.compact(at_least=_YOUNG, progress=progress)
        for name in sorted({entry.underlying for each in found for entry in each.snapshots}):
            measure_all(history, name, progress=progress)
    files_done = [contract.imported(each) for each in found]
    if as_json:
        print_json({"schema": contract.IMPORT_SCHEMA, "home": str(home.root), "files": files_done})
        return Exit.OK
    for each in files_done:
        _tell_import(each)
    return Exit.OK


def check(option: Path | None, symbol: str | None, *, as_of: str | None, as_json: bool) -> int:
    from pipeline.wiring import open_history, parse_as_of
    from tools.data.store.check import check as check_snapshot

    home, _ = open_home(option)
    if symbol is None and as_of is not None:
        raise InputError("--as-of belongs to one symbol; name it: thetagate data check SPX --as-of 2019-05-31.")
    with open_history(home) as history:
        if symbol is not None:
            entry = _entry(history, symbol.upper(), parse_as_of(as_of) if as_of else None)
            data = contract.checked([], []) | {"snapshot": contract.snapshot(check_snapshot(history, entry))}
        else:
            found = []
            for name in history.underlyings():
                latest = history.entry(name)
                quality = None if latest is None else check_snapshot(history, latest)
                found.append(contract.underlying(name, history.catalog.entries(name), quality))
            data = contract.checked(found, history.catalog.all_series())
    if as_json:
        print_json(data)
    elif symbol is not None:
        _tell_snapshot(data["snapshot"])
    else:
        _tell_history(data)
    return Exit.OK


def show(option: Path | None, symbol: str, *, date: str | None, contract_: str | None, as_json: bool) -> int:
    from pipeline.wiring import open_history

    home, _ = open_home(option)
    symbol = symbol.upper()
    if date is not None and contract_ is not None:
        raise InputError("--date shows a chain and --contract the quotes of one contract; give one of them.")
    with open_history(home) as history:
        if contract_ is not None:
            return _show_contract(history, symbol, contract_, as_json=as_json)
        if date is not None:
            return _show_chain(history, symbol, date, as_json=as_json)
        return _show_symbol(history, symbol, as_json=as_json)


def _show_symbol(history: History, symbol: str, *, as_json: bool) -> int:
    entries = history.catalog.entries(symbol)
    daily = [each for each in history.catalog.all_series() if each.name == symbol]
    if not entries and not daily:
        raise InputError(_unknown(history, symbol))
    days = [
        {
            "day": entry.day.isoformat(),
            "as_of": entry.as_of.isoformat(),
            "feed": entry.feed,
            "source": entry.source,
            "spot": entry.spot,
            **contract.counted(entry.counts),
        }
        for entry in entries
    ]
    data = contract.shown(symbol, snapshots=days, series=[contract.series(each) for each in daily])
    if as_json:
        print_json(data)
        return Exit.OK
    out = tables.console()
    if days:
        table = tables.plain_table("session", "as of", ">spot", ">rows", ">used", "dropped", "feed")
        for day in days:
            table.add_row(
                day["day"], tables.clock(datetime.fromisoformat(day["as_of"])), _price(day["spot"]),
                f"{day['rows']:,}", f"{day['used']:,}", _reasons(day["dropped"]), day["feed"],
            )  # fmt: skip
        out.print(table)
    if data["series"]:
        _tell_series(data["series"])
    return Exit.OK


def _show_chain(history: History, symbol: str, date: str, *, as_json: bool) -> int:
    import numpy as np

    from pipeline.wiring import parse_as_of

    instant = parse_as_of(date)
    read = history.read(symbol, instant)
    if read is None:
        raise InputError(_nothing_at(history, symbol, instant))
    chain = read.chain
    if as_json:
        print_json(contract.shown(symbol, chain=contract.chain(chain, read.counts)))
        return Exit.OK
    out = tables.console()
    counts = counted(contract.counted(read.counts))
    out.print(f"{symbol} {_price(chain.spot)} · {tables.stamp(chain.as_of)} · {chain.source} · {counts}")
    table = tables.plain_table(
        "expiry", ">DTE", ">contracts", "strikes", ">with a bid", ">volume", ">open interest"
    )
    for expiry in np.unique(chain.expiry):
        rows = np.flatnonzero(chain.expiry == expiry)
        some = chain.take(rows)
        table.add_row(
            str(expiry),
            f"{some.dte[0]}",
            f"{len(some):,}",
            f"{some.strike.min():g} – {some.strike.max():g}",
            f"{int((some.bid > 0).sum()):,}",
            f"{np.nansum(some.volume):,.0f}",
            f"{np.nansum(some.open_interest):,.0f}",
        )
    out.print(table)
    for note in read.notes:
        out.print(f"note: {note}", style="dim")
    return Exit.OK


def _show_contract(history: History, symbol: str, occ: str, *, as_json: bool) -> int:
    from tools.domain.contract import OptionContract, parse_occ

    root, expiry, right, strike = parse_occ(occ.upper())
    wanted = OptionContract(underlying=symbol, root=root, expiry=expiry, right=right, strike=strike)
    rows = contract.quotes(history.contract(wanted))
    if not rows:
        raise InputError(
            f"The history has no quote of {wanted.occ} under {symbol}; see `thetagate data show {symbol}`."
        )
    if as_json:
        print_json(contract.shown(symbol, contract=wanted.occ, quotes=rows))
        return Exit.OK
    table = tables.plain_table(
        "as of (New York)", ">bid", ">ask", ">last", ">volume", ">OI", ">iv", ">delta", ">spot", "fate"
    )
    for row in rows:
        table.add_row(
            tables.stamp(datetime.fromisoformat(row["as_of"])).removesuffix(" New York"),
            *(_price(row[name]) for name in ("bid", "ask", "last")),
            *(_count(row[name]) for name in ("volume", "open_interest")),
            "unknown" if row["iv"] is None else f"{row['iv']:.1%}",
            "unknown" if row["delta"] is None else f"{row['delta']:+.2f}".replace("-", tables.MINUS),
            _price(row["spot"]),
            row["fate"],
        )
    out = tables.console()
    out.print(f"{wanted.occ} · {len(rows):,} quotes")
    out.print(table)
    return Exit.OK


def _entry(history: History, symbol: str, as_of: datetime | None) -> Entry:
    entry = history.entry(symbol, as_of)
    if entry is None:
        raise InputError(_unknown(history, symbol) if as_of is None else _nothing_at(history, symbol, as_of))
    return entry


def _unknown(history: History, symbol: str) -> str:
    names = sorted({*history.underlyings(), *(each.name for each in history.catalog.all_series())})
    if not names:
        return "The history is empty; import a file first: thetagate data import FILE --format NAME."
    return f"The history holds no {symbol}; it has {', '.join(names)}."


def _nothing_at(history: History, symbol: str, as_of: datetime) -> str:
    days = history.days(symbol)
    if not days:
        return _unknown(history, symbol)
    return (
        f"The history has no fresh quotes of {symbol} at {tables.stamp(as_of)};"
        f" it has {len(days):,} sessions from {days[0]} to {days[-1]}."
    )


def _tell_import(data: dict[str, Any]) -> None:
    out = tables.console()
    if data["repeated"]:
        out.print(f"{data['file']}: imported before, nothing changed ({counted(data)})")
        return
    out.print(f"{data['file']}: {counted(data)}")
    sessions = {(each["underlying"], each["as_of"][:10]) for each in data["snapshots"] if each["used"]}
    for name in sorted({name for name, _ in sessions}):
        days = sorted(day for underlying, day in sessions if underlying == name)
        out.print(f"  {name}: {len(days):,} sessions, {days[0]} to {days[-1]}")
    for each in data["series"]:
        out.print(f"  {each['name']}: {_span(each)}")
    if data["mended"]:
        out.print(f"  open, high and low not believed: {_reasons(data['mended'])}")
    for note in data["notes"]:
        out.print(f"  note: {note}", style="dim")


def _tell_history(data: dict[str, Any]) -> None:
    out = tables.console()
    if data["underlyings"]:
        table = tables.plain_table(
            "underlying",
            ">sessions",
            "from",
            "to",
            ">rows",
            ">used",
            ">complete",
            ">violating",
            ">repriced",
            "dropped",
        )
        for each in data["underlyings"]:
            table.add_row(
                each["symbol"], f"{each['sessions']:,}", *((each[end] or "–")[:10] for end in ("first", "last")),
                f"{each['rows']:,}", f"{each['used']:,}", _share(each["completeness"]),
                _count(each["violating_rows"]), _share(each["repriced_inside"]), _reasons(each["dropped"]),
            )  # fmt: skip
        out.print(table)
        out.print(_LATEST, style="dim")
    if data["series"]:
        _tell_series(data["series"])
    if not data["underlyings"] and not data["series"]:
        typer.echo("The history is empty; import a file first: thetagate data import FILE --format NAME.")


def _tell_snapshot(data: dict[str, Any]) -> None:
    out = tables.console()
    stamp = tables.stamp(datetime.fromisoformat(data["as_of"]))
    out.print(f"{data['symbol']} · {stamp} · {data['feed']} · {counted(data)}")
    out.print(
        f"complete {_share(data['completeness'])} of listed contracts,"
        f" {data['parity_breaks']:,} strikes break put-call parity"
    )
    if data["maturities"]:
        _tell_surface(data)
    table = tables.plain_table("expiry", ">rows", ">used", ">complete", ">both sides", ">parity breaks", "dropped")
    for each in data["expiries"]:
        table.add_row(
            each["expiry"] or "unreadable", f"{each['rows']:,}", f"{each['used']:,}", _share(each["completeness"]),
            f"{each['pairs']:,}", f"{each['parity_breaks']:,}", _reasons(each["dropped"]),
        )  # fmt: skip
    out.print(table)
    if data["maturities"]:
        _tell_maturities(data)


def _tell_surface(data: dict[str, Any]) -> None:
    """What the used quotes say together, in one line each."""
    out = tables.console()
    if data["no_surface"]:
        out.print(f"no surface: {data['no_surface']}")
    else:
        out.print(
            f"surface {_figure(data['surface_error_points'])} vol points off its quotes;"
            f" {_share(data['repriced_inside'])} of {data['liquid']:,} liquid quotes of 7-120 days repriced inside,"
            f" {data['filled']:,} gaps it can fill"
        )
    out.print(f"{data['violating_rows']:,} quotes can be traded against others for nothing")
    out.print(_outlook(data))


def _tell_maturities(data: dict[str, Any]) -> None:
    """Forwards, violations and surface, maturity by maturity."""
    out = tables.console()
    out.print()
    table = tables.plain_table(
        "expiry", "settled", ">forward", ">scatter bp", ">strikes", ">move", ">error", ">liquid", ">repriced",
        ">fillable", "violations",
    )  # fmt: skip
    for each in data["maturities"]:
        share = each["inside"] / each["liquid"] if each["liquid"] and not data["no_surface"] else None
        broken = {kind: rows for kind, rows in each["violations"].items() if rows}
        table.add_row(
            each["expiry"], each["settlement"], _price(each["forward"]), _figure(each["scatter_bp"]),
            f"{each['strikes']:,}", _price(each["expected_move"]), _figure(each["error_points"]),
            f"{each['liquid']:,}", _share(share), f"{each['filled']:,}", _reasons(broken),
        )  # fmt: skip
    out.print(table)


def _outlook(data: dict[str, Any]) -> str:
    """Vols of the next 30 days and where they stand, then the term structure."""
    names = {"vol_30": "vol", "index_30": "index", "skew_30": "25-delta skew"}
    said = [f"{word} {_share(data['measures'][name])}" for name, word in names.items()]
    for name in ("iv_rank", "iv_percentile"):
        value = data[name]["value"]
        said.append(f"{name.replace('iv_', 'IV ')} {'unknown' if value is None else f'{value:.0f}'}")
    term = " · ".join(f"{days}d {vol:.1%}" for days, vol in data["term_structure"].items())
    lines = [f"30 days: {', '.join(said)}", f"at the money: {term or 'unknown'}"]
    return "\n".join([*lines, *([f"IV rank: {reason}"] if (reason := data["iv_rank"]["reason"]) else [])])


def _tell_series(series: list[dict[str, Any]]) -> None:
    table = tables.plain_table("series", "kind", ">days", "from", "to", ">missing sessions")
    for each in series:
        table.add_row(
            each["name"],
            each["kind"],
            f"{each['rows']:,}",
            each["first"],
            each["last"],
            f"{each['missing_sessions']:,}",
        )
    tables.console().print(table)


def _span(each: dict[str, Any]) -> str:
    missing = f", {each['missing_sessions']:,} sessions missing" if each["missing_sessions"] else ""
    return f"{each['rows']:,} values, {each['first']} to {each['last']}{missing}"


def _reasons(dropped: dict[str, int]) -> str:
    return ", ".join(f"{rows:,} {reason}" for reason, rows in sorted(dropped.items())) or "–"


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.1%}"


def _figure(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.2f}"


def _price(value: float | None) -> str:
    return "unknown" if value is None else f"{value:,.2f}"


def _count(value: float | None) -> str:
    return "unknown" if value is None else f"{value:,.0f}"
