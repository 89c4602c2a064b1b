"""The one place that names concrete adapters: settings and a market in, services and a graph out.

Home + Settings + MarketChoice ─→ ledger · broker · analyst · snapshot · books ─→ Services ─→ graph
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.checkpoints import open_checkpoints
from pipeline.home import Home
from pipeline.market import MarketChoice
from pipeline.modes import check_mode, rehearsed
from pipeline.settings import Settings
from tools.domain.account import Account
from tools.domain.chain import new_york_date
from tools.domain.errors import ConfigError, InputError
from tools.domain.market import Snapshot
from tools.domain.mode import Mode

if TYPE_CHECKING:
    from pipeline.graph import Graph
    from pipeline.services import Services
    from tools.books.book import Book
    from tools.data.provider import Progress, SnapshotSink
    from tools.data.simulated import EmbeddedMarket
    from tools.data.store.history import History
    from tools.data.store.importing import Imported
    from tools.data.watch import Watch
    from tools.ledger.store import Ledger


@dataclass(frozen=True)
class Session:
    """One open account with its market and graph."""

    services: Services
    graph: Graph
    choice: MarketChoice
    home: Home


@contextmanager
def open_session(
    home: Home,
    settings: Settings,
    choice: MarketChoice,
    *,
    portfolio: Path | None = None,
    dry_run: bool = False,
    live: bool = False,
    progress: Progress | None = None,
    trades: bool = True,
    draining: Callable[[], bool] = lambda: False,
    at_hand: Snapshot | None = None,
) -> Iterator[Session]:
    """Open the account of a home on a market, alone: a second runner waits, then is told who holds it.

    A dry run works on a copy of the books that the next dry run replaces, at a simulated broker.
    `live` is the word of whoever runs it that real money may be spent. `trades` is False for who only looks after
    what was sent, at any hour; `draining` says when no new order is to be begun. A snapshot `at_hand` is
    traded on instead of the market that `choice` opens.
    """
    from pipeline.analysts import open_analyst, open_news
    from pipeline.brokers import open_broker, opening_at_broker
    from pipeline.graph import build
    from pipeline.halting import in_force
    from pipeline.messages import open_messages
    from pipeline.reconciling import compare
    from pipeline.rollouts import current, review_books
    from pipeline.services import Services
    from pipeline.sources import live_quotes, present
    from pipeline.spending import open_purse
    from tools.books.plans import find_plan
    from tools.portfolio.quoting import of_snapshot

    settings = rehearsed(settings) if dry_run else settings
    check_mode(settings, choice, live=live, portfolio=portfolio)
    real = settings.mode is not Mode.SIMULATED
    books = open_books(settings)
    find_plan(settings.books.capital)
    snapshot = open_market(choice, settings, home, progress=progress) if at_hand is None else at_hand
    if trades and not dry_run:
        check_session(snapshot.as_of)
    where = home.fresh_dry_run(copy=_is_its_market(home, choice)) if dry_run else home

    def now() -> datetime:
        return present() if real else snapshot.as_of

    def pause() -> None:
        """Nothing changes between two looks at a simulated market."""
        if real:
            time.sleep(settings.execution.step_seconds)

    with open_ledger(where, now=now, account=settings.account.name) as ledger, ledger.runner_lock():
        if not ledger.has_account():
            ledger.open_account(
                opening_at_broker(where, settings, now())
                if real
                else opening_account(snapshot, choice, settings, portfolio)
            )
        elif portfolio is not None:
            raise InputError(
                f"The account in {home.root} was opened before; --portfolio opens a new one. Use another --home."
            )
        where.write_market(choice.at(snapshot.as_of))
        snapshot = with_held_facts(snapshot, ledger.account())
        reviews = () if dry_run else review_books(ledger, settings, books, now=now(), promotes=False)
        market = choice.at(snapshot.as_of)
        with (
            open_broker(where, settings, snapshot, ledger, now, market) as broker,
            open_checkpoints(where.checkpoints) as saver,
            open_purse(home, ledger, settings, own=not dry_run) as purse,
        ):
            services = Services(
                settings=settings,
                ledger=ledger,
                broker=broker,
                analyst=open_analyst(settings, snapshot, purse),
                news=open_news(settings),
                snapshot=snapshot,
                books=books,
                now=now,
                pause=pause,
                halt=(lambda: None) if dry_run else in_force(home, ledger),
                reconcile=tuple if dry_run else partial(compare, ledger, broker),
                messages=open_messages(where, settings),
                requote=live_quotes(settings) if real else of_snapshot(snapshot),
                stages=current(ledger, settings),
                reviews=reviews,
                draining=draining,
            )
            yield Session(services=services, graph=build(saver), choice=choice, home=where)


def check_session(now: datetime) -> None:
    """Orders need an open exchange; its closing instant counts, since end-of-day quotes are of it."""
    from tools.calendar.sessions import is_session, session_close, session_open

    day = new_york_date(now)
    if not is_session(day) or not session_open(day) <= now <= session_close(day):
        raise InputError(
            f"The exchange is closed at {now:%Y-%m-%d %H:%M}, and nothing is ordered then; "
            "choose an --as-of within a session, or add --dry-run."
        )


def open_books(settings: Settings) -> dict[str, Book]:
    """The enabled books by name, in the order of the settings; the user's own go before the shipped ones."""
    from tools.books.load import load_book, shipped_book

    folder = settings.books.folder
    if folder is not None and not folder.is_dir():
        raise ConfigError(f"books.folder {folder} is no folder; name one that holds TOML books, or drop the line.")
    own = {path.stem: path for path in sorted(folder.glob("*.toml"))} if folder else {}
    books = (load_book(own[name]) if name in own else shipped_book(name) for name in settings.books.enabled)
    return {book.name: book for book in books}


