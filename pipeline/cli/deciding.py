"""Verbs of a decision: why, approvals, approve, reject."""

from __future__ import annotations

from contextlib import AbstractContextManager
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import typer

from pipeline import contract
from pipeline.cli import tables
from pipeline.cli.exits import Exit
from pipeline.cli.opening import open_home, print_json
from pipeline.home import Home
from pipeline.settings import Settings
from pipeline.wiring import Session, open_ledger, open_session
from tools.approvals.answer import Answer, Word
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
    option: Path | None,
    decision: str,
    *,
    reason: str,
    override: bool,
    contracts: int | None,
    price: str | None,
    live: bool = False,
    as_json: bool,
) -> int:
    if override and not reason.strip():
        raise InputError("--override needs --reason: why the score is wrong stands in the record for good.")
    if override and (contracts is not None or price is not None):
        raise InputError("--override takes a refused trade as it is; --contracts and --price edit a waiting one.")
    terms = {"contracts": contracts, "price": None if price is None else _price(price)}
    words = [(Word.EDIT, terms)] if any(term is not None for term in terms.values()) else []
    return _answer(
        option,
        decision,
        [*words, (Word.OVERRIDE if override else Word.APPROVE, {})],
        reason=reason,
        live=live,
        as_json=as_json,
    )


def reject(option: Path | None, decision: str, *, reason: str, as_json: bool) -> int:
    sends_nothing = [(Word.REJECT, dict[str, Any]())]
    return _answer(option, decision, sends_nothing, reason=reason, live=True, as_json=as_json)


def _price(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        raise InputError(f"{text!r} is no price; write the credit per share, like 1.25.") from None


def _answer(
    option: Path | None,
    decision: str,
    words: list[tuple[Word, dict[str, Any]]],
    *,
    reason: str,
    live: bool,
    as_json: bool,
) -> int:
    """Say these words to a decision, one after the other, until one of them finds no hearing."""
    from pipeline.approving import TurnedAway, at_the_console, authority_of, decide
    from pipeline.deciding import StillWaiting, Vetoed
    from tools.approvals.console import render

    home, settings = open_home(option)
    authority, user = authority_of(settings), at_the_console(settings)
    with _session(home, settings, decision, live=live) as session:
        try:
            for word, terms in words:
                said = Answer(decision, word, channel="console", user=user, reason=reason, **terms)
                record = decide(session, said, authority)
        except (AlreadyDecided, Vetoed, StillWaiting, TurnedAway) as error:
            if as_json:
                print_json(contract.decision(session.services.ledger.record(decision)))
            elif isinstance(error, StillWaiting) and error.card is not None:
                typer.echo(render(error.card))
            typer.echo(f"thetagate: {error}", err=True)
            if isinstance(error, StillWaiting):
                return Exit.WAITING
            return Exit.FAILED if isinstance(error, AlreadyDecided) else Exit.REFUSED
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
