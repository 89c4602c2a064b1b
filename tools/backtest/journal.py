"""What a backtest writes down: every decision, every trade with why it began and ended, and each day's books."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from tools.backtest.entries import Judged
from tools.backtest.opinions import Opinion, Opinions
from tools.desk.assumed import CONFIDENCE
from tools.domain.candidate import Candidate
from tools.domain.chain import new_york_date
from tools.domain.decision import FitResult, Gate, Outcome
from tools.domain.rationale import Analysis
from tools.domain.score import ScoreBreakdown
from tools.domain.structure import StructureKind
from tools.performance.attribution import Attribution


@dataclass(frozen=True, slots=True)
class Decided:
    """One decision, with the same parts as the live record; those after which it ended are None.

    `units` were filled, and `unfilled` says why it was not all of them.
    """

    candidate: Candidate
    gate: Gate
    analysis: Analysis | None = None
    fit: FitResult | None = None
    score: ScoreBreakdown | None = None
    units: int = 0
    unfilled: str = ""

    @property
    def outcome(self) -> Outcome:
        return self.gate.outcome

    @classmethod
    def of(cls, judged: Judged, units: int, unfilled: str) -> Decided:
        """The limits in words: most of what a decision takes, so that it is done for what is kept."""
        analysis = None if judged.opinion is None else judged.opinion.analysis
        fit = None if judged.fit is None else judged.fit.record
        return cls(judged.candidate, judged.gate, analysis, fit, judged.score, units, unfilled)


@dataclass(frozen=True, slots=True)
class DecidedLine:
    """What figures need of a decision, in a hundredth of its room: twenty years bring tens of thousands.

    contracts  as sized, 0 where it was not; `units` were filled, and `why` says what stopped the rest
    """

    day: date
    book: str
    legs_hash: str
    outcome: Outcome
    contracts: int
    units: int
    why: str

    @classmethod
    def of(cls, judged: Judged, units: int, unfilled: str) -> DecidedLine:
        approved, reasons = judged.gate.outcome is Outcome.APPROVED, judged.gate.reasons
        return cls(
            day=new_york_date(judged.candidate.as_of),
            book=judged.candidate.book,
            legs_hash=judged.candidate.legs_hash,
            outcome=judged.gate.outcome,
            contracts=0 if judged.fit is None else judged.fit.contracts,
            units=units,
            why=unfilled.partition(" down to")[0] if approved else reasons[0].rule if reasons else "",
        )


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

    whole        whether `decisions` keeps every decision with all its parts; `lines` has all of them in short
    opinions     who spoke of the candidates, the model or nobody
    attribution  where the profit came from, by day, book and trade; there once the run is over
    rates        what bills paid on each day, decimal per year, `nan` where no chain told
    simulated    whether any look was at an invented market
    """

    whole: bool = True
    decisions: list[Decided] = field(default_factory=list)
    lines: list[DecidedLine] = field(default_factory=list)
    trades: list[Ended] = field(default_factory=list)
    days: list[DayLine] = field(default_factory=list)
    rejected: Counter[str] = field(default_factory=Counter)
    counts: Counter[str] = field(default_factory=Counter)
    opinions: Opinions = field(default_factory=lambda: Opinions(CONFIDENCE))
    attribution: Attribution | None = None
    rates: list[float] = field(default_factory=list)
    simulated: bool = False

    def decided(self, judged: Judged, units: int, unfilled: str) -> None:
        """One decision, and what was filled of it."""
        self.lines.append(DecidedLine.of(judged, units, unfilled))
        if self.whole:
            self.decisions.append(Decided.of(judged, units, unfilled))

    def heard(self, opinion: Opinion | None) -> None:
        """What was said of one candidate; None where nobody was asked."""
        if opinion is None:
            return
        self.opinions.add(opinion)
        if opinion.missed:
            self.counts[f"candidates that no recording answers, confidence assumed: {opinion.missed}"] += 1
