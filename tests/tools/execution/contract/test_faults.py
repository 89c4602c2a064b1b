"""14 faults × 5 calls × every broker: after a run that a fault befell, and the runs after it, there is one order.

`execute` is called as often as a scheduler would, each time by a process that knows only the ledger and the broker.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from random import Random

import pytest

from tests.peers.alpaca_trading_server import TradingServer
from tests.peers.faults import CALLS, HASTY, PATIENT, Fault
from tests.peers.tws_server import TwsServer
from tests.tools.execution.contract.faults import Scripted
from tests.tools.execution.contract.venues import CASH, SimulatedVenue, connect, connect_tws, reconnect
from tests.tools.ledger.specimens import (
    AS_OF,
    approval,
    candidate,
    gate,
    intent,
    leg,
    opening,
    reservation,
    scan,
)
from tools.domain.decision import Outcome
from tools.domain.errors import BrokerError
from tools.domain.order import IntentState, OrderIntent, OrderStatus
from tools.execution.broker import Broker
from tools.execution.executor import execute
from tools.execution.ibkr.broker import IbkrBroker
from tools.execution.simulated import SimulatedBroker
from tools.ledger.store import Ledger

RUNS = 6
PUT = candidate(leg(480))
MARKETS = ("none", "some", "all")


@dataclass(frozen=True)
class Way:
    """One case: what goes wrong, where, and what the market does meanwhile."""

    fault: Fault
    call: str
    at: int
    times: int
    quantity: int
    market: str

    @property
    def intent(self) -> OrderIntent:
        return intent(PUT, quantity=self.quantity)


def way(fault: Fault, call: str, seed: int) -> Way:
    chance = Random(f"{fault} {call} {seed}")
    # An order that nobody takes is walked down and withdrawn: there every call is made, and more than once.
    market = "none" if call in {"replace", "cancel"} else chance.choice(MARKETS)
    once = call in {"submit", "cancel"}
    return Way(
        fault=fault,
        call=call,
        at=1 if once else chance.randint(1, 3),
        times=chance.randint(1, 2),
        quantity=chance.choice((1, 2, 5)),
        market=market,
    )


@dataclass(frozen=True)
class Stage:
    """A broker with its fault in place: opened for a run, and honest for the look afterwards."""

    open: Callable[[], Broker]
    honest: Broker
    calm: Callable[[], None] = lambda: None  # no more faults


@contextmanager
def simulated(case: Way, folder: Path) -> Iterator[Stage]:
    venue = SimulatedVenue(folder)
    {"none": venue.fills_none, "some": venue.fills_some, "all": venue.fills_all}[case.market]()
    inner = venue.reopen()
    assert isinstance(inner, SimulatedBroker)
    scripted = Scripted(inner, case.intent.client_order_id)
    broker = scripted.broker(case.fault, case.call, at=case.at, times=case.times)
    yield Stage(open=lambda: broker, honest=inner)
    venue.close()


@contextmanager
def alpaca(case: Way, _: Path) -> Iterator[Stage]:
    with TradingServer() as server:
        server.exchange.market(take={"none": 0, "some": 1, "all": -1}[case.market])
        server.will(case.fault, case.call, at=case.at, times=case.times)
        deadline = HASTY if case.fault is Fault.READ_TIMEOUT else PATIENT
        yield Stage(open=lambda: connect(server, adapter=server.adapter(deadline=deadline)), honest=connect(server))


@contextmanager
def ibkr(case: Way, folder: Path) -> Iterator[Stage]:
    opened: list[IbkrBroker] = []
    timeout = HASTY if case.fault is Fault.READ_TIMEOUT else PATIENT
    with TwsServer() as server:
        honest = connect_tws(server, folder)
        server.exchange.market(take={"none": 0, "some": 1, "all": -1}[case.market])
        server.will(case.fault, case.call, at=case.at, times=case.times)
        yield Stage(
            open=lambda: reconnect(server, folder, opened, timeout=timeout), honest=honest, calm=server.calm
        )
        for each in (*opened, honest):
            each.close()


STAGES = {"simulated": simulated, "alpaca": alpaca, "ibkr": ibkr}


@pytest.fixture(scope="module")
def waiting(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger in which one decision waits for its approval; copied, never used."""
    home = tmp_path_factory.mktemp("waiting")
    ledger = open_ledger(home)
    ledger.open_account(opening())
    ledger.propose(**scan(PUT))
    ledger.reserve(reservation(PUT.id))
    ledger.settle(PUT.id, gate(Outcome.WAITING))
    ledger.close()
    return home


