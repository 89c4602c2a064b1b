"""Which folder holds the days of a market: named by what the market is made from, and by the code that makes it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.metadata import version
from pathlib import Path

from tools.domain.value import digest

TOOLS = Path(__file__).parents[2]
MAKERS = ("domain", "calendar", "pricing", "data", "backtest/kept")
"""Rooms whose code decides what a day looks like and what its quotes are priced at."""

LIBRARIES = ("numpy", "numba", "scipy", "polars")


@cache
def code() -> str:
    """Of what decides a day."""
    return code_of(MAKERS)


def code_of(rooms: Iterable[str]) -> str:
    """Of every source file and table of these rooms, and of the libraries that do the arithmetic."""
    whole = hashlib.sha256(repr([(name, version(name)) for name in LIBRARIES]).encode())
    for room in rooms:
        for path in sorted((TOOLS / room).rglob("*")):
            if path.suffix in {".py", ".toml"}:
                whole.update(str(path.relative_to(TOOLS)).encode())
                whole.update(path.read_bytes())
    return whole.hexdigest()[:16]


def name_of(market: Mapping[str, object]) -> str:
    """The name of the folder for what a market is made from."""
    return f"{code()}-{digest(dict(market))[:16]}"
