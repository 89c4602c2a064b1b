"""One fit for the node and for the approval's second look: the same limits, without the trade's own reservation."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tools.desk.entering import fit_entry
from tools.desk.kept import Weighed
from tools.domain.account import Reservation
from tools.domain.decision import DecisionRecord, FitResult

if TYPE_CHECKING:
    from pipeline.services import Services


def fit_candidate(
    record: DecisionRecord, services: Services, *, contracts: int | None = None
) -> tuple[FitResult, Reservation]:
    """Sizes the trade (or measures exactly `contracts`) against the account and everybody else's reservations."""
    return fit_against(weigh(record, services), record, services, contracts=contracts)


def weigh(record: DecisionRecord, services: Services) -> Weighed:
    """What the trade is held against now: the house, the account without its own reservation, the positions."""
    account = services.account(excluding=record.id)
    positions = services.read_positions(
        replace(account, reservations=()),
        services.snapshot,
        clock=services.books[record.candidate.book].clock,
        gap=services.house.profile.overnight,
    )
    return Weighed(services.house, account, positions)


def fit_against(
    against: Weighed, record: DecisionRecord, services: Services, *, contracts: int | None = None
) -> tuple[FitResult, Reservation]:
    """The fit of the trade into what was weighed."""
    fitted, reservation = fit_entry(
        record.candidate,
        book=services.books[record.candidate.book],
        house=against.house,
        account=against.account,
        snapshot=services.snapshot,
        analysis=record.analysis,
        contracts=contracts,
        positions=against.positions,
    )
    return fitted.record, reservation