@contextmanager
def open_ledger(
    home: Home, *, now: Callable[[], datetime] | None = None, account: str = "main"
) -> Iterator[Ledger]:
    """The books of a home; `now` None for readers, whose clock is the home's own."""
    from tools.ledger.store import Ledger

    ledger = Ledger.open(home.ledger_url, now=now or home.clock, account=account)
    try:
        yield ledger
    finally:
        ledger.close()


def open_market(
    choice: MarketChoice, settings: Settings, home: Home, *, progress: Progress | None = None
) -> Snapshot:
    """The market of this choice, a live one as it is now and seen against what the home has kept of it.

    `DataError` or `ChainError` where it cannot be had.
    """
    from pipeline.sources import live_market, with_events, with_standing, with_widths

    if choice.is_live:
        snapshot = live_market(settings, progress=progress).snapshot()
        return with_events(with_standing(snapshot, home.history), settings)
    snapshot = open_snapshot(choice)
    if choice.is_made:
        return with_widths(snapshot, settings, choice)
    return with_events(snapshot, settings)


def open_snapshot(choice: MarketChoice) -> Snapshot:
    """A market that is made or read; `DataError` or `ChainError` where it cannot be had."""
    if choice.is_simulated_past:
        from pipeline.past import simulated_past

        return simulated_past(choice).snapshot(choice.as_of)
    if choice.path is not None:
        from tools.data.files.reading import read_chain

        column_map = Path(choice.column_map) if choice.column_map else None
        return read_chain(Path(choice.path), format=choice.format, as_of=choice.as_of, column_map=column_map)
    if choice.history is not None:
        from tools.data.store.market import StoredMarket

        return StoredMarket(Path(choice.history)).snapshot(choice.as_of)
    return embedded_market(choice).snapshot(choice.as_of)


def _is_its_market(home: Home, choice: MarketChoice) -> bool:
    """Whether the account of a home is the one that this market is looked at with."""
    own = home.read_market()
    return own is not None and own.kind is choice.kind and not choice.is_file


def open_history(home: Home) -> History:
    """What was imported into a home; made where there is nothing yet."""
    from tools.data.store.history import History

    return History.open(home.history)


