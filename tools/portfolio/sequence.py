"""The order of a day: who is served first while there is capital (spec J).

    open positions → options books → IV-driven options → momentum with what remains → reserve sweep
                   → treasury and REIT → delta rebalancing

The seed behind it ran options last and starved them. A book says in which step it stands; its rank orders books of
one step and never lifts one into an earlier step.
"""

from __future__ import annotations

from enum import StrEnum

from tools.domain.structure import StructureKind

Turn = tuple[int, int]
"""(place of the step, rank within it): sorts ascending."""


class Step(StrEnum):
    """The steps of a day in their order. No book stands in the first and the last: they serve what is open."""

    MANAGE = "manage"
    OPTIONS = "options"
    IV_OPTIONS = "iv_options"
    MOMENTUM = "momentum"
    SWEEP = "sweep"
    RESERVE = "reserve"
    REBALANCE = "rebalance"

    @property
    def place(self) -> int:
        return tuple(Step).index(self)


BETWEEN = frozenset(Step) - {Step.MANAGE, Step.REBALANCE}
"""Steps in which new trades are opened."""


def step_of(step: Step, structure: StructureKind) -> Step:
    """The step in which a book of `step` opens `structure`: condors wait for the IV-driven ones (spec J)."""
    condor = structure is StructureKind.IRON_CONDOR
    return max(step, Step.IV_OPTIONS, key=lambda each: each.place) if condor else step


def turn(step: Step, *, rank: int, structure: StructureKind | None = None) -> Turn:
    """When it is a book's turn; for its new trades by their structure, for its open ones without."""
    served = step if structure is None else step_of(step, structure)
    return served.place, rank
