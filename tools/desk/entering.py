"""How a candidate becomes a decision: what every caller of the one decision path does, in this order.

    candidate → missing data? → analysis → fit (size, limits, reservation) → score → gate
                    └ refused                                                 └ approved | waiting | refused

The graph's nodes call one step each and write it down; the engine calls all of them and moves on.
"""

from __future__ import annotations

import math
from datetime import datetime

from tools.approvals import policy
from tools.books.book import Book
from tools.calendar.trading_time import Clock
from tools.desk.house import House
from tools.desk.scan import ADJUSTED_BEFORE_EXPIRY
from tools.domain.account import Account, Reservation
from tools.domain.candidate import Candidate
from tools.domain.contract import ShareContract
from tools.domain.decision import FitResult, Gate, Outcome, Reason
from tools.domain.market import Snapshot
from tools.domain.rationale import Analysis
from tools.domain.score import ScoreBreakdown
from tools.domain.structure import StructureKind
from tools.execution.gate import unit_notional
from tools.portfolio.fit import Fitted, fit
from tools.portfolio.positions import Positions
from tools.portfolio.quoting import leg_set_greeks, quote, spread_of, written_on
from tools.scoring.blend import blend
from tools.sizing.rule import SizingRule


def fit_entry(
    candidate: Candidate,
    *,
    book: Book,
    house: House,
    account: Account,
    snapshot: Snapshot,
    analysis: Analysis | None,
    contracts: int | None = None,
    positions: Positions | None = None,
) -> tuple[Fitted, Reservation]:
    """Size the trade (or measure exactly `contracts`) against the account and everybody else's reservations.

    positions  `read_positions` of the same account and snapshot on the book's clock, to share between candidates
    """
    quoted = as_quoted(candidate, snapshot, clock=book.clock)
    return fit(
        quoted,
        account=account,
        snapshot=snapshot,
        clock=book.clock,
        profile=house.limits_of(book),
        sizing=sendable(book.sizing, quoted, house),
        quantitative=quoted.quantitative,
        model_confidence=None if analysis is None else analysis.confidence,
        weights=house.weights,
        contracts=contracts,
        positions=positions,
        capital=house.capital,
        rollout=house.rollout.get(book.name, 1.0),
    )


def refused_for_adjustment(candidate: Candidate, snapshot: Snapshot) -> Gate | None:
    """The refusal of a trade that lives to see its contracts adjusted (F16), announced since it was proposed."""
    day = snapshot.adjustments.get(candidate.underlying)
    options = [leg.contract for leg in candidate.legs if not isinstance(leg.contract, ShareContract)]
    if day is None or all(contract.expiry < day for contract in options):
        return None
    text = f"contracts of {candidate.underlying} are adjusted on {day}, before it expires"
    return Gate(outcome=Outcome.REFUSED, reasons=(Reason(rule=ADJUSTED_BEFORE_EXPIRY, text=text),))


def score_entry(
    candidate: Candidate,
    *,
    book: Book,
    house: House,
    analysis: Analysis | None,
    fitted: FitResult | Fitted | None,
    deadline: datetime,
) -> tuple[ScoreBreakdown, Gate]:
    """The three opinions as one number, and what limits and thresholds make of it."""
    score = blend(
        quantitative=candidate.quantitative,
        model=None if analysis is None else analysis.confidence,
        fit=None if fitted is None else fitted.score,
        weights=house.weights,
    )
    gate = policy.gate(
        score=score,
        fit=fitted,
        filters=candidate.filters,
        analysis=analysis,
        thresholds=house.thresholds_of(book),
        mode=house.mode,
        deadline=deadline,
    )
    return score, gate


def may_approve(candidate: Candidate, analysis: Analysis, *, book: Book, house: House) -> bool:
    """Whether an opinion could let the trade through by score, were its fit perfect: then a lower one matters."""
    if analysis.rationale is None or not analysis.grounded:
        return False
    best = blend(
        quantitative=candidate.quantitative, model=analysis.confidence, fit=10.0, weights=house.weights
    ).total
    return best is not None and best >= house.thresholds_of(book).automatic


def as_quoted(candidate: Candidate, snapshot: Snapshot, *, clock: Clock) -> Candidate:
    """The candidate as the market stands: its quote, spot, vol and Greeks; what is no longer quoted is unknown."""
    bid, ask = quote(snapshot, candidate.legs) or (math.nan, math.nan)
    if candidate.snapshot == snapshot.fingerprint and (bid, ask) == (candidate.bid, candidate.ask):
        return candidate
    chain = written_on(snapshot, candidate.legs[0].contract)
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


def sendable(rule: SizingRule, candidate: Candidate, house: House) -> SizingRule:
    """The book's sizing within what one order may carry, so that no approved trade dies at the pre-trade gate."""
    bought = candidate.structure is StructureKind.LONG_SHARES
    most = house.send.max_shares if bought else house.send.max_contracts
    unit = candidate.cash_required if bought else unit_notional(candidate.legs)
    carried = max(1, int(float(house.send.max_notional) // unit))
    return rule.model_copy(update={"max_contracts": min(rule.max_contracts or most, most, carried)})
