"""What a backtest writes down: every decision, every trade with why it began and ended, and each day's books."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from tools.domain.candidate import Candidate
from tools.domain.decision import FitResult, Gate, Outcome
from tools.domain.score import ScoreBreakdown
from tools.domain.structure import StructureKind
from tools.performance.attribution import Attribution


@dataclass(frozen=True, slots=True)
class Decided:
    """One decision, with the same parts as the live record; `fit` and `score` are None where it ended before them.

    `units` were filled, and `unfilled` says why it was not all of them.
    """

    candidate: Candidate
    gate: Gate
    fit: FitResult | None = None
    score: ScoreBreakdown | None = None
    units: int = 0
    unfilled: str = ""

    @property
    def outcome(self) -> Outcome:
        return self.gate.outcome


@dataclass(frozen=True, slots=True)
class Ended:
    """One trade that is over, or a part of one that was closed alone. Money in account currency.

    credit    brought by all its legs since it was opened, after what rolls cost, per share of a unit
    debit     paid per share to end it; what it settled at where it was settled
    premium   gross, of the options its first legs sold net of those they bought; account currency
    pnl       with commissions
    contracts    units that were opened; `multiplier` shares per contract
    entry, exit  why it began and why it ended
    """

    id: str
    book: str
    underlying: str
    structure: StructureKind
    label: str
    contracts: int
    opened_at: datetime
    closed_at: datetime
    credit: float
    debit: float
    premium: float
    pnl: Decimal
    rolls: int
    entry: str
    exit: str
    multiplier: int = 100

    @property
    def days(self) -> int:
        return (self.closed_at.date() - self.opened_at.date()).days


@dataclass(frozen=True, slots=True)
class DayLine:
    """The books after a day's trading; account currency, `nan` where a mark or a Greek is unknown.

    delta Σ δ·n·mult·S; gamma for a move of 1 %; vega per volatility point; theta per day.
    """

    day: date
    nav: float
    cash: float
    collateral: float
    delta: float
    gamma: float
    vega: float
    theta: float
    open_trades: int
    by_book: dict[str, float]


@dataclass(slots=True)
class Journal:
    """Everything, in the order in which it happened. `counts` are things that were carried or could not be done.

    attribution  where the profit came from, by day, book and trade; there once the run is over
    rates        what bills paid on each day, decimal per year, `nan` where no chain told
    simulated    whether any look was at an invented market
    """

    decisions: list[Decided] = field(default_factory=list)
    trades: list[Ended] = field(default_factory=list)
    days: list[DayLine] = field(default_factory=list)
    rejected: Counter[str] = field(default_factory=Counter)
    counts: Counter[str] = field(default_factory=Counter)
    attribution: Attribution | None = None
    rates: list[float] = field(default_factory=list)
    simulated: bool = False
