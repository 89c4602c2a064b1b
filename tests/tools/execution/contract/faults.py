"""The fourteen faults of the order path, at a broker that has no wire: what each leaves of a call's answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.peers.faults import Fault
from tests.tools.execution.doubles import FaultyBroker, lost_after, lost_before, no_fills, nothing, raising
from tools.domain.errors import BrokerError, BrokerRejected
from tools.domain.order import OrderStatus
from tools.execution.simulated import SimulatedBroker

READS = frozenset({"find", "fills"})
Call = Callable[[], Any]


@dataclass
class Scripted:
    """Puts a fault into a broker's calls, and whatever follows from it later."""

    inner: SimulatedBroker
    order_id: str

    def broker(self, fault: Fault, call: str, *, at: int, times: int) -> FaultyBroker:
        self.faulty = FaultyBroker(self.inner)
        for number in range(at, at + times):
            self.faulty.faults[call, number] = self._fault(fault, call)
        return self.faulty

    def _fault(self, fault: Fault, call: str) -> Callable[[Call], Any]:
        reads = call in READS
        match fault:
            case Fault.CONNECT_TIMEOUT | Fault.RATE_LIMITED | Fault.FAILED_BEFORE:
                return raising(BrokerError("no answer")) if reads else lost_before
            case Fault.READ_TIMEOUT | Fault.FAILED_AFTER | Fault.DROPPED:
                return raising(BrokerError("no answer")) if reads else lost_after
            case Fault.TWICE:
                return lambda real: (real(), real())[1]
            case Fault.NOT_FOUND:
                return {"find": nothing, "fills": no_fills}.get(call, self._hidden)
            case Fault.REJECTED:
                return raising(BrokerError("403") if reads else BrokerRejected("403"))
            case Fault.SHUFFLED:
                return self._shuffled if call == "fills" else self._then(self._next_fills(self._shuffled))
            case Fault.PARTIAL:
                return self._then(lambda: self._execute(1))
            case Fault.CANCEL_RACE:
                return self._then(lambda: self._execute(100))
            case Fault.REPLACE_RACE:
                return self._then(lambda: self._execute(2))
            case Fault.LATE:
                return self._late

    def _hidden(self, real: Call) -> Any:
        """Taken without an answer, and the next look does not show it."""
        self.faulty.faults["find", self.faulty.asked("find") + 1] = nothing
        return lost_after(real)

    def _late(self, real: Call) -> Any:
        self._execute(100)
        for ahead in (1, 2):
            self.faulty.faults["fills", self.faulty.asked("fills") + ahead] = no_fills
        found = real()
        self._execute(100)
        return found

    def _shuffled(self, real: Call) -> Any:
        fills = real()
        return (*reversed(fills), *fills[:1])

    def _next_fills(self, fault: Callable[[Call], Any]) -> Callable[[], None]:
        def follow() -> None:
            for ahead in range(1, 6):
                self.faulty.faults["fills", self.faulty.asked("fills") + ahead] = fault

        return follow

    def _then(self, happens: Callable[[], None]) -> Callable[[Call], Any]:
        """Something happens right before a call, and right after a submit."""

        def fault(real: Call) -> Any:
            happens()
            found = real()
            happens()
            return found

        return fault

    def _execute(self, units: int) -> None:
        """The market comes to the order that rests."""
        with self.inner._transaction() as connection:
            ticket = self.inner._ticket(connection, self.order_id)
            if ticket is None or ticket.status.is_final:
                return
            left = ticket.intent.quantity - ticket.filled
            self.inner._execute(connection, ticket, min(units, left), ticket.prices[-1])
            done = OrderStatus.FILLED if units >= left else OrderStatus.PARTIALLY_FILLED
            self.inner._set_status(connection, self.order_id, done)
