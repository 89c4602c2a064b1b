"""The audit: the chain is whole, and every row says what its events say.

events ─→ chain holds? ─→ replayed into states, intents, orders, fills, cash, positions ─→ equal to the rows?
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, select

from tools.domain.activity import Booking
from tools.domain.decision import Approval, DecisionState, Gate
from tools.domain.holding import FLAT, Holding
from tools.domain.order import Fill, OrderIntent
from tools.ledger import chain, halts, offers, rollouts
from tools.ledger.chain import Event
from tools.ledger.positions import Opening, entered
from tools.ledger.schema import (
    accounts,
    approvals,
    bookings,
    cash_movements,
    decisions,
    fills,
    intents,
    orders,
    positions,
    reservations,
)


def verify(connection: Connection) -> list[str]:
    """Every problem in words; empty when the ledger can be trusted."""
    problems = chain.breaks(connection)
    if problems:
        return problems  # what is derived from a broken chain proves nothing
    events = list(chain.read(connection))
    return [
        *_differences("decision state", _states(connection), _replayed_states(events)),
        *_differences("approval", _approval_rows(connection), _bodies(events, "approval")),
        *_differences("intent", _column(connection, intents, "body"), _by(events, "intent", "client_order_id")),
        *_differences("intent state", _column(connection, intents, "state"), _replayed_intent_states(events)),
        *_differences("order", _column(connection, orders, "body"), _by(events, "order", "client_order_id")),
        *_differences("fill", _column(connection, fills, "body"), _by(events, "fill", "fill_id")),
        *_differences("activity", _booking_rows(connection), _bodies(events, "activity")),
        *_differences("reservation", _column(connection, reservations, "body"), _reserved(events)),
        *_differences(
            "rollout stage",
            rollouts.rows(connection),
            rollouts.told(event.data for event in events if event.kind == rollouts.KIND),
        ),
        *_differences(
            "halt", halts.rows(connection), halts.told(event.data for event in events if event.kind == halts.KIND)
        ),
        *_differences("offer", offers.rows(connection), offers.told(events)),
        *_account_differences(connection, events),
    ]


def _differences(noun: str, rows: Mapping[str, Any], told: Mapping[str, Any]) -> list[str]:
    problems = [f"{noun} {key} has a row but no event tells of it" for key in rows.keys() - told.keys()]
    problems += [f"{noun} {key} is told of by an event but its row is missing" for key in told.keys() - rows.keys()]
    problems += [
        f"{noun} {key} differs from what its events say"
        for key in rows.keys() & told.keys()
        if rows[key] != told[key]
    ]
    return sorted(problems)


def _column(connection: Connection, table: Any, name: str) -> dict[str, str]:
    """Primary key → one column."""
    key = next(iter(table.primary_key.columns))
    return {row[0]: row[1] for row in connection.execute(select(key, table.c[name]))}


def _by(events: list[Event], kind: str, field: str) -> dict[str, str]:
    """The latest body of a kind, by one of its own fields."""
    return {event.data[field]: event.body for event in events if event.kind == kind}


def _bodies(events: list[Event], kind: str) -> dict[str, str]:
    return {event.key: event.body for event in events if event.kind == kind}


def _approval_rows(connection: Connection) -> dict[str, str]:
    rows = connection.execute(select(approvals))
    return {f"{row.decision_id}/approval/{row.revision}/{row.person}": row.body for row in rows}


def _reserved(events: list[Event]) -> dict[str, str]:
    return {event.decision_id or "": event.body for event in events if event.kind == "reservation"}


def _states(connection: Connection) -> dict[str, str]:
    return _column(connection, decisions, "state")


def _replayed_states(events: list[Event]) -> dict[str, str]:
    states: dict[str, str] = {}
    for event in events:
        if event.decision_id is None:
            continue
        if event.kind == "candidate":
            states[event.decision_id] = DecisionState.PROPOSED.value
        elif event.kind == "gate":
            states[event.decision_id] = Gate.model_validate(event.data).outcome.value
        elif event.kind == "approval":
            states[event.decision_id] = Approval.model_validate(event.data).verdict
    return states


def _replayed_intent_states(events: list[Event]) -> dict[str, str]:
    states: dict[str, str] = {}
    for event in events:
        if event.kind == "intent":
            states[event.data["client_order_id"]] = "pending"
        elif event.kind == "intent_state":
            states[event.data["client_order_id"]] = event.data["state"]
    return states


def _account_differences(connection: Connection, events: list[Event]) -> list[str]:
    """Cash and positions, computed again from the openings and the fills, against the rows."""
    cash: dict[str, Decimal] = {}
    held: dict[str, Holding] = {}
    intended: dict[str, OrderIntent] = {}
    where = {row.fill_id: row for row in connection.execute(select(fills))}
    entered_at = {_booking_key(row): row.account for row in connection.execute(select(bookings))}
    for event in events:
        if event.kind == "opening":
            opening = Opening.model_validate(event.data)
            cash[opening.name] = opening.cash
            for first in opening.positions:
                average = None if first.average_price is None else Decimal(repr(first.average_price))
                held[f"{opening.name}/{first.book}/{first.symbol}"] = Holding(first.quantity, average)
        elif event.kind == "intent":
            intent = OrderIntent.model_validate(event.data)
            intended[intent.client_order_id] = intent
        elif event.kind == "fill" and event.data["fill_id"] in where:
            _replay_fill(Fill.model_validate(event.data), where, intended, cash, held)
        elif event.kind == "activity" and event.key in entered_at:
            _replay_booking(Booking.model_validate(event.data), entered_at[event.key], cash, held)
    return [
        *_differences("cash of account", _balances(connection), cash),
        *_differences("cash movements of account", _sums(connection), cash),
        *_differences(
            "position", _holdings(connection), {key: value for key, value in held.items() if value.quantity}
        ),
    ]


def _replay_fill(
    fill: Fill,
    where: Mapping[str, Any],
    intended: Mapping[str, OrderIntent],
    cash: dict[str, Decimal],
    held: dict[str, Holding],
) -> None:
    row = where[fill.fill_id]
    multipliers = {leg.contract.occ: leg.contract.multiplier for leg in intended[fill.client_order_id].legs}
    cash[row.account] -= fill.quantity * fill.price * multipliers.get(fill.symbol, 1) + fill.commission
    key = f"{row.account}/{row.book}/{fill.symbol}"
    held[key] = held.get(key, FLAT).after(fill.quantity, fill.price)


def _replay_booking(booking: Booking, account: str, cash: dict[str, Decimal], held: dict[str, Holding]) -> None:
    cash[account] += booking.cash
    changed = entered(booking, lambda book, symbol: held.get(f"{account}/{book}/{symbol}", FLAT))
    for (book, symbol), holding in changed.items():
        held[f"{account}/{book}/{symbol}"] = holding


def _booking_key(row: Any) -> str:
    return f"activity/{row.activity_id}/{row.line}"


def _booking_rows(connection: Connection) -> dict[str, str]:
    return {_booking_key(row): row.body for row in connection.execute(select(bookings))}


def _balances(connection: Connection) -> dict[str, Decimal]:
    return {name: Decimal(text) for name, text in _column(connection, accounts, "cash").items()}


def _sums(connection: Connection) -> dict[str, Decimal]:
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for row in connection.execute(select(cash_movements.c.account, cash_movements.c.amount)):
        sums[row.account] += Decimal(row.amount)
    return dict(sums)


def _holdings(connection: Connection) -> dict[str, Holding]:
    return {
        f"{row.account}/{row.book}/{row.symbol}": Holding(
            row.quantity, None if row.average_price is None else Decimal(row.average_price)
        )
        for row in connection.execute(select(positions))
    }
