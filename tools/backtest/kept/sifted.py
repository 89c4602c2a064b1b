"""What a day's chains were sifted by, on disk beside them: what books ask of the market alone is asked once.

One entry per chain and set of criteria, by what is asked and by the code that asks it: other books, or other code,
find nothing of theirs and sift anew.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np

from tools.backtest.kept.file import Kept, write_file
from tools.backtest.kept.identity import code_of
from tools.domain.market import Snapshot
from tools.screening.sieve import Sifted, sifted_of

MAKERS = ("domain", "calendar", "screening")


@cache
def _code() -> str:
    return code_of(MAKERS)


def sifted(snapshot: Snapshot) -> int:
    """How often the chains of a look have been sifted."""
    return sum(len(sifted_of(chain)) for chain in snapshot.chains.values())


def write_sifted(path: Path, snapshot: Snapshot) -> None:
    """All that is known of a look."""
    found = [
        (symbol, key, each) for symbol, chain in snapshot.chains.items() for key, each in sifted_of(chain).items()
    ]
    if not found:
        return
    columns = {
        name: np.concatenate([getattr(each, name) for _, _, each in found]).view(np.uint8)
        for name in ("refused", "unusable")
    }
    told = [[symbol, key, len(each.refused), each.counts] for symbol, key, each in found]
    write_file(path, columns, {"code": _code(), "sifted": told})


def enter_sifted(kept: Kept | None, snapshot: Snapshot) -> int:
    """Enter what was found out of the chains of the look; how many times they had been sifted."""
    if kept is None or kept[1]["code"] != _code():
        return 0
    columns, rest = kept
    refused, unusable = (columns[name].view(np.bool_) for name in ("refused", "unusable"))
    first = 0
    for symbol, key, length, counts in rest["sifted"]:
        rows = slice(first, first + length)
        sifted_of(snapshot.chains[symbol])[key] = Sifted(
            facts=snapshot.facts[symbol],
            conditions=snapshot.conditions,
            refused=refused[rows],
            unusable=unusable[rows],
            counts=counts,
        )
        first = rows.stop
    return len(rest["sifted"])
