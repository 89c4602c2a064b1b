"""Whole contracts, rounded down, and what bound them.

room of each limit in contracts · the book's allocation · its maximum → the smallest → floor → at least one
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from tools.risk.case import Case
from tools.risk.judge import SLACK, room
from tools.risk.limit import Limit
from tools.sizing.rule import SizingRule


@dataclass(frozen=True, slots=True)
class Sizing:
    """At least one contract, and the constraint that allowed no more."""

    contracts: int
    binding: str


def size(limits: Iterable[Limit], *, case: Case, rule: SizingRule) -> Sizing:
    """The most contracts that no limit vetoes and the book asks for. `case` holds the proposal of one contract.

    Where not even one fits, or a measure is unknown, the size is one and the limits have the word; where
    nothing bounds it, one is enough.
    """
    rooms = [(limit.name, room(limit, case)) for limit in limits]
    if not rule.by_confidence:
        rooms.append(("the book's allocation", _allocation(case, rule)))
    if rule.max_contracts is not None:
        rooms.append(("the book's maximum", float(rule.max_contracts)))
    binding, smallest = min(rooms, key=lambda named: named[1])
    if math.isinf(smallest):
        return Sizing(contracts=1, binding="nothing, so one contract")
    return Sizing(contracts=max(1, math.floor(smallest + SLACK)), binding=binding)


def _allocation(case: Case, rule: SizingRule) -> float:
    """Contracts whose collateral makes up the book's allocation; 0 where that is unknown."""
    share = case.added(case.proposal.collateral)
    if share <= 0:
        return math.inf
    return 0.0 if math.isnan(share) else rule.allocation_at(case.vix) / share
