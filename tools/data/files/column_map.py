"""A vendor's layout as data: which column holds what, and how its dates, rights and numbers are written.

The shipped formats are such maps; a TOML file makes another one. Every key, all of them optional unless
said otherwise:

    separator  = ";"            # told from the heading when absent
    decimal    = ","            # "." or ","; told from the numbers when absent
    skip_lines = 0              # lines above the heading
    iv_unit    = "decimal"      # or "percent"

    [columns]                   # our name = the file's heading, upper or lower case alike
    underlying = "Ticker"       # or constants.underlying, or told from `symbol` or `root`
    symbol     = "OPRA"         # OCC symbol; gives root, expiry, right and strike where they are not columns
    root       = "Class"
    quoted     = "Date"         # a day (its session close is meant) or a time; or constants.quoted, or --as-of
    expiry     = "Expiry"       # required unless `symbol` is there; the same holds for right and strike
    right      = "Type"
    strike     = "Strike"
    bid        = "Bid"          # without bid and ask a chain serves analysis and gives no candidates
    ask        = "Ask"
    last       = "Last"
    volume     = "Volume"
    open_interest = "OI"
    iv         = "IV"
    delta      = "Delta"
    spot       = "Underlying"   # the underlying's price; or constants.spot, or implied from put-call parity

    [formats]                   # strptime formats, where guessing is not wanted
    quoted     = "%d.%m.%Y %H:%M"
    expiry     = "%d.%m.%Y"

    [rights]                    # the words of the right column
    call       = ["C"]
    put        = ["P"]

    [constants]                 # what holds for every row
    underlying = "SPX"
    quoted     = "2019-05-31"
    spot       = 2752.06
    style      = "european"     # or "american"; told from the reference table when absent
    multiplier = 100
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError

from tools.domain.contract import ExerciseStyle
from tools.domain.errors import ChainError
from tools.domain.value import Value


class Columns(Value):
    """The file's heading for each of our columns; None where the file has no such column."""

    underlying: str | None = None
    symbol: str | None = None
    root: str | None = None
    quoted: str | None = None
    expiry: str | None = None
    right: str | None = None
    strike: str | None = None
    bid: str | None = None
    ask: str | None = None
    last: str | None = None
    volume: str | None = None
    open_interest: str | None = None
    iv: str | None = None
    delta: str | None = None
    spot: str | None = None


class Formats(Value):
    quoted: str | None = None
    expiry: str | None = None


class Rights(Value):
    call: tuple[str, ...] = ("c", "call", "calls")
    put: tuple[str, ...] = ("p", "put", "puts")


class Constants(Value):
    underlying: str | None = None
    quoted: str | None = None
    spot: float | None = Field(default=None, gt=0)
    style: ExerciseStyle | None = None
    multiplier: int = Field(default=100, gt=0)


class ColumnMap(Value):
    """How one layout is read; the module's docstring explains the keys."""

    columns: Columns
    formats: Formats = Formats()
    rights: Rights = Rights()
    constants: Constants = Constants()
    separator: str | None = Field(default=None, min_length=1, max_length=1)
    decimal: Literal[".", ","] | None = None
    skip_lines: int = Field(default=0, ge=0)
    iv_unit: Literal["decimal", "percent"] = "decimal"


def load_column_map(path: Path) -> ColumnMap:
    """The map in a TOML file; `ChainError` naming the key that is wrong and the nearest valid one."""
    table = _toml(path)
    _check_keys(table, ColumnMap.model_fields, path, section="")
    for section, model in (
        ("columns", Columns),
        ("formats", Formats),
        ("rights", Rights),
        ("constants", Constants),
    ):
        entry = table.get(section, {})
        if not isinstance(entry, dict):
            raise ChainError(f"{path.name}: {section} must be a section, written [{section}].")
        _check_keys(entry, model.model_fields, path, section=section)
    try:
        found = ColumnMap.model_validate(table)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise ChainError(f"{path.name}: {place} is wrong: {first['msg']}.") from None
    _check_complete(found, path)
    return found


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ChainError(f"There is no column map {path}.") from None
    except OSError as error:
        raise ChainError(f"{path} cannot be read: {error.strerror or error}.") from None
    except UnicodeDecodeError:
        raise ChainError(f"{path.name} is not a text file; a column map is written in TOML.") from None
    except tomllib.TOMLDecodeError as error:
        raise ChainError(f"{path.name} is not valid TOML: {error}.") from None


def _check_keys(table: Mapping[str, Any], known: Mapping[str, Any], path: Path, *, section: str) -> None:
    for key in table:
        if key not in known:
            near = get_close_matches(key, known, n=1)
            hint = f"did you mean {near[0]}?" if near else f"known keys: {', '.join(known)}."
            place = f" in [{section}]" if section else ""
            raise ChainError(f"{path.name}: unknown key {key}{place}; {hint}")


def _check_complete(found: ColumnMap, path: Path) -> None:
    columns = found.columns
    if columns.symbol is None:
        missing = [name for name in ("expiry", "right", "strike") if getattr(columns, name) is None]
        if missing:
            raise ChainError(f"{path.name}: [columns] needs {' and '.join(missing)}, or symbol, which tells them.")
        if columns.underlying is None and columns.root is None and found.constants.underlying is None:
            raise ChainError(f"{path.name}: name the underlying in [columns] or in [constants].")
    if (columns.bid is None) != (columns.ask is None):
        raise ChainError(f"{path.name}: [columns] has only one of bid and ask; give both or neither.")
