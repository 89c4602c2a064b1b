"""The open trades of a run, and how executions and settlements change them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from tools.backtest.fills import Execution
from tools.backtest.journal import Ended, Journal
from tools.backtest.settling import Settling
from tools.books.manage import Roll
from tools.desk import trades
from tools.domain.candidate import Candidate
from tools.domain.chain import new_york_date
from tools.domain.decision import Gate
from tools.domain.market import Snapshot
from tools.domain.score import FilterState
from tools.domain.structure import Leg
from tools.domain.trade import Trade
from tools.portfolio import settlement
from tools.portfolio.accounting import Books
from tools.portfolio.quoting import marks
from tools.portfolio.split import Split
from tools.screening.rules import Rule


@dataclass(slots=True)
class _Story:
    """What a trade's line will say when it is over. `contracts` is what was opened."""

    label: str
    contracts: int
    credit: float
    why: str


TELLING = frozenset(
    {
        Rule.IV_RANK,
        Rule.IV_PERCENTILE,
        Rule.DIRECTION,
        Rule.DAY_MOVE,
        Rule.PREMIUM_YIELD,
        Rule.PREMIUM_TO_TARGET,
        Rule.CREDIT_TO_WIDTH,
        Rule.DELTA,
    }
)
"""What the screen said of an entry that a reader of a trade wants to know."""


@dataclass(slots=True)
class Blotter:
    """`open` by the decision that opened it."""

    books: Books
    settling: Settling
    journal: Journal
    open: dict[str, Trade] = field(default_factory=dict)
    _stories: dict[str, _Story] = field(default_factory=dict)
    _risk: dict[date, float] = field(default_factory=dict)

    @property
    def symbols(self) -> set[str]:
        """Everything held."""
        return {line.symbol for line in self.books.lines()}

    def risk_opened(self, day: date) -> float:
        """Σ largest loss of what was filled on this day (limit F14)."""
        return self._risk.get(day, 0.0)

    def opened(self, candidate: Candidate, done: Execution, snapshot: Snapshot, *, risk: float, why: Gate) -> None:
        """A filled entry. `risk` is its largest loss, account currency."""
        self.enter(candidate.id, candidate.book, candidate.legs, done)
        vix = snapshot.conditions.vix
        trade = trades.opened(
            candidate,
            done.fills,
            decision_id=candidate.id,
            units=done.units,
            vix=None if vix.is_unknown else vix.value,
        )
        self.open[trade.id] = trade
        self._stories[trade.id] = _Story(candidate.label, done.units, trade.credit, _entry(candidate, why))
        day = new_york_date(snapshot.as_of)
        self._risk[day] = self._risk.get(day, 0.0) + risk
        self._mark(candidate.legs, snapshot)

    def closed(self, trade: Trade, done: Execution, at: datetime, *, why: str) -> None:
        """A filled exit of all or of some units."""
        self.enter(trade.id, trade.book, trade.legs, done)
        left = trades.reduced(trade, done.units)
        if left is None:
            self._over(trade, at, debit=-float(done.net), why=why)
        else:
            self.open[trade.id] = left

    def rolled(self, action: Roll, done: Execution, snapshot: Snapshot) -> None:
        """A roll of the whole trade: rolls are done whole or not at all."""
        trade, legs = action.trade, action.proposal.legs
        self.enter(trade.id, trade.book, (*trade.legs, *legs), done)
        self.open[trade.id] = trades.moved(action, done.fills, entry=trades.marks_of_roll(action, snapshot))
        self._mark(legs, snapshot)

    def ended(self, settled: Iterable[settlement.Ended], at: datetime) -> None:
        """Legs that expired or were assigned: a trade without legs is over, one that lost some keeps the others."""
        by_trade: dict[str, list[settlement.Ended]] = {}
        for each in settled:
            by_trade.setdefault(each.line.trade, []).append(each)
        for key, ends in by_trade.items():
            trade = self.open.get(key)
            if trade is None:
                continue
            left = trades.settled(trade, {each.line.symbol: -each.line.quantity for each in ends})
            if left is not None:
                self.journal.counts["trades that lost a leg to assignment or expiry"] += 1
                self.open[key] = left
                continue
            value = sum((-each.line.quantity * each.value for each in ends), Decimal(0)) / trade.contracts
            how = sorted({each.end.value for each in ends})
            self._over(trade, at, debit=float(value), why=", ".join(how))

    def restated(self, underlying: str, found: Split, *, marks: Mapping[str, float], at: datetime) -> None:
        """After a split: trades on their new legs; what the exchange adjusted, or left without a share, is over."""
        held = {(line.trade, line.symbol): line.quantity for line in self.books.lines()}
        for trade in [each for each in self.open.values() if each.underlying == underlying]:
            first = trade.legs[0]
            left = held.get((trade.id, found.renamed.get(first.contract.occ, "")), 0)
            if not left:
                paid = sum(-leg.quantity * marks[leg.contract.occ] for leg in trade.legs)
                self._over(trade, at, debit=paid, why=f"adjusted by a {found.n}-for-{found.m} split")
                continue
            ratio = found.m / found.n
            story = self._stories[trade.id]
            story.contracts, story.credit = round(story.contracts / ratio), story.credit * ratio
            spot = trade.entry.spot
            self.open[trade.id] = trade.model_copy(
                update={
                    "legs": tuple(_restated(leg, found) for leg in trade.legs),
                    "contracts": left // first.quantity,
                    "credit": trade.credit * ratio,
                    "carried": trade.carried * ratio,
                    "entry": trade.entry.model_copy(update={"spot": None if spot is None else spot * ratio}),
                }
            )

    def enter(self, trade: str, book: str, legs: Iterable[Leg], done: Execution) -> None:
        self.settling.learn(leg.contract for leg in legs)
        contracts = self.settling.contracts
        for fill in done.fills:
            multiplier = contracts[fill.symbol].multiplier if fill.symbol in contracts else 1
            self.books.fill(fill, book=book, multiplier=multiplier, trade=trade)

    def _mark(self, legs: Iterable[Leg], snapshot: Snapshot) -> None:
        self.books.mark(marks(snapshot, (leg.contract.occ for leg in legs)))

    def _over(self, trade: Trade, at: datetime, *, debit: float, why: str) -> None:
        story = self._stories.pop(trade.id)
        del self.open[trade.id]
        pnl = self.books.trade(trade.book, trade.id).pnl
        self.journal.trades.append(
            Ended(
                id=trade.id,
                book=trade.book,
                underlying=trade.underlying,
                structure=trade.structure,
                label=story.label,
                contracts=story.contracts,
                opened_at=trade.opened_at,
                closed_at=at,
                credit=trade.credit + trade.carried,
                debit=debit,
                premium=story.credit * story.contracts * trade.multiplier,
                pnl=Decimal(0) if pnl is None else pnl,
                rolls=trade.rolls,
                entry=story.why,
                exit=why,
                multiplier=trade.multiplier,
            )
        )


def _restated(leg: Leg, found: Split) -> Leg:
    """A share stays the share that it was."""
    new = found.contracts.get(found.renamed[leg.contract.occ])
    return leg if new is None else Leg(contract=new, quantity=leg.quantity)


def _entry(candidate: Candidate, why: Gate) -> str:
    """Why it was let through, and what the screen saw."""
    seen = (each.text for each in candidate.filters if each.rule in TELLING and each.state is FilterState.PASS)
    return "; ".join((*(reason.text for reason in why.reasons), *seen))
