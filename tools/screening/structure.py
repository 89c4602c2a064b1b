"""What a structure offers the screen: its admissible rows, what secures them, and what one unit is worth."""

from __future__ import annotations

from typing import Protocol

import numpy as np
import numpy.typing as npt

from tools.domain.chain import BoolArray, Chain, FloatArray
from tools.domain.contract import Right
from tools.domain.structure import StructureKind
from tools.pricing.quotes import QuoteGreeks
from tools.screening.economics import Economics
from tools.screening.rules import Rule


class Structure(Protocol):
    """`rules` may stand in a book of this structure, `mandatory` must, and must be required there."""

    kind: StructureKind
    rules: frozenset[Rule]
    mandatory: frozenset[Rule]

    def admissible(self, chain: Chain) -> BoolArray:
        """The rows that can be the short leg at all: right, out of the money, standard deliverable."""
        ...

    def collateral(self, chain: Chain) -> FloatArray:
        """What secures one share of each row, money per share (decision D1)."""
        ...

    def economics(self, chain: Chain, greeks: QuoteGreeks) -> Economics:
        """The worth of one unit of each row; `greeks` are the same rows' own."""
        ...


def short_leg_rows(chain: Chain, right: Right) -> BoolArray:
    """Rows of one right, out of the money, not expired, whose root is standard.

    A digit in the OCC root marks an adjusted contract, which is never traded.
    """
    rows: BoolArray = (chain.right == right.sign) & (chain.dte >= 0)
    rows &= right.sign * (chain.strike - chain.spot) > 0
    rows[rows] = ~_has_digit(chain.root[rows])
    return rows


def _has_digit(roots: npt.NDArray[np.str_]) -> BoolArray:
    letters = np.ascontiguousarray(roots).view(np.uint32).reshape(len(roots), roots.itemsize // 4)
    digits: BoolArray = np.any((letters >= ord("0")) & (letters <= ord("9")), axis=1)
    return digits
