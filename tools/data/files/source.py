"""A chain file as it lies on disk: unpacked, told from Parquet, cut into rows and named columns.

    path → bytes → gunzip → Parquet? → frame
                          → text?    → lines → header → frame of strings, broken lines marked

One line is one row: a line with too few or too many fields, or with an unclosed quotation mark, is kept
and marked `broken`, so that it is counted and cannot shift its neighbours.
"""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl
from polars.exceptions import PanicException, PolarsError

from tools.domain.errors import ChainError

BoolArray = npt.NDArray[np.bool_]

_GZIP = b"\x1f\x8b"
_PARQUET = b"PAR1"
_SEPARATORS = (",", ";", "\t", "|")
_LARGEST = 2 << 30


@dataclass(frozen=True, eq=False)
class Table:
    """Named columns, text or typed, and for each row whether its line was broken."""

    frame: pl.DataFrame
    broken: BoolArray

    def __len__(self) -> int:
        return self.frame.height

    def has(self, name: str) -> bool:
        return name in self.frame.columns

    def column(self, name: str) -> pl.Series:
        return self.frame.get_column(name)

    def require(self, names: Sequence[str], *, path: Path) -> None:
        """`ChainError` naming the missing columns and the ones that are there."""
        missing = [name for name in names if not self.has(name)]
        if missing:
            found = ", ".join(self.frame.columns) or "none"
            raise ChainError(f"{path.name} lacks {_columns(missing)} {', '.join(missing)}; found: {found}.")


@dataclass(frozen=True, eq=False)
class Source:
    """One opened file: either `lines` (text without line ends) or `frame` (Parquet)."""

    path: Path
    lines: pl.Series | None
    frame: pl.DataFrame | None

    def text(self) -> pl.Series:
        """The lines; `ChainError` where the file is Parquet."""
        if self.lines is None:
            raise ChainError(f"{self.path.name} is a Parquet file; this format reads text (CSV).")
        return self.lines

    def table(self, *, separator: str | None = None, skip: int = 0) -> Table:
        """The whole file as a table; the first line after `skip` names the columns (in lower case)."""
        if self.frame is not None:
            whole = np.zeros(self.frame.height, dtype=np.bool_)
            return Table(_named(self.frame, self.frame.columns, self.path), whole)
        lines = self.text().slice(skip)
        lines = lines.filter(lines.str.strip_chars() != "")
        if lines.is_empty():
            raise ChainError(f"{self.path.name} is empty.")
        header = lines[0].removeprefix("#")
        mark = separator or separator_of(header)
        names = headings(header, mark, path=self.path)
        frame, broken = split(lines.slice(1), mark, len(names))
        return Table(_named(frame, names, self.path), broken)


def open_source(path: Path) -> Source:
    """Read and unpack `path`; `ChainError` where it is missing, unreadable, empty or neither text nor Parquet."""
    data = _unpacked(path)
    if not data or data.isspace():
        raise ChainError(f"{path.name} is empty.")
    if data.startswith(_PARQUET):
        return Source(path, None, _parquet(data, path))
    return Source(path, _lines(_decoded(data, path)), None)


def separator_of(header: str) -> str:
    """The separator that occurs most often in a header line, a comma where there is none."""
    return max(_SEPARATORS, key=header.count)


def fields(line: str, separator: str) -> list[str] | None:
    """The fields of one line, None where a quotation mark is left open or a line break is stray."""
    if line.count('"') % 2 or "\r" in line:
        return None
    return next(csv.reader([line], delimiter=separator), [])


def headings(line: str, separator: str, *, path: Path) -> list[str]:
    """The fields of a heading; `ChainError` where it is damaged."""
    names = fields(line, separator)
    if not names:
        raise ChainError(f"The heading of {path.name} is empty or has a stray quotation mark or line break.")
    return names


def split(lines: pl.Series, separator: str, width: int) -> tuple[pl.DataFrame, BoolArray]:
    """`lines` as `width` text columns, and which lines did not have that many fields."""
    plain = ~lines.str.contains('"', literal=True) & (lines.str.count_matches(separator, literal=True) == width - 1)
    frame = lines.str.split_exact(separator, width - 1).struct.unnest()
    broken = np.zeros(lines.len(), dtype=np.bool_)
    if plain.all():
        return frame, broken
    odd = (~plain).arg_true()
    parsed = [fields(line, separator) for line in lines.gather(odd)]
    whole = [row if row is not None and len(row) == width else None for row in parsed]
    broken[odd.to_numpy()] = [row is None for row in whole]
    for index, name in enumerate(frame.columns):
        values = pl.Series([None if row is None else row[index] for row in whole], dtype=pl.String)
        frame.replace_column(index, frame[name].scatter(odd, values).alias(name))
    return frame, broken


def _unpacked(path: Path) -> bytes:
    try:
        data = path.read_bytes()
        if not data.startswith(_GZIP):
            return data
        unpacked = gzip.GzipFile(fileobj=io.BytesIO(data)).read(_LARGEST + 1)
    except FileNotFoundError:
        raise ChainError(f"There is no file {path}.") from None
    except IsADirectoryError:
        raise ChainError(f"{path} is a folder; name one chain file in it.") from None
    except (EOFError, zlib.error, gzip.BadGzipFile):
        raise ChainError(f"{path.name} is a damaged gzip file; fetch it again.") from None
    except OSError as error:
        raise ChainError(f"{path} cannot be read: {error.strerror or error}.") from None
    if len(unpacked) > _LARGEST:
        raise ChainError(f"{path.name} unpacks to more than 2 GiB; split it by session.")
    return unpacked


def _parquet(data: bytes, path: Path) -> pl.DataFrame:
    try:
        frame = pl.read_parquet(io.BytesIO(data))
    except (PolarsError, PanicException, ValueError, OverflowError):
        raise ChainError(f"{path.name} is a damaged Parquet file; fetch it again.") from None
    if frame.is_empty():
        raise ChainError(f"{path.name} holds no rows.")
    return frame


def _decoded(data: bytes, path: Path) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encoding = "utf-16"
    elif b"\x00" in data:
        raise ChainError(f"{path.name} is a binary file, not a table of quotes (CSV, CSV.gz or Parquet).")
    else:
        encoding = "utf-8-sig"
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        # Spreadsheets in Western Europe save text in this code page, where nearly every byte is a letter.
        text = data.decode("cp1252", errors="replace")
    if sum(not (each.isprintable() or each.isspace()) or each == "\ufffd" for each in text[:4096]) > 8:
        raise ChainError(f"{path.name} is a binary file, not a table of quotes (CSV, CSV.gz or Parquet).")
    return text


def _lines(text: str) -> pl.Series:
    if "\n" not in text:
        text = text.replace("\r", "\n")
    return pl.Series("line", text.split("\n"), dtype=pl.String).str.strip_chars_end("\r")


def _named(frame: pl.DataFrame, headings: Sequence[str], path: Path) -> pl.DataFrame:
    """`frame` under its headings in lower case; `ChainError` where two are the same."""
    names = [heading.strip().lower() or f"column {position}" for position, heading in enumerate(headings, start=1)]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ChainError(f"{path.name} has more than one column named {', '.join(twice)}; keep one of each.")
    return frame.rename(dict(zip(frame.columns, names, strict=True)))


def _columns(missing: Sequence[str]) -> str:
    return "the column" if len(missing) == 1 else "the columns"
