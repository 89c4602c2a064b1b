"""A split at every broker: told as what each holding became, or told by nobody and seen in the positions."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from tests.tools.execution.contract.venues import CASH, IbkrVenue, Venue
from tests.tools.ledger.specimens import leg
from tools.domain.activity import Activity, ActivityKind, Delivery
from tools.execution.clearing import moved

LONG_AGO = date(2020, 1, 1)
PUT = leg(480).contract.occ
TEN = "SPY261218P00048000"
ADJUSTED = "SPY1261218P00480000"

SHARES = ("SPY", 100, ("SPY", -100, "SPY", 1000))
CASES = {
    "shares, ten for one": SHARES,
    "shares, one for four": ("SPY", 100, ("SPY", -100, "SPY", 25)),
    "a put that was sold, ten for one": (PUT, -2, (PUT, 2, TEN, -20)),
    "a put that was bought, ten for one": (PUT, 3, (PUT, -3, TEN, 30)),
    "a put, three for two": (PUT, -2, (PUT, 2, ADJUSTED, -2)),
    "a put, after a special dividend of 15": (PUT, -2, (PUT, 2, "SPY261218P00465000", -2)),
}


def split(venue: Venue, symbol: str, quantity: int, became: tuple[str, int, str, int]) -> tuple[Activity, ...]:
    venue.hold(symbol, quantity)
    venue.restate(*became)
    return venue.reopen().activities(since=LONG_AGO)


@pytest.mark.parametrize(("symbol", "quantity", "became"), CASES.values(), ids=CASES.keys())
def test_the_new_holding_is_there_and_the_old_one_is_not(
    venue: Venue, symbol: str, quantity: int, became: tuple[str, int, str, int]
) -> None:
    split(venue, symbol, quantity, became)
    assert {each.symbol: each.quantity for each in venue.broker.positions()} == {became[2]: became[3]}
    assert venue.broker.cash() == CASH


@pytest.mark.parametrize(("symbol", "quantity", "became"), CASES.values(), ids=CASES.keys())
def test_who_tells_of_it_tells_all_of_it(
    venue: Venue, symbol: str, quantity: int, became: tuple[str, int, str, int]
) -> None:
    told = split(venue, symbol, quantity, became)
    if isinstance(venue, IbkrVenue):
        assert told == ()  # TWS tells no splits, and what is derived from positions must not guess at one
        return
    (activity,) = told
    assert (activity.kind, activity.symbol) == (ActivityKind.SPLIT, symbol)
    assert {key: n for key, n in moved(told).items() if n} == (
        {symbol: became[3] - quantity} if symbol == became[2] else {symbol: -quantity, became[2]: became[3]}
    )
    assert activity.delivered == (None if symbol == "SPY" else Delivery(symbol=became[2], quantity=became[3]))
    assert activity.cash == Decimal(0)


def test_shares_that_come_with_a_split_are_no_assignment(venue: Venue) -> None:
    """Three for one: 200 shares more and two puts gone, which is what an assignment would look like."""
    venue.hold("SPY", 100)
    venue.hold(PUT, -2)
    venue.restate("SPY", -100, "SPY", 300)
    venue.restate(PUT, 2, "SPY261218P00160000", -6)
    for _ in range(3):
        kinds = {each.kind for each in venue.reopen().activities(since=LONG_AGO)}
        assert kinds <= {ActivityKind.SPLIT}
