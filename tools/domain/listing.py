"""Where each contract stands in a chain, found by root, expiry, right and strike.

columns of a chain → one sorted key per row, once → binary search per contract, once for each that is asked for
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import numpy.typing as npt

from tools.domain.contract import OptionContract, Right

IntArray = npt.NDArray[np.int64]

# An OCC symbol writes a strike as a whole number of thousandths in eight digits (see `tools.domain.contract`).
_THOUSANDTHS = 1000.0
_STRIKES = 1 << 40  # more than any of them, also where a source lists a strike that no symbol could hold
_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True, eq=False)
class Listing:
    """`rows` of the chain in the order of their `keys`, which ascend; `root` of each row of the chain."""

    keys: IntArray
    rows: IntArray
    root: npt.NDArray[np.str_]
    roots: frozenset[str]
    _found: dict[tuple[str, int], int | None] = field(default_factory=dict, repr=False)

    @classmethod
    def of(
        cls,
        *,
        root: npt.NDArray[np.str_],
        expiry: npt.NDArray[np.datetime64],
        right: npt.NDArray[np.int8],
        strike: npt.NDArray[np.float64],
    ) -> Listing:
        """From the columns of a chain, named and shaped as there."""
        keys = (2 * expiry.astype("datetime64[D]").astype(np.int64) + (right > 0)) * _STRIKES
        keys += np.rint(strike * _THOUSANDTHS).astype(np.int64)
        rows = np.argsort(keys, kind="stable")
        one = len(root) > 0 and bool((root == root[0]).all())
        return cls(keys[rows], rows, root, frozenset((root[:1] if one else root).tolist()))

    def row(self, root: str, expiry: date, right: Right, strike: float) -> int | None:
        """The first row of a contract, None where it is not listed."""
        if root not in self.roots:
            return None
        asked = root, _key(expiry, right, strike)
        if asked not in self._found:
            self._found[asked] = self._search(*asked)
        return self._found[asked]

    def _search(self, root: str, key: int) -> int | None:
        place = int(self.keys.searchsorted(key))
        while place < len(self.keys) and self.keys[place] == key:
            row = int(self.rows[place])
            if self.root[row] == root:
                return row
            place += 1
        return None

    def rows_of(self, contracts: Sequence[OptionContract]) -> IntArray:
        """The row of each contract, -1 where it is not listed."""
        found = (self.row(each.root, each.expiry, each.right, each.strike) for each in contracts)
        return np.array([-1 if row is None else row for row in found], dtype=np.int64)


def _key(expiry: date, right: Right, strike: float) -> int:
    return (2 * (expiry - _EPOCH).days + (right is Right.CALL)) * _STRIKES + round(strike * _THOUSANDTHS)
