"""What `pipeline.ordering` asks before every send and every replace, of a market that a test moves by hand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Protocol

from tools.domain.decision import Reason
from tools.domain.errors import BrokerError
from tools.domain.mode import Mode
from tools.domain.order import OrderIntent
from tools.domain.structure import Leg
from tools.execution.broker import Broker
from tools.execution.gate import SendLimits, after_split, pre_trade
from tools.execution.messages import MessageLog
from tools.execution.moment import Moment, at_this_moment


class Quoting(Protocol):
    """A market as the gate sees it."""

    def __call__(self, legs: Sequence[Leg]) -> tuple[float, float] | None: ...

    def quoted_at(self) -> datetime | None: ...

    def halted(self) -> frozenset[str]: ...


def ask(
    promised: OrderIntent,
    price: Decimal,
    *,
    ledger: Any,
    broker: Broker,
    market: Quoting,
    messages: MessageLog,
    now: datetime,
    limits: SendLimits,
) -> tuple[Reason, ...]:
    """Why it must not go; what is refused stands in the record, and the first that may go binds the books."""
    halt = ledger.halt()
    stopped = None if halt is None else halt.refuses(promised.purpose)
    if stopped:
        reasons: tuple[Reason, ...] = (stopped,)
    else:
        of_order = pre_trade(
            promised,
            price,
            quote=market(promised.legs),
            others=ledger.unfinished_intents(),
            mode=Mode.PAPER,
            broker=broker.name,
            limits=limits,
        )
        moment = _moment(ledger, broker, market, messages, now)
        own = next((each for each in moment.entered if each.intent == promised), None)
        outdated = after_split(ledger.restated_since(promised.client_order_id))
        reasons = (
            *((outdated,) if outdated else ()),
            *of_order,
            *at_this_moment(promised, price, moment, own=own, mode=Mode.PAPER, limits=limits),
        )
        if not reasons and moment.bound is None and moment.account is not None:
            ledger.sending.bind(moment.account)
    if reasons:
        ledger.sending.refuse(promised, price, reasons)
    return reasons


def _moment(ledger: Any, broker: Broker, market: Quoting, messages: MessageLog, now: datetime) -> Moment:
    try:
        account = broker.account()
    except BrokerError:
        account = None
    return Moment(
        now=now,
        quoted_at=market.quoted_at(),
        halted=market.halted(),
        messages=messages.recent(),
        account=account,
        bound=ledger.sending.bound(),
        entered=ledger.sending.entered(),
    )
