"""The table Cboe's delayed-quotes page lets you download: calls on the left of a row, puts on the right.

    preamble → name, last price, time of download
    heading  → where calls, strike and puts stand
    lines    → calls + puts, one row each, under their OCC symbols

Three generations of it are read, whatever the browser's language did to the dates and a spreadsheet to the
numbers and separators:

    2020-  S&P 500 INDEX,Last: 6711.2,…  "Date: October 1, 2025 at 6:06 PM EDT",Bid: …  Fri Dec 17 2027,SPX271217C0…
    2019   SPY (SPDR S&P 500 ETF Trust),310.68,1.98  Jun 22 2020 @ 20:42 ET,Bid,…  06/22/2020,SPY200622C00150000,…
    -2018  IBM (INTL BUSINESS MACHINES),185.08,-0.27  Dec 29 2013 @ 19:06 ET,…  13 Dec 125.00 (IBM1327L125),…
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl

from tools.calendar.sessions import is_session, previous_close, session_close, session_open
from tools.data.files.column_map import ColumnMap, Columns, Constants
from tools.data.files.columns import read_rows
from tools.data.files.dates import Moment, puts_day_first, read_moment
from tools.data.files.instants import close_of, utc
from tools.data.files.numbers import COMMA, POINT, decimal_mark, read_number
from tools.data.files.rows import ChainRows
from tools.data.files.source import Source, Table, headings, separator_of, split
from tools.domain.chain import new_york_date
from tools.domain.errors import ChainError

_HEADING_WITHIN = 20
_OURS = {
    "last sale": "last",
    "last": "last",
    "bid": "bid",
    "ask": "ask",
    "vol": "volume",
    "volume": "volume",
    "iv": "iv",
    "delta": "delta",
    "open int": "open_interest",
    "open interest": "open_interest",
}
# A price ends where a separator is followed by the next label, or where the line has nothing more.
_LAST = re.compile(r"Last:\s*\"?(-?\d[\d.,' ]*?)\"?\s*(?:[,;\t]\s*\"?[A-Za-z]|[,;\t\"\s]*$)")
_TITLE = re.compile(r"^\"?\^?(?P<symbol>[A-Z][A-Z.]{0,5}) \(.*\)\"?[,;\t](?P<rest>.*\d.*)$")
_BEFORE_BID = re.compile(r"[,;\t]\s*\"?Bid")
# Root, year, day, month (A-L calls, M-X puts), strike, and the exchange where the row is not consolidated.
_OLD_SYMBOL = r"\(([A-Z.]+)(\d{2})(\d{2})([A-X])(\d+(?:\.\d+)?)(?:-\w)?\)"
_MONTH_LETTERS = {letter: index % 12 + 1 for index, letter in enumerate("ABCDEFGHIJKLMNOPQRSTUVWX")}


@dataclass(frozen=True, slots=True)
class _Heading:
    """Column positions of a table: expiry and strike are None in the oldest generation."""

    width: int
    expiry: int | None
    strike: int | None
    calls: dict[str, int]
    puts: dict[str, int]


def read_cboe_quotetable(source: Source) -> ChainRows:
    """One downloaded table; `ChainError` where it has no heading with calls and puts."""
    lines = source.text()
    at = _heading_line(lines, source.path)
    separator = separator_of(lines[at])
    heading = _heading(headings(lines[at], separator, path=source.path), source.path)
    body = lines.slice(at + 1)
    frame, broken = split(body.filter(body.str.strip_chars(f" \t{separator}") != ""), separator, heading.width)
    if frame.is_empty():
        raise ChainError(f"{source.path.name} has a heading and no rows.")
    stacked = _stacked(frame, heading)
    mark = decimal_mark(stacked[name] for name in ("strike", "bid", "ask", "last") if name in stacked.columns)
    symbol, spot = _title(lines.head(at).to_list(), separator, mark)
    layout = ColumnMap(
        columns=Columns(**{name: name for name in stacked.columns}),
        constants=Constants(underlying=None if _has_symbols(stacked) else symbol, spot=spot),
        decimal=POINT if mark == POINT else COMMA,
    )
    rows = read_rows(Table(stacked, np.concatenate([broken, broken])), layout, path=source.path)
    return _stamped(rows, lines.head(at).to_list())


def _heading_line(lines: pl.Series, path: Path) -> int:
    for at, line in enumerate(lines.head(_HEADING_WITHIN)):
        if "calls" in line.lower() and "puts" in line.lower():
            return at
    raise ChainError(
        f"{path.name} has no heading with Calls and Puts, so it is no Cboe quote table;"
        f" it starts with {lines[0][:60]!r}."
    )


def _heading(names: list[str], path: Path) -> _Heading:
    plain = [name.strip().lower() for name in names]
    if "calls" not in plain or "puts" not in plain or plain.index("calls") > plain.index("puts"):
        raise ChainError(f"{path.name}: calls must stand left of puts; found: {', '.join(plain)}.")
    calls, puts = plain.index("calls"), plain.index("puts")
    strike = plain.index("strike") if "strike" in plain else None
    expiry = next((at for at, name in enumerate(plain) if name.startswith("expir")), None)
    found = _Heading(len(names), expiry, strike, _block(plain, calls, puts), _block(plain, puts, len(plain)))
    for side, block in (("calls", found.calls), ("puts", found.puts)):
        missing = [name for name in ("bid", "ask") if name not in block]
        if missing:
            raise ChainError(f"{path.name} lacks {' and '.join(missing)} of its {side}; found: {', '.join(plain)}.")
    return found


def _block(names: list[str], start: int, stop: int) -> dict[str, int]:
    """Our columns between two positions; the first is the option symbol."""
    named = {_OURS[name]: at for at, name in enumerate(names[:stop]) if at > start and name in _OURS}
    return {"symbol": start, **named}


def _stacked(frame: pl.DataFrame, heading: _Heading) -> pl.DataFrame:
    """One row per option: all calls, then all puts, with the columns that both sides have."""
    shared = {"expiry": heading.expiry, "strike": heading.strike}
    both = sorted(set(heading.calls) & set(heading.puts))
    sides = []
    for right, block in (("call", heading.calls), ("put", heading.puts)):
        placed = {**shared, **{name: block[name] for name in both}}
        columns = {name: frame.to_series(at) for name, at in placed.items() if at is not None}
        columns["symbol"] = _occ(columns["symbol"].fill_null(""))
        sides.append(pl.DataFrame({"right": pl.repeat(right, frame.height, eager=True), **columns}))
    return pl.concat(sides)


def _occ(symbols: pl.Series) -> pl.Series:
    """Symbols of the oldest generation as OCC symbols; others as they are."""
    parts = symbols.str.extract_groups(_OLD_SYMBOL).struct.unnest()
    root, year, day, letter, strike = (parts.to_series(index) for index in range(5))
    month = letter.replace_strict(_MONTH_LETTERS, default=None, return_dtype=pl.Int64).cast(pl.String).str.zfill(2)
    right = pl.select(pl.when(letter <= "L").then(pl.lit("C")).otherwise(pl.lit("P"))).to_series()
    thousandths = (strike.cast(pl.Float64, strict=False) * 1000).round().cast(pl.Int64, strict=False)
    occ = root + year + month + day + right + thousandths.cast(pl.String).str.zfill(8)
    return occ.fill_null(symbols)


def _has_symbols(stacked: pl.DataFrame) -> bool:
    return bool(stacked["symbol"].str.contains(r"\d{6}[CP]\d{8}").any())


def _title(preamble: list[str], separator: str, mark: str) -> tuple[str | None, float | None]:
    """Ticker and last price above the table, None where it does not say."""
    for line in preamble:
        title, last = _TITLE.match(line.strip()), _LAST.search(line)
        text = last[1] if last else title["rest"].split(separator)[0] if title else None
        if text is not None:
            price = read_number(text, mark=decimal_mark([pl.Series([text])]) if _tells(text) else mark)
            return title["symbol"] if title else None, price if price and price > 0 else None
    return None, None


def _tells(text: str) -> bool:
    """Whether a number leaves no doubt about its decimal mark."""
    return not re.fullmatch(r"\d{1,3}[.,]\d{3}", text.strip())


def _stamped(rows: ChainRows, preamble: list[str]) -> ChainRows:
    """`rows` quoted at the time of download, or at the close before it when the exchange was shut by then."""
    dates = [line for line in preamble if not (_TITLE.match(line.strip()) or _LAST.search(line))]
    moment = next((found for line in dates if (found := _stamp(line, rows.expiry))), None)
    instant = None if moment is None else utc(_in_session(moment.instant or close_of(moment.day)))
    size = len(rows)
    return replace(
        rows,
        quoted_day=pl.repeat(None, size, dtype=pl.Date, eager=True),
        quoted_at=pl.repeat(instant, size, dtype=pl.Datetime("us"), eager=True),
        single=True,
        dated=moment is not None,
    )


def _in_session(instant: datetime) -> datetime:
    day = new_york_date(instant)
    trading = is_session(day) and session_open(day) <= instant <= session_close(day)
    return instant if trading else previous_close(instant)


def _stamp(line: str, expiries: pl.Series) -> Moment | None:
    """The date of a line above the table; a numeric one in the order that fits the nearest expiry."""
    text = _BEFORE_BID.split(line)[0].strip(' "').removeprefix("Date:").strip()
    habit = puts_day_first([text])
    readings = [read_moment(text, day_first=order) for order in (habit, not habit)]
    first = expiries.min()
    if isinstance(first, date):
        # The table lists the next expiry, over a weekend still the one just past.
        fitting = [each for each in readings if each and each.day <= first + timedelta(days=3)]
        return fitting[0] if fitting else readings[0]
    return readings[0]
