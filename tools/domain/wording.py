"""Numbers in sentences."""

from __future__ import annotations

from collections.abc import Callable

MOST_PLACES = 12


def told_apart(value: float, limit: float, write: Callable[[float, int], str], *, places: int) -> str:
    """`value` with `places` decimals, or as many more as it takes not to read like the limit it misses.

    `write(number, places)` puts it into words: 7.4999 < 7.5, never 7.5 < 7.5.
    """
    for more in range(places, MOST_PLACES):
        if value == limit or write(value, more) != write(limit, more):
            return write(value, more)
    return write(value, places)
