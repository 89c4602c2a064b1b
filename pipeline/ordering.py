"""From a decision to its order: the intent that is promised, and the checks before every send."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from pipeline.raising import still_short
from pipeline.reconciling import refusal
from tools.desk import ordering
from tools.domain.account import BrokerAccount
from tools.domain.candidate import Candidate
from tools.domain.decision import DecisionRecord, Reason
from tools.domain.errors import BrokerError, LedgerError
from tools.domain.order import OrderIntent, Purpose
from tools.execution.gate import after_split, pre_trade
from tools.execution.moment import Moment, at_this_moment
from tools.portfolio.quoting import Quoted

if TYPE_CHECKING:
    from pipeline.services import Services


def promise(
    record: DecisionRecord, contracts: int, services: Services, *, candidate: Candidate | None = None
) -> OrderIntent:
    """The one order of a decision in its present revision; `candidate` as it is priced now."""
    return ordering.entry_order(
        candidate or record.candidate,
        book=services.books[record.candidate.book],
        decision_id=record.id,
        contracts=contracts,
        house=services.house,
        revision=record.revision,
        price=None if record.edit is None else record.edit.price,
    )


def promised(decision_id: str, services: Services) -> OrderIntent:
    """The one order an approved decision has."""
    intent = services.ledger.intent(decision_id)
    if intent is None:
        raise LedgerError(f"{decision_id} is approved but promises no order; its books were changed by hand.")
    return intent


def check(intent: OrderIntent, price: Decimal, services: Services) -> tuple[Reason, ...]:
    """Why nothing may be sent at this price, by the kill switch, books in doubt, or the pre-trade gate.

    What is refused stands in the record; the first order that may go binds the books to the broker's account.
    """
    stopped, quoted = halted(services, intent.purpose), services.requote(intent.legs)
    reasons = (stopped,) if stopped else _reasons(intent, price, services, quoted)
    if reasons:
        services.ledger.sending.refuse(intent, price, reasons)
    return reasons


def _reasons(intent: OrderIntent, price: Decimal, services: Services, quoted: Quoted | None) -> tuple[Reason, ...]:
    restated = after_split(services.ledger.restated_since(intent.client_order_id))
    rest = (*gate(intent, price, services, quoted), *_moment(intent, price, services, quoted))
    return rest if restated is None else (restated, *rest)


def gate(intent: OrderIntent, price: Decimal, services: Services, quoted: Quoted | None) -> tuple[Reason, ...]:
    """What the pre-trade gate says of the order itself at this price now."""
    return pre_trade(
        intent,
        price,
        quote=None if quoted is None else (quoted.bid, quoted.ask),
        others=services.ledger.unfinished_intents(),
        mode=services.house.mode,
        broker=services.broker.name,
        limits=services.house.send,
    )


def _moment(intent: OrderIntent, price: Decimal, services: Services, quoted: Quoted | None) -> tuple[Reason, ...]:
    sending, account = services.ledger.sending, _account(services)
    moment = Moment(
        now=services.now(),
        quoted_at=None if quoted is None else quoted.at,
        halted=services.snapshot.halted,
        messages=services.messages.recent(),
        account=account,
        bound=sending.bound(),
        entered=sending.entered(),
    )
    own = next((each for each in moment.entered if each.intent == intent), None)
    reasons = at_this_moment(intent, price, moment, own=own, mode=services.house.mode, limits=services.house.send)
    if own is not None and account is not None and account.buying_power is None:
        beside = sum(each.worst_cash for each in moment.entered if each != own)
        short = still_short(services, own, beside=beside)
        reasons = (*reasons, short) if short else reasons
    if account is not None and moment.bound is None and not reasons:
        sending.bind(account)
    return reasons


def _account(services: Services) -> BrokerAccount | None:
    """As the broker tells of it now; None where it does not."""
    try:
        return services.broker.account()
    except BrokerError:
        return None


def halted(services: Services, purpose: Purpose) -> Reason | None:
    """Why no order of this purpose goes out, whatever it is: a person stopped it, or our books are in doubt."""
    halt = services.halt()
    stopped = None if halt is None else halt.refuses(purpose)
    return stopped or (refusal(services.differences) if purpose is Purpose.OPEN else None)


def deadline(services: Services) -> datetime:
    """When a waiting decision expires."""
    return ordering.deadline(services.now(), minutes=services.settings.approvals.deadline_minutes)
