"""The gate's other half: what is so at this moment, where there is a clock, a broker and an account.

    hours, halts · the quote's age · traffic · whose account · what it can still bear  →  reasons

`gate.pre_trade` looks at the order itself, in history too; this looks at what history has not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from tools.calendar.sessions import is_session, session_close, session_open
from tools.domain.account import BrokerAccount
from tools.domain.chain import new_york_date
from tools.domain.contract import ShareContract
from tools.domain.decision import Reason
from tools.domain.entered import Entered
from tools.domain.mode import Mode
from tools.domain.order import OrderIntent
from tools.execution.gate import SendLimits, value_of


@dataclass(frozen=True)
class Moment:
    """What the checks go by; whoever asks reads it anew before every send and every replace.

    quoted_at  when the oldest quote of the legs was made; None is unknown
    halted     underlyings that are not traded now, as far as the source tells. One it says nothing of is not
               refused: few sources tell, and an exchange takes no order for what it has halted
    messages   that went out within `SendLimits.message_seconds`
    account    as the broker tells of it; None where it did not
    bound      the account that our books have sent to before; None before the first order
    entered    opening orders of the day, and those of before that are not done; this one among them or not
    """

    now: datetime
    quoted_at: datetime | None
    halted: frozenset[str]
    messages: int
    account: BrokerAccount | None
    bound: BrokerAccount | None
    entered: Sequence[Entered]


def at_this_moment(
    intent: OrderIntent, price: Decimal, moment: Moment, *, own: Entered | None, mode: Mode, limits: SendLimits
) -> tuple[Reason, ...]:
    """Why nothing must be sent for this order just now, at `price`; empty when it may.

    own  what the order itself takes, where it opens something
    """
    checks = (
        _session(moment.now),
        _halted(intent, moment.halted),
        _quote_age(moment, mode, limits),
        _message_rate(moment.messages, mode, limits),
        _account(moment, mode),
        *(() if own is None else (_buying_power(own, price, moment), *_entered_today(own, moment, limits))),
    )
    return tuple(reason for reason in checks if reason is not None)


def _session(now: datetime) -> Reason | None:
    """The closing bell itself still counts: an end-of-day quote is of it."""
    day = new_york_date(now)
    if is_session(day) and session_open(day) <= now <= session_close(day):
        return None
    return Reason(rule="session", text=f"the exchange is closed at {now:%Y-%m-%d %H:%M %Z}".rstrip())


def _halted(intent: OrderIntent, halted: frozenset[str]) -> Reason | None:
    stopped = sorted({leg.contract.underlying for leg in intent.legs} & halted)
    return Reason(rule="halted", text=f"trading in {', '.join(stopped)} is halted") if stopped else None


def _quote_age(moment: Moment, mode: Mode, limits: SendLimits) -> Reason | None:
    """A quote of a later time than ours is as wrong as an old one: one of the two clocks is off."""
    if moment.quoted_at is None:
        if mode is Mode.SIMULATED:
            return None
        return Reason(rule="quote_age", text="nobody tells when the quote was made")
    age = (moment.now - moment.quoted_at).total_seconds()
    if abs(age) <= limits.quote_seconds:
        return None
    what = f"{age:,.0f} s old" if age > 0 else f"{-age:,.0f} s ahead of our clock"
    text = f"the quote is {what}, allowed are {limits.quote_seconds:,.0f} s"
    return Reason(rule="quote_age", value=abs(age), limit=limits.quote_seconds, text=text)


def _message_rate(messages: int, mode: Mode, limits: SendLimits) -> Reason | None:
    """Not on an invented market: it answers at once and its clock stands still, so a rate there means nothing."""
    if mode is Mode.SIMULATED or messages < limits.max_messages:
        return None
    text = f"{messages} messages in {limits.message_seconds:g} s, allowed are {limits.max_messages}"
    return Reason(rule="message_rate", value=messages, limit=limits.max_messages, text=text)


def _account(moment: Moment, mode: Mode) -> Reason | None:
    account, bound = moment.account, moment.bound
    if account is None:
        return Reason(rule="account", text="the broker does not tell of its account")
    if account.blocked:
        return Reason(rule="account", text=f"account {_tail(account)} is blocked: {account.blocked}")
    if account.mode is not mode:
        return Reason(rule="account", text=f"mode is {mode.value}, but the account is {account.mode.value}")
    if bound is not None and (bound.number, bound.mode) != (account.number, account.mode):
        return Reason(
            rule="account", text=f"our books are of account {_tail(bound)}, the broker's is {_tail(account)}"
        )
    return None


def _tail(account: BrokerAccount) -> str:
    """Its last four digits: what is enough to tell it by, and no more than a log should hold."""
    return f"…{account.number[-4:]}"


def _buying_power(own: Entered, price: Decimal, moment: Moment) -> Reason | None:
    """Against the broker's own word; where it gives none, our cash rule is asked by whoever asks this.

    What the broker holds already has been taken from its buying power, so moving it takes only the worse price.
    Whether it has done so for other orders differs from broker to broker: they count in full.
    """
    if moment.account is None or moment.account.buying_power is None:
        return None
    left = float(moment.account.buying_power)
    if own.rests_at is None:
        taken = own.worst_cash
    else:
        taken = max(float(own.rests_at - price), 0.0) * own.intent.multiplier * own.rest
    others = sum(each.worst_cash for each in moment.entered if not _same(each, own))
    if taken + others <= left:
        return None
    text = f"the order may take {taken:,.0f} and others at work {others:,.0f}, buying power is {left:,.0f}"
    return Reason(rule="buying_power", value=taken + others, limit=left, text=text)


def _entered_today(own: Entered, moment: Moment, limits: SendLimits) -> tuple[Reason | None, ...]:
    """Σ over opening orders of the day as they were entered, filled or not, this one among them."""
    orders = (own, *(each for each in moment.entered if not _same(each, own)))
    premium = sum(each.premium for each in orders if not _of_shares(each))
    notional = sum(value_of(each.intent) for each in orders)
    return (
        _capped("entered_premium", premium, float(limits.max_premium_entered)),
        _capped("entered_notional", notional, float(limits.max_notional_entered)),
    )


def _capped(rule: str, value: float, limit: float) -> Reason | None:
    if value <= limit:
        return None
    noun = rule.removeprefix("entered_")
    text = f"opening orders entered today come to {value:,.0f} of {noun}, allowed are {limit:,.0f}"
    return Reason(rule=rule, value=value, limit=limit, text=text)


def _same(one: Entered, other: Entered) -> bool:
    return one.intent.client_order_id == other.intent.client_order_id


def _of_shares(each: Entered) -> bool:
    return all(isinstance(leg.contract, ShareContract) for leg in each.intent.legs)
