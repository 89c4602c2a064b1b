"""Holdings that changed without an order: told only where one explanation fits."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from tests.tools.ledger.specimens import AS_OF, leg
from tools.domain.activity import ActivityKind
from tools.execution.ibkr.activities import derived
from tools.execution.ibkr.journal import Held, Seen

PUT, WING = leg(480).contract.occ, leg(470).contract.occ
AFTER = datetime(2026, 12, 19, 15, tzinfo=AS_OF.tzinfo)


def kinds(before: dict[str, int], now: dict[str, int], at: datetime) -> list[tuple[ActivityKind, str, int]]:
    def held(each: dict[str, int]) -> dict[str, Held]:
        return {symbol: Held(quantity, "SPY" if len(symbol) > 6 else "") for symbol, quantity in each.items()}

    _, found = derived(Seen(held(before), frozenset()), held(now), (), at=at)
    return [(each.kind, each.symbol, each.quantity) for each in found]


@pytest.mark.parametrize(
    ("before", "now", "at", "told"),
    [
        ({PUT: -2}, {"SPY": 200}, AS_OF, [(ActivityKind.ASSIGNED, PUT, 2)]),
        ({PUT: -5}, {PUT: -3, "SPY": 200}, AS_OF, [(ActivityKind.ASSIGNED, PUT, 2)]),
        ({PUT: 1, "SPY": 100}, {}, AS_OF, [(ActivityKind.EXERCISED, PUT, -1)]),
        ({PUT: -2}, {}, AFTER, [(ActivityKind.EXPIRED, PUT, 2)]),
        ({PUT: -2, WING: 2}, {"SPY": 200}, AFTER,
         [(ActivityKind.EXPIRED, WING, -2), (ActivityKind.ASSIGNED, PUT, 2)]),
        ({PUT: -2}, {}, AS_OF, []),  # gone before its end and no shares: somebody else did something
        ({PUT: -2}, {"SPY": 100}, AFTER, []),
        ({PUT: -2, WING: 2}, {}, AFTER, []),  # both worthless, or both exercised against each other
    ],
)  # fmt: skip
def test_what_one_explanation_fits(
    before: dict[str, int], now: dict[str, int], at: datetime, told: list[tuple[ActivityKind, str, int]]
) -> None:
    assert kinds(before, now, at) == told


def test_shares_that_come_later_are_waited_for() -> None:
    seen, found = derived(Seen({PUT: Held(-1, "SPY")}, frozenset()), {}, (), at=AS_OF)
    assert found == ()
    _, found = derived(seen, {"SPY": Held(100)}, (), at=AS_OF + timedelta(hours=1))
    assert [each.kind for each in found] == [ActivityKind.ASSIGNED]
