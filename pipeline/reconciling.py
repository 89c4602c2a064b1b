"""The home's books against its broker's, before anything new is opened (K5)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from tools.domain.activity import Activity, ActivityKind
from tools.domain.decision import Reason
from tools.domain.errors import InputError
from tools.domain.value import digest
from tools.execution.reconciliation import Difference, Kind, Side, Unbooked, reconcile

if TYPE_CHECKING:
    from pipeline.home import Home
    from pipeline.settings import Settings
    from tools.domain.account import Position
    from tools.execution.broker import Broker
    from tools.ledger.store import Ledger

RULE = "reconciliation"
ALL = "all"


def compare(ledger: Ledger, broker: Broker) -> tuple[Difference, ...]:
    """Every difference between what the ledger holds and what the broker says now."""
    unfinished = {intent.client_order_id: intent for intent in ledger.unfinished_intents()}
    ours = Side(
        orders={order.client_order_id: order for order in ledger.orders()},
        positions=_held(ledger.account().positions),
        cash=ledger.cash(),
    )
    theirs = Side(
        orders={order.client_order_id: order for order in broker.orders()},
        positions=_held(broker.positions()),
        cash=broker.cash(),
    )
    known = ledger.fill_ids(unfinished)
    executed = (fill for key in unfinished if key in theirs.orders for fill in broker.fills(key))
    coming = tuple(fill for fill in executed if fill.fill_id not in known)
    multipliers = {
        leg.contract.occ: leg.contract.multiplier for intent in unfinished.values() for leg in intent.legs
    }
    new = ledger.unentered(broker.activities(since=ledger.settled_since()))
    unbooked = Unbooked(
        fills=coming,
        multipliers=multipliers,
        activities=tuple(each for each, fits in new if fits),
        foreign=tuple(each for each, fits in new if not fits),
    )
    found = reconcile(ours, theirs, unfinished=unfinished, unbooked=unbooked)
    answered = ledger.accounted_for()
    return tuple(
        each for each in found if _is_corrected(each) or digest(each.model_dump(mode="json")) not in answered
    )


def of_home(home: Home, settings: Settings) -> tuple[Difference, ...] | None:
    """The differences of a home as it stands; None before anything was sent from it."""
    from pipeline.brokers import read_broker
    from pipeline.wiring import open_ledger

    broker = read_broker(home)
    if broker is None or not home.is_initialised:
        return None
    with open_ledger(home, account=settings.account.name) as ledger:
        return compare(ledger, broker)


def account_for(home: Home, settings: Settings, subject: str, *, by: str, reason: str) -> tuple[Difference, ...]:
    """A named person answers for one difference, or for `all`: ours follow the broker's, and trading may go on.

    `InputError` where there is nothing of that name to answer for.
    """
    from pipeline.brokers import read_broker
    from pipeline.wiring import open_ledger

    if not by.strip() or not reason.strip():
        raise InputError("A difference is answered for by a named person with a reason; give --by and --reason.")
    broker = read_broker(home)
    if broker is None or not home.is_initialised:
        raise InputError("There is nothing to answer for: nothing was sent from this home yet.")
    with open_ledger(home, account=settings.account.name) as ledger, ledger.runner_lock():
        open_ones = [each for each in compare(ledger, broker) if not each.is_explained]
        meant = [each for each in open_ones if subject in {ALL, each.subject}]
        if not meant:
            names = ", ".join(each.subject for each in open_ones) or "nothing"
            raise InputError(f"No difference is called {subject!r}; what differs without an explanation: {names}.")
        for each in meant:
            told = each.model_dump(mode="json")
            ledger.account_for(told, by=by, reason=reason, correction=_correction(each, home.clock(), reason))
    return tuple(meant)


def _correction(difference: Difference, now: datetime, reason: str) -> Activity | None:
    """What makes ours follow; the word on an order or an activity changes nothing by itself."""
    if not _is_corrected(difference):
        return None
    cash = difference.kind is Kind.CASH
    return Activity(
        activity_id=f"correction/{digest([_digest(difference), now.isoformat()])[:16]}",
        kind=ActivityKind.CORRECTION,
        symbol="" if cash else difference.subject,
        quantity=0 if cash else int(difference.more),
        cash=difference.more if cash else Decimal(0),
        at=now,
        text=reason,
    )


def _digest(difference: Difference) -> str:
    return digest(difference.model_dump(mode="json"))


def _is_corrected(difference: Difference) -> bool:
    """Whether an entry of ours makes it vanish; any other is remembered as answered for, as long as it stays so."""
    return difference.kind in {Kind.POSITION, Kind.CASH}


def refusal(differences: Iterable[Difference]) -> Reason | None:
    """Why nothing new is opened: what nobody can explain, in words; None where there is nothing."""
    unexplained = [each for each in differences if not each.is_explained]
    if not unexplained:
        return None
    more = f", and {len(unexplained) - 1} more" if len(unexplained) > 1 else ""
    return Reason(
        rule=RULE, text=f"{unexplained[0].text}{more}; see `thetagate reconcile`, answer with `account-for`"
    )


def _held(positions: Iterable[Position]) -> dict[str, int]:
    held = Counter[str]()
    for each in positions:
        held[each.symbol] += each.quantity
    return {symbol: quantity for symbol, quantity in held.items() if quantity}
