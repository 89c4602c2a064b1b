"""Where each key of a TOML text stands, for error messages that name the line.

`tomllib` forgets positions, so the text is read a second time, for headers and keys only. Keys inside
inline tables are not tracked; `line_of` answers with the line of the nearest key around them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

Path = tuple[str, ...]

_PART = r"""(?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')"""
_DOTTED = rf"{_PART}(?:\s*\.\s*{_PART})*"
_HEADER = re.compile(rf"^\s*\[\[?\s*(?P<key>{_DOTTED})\s*\]\]?")
_KEY = re.compile(rf"^\s*(?P<key>{_DOTTED})\s*=(?P<value>.*)$")
_STRING = re.compile(r'"(?:\\.|[^"\\])*"' + r"|'[^']*'")
_LONG_QUOTES = ('"""', "'''")


def key_lines(text: str) -> dict[Path, int]:
    """The line (from 1) of every table header and key. The text must be valid TOML."""
    lines: dict[Path, int] = {}
    table: Path = ()
    depth, quote = 0, ""
    for number, line in enumerate(text.splitlines(), start=1):
        if quote:
            quote = "" if line.count(quote) % 2 else quote
            continue
        value = line
        if depth == 0:
            if header := _HEADER.match(line):
                table = _parts(header["key"])
                lines.setdefault(table, number)
                continue
            if key := _KEY.match(line):
                lines.setdefault((*table, *_parts(key["key"])), number)
                value = key["value"]
        quote = next((mark for mark in _LONG_QUOTES if value.count(mark) % 2), "")
        depth += _open_brackets(value)
    return lines


def line_of(path: Path, lines: Mapping[Path, int]) -> int | None:
    """The line of a key, else of the nearest table around it, else of the first table inside it."""
    for length in range(len(path), 0, -1):
        if (found := lines.get(path[:length])) is not None:
            return found
    return min((line for key, line in lines.items() if key[:1] == path[:1]), default=None)


def _parts(dotted: str) -> Path:
    return tuple(part.strip("\"'") for part in re.findall(_PART, dotted))


def _open_brackets(value: str) -> int:
    bare = _STRING.sub("", value).split("#", maxsplit=1)[0]
    return sum(bare.count(mark) for mark in "[{") - sum(bare.count(mark) for mark in "]}")
