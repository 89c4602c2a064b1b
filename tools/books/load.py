"""Books from TOML.

file → text → tomllib → pydantic → Book | CapitalPlan   an error names file, line, key, and the nearest valid one
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from difflib import get_close_matches
from importlib.resources import files
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from tools.books.book import ApprovalThresholds, Book
from tools.books.key_lines import key_lines, line_of
from tools.domain.errors import ConfigError
from tools.portfolio.exit_rules import ExitRules
from tools.portfolio.rolls import RollRules
from tools.risk.profile import BookLimits
from tools.screening.criteria import Criterion
from tools.screening.impossible import IMPOSSIBLE
from tools.screening.rules import Rule
from tools.screening.strikes import StrikeChoice
from tools.sizing.rule import SizingRule

M = TypeVar("M", bound=BaseModel)
KeysBeside = Callable[[tuple[str, ...]], Iterable[str]]
"""The valid keys of the table that an unknown key stands in, by its path."""

_TABLES: dict[str, type[BaseModel]] = {
    "strikes": StrikeChoice,
    "sizing": SizingRule,
    "exits": ExitRules,
    "rolls": RollRules,
    "limits": BookLimits,
    "approval": ApprovalThresholds,
}


def shipped_books() -> dict[str, Book]:
    """The books that come with the product, by name."""
    return {name: shipped_book(name) for name in shipped_names()}


def shipped_book(name: str) -> Book:
    """One of the books that come with the product."""
    return parse_book(shipped_text(name), source=f"{name}.toml")


def load_book(path: Path) -> Book:
    """The book in a TOML file; `ConfigError` names file, line and key."""
    return parse_book(read_text(path, noun="book"), source=str(path))


def read_text(path: Path, *, noun: str) -> str:
    """The text of a file; `ConfigError` where it cannot be had."""
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"The {noun} {path} cannot be read: {error.strerror or error}.") from None
    except UnicodeDecodeError:
        raise ConfigError(f"The {noun} {path} is not UTF-8 text; save it as UTF-8.") from None


def parse_book(text: str, *, source: str) -> Book:
    """The book in a TOML text; `source` names it in errors."""
    return parse_toml(text, Book, source=source, beside=_keys_beside)


def parse_toml(text: str, model: type[M], *, source: str, beside: KeysBeside) -> M:
    """A value from a TOML text; an error names `source`, line and key, and the nearest valid key `beside` it."""
    try:
        return model.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{source} is not valid TOML: {error}.") from None
    except ValidationError as error:
        raise ConfigError(_message(error.errors(include_url=False), text, source, beside)) from None


def shipped_text(name: str) -> str:
    """The commented TOML of a book that comes with the product."""
    return shipped_file("data", name, noun="book")


def shipped_file(folder: str, name: str, *, noun: str) -> str:
    """One TOML of a folder beside this file; `ConfigError` names the nearest where there is none."""
    names = shipped_names(folder)
    if name not in names:
        raise ConfigError(f"There is no {noun} {name!r}{_nearest(name, names)}.")
    return (files("tools.books") / folder / f"{name}.toml").read_text(encoding="utf-8")


def shipped_names(folder: str = "data") -> tuple[str, ...]:
    """What comes with the product, sorted."""
    found = (files("tools.books") / folder).iterdir()
    return tuple(sorted(each.name.removesuffix(".toml") for each in found if each.name.endswith(".toml")))


def _message(errors: Sequence[ErrorDetails], text: str, source: str, beside: KeysBeside) -> str:
    """The first problem in the order of the text, and how many more there are."""
    lines = key_lines(text)
    paths = [_path(error, lines) for error in errors]
    placed = [(line_of(path, lines) or 1, path, error) for path, error in zip(paths, errors, strict=True)]
    line, path, error = min(placed, key=lambda each: (each[0], each[1]))
    more = len(set(paths)) - 1
    others = f" ({more} more problem{'s' if more > 1 else ''} after this one.)" if more else ""
    return f"{source}, line {line}, {'.'.join(path)}: {_words(path, error, beside)}.{others}"


def _path(error: ErrorDetails, lines: Mapping[tuple[str, ...], int]) -> tuple[str, ...]:
    """The key as it stands in the file: pydantic's own steps (union members, indices) are left out."""
    parts = tuple(str(part) for part in error["loc"])
    if error["type"] in {"missing", IMPOSSIBLE}:
        return parts
    known = (parts[:length] for length in range(len(parts), 0, -1) if parts[:length] in lines)
    return next(known, parts[:1])


def _words(path: tuple[str, ...], error: ErrorDetails, beside: KeysBeside) -> str:
    if error["type"] == IMPOSSIBLE:
        return error["msg"]
    if error["type"] == "missing":
        return "is missing"
    if error["type"] == "extra_forbidden":
        return f"there is no such key{_nearest(path[-1], beside(path))}"
    if error["type"] == "enum" and _is_entry(path[:-1]):
        return f"there is no such rule{_nearest(path[-1], [rule.value for rule in Rule])}"
    return f"{_plain(error['input'])} will not do; {error['msg'][:1].lower()}{error['msg'][1:]}"


def _keys_beside(path: tuple[str, ...]) -> Iterable[str]:
    """The valid keys of the table that an unknown key stands in."""
    if len(path) == 1:
        return Book.model_fields
    if _is_entry(path[:-2]):
        return [key for key in Criterion.model_fields if key != "rule"]
    return _TABLES[path[0]].model_fields if path[0] in _TABLES else ()


def _is_entry(path: tuple[str, ...]) -> bool:
    """Whether the keys of this table are rules."""
    return path == ("entry",) or (len(path) == 2 and path[0] == "only")


def _nearest(word: str, valid: Iterable[str]) -> str:
    choices = list(valid)
    close = get_close_matches(word, choices, n=1, cutoff=0.5)
    if close:
        return f"; the nearest is {close[0]!r}"
    return f"; choose one of {', '.join(choices)}" if choices else ""


def _plain(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 40 else text[:37] + "..."
