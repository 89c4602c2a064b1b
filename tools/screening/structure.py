"""What a structure offers the screen: its legs, how they combine, what secures a unit, and what one is worth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from tools.domain.chain import BoolArray, Chain, FloatArray, IntArray
from tools.domain.contract import Right
from tools.domain.structure import StructureKind
from tools.screening.economics import Economics
from tools.screening.rules import Rule, Subject

if TYPE_CHECKING:
    from tools.screening.offer import Offer
    from tools.screening.rows import Rows


@dataclass(frozen=True, slots=True)
class Role:
    """One leg of a unit; `quantity` is signed: negative sold, positive bought."""

    right: Right
    quantity: int

    @property
    def is_short(self) -> bool:
        return self.quantity < 0


SHORT_PUT, LONG_PUT = Role(Right.PUT, -1), Role(Right.PUT, 1)
SHORT_CALL, LONG_CALL = Role(Right.CALL, -1), Role(Right.CALL, 1)


class Structure(Protocol):
    """`rules` may stand in a book of this structure, `mandatory` must, and must be required there.

    roles   the legs of a unit in the order a candidate shows them; the short put comes before the short call
    """

    kind: StructureKind
    roles: tuple[Role, ...]
    rules: frozenset[Rule]
    mandatory: frozenset[Rule]

    def combine(self, offer: Offer) -> IntArray:
        """Every unit the offered contracts make: (units, legs) rows of the offer's chain, columns as `roles`."""
        ...

    def collateral(self, rows: Rows) -> FloatArray:
        """What secures one share of each unit, money per share (decision D1)."""
        ...

    def economics(self, rows: Rows) -> Economics:
        """The worth of each unit; the rows are priced."""
        ...


def short_places(structure: Structure) -> tuple[int, ...]:
    """Columns of the legs that are sold."""
    return tuple(place for place, role in enumerate(structure.roles) if role.is_short)


def is_protected(structure: Structure) -> bool:
    """Whether bought legs bound the loss of the sold ones."""
    return 0 < len(short_places(structure)) < len(structure.roles)


def judged_places(structure: Structure, subject: Subject) -> tuple[int, ...]:
    """Columns of the legs that a rule of this subject looks at; of what is only bought every one."""
    every = tuple(range(len(structure.roles)))
    return short_places(structure) or every if subject is Subject.SHORT_LEGS else every


def rights_of(structure: Structure) -> frozenset[Right]:
    """The rights of its legs."""
    return frozenset(role.right for role in structure.roles)


def leg_rows(chain: Chain, structure: Structure) -> BoolArray:
    """Rows that can be a leg at all: standing ones of its rights.

    What protects a leg out of the money is out of the money itself.
    """
    rows = np.zeros(len(chain), dtype=np.bool_)
    for right in rights_of(structure):
        rows |= chain.right == right.sign
    return rows & chain.standing
