"""Trades that are over, as a later candidate is compared with them: how they were entered and how they ended."""

from __future__ import annotations

from datetime import datetime

from tools.domain.chain import new_york_date
from tools.domain.mode import Mode
from tools.domain.structure import StructureKind
from tools.domain.value import Value


class EntryFeatures(Value):
    """What a trade looked like when it was decided; None is unknown.

    dte              calendar days to expiry
    delta            size of the unit's net delta per share
    iv_rank          0-100
    premium_yield    decimal per year on collateral
    spread           Σ (ask - bid) / Σ mid over the legs
    breakeven        distance of spot to the nearest breakeven, in expected moves
    earnings         days from expiry to the next announcement, negative before it
    vix              points
    """

    structure: StructureKind
    book: str
    underlying: str
    sector: str | None
    dte: float | None
    delta: float | None
    iv_rank: float | None
    premium_yield: float | None
    spread: float | None
    breakeven: float | None
    earnings: float | None
    vix: float | None


class PastTrade(Value):
    """A trade that is over. Money in account currency.

    id         the decision that opened it
    pnl        of all its units, commissions taken off
    collateral of one unit when it was decided
    ended_by   in words: the exit that fired, or what became of its options
    mode       where its orders went; `simulated` tells an invented market
    """

    id: str
    label: str
    features: EntryFeatures
    opened_at: datetime
    closed_at: datetime
    contracts: int
    pnl: float
    collateral: float
    ended_by: str
    mode: Mode
    simulated: bool

    @property
    def days(self) -> int:
        """Calendar days held, New York."""
        return (new_york_date(self.closed_at) - new_york_date(self.opened_at)).days

    @property
    def unit_pnl(self) -> float:
        return self.pnl / self.contracts

    @property
    def return_on_collateral(self) -> float | None:
        """Decimal over the whole time held; None where nothing secured it."""
        return self.unit_pnl / self.collateral if self.collateral > 0 else None


class SimilarTrade(Value):
    """A past trade that a candidate was compared with; `distance` as `tools.portfolio.similar` has it."""

    trade: PastTrade
    distance: float


class Compared(Value):
    """The past trades that the analyst of a candidate was told of, the most similar first."""

    trades: tuple[SimilarTrade, ...]
