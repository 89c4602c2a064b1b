"""How offered contracts make units of several legs: joins of sorted integer keys, never a loop over combinations.

    short legs ─┬→ with every protecting strike of their expiry in reach → verticals ─┬→ puts with calls of
    long legs  ─┘                                                                     │  one expiry and width
    short puts and calls of one expiry → strangles                                    └→ condors

Legs of a unit share expiry and root, since SPX and SPXW of one date settle at different prices. With s short
strikes and w widths an expiry has s·w verticals of a right and s²·w condors; a unit takes 8 bytes per leg here
and about 200 while its columns are measured, so that the s of `StrikeChoice.nearest` bounds the memory.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from tools.domain.chain import Chain, FloatArray, IntArray
from tools.domain.contract import Right

# Strikes are listed in thousandths at the finest (OCC symbols); 2^40 thousandths are a strike of a billion.
THOUSANDTHS = 1000.0
GROUP = 1 << 40  # beside it 2^23 series fit into 63 bits: a hundred roots for every day until 2199


@dataclass(frozen=True, eq=False)
class Offer:
    """Contracts that may be legs, as rows of `chain`; `width` is the (least, most) wing, money per share."""

    chain: Chain
    short: IntArray
    long: IntArray
    width: tuple[float, float] = (0.0, 0.0)

    def alone(self) -> IntArray:
        """Every short leg by itself: (n, 1)."""
        return self.short[:, None]

    def verticals(self, right: Right) -> IntArray:
        """(n, 2): a short leg of `right` and each long one further out of the money by a width in reach."""
        group, strike = self._keys
        short, long = self._of(self.short, right), self._of(self.long, right)
        long = long[np.lexsort((strike[long], group[long]))]
        near, far = (round(THOUSANDTHS * width, 6) for width in self.width)
        least, most = max(1, int(np.ceil(near))), int(np.floor(far))
        low, high = (least, most) if right is Right.CALL else (-most, -least)
        keys = group[long] * GROUP + strike[long]
        anchor = group[short] * GROUP + strike[short]
        owner, member = _spans(
            np.searchsorted(keys, anchor + low, side="left"), np.searchsorted(keys, anchor + high, side="right")
        )
        return np.column_stack((short[owner], long[member]))

    def condors(self) -> IntArray:
        """(n, 4) long put, short put, short call, long call: verticals of one expiry and of equal width."""
        group, strike = self._keys
        puts, calls = self.verticals(Right.PUT), self.verticals(Right.CALL)
        left, right = _joined(*(_vertical_keys(pairs, group, strike) for pairs in (puts, calls)))
        return np.column_stack((puts[left][:, ::-1], calls[right]))

    def strangles(self) -> IntArray:
        """(n, 2): each short put with each short call of its expiry."""
        group, _ = self._keys
        puts, calls = self._of(self.short, Right.PUT), self._of(self.short, Right.CALL)
        left, right = _joined(group[puts], group[calls])
        return np.column_stack((puts[left], calls[right]))

    def _of(self, rows: IntArray, right: Right) -> IntArray:
        return rows[np.equal(self.chain.right[rows], right.sign)]

    @cached_property
    def _keys(self) -> tuple[IntArray, IntArray]:
        """Of every row: the number of its expiry and root, and the strike in thousandths."""
        return series(self.chain), np.rint(self.chain.strike * THOUSANDTHS).astype(np.int64)


def series(chain: Chain) -> IntArray:
    """A number per expiry and root, the same for all rows of one: days since 1970, times the roots there are."""
    day = chain.expiry.astype(np.int64)
    if len(chain) == 0 or bool(np.all(chain.root == chain.root[0])):
        return day
    roots, root = np.unique(chain.root, return_inverse=True)
    return np.asarray(day * len(roots) + root, dtype=np.int64)


def wing_reach(spot: float, width: tuple[float, float] | None) -> tuple[float, float]:
    """(least, most) width in money per share from shares of spot."""
    return (0.0, 0.0) if width is None else (width[0] * spot, width[1] * spot)


def widths(strikes: tuple[FloatArray, FloatArray]) -> FloatArray:
    """Distance of two strikes, in whole thousandths so that 101.1 - 100.1 is 1."""
    return np.asarray(np.rint(np.abs(strikes[0] - strikes[1]) * THOUSANDTHS) / THOUSANDTHS)


def _vertical_keys(pairs: IntArray, group: IntArray, strike: IntArray) -> IntArray:
    return np.asarray(group[pairs[:, 0]] * GROUP + np.abs(strike[pairs[:, 0]] - strike[pairs[:, 1]]))


def _joined(left: IntArray, right: IntArray) -> tuple[IntArray, IntArray]:
    """Places in `left` and `right` of every pair of equal keys."""
    order = np.argsort(right, kind="stable")
    ranked = right[order]
    owner, member = _spans(np.searchsorted(ranked, left, side="left"), np.searchsorted(ranked, left, side="right"))
    return owner, order[member]


def _spans(first: IntArray, last: IntArray) -> tuple[IntArray, IntArray]:
    """(owner, member) for each owner i and every member from first[i] up to, not including, last[i]."""
    counts = np.maximum(last - first, 0)
    owner = np.repeat(np.arange(len(counts)), counts)
    member = np.arange(len(owner)) - np.repeat(np.cumsum(counts) - counts - first, counts)
    return owner, member
