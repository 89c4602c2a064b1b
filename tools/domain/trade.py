"""A trade: one structure that was opened by a decision and lives until it is closed, rolled away or settled."""

from __future__ import annotations

from datetime import date, datetime

from tools.domain.structure import Leg, StructureKind
from tools.domain.value import Value


class EntryMarks(Value):
    """What stood when the legs now open were filled; None is unknown. Stops measure their rise from here (spec F7).

    spot    of the underlying, money per share
    vix     its level in points
    iv      of the first leg sold, decimal per year
    spread  Σ (ask - bid) / Σ mid over the legs
    """

    spot: float | None = None
    vix: float | None = None
    iv: float | None = None
    spread: float | None = None


class Trade(Value):
    """An open structure. Money per share of one unit, credit positive.

    id         the decision that opened it
    legs       one unit as it is open now, after any rolls
    contracts  units still open, at least 1
    opened_at  the first fill of the first legs; `legs_at` of the legs now open
    credit     what the legs now open brought (a roll's own credit is not in it); negative for what was bought
    carried    what earlier legs of this trade brought net of what closing them cost, per share of a unit now open
    rolls      how often it has been rolled in a row
    broken     assignment or expiry took a part of it that its other legs were sold or bought against
    """

    id: str
    book: str
    underlying: str
    structure: StructureKind
    legs: tuple[Leg, ...]
    contracts: int
    multiplier: int
    opened_at: datetime
    legs_at: datetime
    credit: float
    carried: float = 0.0
    rolls: int = 0
    broken: bool = False
    entry: EntryMarks = EntryMarks()

    @property
    def expiry(self) -> date:
        """The nearest expiry among the legs."""
        return min(leg.contract.expiry for leg in self.legs)

    @property
    def short_legs(self) -> tuple[Leg, ...]:
        return tuple(leg for leg in self.legs if leg.quantity < 0)

    @property
    def closing_legs(self) -> tuple[Leg, ...]:
        """The legs of the order that ends one unit."""
        return tuple(Leg(contract=leg.contract, quantity=-leg.quantity) for leg in self.legs)
