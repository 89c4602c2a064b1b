"""The home's books against its broker's, before anything new is opened (K5)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING

from tools.domain.decision import Reason
from tools.execution.reconciliation import Difference, Side, Unbooked, reconcile

if TYPE_CHECKING:
    from pipeline.home import Home
    from pipeline.settings import Settings
    from tools.domain.account import Position
    from tools.execution.broker import Broker
    from tools.ledger.store import Ledger

RULE = "reconciliation"


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
    return reconcile(ours, theirs, unfinished=unfinished, unbooked=unbooked)


def of_home(home: Home, settings: Settings) -> tuple[Difference, ...] | None:
    """The differences of a home as it stands; None before anything was sent from it."""
    from pipeline.brokers import read_broker
    from pipeline.wiring import open_ledger

    broker = read_broker(home)
    if broker is None or not home.is_initialised:
        return None
    with open_ledger(home, account=settings.account.name) as ledger:
        return compare(ledger, broker)


def refusal(differences: Iterable[Difference]) -> Reason | None:
    """Why nothing new is opened: what nobody can explain, in words; None where there is nothing."""
    unexplained = [each for each in differences if not each.is_explained]
    if not unexplained:
        return None
    more = f", and {len(unexplained) - 1} more" if len(unexplained) > 1 else ""
    return Reason(rule=RULE, text=f"{unexplained[0].text}{more}; see `thetagate reconcile`")


def _held(positions: Iterable[Position]) -> dict[str, int]:
    held = Counter[str]()
    for each in positions:
        held[each.symbol] += each.quantity
    return {symbol: quantity for symbol, quantity in held.items() if quantity}
