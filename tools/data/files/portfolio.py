"""A portfolio as a JSON file: cash, and positions by ticker or OCC symbol with signed quantities.

    {"cash": 250000, "positions": [{"symbol": "SPY", "quantity": 300, "price": 512.30},
                                   {"symbol": "SPY261218P00480000", "quantity": -2, "price": 3.10}]}

`price` is the mark per share; a position without one has an unknown mark, and limits that need the account's
value refuse rather than guess. `average_price` is optional. A symbol may stand in one position only.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, NoReturn

from tools.domain.account import Account, Position
from tools.domain.contract import is_occ, parse_occ
from tools.domain.errors import InputError

_ACCOUNT_KEYS = ("cash", "positions", "name")
_POSITION_KEYS = ("symbol", "quantity", "price", "average_price")
_TICKER = re.compile(r"^[A-Z][A-Z0-9]{0,5}([.\-/][A-Z]{1,2})?$")
_LARGEST = 1e12  # more is a slip of the keyboard; a float still holds every cent of this


def read_portfolio(path: Path) -> Account:
    """The account in a JSON file; `InputError` with one sentence on the first thing that is wrong."""
    data = _loaded(path)
    if not isinstance(data, dict):
        _refuse(path, f"it must be an object with cash and positions, not {_kind(data)}")
    _check_keys(path, data, _ACCOUNT_KEYS, place="")
    if "cash" not in data:
        _refuse(path, 'it names no cash; write "cash": 0 if there is none')
    cash = _number(path, data["cash"], "cash")
    if cash < 0:
        _refuse(
            path, f"cash is {cash:,.2f}; an account in debit cannot secure short options, so it must be 0 or more"
        )
    listed = data.get("positions", [])
    if not isinstance(listed, list):
        _refuse(path, f"positions must be a list, not {_kind(listed)}")
    positions = tuple(_position(path, entry, number) for number, entry in enumerate(listed, start=1))
    _check_once(path, (position.symbol for position in positions))
    name = data.get("name", "main")
    if not isinstance(name, str) or not name.strip():
        _refuse(path, "name must be a word")
    return Account(cash=cash, positions=positions, name=name)


def _loaded(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8-sig"), object_pairs_hook=_distinct)
    except FileNotFoundError:
        raise InputError(f"There is no portfolio file {path}.") from None
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}.") from None
    except UnicodeDecodeError:
        raise InputError(f"{path.name} is not a text file; a portfolio is written in JSON.") from None
    except json.JSONDecodeError as error:
        raise InputError(f"{path.name} is not valid JSON: {error.msg} in line {error.lineno}.") from None
    except RecursionError:
        raise InputError(f"{path.name} is nested too deeply to be a portfolio.") from None
    except ValueError as error:
        raise InputError(f"{path.name} is not valid JSON: {error}.") from None


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose keys are all different: JSON would silently keep the last."""
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        raise ValueError(f"the key {next(key for key in keys if keys.count(key) > 1)} stands twice in one object")
    return found


def _position(path: Path, entry: Any, number: int) -> Position:
    place = f"position {number}"
    if not isinstance(entry, dict):
        _refuse(path, f"{place} must be an object with symbol, quantity and price, not {_kind(entry)}")
    _check_keys(path, entry, _POSITION_KEYS, place=f" of {place}")
    for key in ("symbol", "quantity"):
        if key not in entry:
            _refuse(path, f"{place} names no {key}")
    symbol = _symbol(path, entry["symbol"], place)
    return Position(
        symbol=symbol,
        quantity=_quantity(path, entry["quantity"], f"{place} ({symbol})"),
        price=_price(path, entry, "price", f"{place} ({symbol})"),
        average_price=_price(path, entry, "average_price", f"{place} ({symbol})"),
    )


def _symbol(path: Path, value: Any, place: str) -> str:
    if not isinstance(value, str):
        _refuse(path, f"the symbol of {place} must be text, not {_kind(value)}")
    symbol = re.sub(r"\s+", "", value).upper()
    if is_occ(symbol):
        try:
            parse_occ(symbol)
        except InputError as error:
            raise InputError(f"{path.name}: {place}: {error}") from None
        return symbol
    if not _TICKER.match(symbol):
        _refuse(path, f"{value!r} in {place} is neither a ticker (SPY) nor an OCC symbol (SPY261218P00480000)")
    return re.sub(r"[-/]", ".", symbol)


def _quantity(path: Path, value: Any, place: str) -> int:
    number = _number(path, value, f"the quantity of {place}")
    if number != int(number):
        _refuse(path, f"the quantity of {place} is {number:g}; it must be a whole number, negative when short")
    if number == 0:
        _refuse(path, f"the quantity of {place} is 0; leave the position out")
    return int(number)


def _price(path: Path, entry: Mapping[str, Any], key: str, place: str) -> float | None:
    if entry.get(key) is None:
        return None
    price = _number(path, entry[key], f"the {key} of {place}")
    if price < 0:
        _refuse(
            path,
            f"the {key} of {place} is {price:g}; no price is negative, a short position has a negative quantity",
        )
    return price


def _number(path: Path, value: Any, place: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        _refuse(path, f"{place} must be a number, not {_kind(value)}")
    if isinstance(value, float) and math.isnan(value):
        _refuse(path, f"{place} is NaN; write a number, or leave it out")
    if abs(value) > _LARGEST:
        _refuse(path, f"{place} is beyond any account; it must lie within a million millions")
    return float(value)


def _check_keys(path: Path, entry: Mapping[str, Any], known: tuple[str, ...], *, place: str) -> None:
    for key in entry:
        if key not in known:
            near = get_close_matches(key.lower(), known, n=1)
            hint = f"did you mean {near[0]}?" if near else f"known keys are {', '.join(known)}"
            _refuse(path, f"unknown key {key!r}{place}; {hint}")


def _check_once(path: Path, symbols: Iterable[str]) -> None:
    seen: set[str] = set()
    for symbol in symbols:
        if symbol in seen:
            _refuse(path, f"{symbol} stands in more than one position; merge them into one")
        seen.add(symbol)


def _kind(value: Any) -> str:
    names = {dict: "an object", list: "a list", str: "text", bool: "true or false", type(None): "null"}
    return names.get(type(value), "a number")


def _refuse(path: Path, problem: str) -> NoReturn:
    raise InputError(f"{path.name}: {problem}{'' if problem.endswith('?') else '.'}")
