"""What the account holds, and what happened to it without an order, is told the same way at every broker."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from tests.tools.execution.contract.test_orders import put, spread
from tests.tools.execution.contract.venues import CASH, Venue
from tests.tools.ledger.specimens import leg
from tools.domain.activity import ActivityKind
from tools.domain.chain import new_york_date

LONG_AGO = date(2020, 1, 1)
PUT = leg(480).contract.occ


def held(venue: Venue) -> dict[str, int]:
    return {each.symbol: each.quantity for each in venue.reopen().positions()}


def test_an_account_begins_with_its_cash(venue: Venue) -> None:
    assert venue.broker.cash() == CASH
    assert venue.broker.positions() == ()
    assert venue.broker.orders() == ()
    assert venue.broker.activities(since=LONG_AGO) == ()


def test_it_says_whose_money_it_is(venue: Venue) -> None:
    account = venue.broker.account()
    assert account.number
    assert (account.mode, account.blocked) == (venue.mode, "")


def test_an_execution_moves_holdings_and_cash(venue: Venue) -> None:
    venue.fills_all()
    venue.broker.submit(put())
    assert held(venue) == {PUT: -5}
    fills = venue.broker.fills(put().client_order_id)
    paid = sum((-fill.quantity * fill.price * 100 - fill.commission for fill in fills), Decimal(0))
    assert venue.broker.cash() == CASH + paid
    assert sum((fill.commission for fill in fills), Decimal(0)) == 5 * venue.commission


def test_every_leg_is_held(venue: Venue) -> None:
    venue.fills_all()
    venue.broker.submit(spread())
    assert held(venue) == {PUT: -3, leg(470).contract.occ: 3}


def test_what_rests_moves_nothing(venue: Venue) -> None:
    venue.fills_none()
    venue.broker.submit(put())
    assert held(venue) == {}
    assert venue.broker.cash() == CASH


def test_an_assignment_and_its_delivery_are_one(venue: Venue) -> None:
    venue.hold(PUT, -2)
    venue.assign(PUT, 2, 480)
    (activity,) = venue.reopen().activities(since=LONG_AGO)
    assert (activity.kind, activity.symbol, activity.quantity) == (ActivityKind.ASSIGNED, PUT, 2)
    assert activity.delivered is not None
    assert (activity.delivered.symbol, activity.delivered.quantity) == ("SPY", 200)
    assert activity.delivered.price == 480
    assert activity.cash == -96_000
    assert held(venue) == {"SPY": 200}
    assert venue.broker.cash() == CASH - 96_000


def test_activities_are_told_from_a_day_on_and_again(venue: Venue) -> None:
    venue.hold(PUT, -2)
    venue.assign(PUT, 2, 480)
    (activity,) = venue.broker.activities(since=LONG_AGO)
    day = new_york_date(activity.at)
    assert venue.broker.activities(since=day) == (activity,)
    assert venue.reopen().activities(since=day) == (activity,)
    assert venue.broker.activities(since=day + timedelta(days=30)) == ()
