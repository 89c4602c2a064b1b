"""What happens to what is held without an order: at the bells of a market set by hand, or as a broker tells it."""

from __future__ import annotations

import sqlite3
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from tests.scenarios.world import Step, World
from tests.tools.ledger.specimens import intent
from tools.calendar.sessions import NEW_YORK
from tools.desk.trades import delivered_of, trade_of
from tools.domain.activity import Activity, ActivityKind, Delivery
from tools.domain.chain import SourceCounts
from tools.domain.contract import parse_occ
from tools.domain.fact import Fact
from tools.domain.market import Conditions, Snapshot
from tools.domain.order import Purpose, client_order_id
from tools.domain.structure import Leg
from tools.execution.clearing import Clearing
from tools.portfolio.fixings import ShareSplit


def _snapshot(world: World) -> Snapshot:
    nothing: Any = Fact.unknown("nobody looks")
    conditions = Conditions(vix=nothing, average_correlation=nothing, blackouts=nothing)
    return Snapshot(
        as_of=world.now, source="bells", simulated=True, embedded=False, chains={}, facts={},
        conditions=conditions, counts=SourceCounts(rows=0, used=0), fingerprint="",
    )  # fmt: skip


# what happens


def closes_at(**prices: float) -> Step:
    return lambda world: world.bells.closes.update(prices)


def opens_at(**prices: float) -> Step:
    """What the series of the morning settle at."""
    return lambda world: world.bells.openings.update(prices)


def goes_ex(symbol: str, day: str, cash: float) -> Step:
    return lambda world: world.bells.paid.update({(symbol, date.fromisoformat(day)): cash})


def splits(symbol: str, day: str, n: int, m: int = 1) -> Step:
    return lambda world: world.bells.ratios.update({symbol: ShareSplit(date.fromisoformat(day), n, m)})


def lives_until(when: str) -> Step:
    """Every bell up to then, New York time; and the next run enters what they brought."""

    def step(world: World) -> None:
        clearing = Clearing(world.bells, _snapshot(world))
        world.venue._clear(clearing)
        world.now = datetime.fromisoformat(when).replace(tzinfo=NEW_YORK)
        world.venue._clear(clearing)
        enters(world)

    return step


def tells(kind: str, symbol: str, quantity: int, *, skewed: float = 0.0, **fields: Any) -> Step:
    """The broker says that something happened, `skewed` seconds ahead of our clock."""

    def step(world: World) -> None:
        activity = Activity(
            activity_id=f"{kind}/{symbol}/{world.now:%Y%m%d%H%M}",
            kind=ActivityKind(kind),
            symbol=symbol,
            quantity=quantity,
            at=world.now + timedelta(seconds=skewed),
            **fields,
        )
        with sqlite3.connect(world.venue.path) as connection:
            connection.execute(
                "INSERT INTO activities (activity_id, body) VALUES (?, ?)",
                (activity.activity_id, activity.model_dump_json()),
            )

    return step


def is_assigned(symbol: str, contracts: int, *, skewed: float = 0.0) -> Step:
    """Of options that were sold, some are exercised by their holders."""
    root, _, right, strike = parse_occ(symbol)
    shares, price = -right.sign * 100 * contracts, Decimal(str(strike))
    got = Delivery(symbol=root, quantity=shares, price=price)
    return tells("assigned", symbol, contracts, skewed=skewed, delivered=got, cash=-shares * price)


def enters(world: World) -> None:
    """What a run does first with what the broker tells."""
    for activity in world.venue.activities(since=world.ledger.settled_since()):
        world.ledger.record_activity(activity, keeps=lambda book: False)


def sells_what_was_delivered(price: str) -> Step:
    """The shares that nobody chose to hold are sold (or bought back) at this price."""

    def step(world: World) -> None:
        shares = delivered_of(world.ledger.record(world.decision_id))
        assert shares is not None
        before = world.ledger.intent(world.decision_id)
        assert before is not None
        legs = tuple(Leg(contract=each.contract, quantity=-each.quantity) for each in shares.legs)
        credit = -legs[0].quantity * Decimal(price)
        order = intent(
            world.sold[0],
            quantity=shares.contracts,
            revision=before.revision + 1,
            purpose=Purpose.CLOSE,
            legs=legs,
            client_order_id=client_order_id(world.decision_id, legs, before.revision + 1),
            limit_price=credit,
            floor_price=credit - Decimal("0.05"),
            multiplier=1,
        )
        world.ledger.promise_exit(world.decision_id, {"kind": "close"}, order)

    return step


# what must be so


def has(symbol: str, count: int) -> Step:
    """Of all books together."""

    def step(world: World) -> None:
        held = [each.quantity for each in world.ledger.account().positions if each.symbol == symbol]
        assert sum(held) == count

    return step


def trade(*legs: tuple[int, str], contracts: int, broken: bool = False) -> Step:
    """It goes on with these legs of one unit."""

    def step(world: World) -> None:
        found = trade_of(world.ledger.record(world.decision_id))
        assert found is not None
        assert [(each.quantity, each.contract.occ) for each in found.legs] == list(legs)
        assert (found.contracts, found.broken) == (contracts, broken)

    return step


def over(world: World) -> None:
    assert trade_of(world.ledger.record(world.decision_id)) is None
    assert world.ledger.open_decisions() == ()


def delivered(shares: int) -> Step:
    """Nothing is left of the trade but shares, which the decision still answers for."""

    def step(world: World) -> None:
        found = delivered_of(world.ledger.record(world.decision_id))
        assert found is not None
        assert found.contracts * found.legs[0].quantity == shares
        assert world.ledger.open_decisions() == (world.decision_id,)

    return step


def happened(*kinds: str) -> Step:
    """In the record of the decision, in this order."""

    def step(world: World) -> None:
        told = [each.activity.kind.value for each in world.ledger.record(world.decision_id).settlements]
        assert told == list(kinds)

    return step


def stamped(when: str) -> Step:
    """The last activity took effect then, New York time."""

    def step(world: World) -> None:
        last = world.ledger.record(world.decision_id).settlements[-1].activity.at
        assert f"{last.astimezone(NEW_YORK):%Y-%m-%d %H:%M}" == when

    return step
