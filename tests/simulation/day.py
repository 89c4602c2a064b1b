"""One day: actions drawn from a seed, each run again until it gets through, then a calm evening and the questions.

propose → approve | reject | expire → execute → close | roll        kill switch, waiting, several processes
   ✗         ✗                          ✗✗✗        ✗✗✗              ✗ the process dies, the next one goes on
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy import event

from tests.simulation.exchange import Witness
from tests.simulation.market import Clock, Market
from tests.simulation.weather import Chances, Crash, Mortal, Trace, Weather
from tests.tools.execution.asking import ask
from tests.tools.execution.doubles import FaultyBroker
from tests.tools.ledger.specimens import approval, candidate, gate, leg, opening, reservation, scan
from tools.domain.candidate import Candidate
from tools.domain.decision import Outcome, Reason
from tools.domain.errors import AlreadyDecided, BrokerError
from tools.domain.halt import Halt, Strength
from tools.domain.order import IntentState, OrderIntent, Purpose, client_order_id
from tools.domain.structure import Leg
from tools.execution.executor import execute
from tools.execution.fill_model import FillModel
from tools.execution.gate import SendLimits
from tools.execution.messages import MessageLog
from tools.execution.price_walk import bounds
from tools.ledger.store import Ledger

LIMITS = SendLimits(max_messages=5, max_notional_entered=Decimal(1_000_000))
TICK = Decimal("0.01")
TRIES = 50
"""Runs of one action before the day is given up: with the chances used here nobody gets near."""


@dataclass
class World:
    """All that outlives a process, and the process that runs now."""

    home: Path
    seed: int
    dice: Random
    clock: Clock
    market: Market
    weather: Weather
    trace: Trace
    exchange: Witness
    broker: FaultyBroker
    ledger: Any = None
    messages: MessageLog | None = None
    plan: dict[int, Any] = field(default_factory=dict)

    def start(self) -> None:
        """A process begins, and sees to what the one before it has promised."""
        if self.ledger is not None:
            self.books.close()
        ledger = Ledger.open(f"sqlite:///{self.home / 'ledger.sqlite'}", now=self.clock)
        event.listen(ledger.database.engine, "connect", lambda raw, _: raw.execute("PRAGMA synchronous=OFF"))
        ledger.database.engine.dispose()  # no power is cut here, processes alone die
        self.ledger = Mortal(ledger, self.weather, self.trace, self.clock)
        self.messages = MessageLog(
            self.home / "messages.log", window=timedelta(seconds=LIMITS.message_seconds), now=self.clock
        )

    @property
    def books(self) -> Ledger:
        """The ledger of the present process, asked from outside: nothing dies of it."""
        found: Ledger = self.ledger._inner
        return found

    def standing(self) -> Halt | None:
        """What a person has stopped, as it is and not as anybody believes it to be."""
        return self.books.halt()

    def close(self) -> None:
        self.books.close()
        self.exchange.close()

    def run(self, act: Callable[[World], None]) -> None:
        """An action, through deaths and failures, until it has gone through."""
        for _ in range(TRIES):
            try:
                return act(self)
            except Crash:
                self.clock.on(self.dice.uniform(1, 40))
                self.start()
            except BrokerError as error:
                self.trace.tell("given up", type(error).__name__)
                self.clock.on(self.dice.uniform(5, 60))
        raise AssertionError(f"seed {self.seed}: {act} did not get through in {TRIES} runs")

    def execute(self, promised: OrderIntent) -> None:
        messages = self.messages
        assert messages is not None
        execute(
            promised,
            broker=Mortal(self.broker, self.weather, self.trace, self.clock),
            store=self.ledger,
            check=self.check,
            pause=self.clock.pause,
            note=messages.note,
            steps=6,
        )

    def check(self, promised: OrderIntent, price: Decimal) -> tuple[Reason, ...]:
        assert self.messages is not None
        return ask(
            promised,
            price,
            ledger=self.ledger,
            broker=self.broker,
            market=self.market,
            messages=self.messages,
            now=self.clock(),
            limits=LIMITS,
        )


# what a day is made of


def propose(number: int) -> Callable[[World], None]:
    """A trade is found, decided by its score or by a person, and ordered."""

    def act(world: World) -> None:
        found = world.plan[number]
        sold, promised, way, by = found["candidate"], found["intent"], found["way"], found["by"]
        world.ledger.propose(**scan(sold, key=f"scan-{number}") | {"as_of": sold.as_of})
        world.ledger.reserve(reservation(sold.id, contracts=promised.quantity))
        deadline = found["deadline"]
        if way == "score":
            word = approval(promised, by="score", at=world.clock())
            world.ledger.settle(sold.id, gate(Outcome.APPROVED), intent=promised, approval=word)
        else:
            world.ledger.settle(sold.id, gate(Outcome.WAITING).model_copy(update={"deadline": deadline}))
            _answer(world, sold.id, promised, way, by)
        _see_out(world, sold.id)

    return act


def _answer(world: World, decision_id: str, promised: OrderIntent, way: str, by: tuple[str, ...]) -> None:
    """Two people answer; whoever comes second is told so, in a run that is repeated the first one too."""
    for person in by:
        word = approval(promised, by=person, at=world.clock())
        try:
            if way == "reject":
                world.ledger.reject(decision_id, word.model_copy(update={"verdict": "rejected", "reason": "no"}))
            else:
                world.ledger.approve(decision_id, word, promised)
        except AlreadyDecided:
            world.trace.tell(person, "came late")
    world.ledger.expire_due(world.clock())


def _see_out(world: World, decision_id: str) -> None:
    promised = world.ledger.intent(decision_id)
    if promised is None:
        return
    if world.ledger.intent_state(promised.client_order_id) is not IntentState.DONE:
        world.execute(promised)
    world.ledger.finish(decision_id)


def end(number: int) -> Callable[[World], None]:
    """Some open trade is closed or rolled at equal count."""

    def act(world: World) -> None:
        chosen = world.plan[number]
        if "intent" not in chosen:
            open_trades = world.ledger.open_decisions()
            if not open_trades:
                return None
            wanted = open_trades[int(chosen["which"] * len(open_trades))]
            last = world.ledger.intent(wanted)
            if world.ledger.intent_state(last.client_order_id) is not IntentState.DONE:
                return world.execute(last)
            chosen["intent"] = _ending(world, wanted, last, chosen["purpose"])
        promised = chosen["intent"]
        last = world.ledger.intent(promised.decision_id)
        if last.revision < promised.revision:
            world.ledger.promise_exit(promised.decision_id, {"kind": promised.purpose.value}, promised)
        _see_out(world, promised.decision_id)
        return None

    return act


def _ending(world: World, decision_id: str, last: OrderIntent, purpose: Purpose) -> OrderIntent:
    """The order that buys back what is held of a decision, and for a roll sells as much one expiry step lower."""
    record = world.ledger.record(decision_id)
    held: dict[str, int] = {}
    contracts = {}
    for promised, fills in ((record.intent, record.fills), *((each.intent, each.fills) for each in record.endings)):
        contracts |= {each.contract.occ: each.contract for each in promised.legs}
        for each in fills:
            held[each.symbol] = held.get(each.symbol, 0) + each.quantity
    left = {symbol: count for symbol, count in sorted(held.items()) if count}
    units = min(abs(count) for count in left.values())
    legs = tuple(Leg(contract=contracts[symbol], quantity=-count // abs(count)) for symbol, count in left.items())
    if purpose is Purpose.ROLL:
        strike = min(each.contract.strike for each in legs) - 5
        legs = (*legs, *(leg(strike, -each.quantity) for each in legs[:1]))
    return _order(world, decision_id, legs, units, purpose=purpose, revision=last.revision + 1)


def _order(world: World, decision_id: str, legs: tuple[Leg, ...], units: int, **fields: Any) -> OrderIntent:
    limit, floor = bounds(world.market.mid(legs) or -0.01, tick=TICK, premium=2.5)
    return OrderIntent(
        client_order_id=client_order_id(decision_id, legs, fields.get("revision", 0)),
        decision_id=decision_id,
        legs=legs,
        quantity=units,
        limit_price=limit,
        floor_price=floor,
        tick=TICK,
        **fields,
    )


def stop(number: int) -> Callable[[World], None]:
    """Somebody stops the desk for a while; orders that are due then are refused."""

    def act(world: World) -> None:
        strength = world.plan[number]["strength"]
        halt = Halt(strength=strength, by="Ada", reason="a drill", at=world.clock())
        world.ledger.put_halt(halt, by="Ada", reason="a drill")

    return act


def resume(world: World) -> None:
    world.ledger.put_halt(None, by="Grace", reason="over")


# the day itself


def draw(world: World, number: int, kind: str) -> Callable[[World], None]:
    """An action with everything about it decided by the seed, so that running it again changes nothing."""
    dice, clock = world.dice, world.clock
    if kind == "open":
        legs = (leg(450 + number, -1), leg(440 + number, 1)) if dice.random() < 0.3 else (leg(450 + number),)
        cash = 1_000.0 if len(legs) > 1 else 48_000.0
        sold: Candidate = candidate(*legs, as_of=clock(), cash_required=cash)
        world.plan[number] = {
            "candidate": sold,
            "intent": _order(world, sold.id, legs, dice.randint(1, 6)),
            "way": dice.choice(("score", "score", "approve", "approve", "reject")),
            "by": tuple(dice.sample(("anna", "ben", "carl"), 2)),
            "deadline": clock() + timedelta(minutes=dice.choice((-1, 30, 30, 30))),
        }
        return propose(number)
    if kind in {"close", "roll"}:
        world.plan[number] = {"purpose": Purpose(kind), "which": dice.random()}
        return end(number)
    if kind == "stop":
        world.plan[number] = {"strength": dice.choice(tuple(Strength))}
        return stop(number)
    return resume


KINDS = (*["open"] * 6, *["close"] * 3, *["roll"] * 2, "stop", "resume", "resume")


def trade(home: Path, template: Path, seed: int, *, actions: int = 14) -> World:
    """A whole day in an empty folder. `template` is a ledger whose account is open."""
    dice = Random(seed)
    shutil.copy(template, home / "ledger.sqlite")
    clock = Clock(dice)
    market = Market(seed, clock)
    weather = Weather(dice, Chances(fault=dice.choice((0.0, 0.1, 0.3)), death=dice.choice((0.0, 0.005, 0.02))))
    exchange = Witness.open(
        home / "broker.sqlite",
        quote=market,
        now=clock,
        seed=seed,
        model=FillModel(at_mid=0.3, partial=0.6, rejection=0.03),
        cash=Decimal(str(opening().cash)),
        positions=opening().positions,
    )
    broker = FaultyBroker(exchange, weather, unique_ids=dice.random() < 0.8)  # type: ignore[arg-type]
    world = World(home, seed, dice, clock, market, weather, Trace(), exchange, broker)
    world.start()
    exchange.watch(clock, world.standing, most=LIMITS.max_messages)
    for number in range(actions):
        act = draw(world, number, dice.choice(KINDS) if number else "open")
        world.run(act)
        world.trace.tell(number, world.books.head())
        clock.on(dice.uniform(1, 40 * 60) if dice.random() < 0.5 else dice.uniform(1, 30))
    evening(world)
    return world


def evening(world: World) -> None:
    """The storm is over, the bell has rung, and the next process sees everything promised to its end."""
    world.weather.calm = True
    world.exchange.ring()
    world.start()
    for promised in world.ledger.unfinished_intents():
        world.run(lambda each, promised=promised: each.execute(promised))  # type: ignore[misc]
    for row in world.books.decisions():
        _see_out(world, row.id)
    world.trace.tell("head", world.books.head())
