"""The verb `rollback`: plans the staged way out, shows how far it is, and closes a day of it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from pipeline import contract
from pipeline.cli import tables
from pipeline.cli.exits import Exit
from pipeline.cli.opening import open_home, print_json
from pipeline.home import Home
from pipeline.settings import Settings
from pipeline.sources import present
from tools.domain.errors import InputError
from tools.domain.halt import Strength

if TYPE_CHECKING:
    from pipeline.managing import Managed
    from tools.books.rollback import RollbackDay

SCHEMA = "thetagate.rollback/1"


def rollback(option: Path | None, *, confirm: int | None, by: str, reason: str, live: bool, as_json: bool) -> int:
    home, settings = open_home(option)
    if not by and not reason and confirm is None:
        return _show(home, settings, as_json=as_json)
    if not by.strip() or (confirm is None and not reason.strip()):
        raise InputError("A rollback is planned by a named person with a reason, and confirmed by a named person.")
    if confirm is None:
        return _plan(home, settings, by=by, reason=reason, live=live, as_json=as_json)
    return _confirm(home, settings, confirm, by=by, live=live, as_json=as_json)


def _plan(home: Home, settings: Settings, *, by: str, reason: str, live: bool, as_json: bool) -> int:
    """New trades stop before anything is planned."""
    from pipeline import halting, rolling_back
    from pipeline.wiring import open_session

    market = home.read_market()
    if market is None or not home.is_initialised:
        raise InputError("Nothing has run yet, so there is nothing to roll back.")
    halting.stop(home, settings, Strength.STOP_ENTRIES, by=by, reason=reason, now=present())
    with open_session(home, settings, market, live=live) as session:
        rolling_back.plan(session.services, by=by, reason=reason)
    return _show(home, settings, as_json=as_json)


def _confirm(home: Home, settings: Settings, number: int, *, by: str, live: bool, as_json: bool) -> int:
    from pipeline import rolling_back
    from pipeline.wiring import open_session

    market = home.read_market()
    if market is None or not home.is_initialised:
        raise InputError("Nothing has run yet, so there is nothing to roll back.")
    with open_session(home, settings, market, live=live) as session:
        managed = rolling_back.confirm(session, number, by=by)
    return _show(home, settings, managed=managed, as_json=as_json)


def _show(home: Home, settings: Settings, *, managed: tuple[Managed, ...] = (), as_json: bool) -> int:
    from pipeline.rolling_back import days_of
    from pipeline.wiring import open_ledger

    told = None
    if home.is_initialised:
        with open_ledger(home, account=settings.account.name) as ledger:
            told = ledger.rollback()
    days = () if told is None else days_of(told)
    confirmed: Mapping[int, str] = {} if told is None else told.confirmed
    if as_json:
        rows = [day.model_dump(mode="json") | {"confirmed_by": confirmed.get(day.number)} for day in days]
        why = None if told is None else {"by": told.body["by"], "reason": told.body["reason"]}
        trades = [contract.trade(each) for each in managed]
        print_json({"schema": SCHEMA, "plan": why, "days": rows, "trades": trades})
        return Exit.OK
    if told is None:
        typer.echo("Nobody has planned a rollback.")
        return Exit.OK
    _print(days, confirmed, told.body)
    if managed:
        tables.console().print(tables.trades_table(managed))
    return Exit.OK


def _print(days: tuple[RollbackDay, ...], confirmed: Mapping[int, str], body: Mapping[str, Any]) -> None:
    out = tables.console()
    out.print(f"Rollback planned by {body['by']}: {body['reason']}")
    table = tables.plain_table(
        "day", "from", "confirmed by", "trade", "book", ">contracts", ">then", ">cost to close"
    )
    for day in days:
        for place, item in enumerate(day.items):
            head = (
                (str(day.number), str(day.session), confirmed.get(day.number, "")) if place == 0 else ("", "", "")
            )
            cost = "unknown" if item.cost is None else tables.money(item.cost)
            table.add_row(*head, item.label, item.book, str(item.contracts), str(item.leaves), cost)
    out.print(table)
    due = next((day for day in days if day.number not in confirmed), None)
    if due is not None:
        out.print(f"Next: thetagate rollback --confirm {due.number} --by NAME    from {due.session} on")
