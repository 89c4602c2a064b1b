"""Clean chains with known terms, written in the layout of every shipped format, and the defects to put in.

A row is a dictionary of the text of its fields under the house's names; a writer turns rows into a file.
"""

from __future__ import annotations

import gzip
import zipfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from functools import cache
from pathlib import Path

import numpy as np

from tools.calendar.expiries import expiry_instant, settlement_of
from tools.calendar.sessions import NEW_YORK
from tools.domain.chain import Chain
from tools.domain.contract import Right, occ_symbol
from tools.pricing import european

AS_OF = datetime(2024, 6, 14, 16, tzinfo=NEW_YORK)  # a Friday's close
EXPIRIES = (date(2024, 7, 19), date(2024, 8, 16), date(2024, 9, 20), date(2024, 12, 20))
STRIKES = tuple(range(80, 125, 4))
SHARED = Path(__file__).resolve().parents[4].parent / "shared" / "data" / "chains"

Row = dict[str, str]


@dataclass(frozen=True)
class Market:
    """The terms behind a generated chain."""

    ticker: str = "AAPL"
    spot: float = 100.0
    rate: float = 0.05
    dividend_yield: float = 0.0
    scale: float = 1.0

    def root(self, expiry: date) -> str:
        del expiry
        return self.ticker


def clean_rows(market: Market | None = None, *, quoted: str = "2024-06-14") -> list[Row]:
    """One row per contract: European prices, a nickel either side, everything else plausible."""
    return [dict(row) for row in _priced(market or Market(), quoted)]


@cache
def _priced(market: Market, quoted: str) -> tuple[Row, ...]:
    rows = []
    for expiry in EXPIRIES:
        root = market.root(expiry)
        end = expiry_instant(expiry, settlement_of(root))
        years = (end - AS_OF).total_seconds() / (365 * 86400)
        for strike in (each * market.scale for each in STRIKES):
            for right in Right:
                price = float(
                    european.value(
                        right=right.sign,
                        spot=market.spot * market.scale,
                        strike=strike,
                        years=years,
                        rate=market.rate,
                        dividend_yield=market.dividend_yield,
                        vol=0.35,
                    ).price
                )
                rows.append(_row(market, quoted, root, expiry, right, strike, price))
    return tuple(rows)


def _row(market: Market, quoted: str, root: str, expiry: date, right: Right, strike: float, price: float) -> Row:
    half = 0.05 * market.scale
    return {
        "underlying": market.ticker,
        "symbol": occ_symbol(root, expiry, right, strike),
        "quoted": quoted,
        "expiry": expiry.isoformat(),
        "right": right.value,
        "strike": f"{strike:g}",
        "bid": f"{max(price - half, 0.01):.2f}",
        "ask": f"{price + half:.2f}",
        "last": f"{max(price, 0.01):.2f}",
        "volume": "120",
        "open_interest": "3400",
        "iv": "0.35",
        "delta": f"{0.4 * right.sign}",
        "spot": f"{market.spot * market.scale:.2f}",
    }


Writer = Callable[[Path, Iterable[Row]], Path]


def write_cboe_eod(folder: Path, rows: Iterable[Row], *, name: str = "eod.csv") -> Path:
    columns = {
        "underlying": "underlying",
        "spot": "underlying_last",
        "symbol": "optionroot",
        "right": "type",
        "expiry": "expiration",
        "quoted": "quotedate",
        "strike": "strike",
        "last": "last",
        "bid": "bid",
        "ask": "ask",
        "volume": "volume",
        "open_interest": "openinterest",
        "iv": "impliedvol",
        "delta": "delta",
    }
    return _write(folder / name, columns, rows)


def write_yfinance(folder: Path, rows: Iterable[Row], *, name: str = "yf.csv") -> Path:
    columns = {
        "quoted": "date",
        "underlying": "ticker",
        "expiry": "expiration",
        "right": "option_type",
        "strike": "strike",
        "bid": "bid",
        "ask": "ask",
        "last": "last",
        "iv": "implied_vol",
        "volume": "volume",
        "open_interest": "open_interest",
    }
    return _write(folder / name, columns, rows)


def write_lean(folder: Path, rows: Iterable[Row], *, ticker: str = "aapl", day: str = "20240614") -> Path:
    columns = {
        "expiry": "#expiry",
        "strike": "strike",
        "right": "right",
        "open": "open",
        "high": "high",
        "low": "low",
        "last": "close",
        "volume": "volume",
        "open_interest": "open_interest",
        "iv": "implied_volatility",
        "delta": "delta",
    }
    written = [
        {**row, "expiry": row["expiry"].replace("-", ""), "right": row["right"][:1].upper(), "open": "0"}
        for row in rows
    ]
    own = [{"last": written[0]["spot"], "volume": "1000000"}] if written else []
    target = folder / ticker
    target.mkdir(exist_ok=True)
    return _write(target / f"{day}.csv", columns, [*own, *written])