def import_into(
    history: History,
    path: Path,
    *,
    format: str,  # noqa: A002 - the word of the command line
    now: datetime,
    as_of: datetime | None,
    name: str | None,
    progress: Callable[[str, int, int], None],
) -> Imported:
    """Import one vendor file; see `tools.data.store.importing`."""
    from tools.data.store.importing import import_file

    return import_file(history, path, format=format, now=now, as_of=as_of, name=name, progress=progress)


def parse_as_of(text: str) -> datetime:
    """An instant as a person writes it; `InputError` where it is none."""
    from tools.data.files import instants

    return instants.parse_as_of(text)


def embedded_market(choice: MarketChoice) -> EmbeddedMarket:
    from tools.data.simulated import EmbeddedMarket

    return EmbeddedMarket(seed=seed_of(choice), shocks=choice.shocks)


def seed_of(choice: MarketChoice) -> int:
    """Which path of a simulated market is meant."""
    from tools.data.simulated import EMBEDDED_SEED
    from tools.data.simulated.past import PAST_SEED

    usual = PAST_SEED if choice.is_simulated_past else EMBEDDED_SEED
    return usual if choice.seed is None else choice.seed


def account_of(
    home: Home, settings: Settings, snapshot: Snapshot, choice: MarketChoice, portfolio: Path | None
) -> Account:
    """The account a look at this market is measured against: the home's own, or how a new one would begin."""
    if portfolio is None and _is_its_market(home, choice) and home.is_initialised:
        with open_ledger(home, account=settings.account.name) as ledger:
            if ledger.has_account():
                return ledger.account()
    return opening_account(snapshot, choice, settings, portfolio)


def with_held_facts(snapshot: Snapshot, account: Account) -> Snapshot:
    """The snapshot with what the reference table knows of holdings it has no chain of: their kind and sector."""
    from tools.data.files.facts import underlying_facts
    from tools.data.reference import lookup
    from tools.portfolio.held import read_held

    held = {each.underlying for each in read_held(account, snapshot)} - snapshot.facts.keys()
    known = {symbol: underlying_facts(lookup(symbol), None) for symbol in sorted(held)}
    return replace(snapshot, facts={**snapshot.facts, **known}) if known else snapshot


def opening_account(
    snapshot: Snapshot, choice: MarketChoice, settings: Settings, portfolio: Path | None
) -> Account:
    """How an account begins: the portfolio file, the simulated markets' holdings, or plain cash."""
    if portfolio is not None:
        from tools.data.files.portfolio import read_portfolio

        return read_portfolio(portfolio)
    if not choice.is_made:
        return Account(cash=settings.account.cash, positions=(), name=settings.account.name)
    from tools.data.simulated import demo_account

    return demo_account(snapshot, worth=settings.account.cash)


def open_watch(home: Home, settings: Settings, choice: MarketChoice, *, progress: Progress | None = None) -> Watch:
    """The watch over the market of the settings; the embedded one is looked at at the time on the wall.

    `InputError` for a market that does not change.
    """
    import time

    from pipeline.sources import live_market, present
    from tools.data.watch import Journal, Watch

    if not (choice.is_live or choice.is_embedded):
        raise InputError(
            f'market.source is "{settings.market.source}", where nothing new happens; '
            'watch "alpaca" (live) or "embedded".'
        )
    live = live_market(settings, progress=progress) if choice.is_live else None
    return Watch(
        live.snapshot if live else lambda: open_snapshot(choice.at(present())),
        open_sink(home),
        journal=Journal.read(home.watch),
        interval=timedelta(minutes=settings.market.refresh_minutes),
        deadline=settings.market.deadline_seconds,
        now=present,
        clock=time.monotonic,
        sleep=time.sleep,
    )


def open_sink(home: Home) -> SnapshotSink:
    """Where the watch keeps what it sees: the history, beside what was imported."""
    from pipeline.sources import present
    from tools.data.store.recording import HistorySink

    return HistorySink(home.history, now=present)
