"""Verbs of a decision: why, approvals, approve, reject."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import typer

from pipeline import contract
from pipeline.cli import tables
from pipeline.cli.exits import Exit
from pipeline.cli.opening import open_home, print_json
from pipeline.home import Home
from pipeline.settings import Settings, user_name
from pipeline.wiring import Session, open_ledger, open_session
from tools.domain.decision import DecisionRecord, Outcome
from tools.domain.errors import AlreadyDecided, InputError, LedgerError, NotFound
from tools.domain.order import Order, OrderStatus


def why(option: Path | None, decision: str, *, as_json: bool) -> int:
    record = find_record(open_home(option)[0], decision)
    if as_json:
        print_json(
            {
                "schema": "thetagate.decision/1",
                **record.model_dump(mode="json"),
                "client_order_id": record.client_order_id,
            }
        )
        return Exit.OK
    from pipeline.cli.story import tell

    tables.console().print(tell(record))
    return Exit.OK


def find_record(home: Home, decision: str) -> DecisionRecord:
    """The record from the home's books, else from its last dry run."""
    missing: NotFound | None = None
    for books in (home, home.dry_run):
        if not books.is_initialised:
            continue
        with open_ledger(books) as ledger:
            try:
                return ledger.record(decision)
            except NotFound as error:
                missing = missing or error
    raise missing or NotFound(
        f"Nothing has run in {home.root} yet; start with `thetagate demo` or `thetagate run`."
    )


def approvals(option: Path | None, *, as_json: bool) -> int:
    home, settings = open_home(option)
    records: list[DecisionRecord] = []
    now = home.read_clock()
    if home.is_initialised and now is not None:
        with open_ledger(home) as ledger:
            ledger.expire_due(now)
            records = [ledger.record(row.id) for row in ledger.decisions() if row.outcome is Outcome.WAITING]
    if as_json:
        print_json(contract.approvals(records, now=now))
        return Exit.OK
    if not records:
        typer.echo("Nothing waits for you.")
        return Exit.OK
    from tools.approvals.card import card
    from tools.approvals.console import render

    for record in records:
        typer.echo(render(card(record, mode=settings.mode, now=home.clock())))
        typer.echo(f'  thetagate approve {record.id}   |   thetagate reject {record.id} --reason "…"\n')
    return Exit.OK


def approve(
    option: Path | None, decision: str, *, reason: str, override: bool, live: bool = False, as_json: bool
) -> int:
    from pipeline import deciding

    if override and not reason.strip():
        raise InputError("--override needs --reason: why the score is wrong stands in the record for good.")
    decide = deciding.override if override else deciding.approve

    return _decide(
        option,
        decision,
        live=live,
        as_json=as_json,
        act=lambda session, by: decide(session, decision, by=by, reason=reason),
    )


def reject(option: Path | None, decision: str, *, reason: str, as_json: bool) -> int:
    from pipeline.deciding import reject as decide

    return _decide(
        option,
        decision,
        live=True,  # it sends nothing
        as_json=as_json,
        act=lambda session, by: decide(session, decision, by=by, reason=reason),
    )


def _decide(
    option: Path | None, decision: str, *, live: bool, as_json: bool, act: Callable[[Session, str], DecisionRecord]
) -> int:
    from pipeline.deciding import Vetoed

    home, settings = open_home(option)
    with _session(home, settings, decision, live=live) as session:
        try:
            record = act(session, settings.approvals.approver or user_name())
        except (AlreadyDecided, Vetoed) as error:
            if as_json:
                print_json(contract.decision(session.services.ledger.record(decision)))
            typer.echo(f"thetagate: {error}", err=True)
            return Exit.REFUSED if isinstance(error, Vetoed) else Exit.FAILED
    if as_json:
        print_json(contract.decision(record))
    else:
        out = tables.console()
        out.print(tables.decisions_table([record], width=out.width))
    if record.outcome is Outcome.REFUSED:
        for each in record.reasons:
            typer.echo(f"thetagate: refused by {each.rule}: {each.text}", err=True)
        return Exit.REFUSED
    return _after_its_order(record.order)


def _after_its_order(order: Order | None) -> Exit:
    """An approval counts whatever the market makes of it; who gave it hears when nothing was sold."""
    if order is None or order.filled_quantity:
        return Exit.OK
    typer.echo(f"thetagate: the order was {order.status.value}: {order.text or 'no reason given'}", err=True)
    return Exit.BROKER_OR_DATA if order.status in {OrderStatus.REJECTED, OrderStatus.UNKNOWN} else Exit.OK


def _session(home: Home, settings: Settings, decision: str, *, live: bool) -> AbstractContextManager[Session]:
    market = home.read_market()
    if market is None or not home.is_initialised:
        if home.dry_run.is_initialised:
            raise LedgerError(f"{decision} comes from a dry run, which sends nothing; run again with --no-dry-run.")
        raise NotFound(f"Nothing has run in {home.root} yet; start with `thetagate demo` or `thetagate run`.")
    return open_session(home, settings, market, live=live)
