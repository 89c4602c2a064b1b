"""Open trades before new ones: what their books say of them, and the orders that follow.

    delivered shares that no book goes on with        → closed, the same way as trades are
    open decisions → trades → each book: exits, rolls → promised with its reasons → the thread goes on → filled
    and after the new ones: what leans, beyond F3     → rolled back, the same way

A trade is looked at once per snapshot, so that a cycle that is run again does nothing twice; an order that a killed
run promised is seen to its end before anything else.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tools.books.flatten import flatten
from tools.books.manage import Action, Hold, manage
from tools.books.rebalance import rebalance
from tools.calendar.trading_time import Clock
from tools.desk.ordering import exit_order
from tools.desk.trades import delivered_of, story_of, trade_of
from tools.domain.chain import new_york_date
from tools.domain.decision import DecisionRecord, Ending
from tools.domain.trade import Trade
from tools.portfolio.exit_rules import ExitRule
from tools.portfolio.greeks import account_greeks
from tools.portfolio.trade_view import read_trades
from tools.portfolio.vol_memory import seen_vols

if TYPE_CHECKING:
    from pipeline.services import Services
    from pipeline.threads import Threads
    from tools.books.book import Book


@dataclass(frozen=True)
class Managed:
    """One open trade and what became of it in this cycle; `ending` is None where nothing was sent."""

    action: Action
    ending: Ending | None = None


def manage_trades(services: Services, threads: Threads, *, send: bool) -> tuple[Managed, ...]:
    """Every open trade of an enabled book, the book's turn first; orders only where `send` says so."""
    records = {each: services.ledger.record(each) for each in services.ledger.open_decisions()}
    due = [
        trade
        for record in records.values()
        if (trade := trade_of(record)) is not None and _is_due(record, trade, services)
    ]
    managed: list[Managed] = []
    for book in sorted(services.books.values(), key=lambda each: each.turn()):
        own = [trade for trade in due if trade.book == book.name]
        for action in _actions(book, own, services, send=send):
            record = records[action.trade.id]
            managed.append(carry_out(action, record, services, threads) if send else Managed(action))
    if send:
        services.ledger.vols.forget()
    return tuple(managed)


def sell_delivered(services: Services, threads: Threads, *, send: bool) -> tuple[Managed, ...]:
    """Shares that assignment or exercise left with a trade, whatever has stopped: nobody chose to hold them."""
    records = {each: services.ledger.record(each) for each in services.ledger.open_decisions()}
    due = [
        shares
        for record in records.values()
        if (shares := delivered_of(record)) is not None and not was_tried(record, services, rule=ExitRule.DELIVERED)
    ]
    why = "delivered shares that no book goes on with"
    actions = flatten(due, services.snapshot, why=why, rule=ExitRule.DELIVERED)
    if not send:
        return tuple(Managed(action) for action in actions)
    return tuple(carry_out(action, records[action.trade.id], services, threads) for action in actions)


def flatten_trades(services: Services, threads: Threads, *, why: str) -> tuple[Managed, ...]:
    """Every open trade is closed, whatever its book says and whether it is enabled; each once per snapshot."""
    records = {each: services.ledger.record(each) for each in services.ledger.open_decisions()}
    trades = [
        trade
        for record in records.values()
        if (trade := trade_of(record)) is not None and not was_tried(record, services, rule=ExitRule.FLATTEN)
    ]
    actions = flatten(trades, services.snapshot, why=why)
    return tuple(carry_out(action, records[action.trade.id], services, threads) for action in actions)


def was_tried(
    record: DecisionRecord, services: Services, *, rule: ExitRule | None = None, wanted: str | None = None
) -> bool:
    """On this very snapshot, by a rule or for somebody where one is named: what nobody took then is tried again on
    the next."""
    return any(
        ending.action.get("snapshot") == services.snapshot.fingerprint
        and (rule is None or any(signal["rule"] == rule for signal in ending.action["action"]["signals"]))
        and (wanted is None or ending.action.get("for") == wanted)
        for ending in record.endings
    )


def close_trades(actions: Iterable[Action], services: Services, threads: Threads) -> tuple[Managed, ...]:
    """What a person closes, whatever the books say."""
    return tuple(
        carry_out(action, services.ledger.record(action.trade.id), services, threads) for action in actions
    )


def rebalance_trades(services: Services, threads: Threads) -> tuple[Managed, ...]:
    """The day's last step: an account that leans beyond F3 is brought back by rolls of what nothing touched."""
    if not any(book.rolls.rebalance for book in services.books.values()):
        return ()
    records = {each: services.ledger.record(each) for each in services.ledger.open_decisions()}
    left = [
        trade
        for record in records.values()
        if (trade := trade_of(record)) is not None
        and trade.book in services.books
        and not trade.broken
        and _is_due(record, trade, services)
    ]
    account = replace(services.account(), reservations=())
    profile = services.house.profile
    actions = rebalance(
        services.books,
        left,
        services.snapshot,
        account=account,
        positions=services.read_positions(
            account, services.snapshot, clock=Clock.CALENDAR_365, gap=profile.overnight
        ),
        limits={name: services.house.limits_of(book) for name, book in services.books.items()},
        band=profile.net_delta,
        commission=services.settings.execution.commission,
    )
    return tuple(carry_out(action, records[action.trade.id], services, threads) for action in actions)


def _is_due(record: DecisionRecord, trade: Trade, services: Services) -> bool:
    """Not what this very snapshot opened, moved, or tried to."""
    return trade.legs_at < services.snapshot.as_of and not was_tried(record, services)


def _actions(book: Book, trades: list[Trade], services: Services, *, send: bool) -> tuple[Action, ...]:
    """What one book says, held against the account as the books before it have left it.

    The vols it has seen are written before anything is done, for a run that is repeated no longer looks at what it
    has tried to end.
    """
    if not trades:
        return ()
    account, snapshot = services.account(), services.snapshot
    memory = services.ledger.vols.memory(before=new_york_date(snapshot.as_of))
    means = memory.means(clock=book.clock, today=new_york_date(snapshot.as_of))
    greeks = account_greeks(account, snapshot, clock=book.clock)
    views = read_trades(trades, snapshot, clock=book.clock, iv_means=means, greeks=greeks)
    if send:
        services.ledger.vols.see(seen_vols(views, clock=book.clock))
    return manage(
        book,
        trades,
        snapshot,
        account=account,
        profile=services.house.limits_of(book),
        commission=services.settings.execution.commission,
        views=views,
    )


def carry_out(
    action: Action, record: DecisionRecord, services: Services, threads: Threads, *, wanted: str = ""
) -> Managed:
    """The order of an action, promised with its reasons, and its thread gone on; `wanted` names for whom."""
    if isinstance(action, Hold):
        return Managed(action)
    last = services.ledger.intent(record.id)
    revision = 1 if last is None else last.revision + 1
    book = services.books.get(action.trade.book)
    intent = exit_order(action, book=book, revision=revision, house=services.house)
    story = story_of(action, services.snapshot) | ({"for": wanted} if wanted else {})
    services.ledger.promise_exit(record.id, story, intent)
    threads.finish(record.id)
    return Managed(action, services.ledger.record(record.id).endings[-1])
