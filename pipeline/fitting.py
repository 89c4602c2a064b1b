"""One fit for the node and for the approval's second look: the same limits, without the trade's own reservation."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

from tools.domain.account import Reservation
from tools.domain.decision import DecisionRecord, FitResult
from tools.portfolio.fit import fit
from tools.portfolio.positions import read_positions

if TYPE_CHECKING:
    from pipeline.services import Services

_read_once = lru_cache(maxsize=4)(read_positions)
"""Every fit changes the reservations and none the positions, so those are priced once."""


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
        positions=_read_once(
            replace(account, reservations=()), services.snapshot, clock=book.clock, gap=profile.overnight
        ),
    )
