"""What is to be entered in the books: fills with the book and trade they belong to, and movements of cash."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from tools.domain.cash import CashMovement
from tools.domain.order import Fill


@dataclass(frozen=True, slots=True)
class Posting:
    """One fill as `Books.fill` takes it. `trade` is empty for what is the book's own."""

    fill: Fill
    book: str
    multiplier: int
    trade: str = ""


@dataclass(frozen=True, slots=True)
class Entries:
    """Entered together: postings first, then movements."""

    postings: tuple[Posting, ...] = ()
    movements: tuple[CashMovement, ...] = ()

    @classmethod
    def joined(cls, parts: Iterable[Entries]) -> Entries:
        kept = tuple(parts)
        return cls(
            tuple(posting for part in kept for posting in part.postings),
            tuple(movement for part in kept for movement in part.movements),
        )
