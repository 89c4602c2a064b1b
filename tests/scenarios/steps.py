"""What happens in a scenario: at the desk, in the market, at the venue, to the process."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from tests.scenarios.world import Step, World
from tests.tools.execution.doubles import Fault
from tests.tools.ledger.specimens import approval, candidate, gate, intent, leg, reservation, scan
from tools.calendar.sessions import NEW_YORK
from tools.domain.decision import Outcome
from tools.domain.errors import LedgerError
from tools.domain.halt import Halt, Strength
from tools.domain.order import OrderIntent, OrderStatus, Purpose, client_order_id
from tools.domain.structure import Leg

# at the desk


def promised(
    *, contracts: int = 4, strike: float = 480, floor: str = "2.45", root: str = "SPY", legs: tuple[Leg, ...] = ()
) -> Step:
    """A put sold by its score, or other legs: its order is written down and not sent yet."""
    unit = legs or (leg(strike, root=root),)

    def step(world: World) -> None:
        sold, order = _proposed(world, contracts=contracts, legs=unit, floor=floor)
        word = approval(order, by="score", at=world.now)
        world.ledger.settle(sold.id, gate(Outcome.APPROVED), intent=order, approval=word)

    return step


def waits(*, contracts: int = 4, minutes: float = 30) -> Step:
    """The same, but a person is asked."""

    def step(world: World) -> None:
        sold, _ = _proposed(world, contracts=contracts, legs=(leg(480),), floor="2.45")
        until = gate(Outcome.WAITING).model_copy(update={"deadline": world.now + timedelta(minutes=minutes)})
        world.ledger.settle(sold.id, until)

    return step


def _proposed(world: World, **fields: Any) -> tuple[Any, OrderIntent]:
    sold = candidate(*fields["legs"], as_of=world.now)
    world.ledger.propose(**scan(sold, key=sold.id) | {"as_of": world.now})
    world.ledger.reserve(reservation(sold.id, contracts=fields["contracts"]))
    order = intent(sold, quantity=fields["contracts"], floor_price=Decimal(fields["floor"]))
    world.order_id, world.decision_id, world.sold = order.client_order_id, sold.id, (sold, order)
    return sold, order


def says(person: str, verdict: str = "approved") -> Step:
    """A person answers; being late is kept as the run's failure."""

    def step(world: World) -> None:
        _, order = world.sold
        word = approval(order, by=person, at=world.now, verdict=verdict, reason="said")
        world.failure = None
        try:
            if verdict == "approved":
                world.ledger.approve(world.decision_id, word, order)
            else:
                world.ledger.reject(world.decision_id, word)
        except LedgerError as error:
            world.failure = error

    return step


def runs(world: World) -> None:
    """A run sees to the newest order of the decision."""
    order = world.ledger.intent(world.decision_id)
    if order is not None:
        world.order_id = order.client_order_id
        world.run(order)


def closes(*, contracts: int | None = None) -> Step:
    """What is held is to be bought back."""
    return _exit(Purpose.CLOSE, lambda sold: (Leg(contract=sold.legs[0].contract, quantity=1),), contracts)


def rolls(strike: float) -> Step:
    """What is held is to be bought back and sold again elsewhere, as one order."""
    return _exit(
        Purpose.ROLL, lambda sold: (Leg(contract=sold.legs[0].contract, quantity=1), leg(strike, -1)), None
    )


def _exit(purpose: Purpose, legs_of: Any, contracts: int | None) -> Step:
    def step(world: World) -> None:
        sold, entry = world.sold
        legs = legs_of(sold)
        before = world.ledger.intent(world.decision_id)
        assert before is not None
        revision = before.revision + 1
        order = intent(
            sold,
            quantity=contracts or entry.quantity,
            revision=revision,
            purpose=purpose,
            legs=legs,
            client_order_id=client_order_id(sold.id, legs, revision),
            limit_price=Decimal("-2.50"),
            floor_price=Decimal("-2.55"),
        )
        world.ledger.promise_exit(sold.id, {"kind": purpose.value}, order)

    return step


def stopped(strength: str) -> Step:
    def step(world: World) -> None:
        halt = Halt(strength=Strength(strength), by="Ada", reason="a drill", at=world.now)
        world.ledger.put_halt(halt, by="Ada", reason="a drill")

    return step


def resumed(world: World) -> None:
    world.ledger.put_halt(None, by="Grace", reason="over")


def expires_due(world: World) -> None:
    world.ledger.expire_due(world.now)


def allowed(**limits: Any) -> Step:
    """The gate's limits are these from now on."""

    def step(world: World) -> None:
        world.limits = world.limits.model_copy(update=limits)

    return step


# the clock and the market


def at(when: str) -> Step:
    """New York time."""

    def step(world: World) -> None:
        world.now = datetime.fromisoformat(when).replace(tzinfo=NEW_YORK)

    return step


def later(**how: float) -> Step:
    def step(world: World) -> None:
        world.now += timedelta(**how)

    return step


def quotes(bid: float, ask: float) -> Step:
    def step(world: World) -> None:
        world.quotes.credit = (bid, ask)

    return step


def no_quote(world: World) -> None:
    world.quotes.credit = None


def quoted(seconds_ago: float | None) -> Step:
    def step(world: World) -> None:
        world.quotes.age = seconds_ago

    return step


def halted(*symbols: str) -> Step:
    def step(world: World) -> None:
        world.quotes.stopped = frozenset(symbols)

    return step


# the venue


def on_pause(number: int, *happenings: Step) -> Step:
    """In the so-manieth pause of the next run."""

    def step(world: World) -> None:
        world.at_pause.setdefault(number, []).extend(happenings)

    return step


def fills(units: int, price: str | None = None) -> Step:
    return lambda world: world.venue.fill(world.order_id, units, None if price is None else Decimal(price))


def ends(status: str) -> Step:
    """The venue ends the order by itself."""
    return lambda world: world.venue.end(world.order_id, OrderStatus(status))


def takes_nothing_but(price: str) -> Step:
    """The venue fills the order whole when it rests at this limit, in whichever pause that is."""

    def happening(world: World) -> None:
        order = world.venue.find(world.order_id)
        if order is not None and not order.status.is_final and order.limit_price == Decimal(price):
            world.venue.fill(world.order_id, order.quantity - order.filled_quantity)

    def step(world: World) -> None:
        for number in range(1, 12):
            world.at_pause.setdefault(number, []).append(happening)

    return step


def account(**told: Any) -> Step:
    """From now on the broker tells this of the account."""

    def step(world: World) -> None:
        world.venue.told = world.venue.told.model_copy(update=told)

    return step


def fault(method: str, number: int, what: Fault) -> Step:
    return lambda world: world.fault(method, number, what)


def calm(world: World) -> None:
    world.broker.faults.clear()


def no_unique_ids(world: World) -> None:
    world.broker.enforces_unique_ids = False


def before(method: str, *happenings: Step, number: int = 1) -> Step:
    """Right before the venue gets this message something else happens there: a race."""

    def race(world: World) -> Fault:
        def late(call: Any) -> Any:
            for happening in happenings:
                happening(world)
            return call()

        return late

    return lambda world: world.fault(method, number, race(world))


# the process


def dies(call: str, *, number: int = 1, after: bool = False) -> Step:
    """The next run is killed right before or right after this call to the books or the broker."""

    def step(world: World) -> None:
        world.deadly = (call, number, after)

    return step
