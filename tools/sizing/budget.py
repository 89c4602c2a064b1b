"""What one trade may take of the account besides the house limits: its confidence tier, free cash, free shares.

They are limits like the others and are judged by the same rule; securing a trade may use up all there is,
so none of them enters the fit score.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from tools.domain.account import Exposure
from tools.risk.case import Case
from tools.risk.limit import Bound, Limit, Reading, Unit
from tools.risk.profile import LimitProfile
from tools.sizing.rule import SizingRule
from tools.sizing.tiers import tier_fraction


def confidence_tier(rule: SizingRule, *, profile: LimitProfile, confidence: float | None) -> Limit:
    """F17: share of NAV as max loss by confidence (0-100, None where unknown), for books that size by it."""
    if confidence is None:
        fraction, because = math.nan, "confidence is unknown"
    else:
        fraction, because = tier_fraction(confidence, profile.tiers), f"confidence {confidence:.1f}"

    def read(case: Case) -> tuple[Reading, ...] | str:
        if not rule.by_confidence:
            return "the book sizes by collateral, F1 holds it"
        added = case.added(case.proposal.max_loss)
        return (Reading(before=0.0, after=added, added=added, missing=case.why("max_loss")),)

    return Limit(
        "F17",
        "size for its confidence",
        read,
        lambda _case: Bound(fraction, because=because),
        setting="risk.tiers",
        remedy="choose a smaller underlying or a narrower spread",
        scored=False,
    )


def book_capital(share: float, *, book: str, because: str = "the book's own share") -> Limit:
    """Collateral of all the book's open trades against the book's share of NAV (spec J)."""
    return pool_capital(
        share, rule="J", name=f"capital of {book}", holds=lambda row: row.book == book, because=because
    )


def pool_capital(share: float, *, rule: str, name: str, holds: Callable[[Exposure], bool], because: str) -> Limit:
    """Collateral of every open trade that `holds`, and of this one, against a share of NAV (spec J)."""

    return _pool("collateral", share, rule=rule, name=name, holds=holds, because=because)


def book_leverage(most: float, *, book: str) -> Limit:
    """Notional of all the book's open trades over NAV (spec B5)."""
    return _pool(
        "notional",
        most,
        rule="F15-book",
        name=f"leverage of {book}",
        holds=lambda row: row.book == book,
        because="the book's own cap",
    )


def _pool(
    amount: str, most: float, *, rule: str, name: str, holds: Callable[[Exposure], bool], because: str
) -> Limit:
    def read(case: Case) -> tuple[Reading, ...] | str:
        before = math.fsum(getattr(row, amount) for row in case.held if holds(row))
        added = getattr(case.proposal, amount)
        return (
            Reading(
                before=case.share(before),
                after=case.share(before + added),
                added=case.added(added),
                missing=case.why(amount),
            ),
        )

    return Limit(
        rule,
        name,
        read,
        lambda _case: Bound(most, because=because),
        remedy="wait until open trades of that share are closed",
        scored=False,
    )


def free_cash(*, required: float, free: float | None) -> Limit:
    """Cash that one contract takes against what secures nothing yet, both in account currency."""

    def read(case: Case) -> tuple[Reading, ...] | str:
        if required == 0:
            return "the trade takes no cash"
        taken = required * case.contracts
        return (Reading(before=0.0, after=taken, added=taken),)

    return Limit(
        "cash",
        "cash set aside",
        read,
        _available(free, "free cash is unknown"),
        unit=Unit.MONEY,
        remedy="free some cash first",
        scored=False,
    )


def free_shares(*, required: int, free: int | None) -> Limit:
    """Shares that one contract locks against those that cover no call and are not reserved."""

    def read(case: Case) -> tuple[Reading, ...] | str:
        if required == 0:
            return "the trade locks no shares"
        taken = float(required * case.contracts)
        return (Reading(before=0.0, after=taken, added=taken),)

    return Limit(
        "shares",
        "shares set aside",
        read,
        _available(free, "free shares are unknown"),
        unit=Unit.SHARES,
        remedy="the shares already cover other calls or are reserved",
        scored=False,
    )


def _available(free: float | None, unknown: str) -> Callable[[Case], Bound]:
    bound = Bound(math.nan, because=unknown) if free is None else Bound(float(free))
    return lambda _case: bound
