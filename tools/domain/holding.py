"""How much of one symbol is held, and at what average price: the one rule by which fills become positions."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class Holding:
    """A signed quantity and its average price per share, None when the opening did not say."""

    quantity: int
    average_price: Decimal | None

    def after(self, quantity: int, price: Decimal) -> Holding:
        """With a fill added: growing averages, shrinking keeps the average, crossing zero starts anew."""
        total = self.quantity + quantity
        if self.quantity == 0 or total * self.quantity < 0:
            return Holding(total, price)
        if quantity * self.quantity < 0 or self.average_price is None:
            return Holding(total, self.average_price)
        return Holding(total, (self.average_price * self.quantity + price * quantity) / total)

    def restated(self, change: int) -> Holding:
        """So many more or fewer for what the whole has cost."""
        total = self.quantity + change
        if total == 0:
            return FLAT
        cost = None if self.average_price is None else self.average_price * self.quantity
        return Holding(total, None if cost is None else cost / total)

    def joined_by(self, other: Holding) -> Holding:
        """With all of another holding, each at what it has cost; unknown where either is."""
        if self.quantity == 0 or other.quantity == 0:
            return other if self.quantity == 0 else self
        if self.average_price is None or other.average_price is None:
            return Holding(self.quantity + other.quantity, None)
        return self.after(other.quantity, other.average_price)

    def realised(self, quantity: int, price: Decimal) -> Decimal | None:
        """What the part of a fill that shrinks this holding earns, Σ per share; None without an average.

        A fill that only grows the holding earns nothing.
        """
        if quantity * self.quantity >= 0:
            return NOTHING
        if self.average_price is None:
            return None
        closed = min(abs(quantity), abs(self.quantity))
        gain = price - self.average_price
        return gain * closed if self.quantity > 0 else -gain * closed


FLAT = Holding(0, None)
