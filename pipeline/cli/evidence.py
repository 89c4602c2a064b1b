"""What can be checked from outside: the broker's own book, and our chain of events."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import typer

from pipeline.brokers import read_broker
from pipeline.cli import tables
from pipeline.cli.exits import Exit
from pipeline.cli.opening import open_home, print_json
from pipeline.home import Home
from pipeline.settings import Settings
from tools.domain.order import Order, OrderIntent

NOTHING = "The broker has no book yet: nothing was sent from {root}."


def orders(option: Path | None, *, as_json: bool) -> int:
    home, settings = open_home(option)
    broker = read_broker(home)
    told = () if broker is None else broker.orders()
    promised = _promised(home, settings, told)
    rows = [_order(order, promised.get(order.client_order_id)) for order in told]
    if as_json:
        print_json({"schema": "thetagate.broker.orders/1", "orders": rows})
        return Exit.OK
    if broker is None:
        typer.echo(NOTHING.format(root=home.root))
        return Exit.OK
    table = tables.plain_table("order", "decision", "legs", ">filled", ">limit", ">price", "status")
    for row in rows:
        table.add_row(
            row["client_order_id"],
            row["decision_id"] or "unknown to us",
            " ".join(f"{leg['quantity']:+d} {leg['symbol']}" for leg in row["legs"]),
            f"{row['filled_quantity']}/{row['quantity']}",
            _walk(row),
            "" if row["filled_price"] is None else f"{row['filled_price']:,.2f}",
            row["status"],
        )
    tables.console().print(table)
    return Exit.OK


def positions(option: Path | None, *, as_json: bool) -> int:
    home, _ = open_home(option)
    broker = read_broker(home)
    held = [] if broker is None else [(each.symbol, each.quantity) for each in broker.positions()]
    if as_json:
        rows = [{"symbol": symbol, "quantity": quantity} for symbol, quantity in held]
        print_json({"schema": "thetagate.broker.positions/1", "positions": rows})
        return Exit.OK
    if broker is None:
        typer.echo(NOTHING.format(root=home.root))
        return Exit.OK
    table = tables.plain_table("symbol", ">quantity")
    for symbol, quantity in held:
        table.add_row(symbol, f"{quantity:,}")
    tables.console().print(table)
    return Exit.OK


def cash(option: Path | None, *, as_json: bool) -> int:
    home, _ = open_home(option)
    broker = read_broker(home)
    balance = None if broker is None else float(broker.cash())
    if as_json:
        print_json({"schema": "thetagate.broker.cash/1", "cash": balance})
    else:
        typer.echo(NOTHING.format(root=home.root) if balance is None else f"{balance:,.2f}")
    return Exit.OK


def verify(option: Path | None, *, as_json: bool) -> int:
    from pipeline.wiring import open_ledger

    home, settings = open_home(option)
    events, head, problems = 0, None, list[str]()
    if home.is_initialised:
        with open_ledger(home, account=settings.account.name) as ledger:
            events, head = ledger.head()
            problems = ledger.verify()
    if as_json:
        print_json(
            {
                "schema": "thetagate.audit/1",
                "whole": not problems,
                "events": events,
                "head": head,
                "problems": problems,
            }
        )
    elif problems:
        typer.echo("\n".join(problems))
    else:
        typer.echo(f"The chain of {events:,} events is whole, and every row says what they say.")
    return Exit.FAILED if problems else Exit.OK


def reconcile(option: Path | None, *, as_json: bool) -> int:
    """Exit 5 where something differs that nobody can explain."""
    from pipeline.reconciling import of_home

    home, settings = open_home(option)
    known = of_home(home, settings)
    found = known or ()
    if as_json:
        rows = [{**each.model_dump(mode="json"), "explained": each.is_explained} for each in found]
        print_json({"schema": "thetagate.reconciliation/1", "differences": rows})
    elif known is None:
        typer.echo(NOTHING.format(root=home.root))
    elif not found:
        typer.echo("Our books and the broker's agree: orders, positions, cash.")
    else:
        table = tables.plain_table("difference", "of", "ours", "the broker's")
        for each in found:
            table.add_row(each.kind.value, each.subject, each.ours, each.theirs)
        tables.console().print(table)
    return Exit.OK if all(each.is_explained for each in found) else Exit.BROKER_OR_DATA


def account_for(option: Path | None, subject: str, *, by: str, reason: str, as_json: bool) -> int:
    from pipeline import reconciling

    home, settings = open_home(option)
    found = reconciling.account_for(home, settings, subject, by=by, reason=reason)
    if as_json:
        rows = [each.model_dump(mode="json") for each in found]
        print_json({"schema": "thetagate.reconciliation/1", "accounted_for": rows, "by": by, "reason": reason})
    else:
        for each in found:
            typer.echo(f"{by} answers for {each.text}: {reason}.")
    return Exit.OK


def _promised(home: Home, settings: Settings, told: tuple[Order, ...]) -> Mapping[str, OrderIntent]:
    """Our own promises by client order id: what the broker's orders were for."""
    if not told or not home.is_initialised:
        return {}
    from pipeline.wiring import open_ledger

    with open_ledger(home, account=settings.account.name) as ledger:
        return {intent.client_order_id: intent for intent in ledger.intents()}


def _order(order: Order, promised: OrderIntent | None) -> dict[str, Any]:
    return {
        "client_order_id": order.client_order_id,
        "decision_id": None if promised is None else promised.decision_id,
        "legs": [{"symbol": leg.contract.occ, "quantity": leg.quantity} for leg in order.legs],
        "status": order.status.value,
        "quantity": order.quantity,
        "filled_quantity": order.filled_quantity,
        "limit_price": float(order.limit_price),
        "filled_price": None if order.filled_price is None else float(order.filled_price),
        "replaced": [float(price) for price in order.replaced_prices],
    }


def _walk(row: Mapping[str, Any]) -> str:
    return " → ".join(f"{price:,.2f}" for price in (*row["replaced"], row["limit_price"]))
