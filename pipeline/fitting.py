"""One fit for the node and for the approval's second look: the same limits, without the trade's own reservation."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from tools.calendar.trading_time import Clock
from tools.domain.account import Reservation
from tools.domain.candidate import Candidate
from tools.domain.decision import DecisionRecord, FitResult
from tools.execution.gate import SendLimits, unit_notional
from tools.portfolio.fit import fit
from tools.portfolio.quoting import leg_set_greeks, quote, spread_of
from tools.screening.rules import Rule

if TYPE_CHECKING:
    from pipeline.services import Services
    from tools.books.book import Book
    from tools.domain.market import Snapshot
    from tools.risk.profile import LimitProfile
    from tools.sizing.rule import SizingRule


def fit_candidate(
    record: DecisionRecord, services: Services, *, contracts: int | None = None
) -> tuple[FitResult, Reservation]:
    """Sizes the trade (or measures exactly `contracts`) against the account and everybody else's reservations."""
    book = services.books[record.candidate.book]
    candidate = as_quoted(record.candidate, services.snapshot, clock=book.clock)
    account = services.ledger.account(excluding=record.id)
    profile = limits_of(book, services.settings.risk)
    return fit(
        candidate,
        account=account,
        snapshot=services.snapshot,
        clock=book.clock,
        profile=profile,
        sizing=sendable(book.sizing, candidate, services.settings.execution.max_contracts),
        quantitative=candidate.quantitative,
        model_confidence=record.analysis.confidence if record.analysis else None,
        weights=services.settings.score.weights,
        contracts=contracts,
        positions=services.read_positions(
            replace(account, reservations=()), services.snapshot, clock=book.clock, gap=profile.overnight
        ),
    )


def as_quoted(candidate: Candidate, snapshot: Snapshot, *, clock: Clock) -> Candidate:
    """The candidate as the market stands: its quote, spot, vol and Greeks; what is no longer quoted is unknown."""
    bid, ask = quote(snapshot, candidate.legs) or (math.nan, math.nan)
    if candidate.snapshot == snapshot.fingerprint and (bid, ask) == (candidate.bid, candidate.ask):
        return candidate
    chain = snapshot.chains.get(candidate.underlying)
    iv, greeks = leg_set_greeks(snapshot, candidate.legs, clock=clock)
    return candidate.model_copy(
        update={
            "bid": bid,
            "ask": ask,
            "spread": spread_of(snapshot, candidate.legs),
            "spot": math.nan if chain is None else chain.spot,
            "iv": iv,
            "greeks": greeks,
        }
    )


def limits_of(book: Book, house: LimitProfile) -> LimitProfile:
    """The house's limits with the book's own; a sector cap for new trades holds for the sized trade too (D12)."""
    profile = house.with_overrides(book.limits, book=book.name)
    cap = book.entry[Rule.SECTOR_AFTER_TRADE].threshold if Rule.SECTOR_AFTER_TRADE in book.entry else None
    if not isinstance(cap, float) or cap >= profile.sector:
        return profile
    tightened = {"sector": cap, "sector_uncorrelated": cap, "sources": profile.sources | {"F6": book.name}}
    return profile.model_copy(update=tightened)


def sendable(rule: SizingRule, candidate: Candidate, most: int) -> SizingRule:
    """The book's sizing within what one order may carry, so that no approved trade dies at the pre-trade gate."""
    carried = max(1, int(float(SendLimits(max_contracts=most).max_notional) // unit_notional(candidate.legs)))
    return rule.model_copy(update={"max_contracts": min(rule.max_contracts or most, most, carried)})
