"""One fit for the node and for the approval's second look: the same limits, without the trade's own reservation."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tools.domain.account import Reservation
from tools.domain.decision import DecisionRecord, FitResult
from tools.portfolio.fit import fit

if TYPE_CHECKING:
    from pipeline.services import Services


def fit_candidate(
    record: DecisionRecord, services: Services, *, contracts: int | None = None
) -> tuple[FitResult, Reservation]:
    """Sizes the trade (or measures exactly `contracts`) against the account and everybody else's reservations."""
    candidate = record.candidate
    book = services.books[candidate.book]
    account = services.ledger.account(excluding=record.id)
    profile = services.settings.risk.with_overrides(book.limits, book=book.name)
    return fit(
        candidate,
        account=account,
        snapshot=services.snapshot,
        clock=book.clock,
        profile=profile,
        sizing=book.sizing,
        quantitative=candidate.quantitative,
        model_confidence=record.analysis.confidence if record.analysis else None,
        weights=services.settings.score.weights,
        contracts=contracts,
        positions=services.read_positions(
            replace(account, reservations=()), services.snapshot, clock=book.clock, gap=profile.overnight
        ),
    )
