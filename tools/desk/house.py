"""What holds for every book of a desk: limits, weights of opinions, when a person is asked, what an order is."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from tools.approvals.policy import Thresholds
from tools.books.book import Book
from tools.domain.mode import Mode
from tools.domain.score import ScoreWeights
from tools.domain.value import Value
from tools.execution.gate import SendLimits
from tools.execution.price_walk import BUDGET
from tools.portfolio.allocation import OPEN, CapitalPlan
from tools.risk.profile import LimitProfile
from tools.screening.rules import Rule


class House(Value):
    """profile   the house limits that a book may replace
    weights      of quantitative, model and fit in the score
    thresholds   from which score a trade needs nobody, and from which a person is asked
    send         caps and collar of one order
    budget       how far an order may walk from the mid, as a share of the premium (spec K2)
    capital      which books may spend which share of NAV, and what is kept for whom (spec J)
    rollout      the part of its capital a book is let have by now, 0-1, by name; all of it where not named (H6),
                 nothing new at 0
    """

    mode: Mode = Mode.SIMULATED
    profile: LimitProfile = LimitProfile()
    weights: ScoreWeights = ScoreWeights()
    thresholds: Thresholds = Thresholds()
    send: SendLimits = SendLimits()
    budget: float = BUDGET
    capital: CapitalPlan = OPEN
    rollout: dict[str, Annotated[float, Field(ge=0, le=1)]] = Field(default_factory=dict)

    def thresholds_of(self, book: Book) -> Thresholds:
        """The book's own, else the house's."""
        own = book.approval
        return self.thresholds if own is None else Thresholds(automatic=own.automatic, human=own.human)

    def budget_of(self, book: Book | None) -> float:
        """How far the book's orders may walk from the mid: its own, else the house's."""
        own = None if book is None else book.limits.slippage
        return self.budget if own is None else own

    def limits_of(self, book: Book) -> LimitProfile:
        """The house's with the book's own; a sector cap for new trades holds for the sized trade too (D12)."""
        profile = self.profile.with_overrides(book.limits, book=book.name)
        cap = book.entry[Rule.SECTOR_AFTER_TRADE].threshold if Rule.SECTOR_AFTER_TRADE in book.entry else None
        if not isinstance(cap, float) or cap >= profile.sector:
            return profile
        tightened = {"sector": cap, "sector_uncorrelated": cap, "sources": profile.sources | {"F6": book.name}}
        return profile.model_copy(update=tightened)