def write_lean_options(folder: Path, rows: Iterable[Row]) -> Path:
    """A member per contract of a zip, a line per quote; open and high and low are the last quote's."""
    members: dict[str, list[str]] = {}
    for row in rows:
        day, expiry = (row[name].replace("-", "") for name in ("quoted", "expiry"))
        name = f"aapl_quote_american_{row['right']}_{_deci_cents(row['strike'])}_{expiry}.csv"
        sides = ([*[_deci_cents(row[side])] * 4, "10"] for side in ("bid", "ask"))
        line = ",".join([f"{day} 00:00", *(field for side in sides for field in side)])
        members.setdefault(name, []).append(row.get("line") or line)
    path = folder / "aapl_2024_quote_american.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, lines in members.items():
            archive.writestr(name, "\n".join(lines) + "\n")
    return path


def _deci_cents(text: str) -> str:
    """Money × 10,000; what is no number stays what it is."""
    try:
        return f"{Decimal(text) * 10_000:f}".partition(".")[0]
    except (InvalidOperation, ValueError):
        return text


def write_column_map(folder: Path, rows: Iterable[Row]) -> Path:
    """A German spreadsheet: semicolons, decimal commas, day first, its own words."""
    columns = {
        "underlying": "Basiswert",
        "quoted": "Stand",
        "expiry": "Verfall",
        "right": "Art",
        "strike": "Basispreis",
        "bid": "Geld",
        "ask": "Brief",
        "volume": "Umsatz",
        "spot": "Kurs",
    }
    words = {"call": "K", "put": "V"}
    written = [
        {
            **row,
            "quoted": german_day(row["quoted"]),
            "expiry": german_day(row["expiry"]),
            "right": words.get(row["right"], row["right"]),
            **{name: row[name].replace(".", ",") for name in ("strike", "bid", "ask", "spot")},
        }
        for row in rows
    ]
    (folder / "map.toml").write_text(GERMAN_MAP, encoding="utf-8")
    return _write(folder / "kette.csv", columns, written, separator=";")


GERMAN_MAP = """
separator = ";"
decimal = ","
[columns]
underlying = "Basiswert"
quoted = "Stand"
expiry = "Verfall"
right = "Art"
strike = "Basispreis"
bid = "Geld"
ask = "Brief"
volume = "Umsatz"
spot = "Kurs"
[formats]
quoted = "%d.%m.%Y"
expiry = "%d.%m.%Y"
[rights]
call = ["K"]
put = ["V"]
"""


def german_day(text: str) -> str:
    parts = text.split("-")
    return ".".join(reversed(parts)) if len(parts) == 3 else text


QUOTE_TABLE_HEADING = (
    "Expiration Date,Calls,Last Sale,Net,Bid,Ask,Volume,IV,Delta,Gamma,Open Interest,Strike,"
    "Puts,Last Sale,Net,Bid,Ask,Volume,IV,Delta,Gamma,Open Interest"
)
STAMP = "June 14, 2024 at 4:00 PM EDT"


def write_quote_table(folder: Path, rows: Iterable[Row], *, stamp: str = STAMP, spot: str = "100.00") -> Path:
    """Calls and puts of neighbouring rows side by side; rows come in pairs of the same strike."""
    rows = list(rows)
    lines = [
        "",
        f"Apple Inc,Last: {spot},Change:  1.01",
        f'"Date: {stamp}",Bid: 99.9,Ask: 100.1,Size: 2*3,"Volume: 59,916,675"',
        QUOTE_TABLE_HEADING,
    ]
    for call, put in zip(rows[::2], rows[1::2], strict=True):
        day = table_day(call["expiry"])
        lines.append(",".join([day, *_side(call), call["strike"], *_side(put)]))
    path = folder / "aapl_quotedata.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def _side(row: Mapping[str, str]) -> list[str]:
    names = ("symbol", "last", "net", "bid", "ask", "volume", "iv", "delta", "gamma", "open_interest")
    return [row.get(name, "0") for name in names]


def table_day(text: str) -> str:
    """`Fri Jul 19 2024`, as a browser writes it; text that is no day stays."""
    try:
        return f"{date.fromisoformat(text):%a %b %d %Y}"
    except ValueError:
        return text


def _write(path: Path, columns: Mapping[str, str], rows: Iterable[Row], *, separator: str = ",") -> Path:
    lines = [separator.join(columns.values())]
    lines += [row.get("line") or separator.join(row.get(name, "") for name in columns) for row in rows]
    data = ("\n".join(lines) + "\n").encode()
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return path


def quotes_of(chain: Chain) -> set[tuple[str, str, int, float, float, float]]:
    """The rows of a chain as comparable tuples: root, expiry, right, strike, bid, ask."""
    columns = (getattr(chain, name).tolist() for name in ("root", "right", "strike", "bid", "ask"))
    expiries = np.datetime_as_string(chain.expiry).tolist()
    return {(r, e, s, k, b, a) for e, (r, s, k, b, a) in zip(expiries, zip(*columns, strict=True), strict=True)}


def expected_quotes(rows: Iterable[Row]) -> set[tuple[str, str, int, float, float, float]]:
    """What `quotes_of` should give for rows that are all good."""
    return {
        (
            row["symbol"][:-15],
            row["expiry"],
            1 if row["right"] == "call" else -1,
            float(row["strike"]),
            float(row["bid"]),
            float(row["ask"]),
        )
        for row in rows
    }
