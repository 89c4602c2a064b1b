"""One fit for the node and for the approval's second look: the same limits, without the trade's own reservation."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tools.desk.entering import fit_entry
from tools.domain.account import Reservation
from tools.domain.decision import DecisionRecord, FitResult

if TYPE_CHECKING:
    from pipeline.services import Services


def fit_candidate(
    record: DecisionRecord, services: Services, *, contracts: int | None = None
) -> tuple[FitResult, Reservation]:
    """Sizes the trade (or measures exactly `contracts`) against the account and everybody else's reservations."""
    book = services.books[record.candidate.book]
    account = services.account(excluding=record.id)
    fitted, reservation = fit_entry(
        record.candidate,
        book=book,
        house=services.house,
        account=account,
        snapshot=services.snapshot,
        analysis=record.analysis,
        contracts=contracts,
        positions=services.read_positions(
            replace(account, reservations=()),
            services.snapshot,
            clock=book.clock,
            gap=services.house.profile.overnight,
        ),
    )
    return fitted.record, reservation
