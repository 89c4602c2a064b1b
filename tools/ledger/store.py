"""The ledger as its users see it: every method is one transaction, and every write may safely be repeated.

scan, propose → add_part, reserve → settle → approve | reject | expire_due
  → claim_intent, mark_intent, record_order, record_fill → finish → record_activity
                                                                         record, decisions, account, verify
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal
from typing import Any

from pydantic import BaseModel

from tools.domain.account import Account, Reservation
from tools.domain.chain import SourceCounts
from tools.domain.decision import Approval, DecisionRecord, DecisionState, FitResult, Gate
from tools.domain.errors import LedgerError
from tools.domain.halt import Halt
from tools.domain.order import Fill, IntentState, Order, OrderIntent
from tools.domain.score import ScoreBreakdown
from tools.ledger import (
    audit,
    chain,
    decisions,
    endings,
    halts,
    intents,
    positions,
    records,
    reservations,
    scans,
    settlement,
)
from tools.ledger.answered import Answered
from tools.ledger.database import Database
from tools.ledger.decisions import DecisionRow
from tools.ledger.measured import Measured
from tools.ledger.rollbacks import Rollbacks
from tools.ledger.scans import Proposal, RecordedScan
from tools.ledger.sending import Sending
from tools.ledger.settled import Settled
from tools.ledger.spending import Spending
from tools.ledger.vols import Vols

RUNNER_SECONDS = 10.0
"""How long a second runner waits for the first."""


class Ledger(Measured, Rollbacks, Settled, Answered):
    """One account's books. `now` is asked once per write. All errors are `LedgerError` or one of its kinds.

    vols     what its held legs were seen at
    sending  what the pre-trade gate asks and leaves
    spending what models cost
    """

    def __init__(self, database: Database, *, now: Callable[[], datetime], account: str) -> None:
        self.database = database
        self.account_name = account
        self.vols = Vols(database, account)
        self.sending = Sending(database, account, now)
        self.spending = Spending(database)
        self._now = now

    @classmethod
    def open(
        cls, url: str, *, now: Callable[[], datetime], account: str = "main", busy_seconds: float = 10.0
    ) -> Ledger:
        """Open, create or migrate the ledger at a SQLAlchemy URL; writers wait `busy_seconds` for each other."""
        return cls(Database.open(url, busy_seconds=busy_seconds), now=now, account=account)

    def close(self) -> None:
        self.database.close()

    @contextmanager
    def runner_lock(self, *, wait_seconds: float = RUNNER_SECONDS) -> Iterator[None]:
        """One runner at a time; `LedgerBusy` for a second one after its wait. A dead process holds nothing."""
        with self.database.exclusive("runner", doing="running on", wait_seconds=wait_seconds):
            yield

    # account

    def open_account(self, opening: Account) -> bool:
        """Begin the account: False when it had begun the same way, `LedgerError` when it had begun differently."""
        with self.database.write() as connection:
            return positions.open_account(connection, opening, at=self._now())

    def has_account(self) -> bool:
        with self.database.read() as connection:
            return positions.is_open(connection, self.account_name)

    def account(self, *, excluding: str | None = None) -> Account:
        """Cash, positions at their last marks, and every reservation but the one of decision `excluding`."""
        with self.database.read() as connection:
            return positions.account(connection, self.account_name, now=self._now(), excluding=excluding)

    def cash(self) -> Decimal:
        """Exact."""
        with self.database.read() as connection:
            return positions.cash(connection, self.account_name)

    def mark_prices(self, prices: Mapping[str, float]) -> None:
        """The last known price per share of each symbol."""
        with self.database.write() as connection:
            positions.mark_prices(connection, prices, at=self._now())

    # scans and records

    def scan(self, key: str) -> RecordedScan | None:
        with self.database.read() as connection:
            return scans.find(connection, key)

    def latest_scan(self) -> RecordedScan | None:
        with self.database.read() as connection:
            return scans.latest(connection)

    def propose(
        self,
        *,
        key: str,
        as_of: datetime,
        mode: str,
        market: Mapping[str, Any],
        counts: SourceCounts,
        rejected: Mapping[str, int],
        proposals: Sequence[Proposal],
    ) -> tuple[str, ...]:
        """Record a scan with its proposals, best first, and return its decision ids in that order.

        A key recorded before gives the recorded ids. A leg set that a decision of this instant already has is
        listed under `RecordedScan.taken` and not proposed again.
        """
        scan = RecordedScan(
            key=key,
            account=self.account_name,
            as_of=as_of,
            mode=mode,
            market=dict(market),
            counts=counts,
            rejected=dict(rejected),
        )
        with self.database.write() as connection:
            known = scans.find(connection, key)
            return (known or scans.record(connection, scan, proposals, at=self._now())).decision_ids

    def add_part(
        self, decision_id: str, kind: str, body: BaseModel | dict[str, Any], *, actor: str, revision: int = 0
    ) -> bool:
        """Write a part of the record once: False when the same is there, `LedgerError` when something else is."""
        with self.database.write() as connection:
            return records.add(connection, decision_id, kind, body, actor=actor, at=self._now(), revision=revision)

    def record(self, wanted: str) -> DecisionRecord:
        """The record of an id or of its unambiguous beginning; `NotFound` names the nearest ids."""
        with self.database.read() as connection:
            return records.assemble(connection, decisions.resolve(connection, wanted))

    def records(self, wanted: Iterable[str] | None = None) -> tuple[DecisionRecord, ...]:
        """The records of these ids, or of all decisions, the oldest snapshot first and then in rank order."""
        only = None if wanted is None else set(wanted)
        with self.database.read() as connection:
            rows = [row for row in decisions.find(connection) if only is None or row.id in only]
            rows.sort(key=lambda row: (row.as_of, row.rank, row.id))
            return records.assemble_all(connection, rows)

    def decision(self, wanted: str) -> DecisionRow:
        """The row of an id or of its unambiguous beginning."""
        with self.database.read() as connection:
            return decisions.resolve(connection, wanted)

    def decisions(
        self,
        *,
        states: Iterable[DecisionState] = (),
        scan: str | None = None,
        book: str | None = None,
        underlying: str | None = None,
        limit: int | None = None,
    ) -> tuple[DecisionRow, ...]:
        """Newest snapshot first, then in rank order."""
        with self.database.read() as connection:
            return decisions.find(
                connection, states=states, scan=scan, book=book, underlying=underlying, limit=limit
            )

    # reservations

    def reserve(
        self, reservation: Reservation, fit: FitResult | None = None, *, weighed: dict[str, Any] | None = None
    ) -> None:
        """Hold what the trade takes, together with the fit that sized it and what that was made from.

        What was released stays released, and what was edited since stays edited: a fit holds once.
        """
        with self.database.write() as connection:
            at = self._now()
            if fit is not None and not records.add(
                connection, reservation.decision_id, "fit", fit, actor="fit", at=at
            ):
                return
            if weighed is not None:
                records.add(connection, reservation.decision_id, "weighed", weighed, actor="fit", at=at)
            reservations.hold(connection, reservation, account=self.account_name, at=at)

    def reservations(self, *, excluding: str | None = None) -> tuple[Reservation, ...]:
        with self.database.read() as connection:
            return reservations.held(connection, account=self.account_name, excluding=excluding)

    def release(self, decision_id: str, why: str) -> bool:
        """False when nothing was held."""
        with self.database.write() as connection:
            return reservations.release(connection, decision_id, why=why, at=self._now())

    # deciding

    def settle(
        self,
        decision_id: str,
        gate: Gate,
        *,
        score: ScoreBreakdown | None = None,
        intent: OrderIntent | None = None,
        approval: Approval | None = None,
    ) -> DecisionState:
        """Apply the gate to a proposed decision; one settled before keeps its state, which is returned.

        Approved needs `approval` and `intent`: score, state, approval, intent and audit are one transaction.
        """
        with self.database.write() as connection:
            at = self._now()
            if score is not None:
                records.add(connection, decision_id, "score", score, actor="score", at=at)
            return settlement.settle(connection, decision_id, gate, intent=intent, approval=approval, at=at)

    def approve(self, decision_id: str, approval: Approval, intent: OrderIntent) -> None:
        """waiting → approved for exactly one caller; `AlreadyDecided` with the state for every other."""
        with self.database.write() as connection:
            state = settlement.approve(connection, decision_id, approval, intent, at=self._now())
        if state is not DecisionState.APPROVED:
            with self.database.read() as connection:
                raise decisions.already_decided(connection, decision_id)

    def override(self, decision_id: str, approval: Approval, intent: OrderIntent, reservation: Reservation) -> None:
        """refused → approved by a person with a reason; `AlreadyDecided` when it is not refused (any more)."""
        with self.database.write() as connection:
            settlement.override(connection, decision_id, approval, intent, reservation, at=self._now())

    def reject(self, decision_id: str, approval: Approval) -> None:
        """waiting → rejected; `AlreadyDecided` with the state when somebody was first."""
        with self.database.write() as connection:
            settlement.reject(connection, decision_id, approval, at=self._now())

    def refuse(self, decision_id: str, gate: Gate) -> None:
        """waiting → refused by a limit on the second look; `AlreadyDecided` when somebody was first."""
        with self.database.write() as connection:
            settlement.refuse(connection, decision_id, gate, at=self._now())

    def expire_due(self, now: datetime) -> tuple[str, ...]:
        """waiting → expired for every deadline that has come; the ids it ended."""
        with self.database.write() as connection:
            return settlement.expire_due(connection, now=now, at=self._now())

    # open trades

    def open_decisions(self) -> tuple[str, ...]:
        """Decisions whose fills leave something open, in the order of their first one."""
        with self.database.read() as connection:
            return endings.still_open(connection, self.account_name)

    def promise_exit(self, decision_id: str, action: Mapping[str, Any], intent: OrderIntent) -> None:
        """Write what is to be done with a trade and the order that does it, together.

        `LedgerError` while an order of the decision is not done, or for a revision that is not the next one.
        """
        with self.database.write() as connection:
            endings.promise(connection, decision_id, action, intent, at=self._now())

    # intents, orders, fills

    def intent(self, decision_id: str) -> OrderIntent | None:
        """The promised order of the newest revision, None while there is none."""
        with self.database.read() as connection:
            return intents.latest(connection, decision_id)

    def unfinished_intents(self) -> tuple[OrderIntent, ...]:
        """Promised orders that are not done, oldest first: what a start after a crash looks up."""
        with self.database.read() as connection:
            return intents.unfinished(connection)

    def intents(self) -> tuple[OrderIntent, ...]:
        """Every order that was ever promised, oldest first."""
        with self.database.read() as connection:
            return intents.every(connection)

    def intent_state(self, client_order_id: str) -> IntentState:
        with self.database.read() as connection:
            return intents.state(connection, client_order_id)

    def claim_intent(self, client_order_id: str) -> bool:
        """pending → sending; True for the one caller that may send without looking the order up first."""
        with self.database.write() as connection:
            return intents.claim(connection, client_order_id, at=self._now())

    def mark_intent(self, client_order_id: str, state: IntentState) -> None:
        with self.database.write() as connection:
            intents.mark(connection, client_order_id, state, at=self._now())

    def order(self, client_order_id: str) -> Order | None:
        """The broker's word as last recorded."""
        with self.database.read() as connection:
            return intents.find_order(connection, client_order_id)

    def orders(self) -> tuple[Order, ...]:
        """The broker's latest word on every order, as far as it is recorded."""
        with self.database.read() as connection:
            return intents.orders_told(connection)

    def fill_ids(self, client_order_ids: Iterable[str]) -> frozenset[str]:
        """The executions of these orders that are booked."""
        with self.database.read() as connection:
            return intents.fill_ids(connection, client_order_ids)

    def record_order(self, order: Order) -> bool:
        """Take the broker's word; False when it says nothing new or is older than what is recorded."""
        with self.database.write() as connection:
            return intents.record_order(connection, order, at=self._now())

    def record_fill(self, fill: Fill) -> bool:
        """Book an execution into cash and positions, once: False when its fill id was known."""
        with self.database.write() as connection:
            at = self._now()
            booked = intents.record_fill(connection, fill, account=self.account_name, at=at)
            if booked is None:
                return False
            book, multiplier = booked
            positions.book_fill(
                connection, fill, account=self.account_name, book=book, multiplier=multiplier, at=at
            )
            return True

    def finish(self, decision_id: str, *, prices: Mapping[str, float] | None = None) -> bool:
        """Release the reservation once the order is done; False while it is not, or when it was released.

        `prices` are marks of what it brought.
        """
        with self.database.write() as connection:
            positions.mark_prices(connection, prices or {}, at=self._now())
            intent = intents.latest(connection, decision_id)
            if intent is None or intents.state(connection, intent.client_order_id) is not IntentState.DONE:
                return False
            order = intents.find_order(connection, intent.client_order_id)
            why = "done" if order is None else f"order {order.status.value}"
            return reservations.release(connection, decision_id, why=why, at=self._now())

    def already_decided(self, decision_id: str) -> LedgerError:
        """The error for whoever comes second: who decided, how and when."""
        with self.database.read() as connection:
            return decisions.already_decided(connection, decision_id)

    # the kill switch

    def halt(self) -> Halt | None:
        """What a person has stopped, as far as the database knows."""
        with self.database.read() as connection:
            return halts.read(connection, self.account_name)

    def put_halt(self, halt: Halt | None, *, by: str, reason: str) -> bool:
        """Stop, or go on with None; False where that is how it stands."""
        with self.database.write() as connection:
            return halts.put(connection, self.account_name, halt, by=by, reason=reason, at=self._now())

    # evidence

    def head(self) -> tuple[int, str]:
        """How many events there are, and the hash that seals them all."""
        with self.database.read() as connection:
            return chain.head(connection)

    def verify(self) -> list[str]:
        """Every way in which the books contradict themselves, in words; empty when they can be trusted."""
        with self.database.read() as connection:
            return audit.verify(connection)