def open_ledger(home: Path) -> Ledger:
    return Ledger.open(f"sqlite:///{home / 'ledger.sqlite'}", now=lambda: AS_OF)


def run_until_done(case: Way, stage: Stage, ledger: Ledger) -> None:
    """What a scheduler does: the same call again, as long as the intent is not seen to its end."""
    for _ in range(RUNS):
        try:
            execute(case.intent, broker=stage.open(), store=ledger, check=lambda *_: (), pause=lambda: None)
        except BrokerError:
            continue  # the next run looks again
        if ledger.intent_state(case.intent.client_order_id) is IntentState.DONE:
            return


def prove(case: Way, broker: str, waiting: Path, folder: Path) -> None:
    shutil.copytree(waiting, folder / "home")
    with STAGES[broker](case, folder) as stage:
        ledger = open_ledger(folder / "home")
        ledger.approve(PUT.id, approval(case.intent), case.intent)
        run_until_done(case, stage, ledger)
        stage.calm()
        agree(case, stage.honest, ledger)
        ledger.close()


def agree(case: Way, broker: Broker, ledger: Ledger) -> None:
    key = case.intent.client_order_id
    ours, theirs = ledger.order(key), broker.orders()
    assert ours is not None
    if ours.status is OrderStatus.UNKNOWN:  # left to a person: nothing is there, and nothing is sent again
        assert not broker.enforces_unique_ids
        assert theirs == ()
        assert ledger.intent_state(key) is IntentState.UNKNOWN
        return
    assert ours.status.is_final
    if ours.status is OrderStatus.REJECTED:
        assert theirs == ()
        return
    assert theirs == (ours,)
    told = broker.fills(key)
    assert ledger.fill_ids([key]) == {fill.fill_id for fill in told}
    assert set(ledger.record(PUT.id).fills) == set(told)
    filled = -sum(fill.quantity for fill in told)
    assert filled == ours.filled_quantity <= case.quantity
    assert sum(-each.quantity for each in broker.positions()) == filled
    paid = sum((-fill.quantity * fill.price * 100 - fill.commission for fill in told), Decimal(0))
    assert broker.cash() == CASH + paid
    assert ledger.intent_state(key) is IntentState.DONE
    assert ledger.unfinished_intents() == ()
    assert ledger.verify() == []


CASES = [(fault, call, broker) for fault in Fault for call in CALLS for broker in sorted(STAGES)]


def waits(fault: Fault, call: str, broker: str) -> bool:
    """All but a third at Interactive Brokers, whose answers are waited for: each fault and each call stays in."""
    return broker == "ibkr" and (list(Fault).index(fault) + CALLS.index(call)) % 3 != 0


def case_id(part: object) -> str:
    return str(part)


@pytest.mark.parametrize(("fault", "call", "broker"), [each for each in CASES if not waits(*each)], ids=case_id)
def test_one_order_whatever_goes_wrong(fault: Fault, call: str, broker: str, waiting: Path, tmp_path: Path) -> None:
    prove(way(fault, call, 0), broker, waiting, tmp_path)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(25))
@pytest.mark.parametrize(("fault", "call", "broker"), CASES, ids=case_id)
def test_one_order_whatever_goes_wrong_at_length(
    fault: Fault, call: str, broker: str, seed: int, waiting: Path, tmp_path: Path
) -> None:
    prove(way(fault, call, seed), broker, waiting, tmp_path)
