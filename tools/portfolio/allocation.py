"""Budgets: which books may spend which share of NAV, and what nothing else may spend (spec J).

    (book, underlying) → its budget, if the plan has one     → what it holds of it ≤ share
                       → outside of every guaranteed budget  → all that is outside ≤ 1 - Σ guaranteed shares

Spending is collateral at risk (decision D1), open reservations included. A guarantee holds whether its budget is
used today or not: what nobody may touch cannot be gone when its owner comes.
"""

from __future__ import annotations

import math
from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from tools.domain.account import Exposure
from tools.domain.candidate import Candidate
from tools.domain.value import Value
from tools.risk.limit import Limit
from tools.screening.impossible import Problem, refuse
from tools.sizing.budget import pool_capital

SLACK = 1e-9
BudgetName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=40)]


class Budget(Value):
    """A share of NAV and whose it is.

    share        0-1, collateral of all open trades it pays for
    books        who may spend it
    underlyings  on what; empty for whatever the books propose
    guaranteed   nothing that is paid from elsewhere may spend it, used or not
    """

    share: float = Field(gt=0, le=1)
    books: tuple[str, ...] = Field(min_length=1)
    underlyings: tuple[str, ...] = ()
    guaranteed: bool = False

    def pays(self, *, book: str, underlying: str) -> bool:
        return book in self.books and (not self.underlyings or underlying in self.underlyings)


class CapitalPlan(Value):
    """The budgets of a profile; without any, nothing is kept for anyone. Shares never sum above 1."""

    name: str = "open"
    title: str = ""
    budgets: dict[BudgetName, Budget] = Field(default_factory=dict)

    @property
    def guaranteed(self) -> float:
        """The share of NAV that is kept for its owners."""
        return math.fsum(each.share for each in self.budgets.values() if each.guaranteed)

    def budget_of(self, *, book: str, underlying: str) -> str | None:
        """The name of what pays, None where nothing is set aside for it."""
        paying = (name for name, each in self.budgets.items() if each.pays(book=book, underlying=underlying))
        return next(paying, None)

    def is_guaranteed(self, row: Exposure) -> bool:
        name = self.budget_of(book=row.book, underlying=row.underlying)
        return name is not None and self.budgets[name].guaranteed

    @model_validator(mode="after")
    def _possible(self) -> Self:
        problems = [*self._sum(), *self._twice()]
        if problems:
            refuse(type(self).__name__, problems)
        return self

    def _sum(self) -> list[Problem]:
        total = math.fsum(each.share for each in self.budgets.values())
        if total <= 1 + SLACK:
            return []
        return [(("budgets",), f"share out {100 * total:g} % of NAV; there is 100 %")]

    def _twice(self) -> list[Problem]:
        """Of two budgets that pay for the same trade nobody could tell which is spent."""
        names = list(self.budgets)
        return [
            (("budgets", later), f"and {earlier!r} both pay for {shared}")
            for place, later in enumerate(names)
            for earlier in names[:place]
            if (shared := _overlap(self.budgets[earlier], self.budgets[later]))
        ]


def _overlap(one: Budget, other: Budget) -> str:
    books = sorted(set(one.books) & set(other.books))
    if not books:
        return ""
    if not one.underlyings or not other.underlyings:
        return books[0]
    symbols = sorted(set(one.underlyings) & set(other.underlyings))
    return f"{books[0]} on {symbols[0]}" if symbols else ""


OPEN = CapitalPlan()


def capital_limits(candidate: Candidate, plan: CapitalPlan) -> tuple[Limit, ...]:
    """What the plan holds against a new trade: its own budget, and the guarantees of the others."""
    name = plan.budget_of(book=candidate.book, underlying=candidate.underlying)
    limits = []
    if name is not None:
        budget = plan.budgets[name]
        limits.append(
            pool_capital(
                budget.share,
                rule="J-budget",
                name=f"budget {name}",
                holds=lambda row: budget.pays(book=row.book, underlying=row.underlying),
                because=f"the {plan.name} plan's share",
            )
        )
    if plan.guaranteed and (name is None or not plan.budgets[name].guaranteed):
        kept = plan.guaranteed
        limits.append(
            pool_capital(
                max(0.0, 1 - kept),
                rule="J-guarantee",
                name="capital outside of the guarantee",
                holds=lambda row: not plan.is_guaranteed(row),
                because=f"the {plan.name} plan keeps {100 * kept:g} % for {_owners(plan)}",
            )
        )
    return tuple(limits)


def _owners(plan: CapitalPlan) -> str:
    return ", ".join(name for name, each in plan.budgets.items() if each.guaranteed)
