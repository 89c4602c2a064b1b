"""Which short American options are assigned before they expire: a rule of what their holders would rather have.

A holder exercises when waiting until the next session costs more than the option's time value, which is what
exercise gives away. Decided at the close, in the money only:

    call  the next session is an ex-date and time value < dividend
    put   time value < interest on the strike until the next session, less a dividend due at it

A call is never exercised for interest, for its holder earns it by waiting; a put's holder waits for a dividend,
which raises what the put pays (Merton 1973; Hull, Options, Futures, and Other Derivatives, chapter 11). Interest
counts to the next session alone, because the right to exercise comes back there. `Carry.EXPIRY` counts it to
expiry, a cruder rule; it assigns puts while they still have much time value. The American price is given up
for exercise one to two per cent of spot below the level that the rule finds (docs/accounting.md).

Every holder is taken to act, so that the whole line is assigned, at the close, before the ex-date; real
assignment is by lot. Options held long are never exercised early: selling them gets the time value too.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from tools.calendar.sessions import next_session, session_close
from tools.domain.contract import ExerciseStyle, OptionContract, Right
from tools.domain.holding import NOTHING
from tools.domain.money import CENT
from tools.portfolio.posting import Entries
from tools.portfolio.settlement import CASH_SETTLED_AMERICAN, Ended, end_line, settlement_value
from tools.portfolio.settlement_price import Basis
from tools.portfolio.statement import Line

DAYS_PER_YEAR = 365


class Carry(StrEnum):
    """How far the interest on a put's strike is counted."""

    NEXT_SESSION = "next_session"
    EXPIRY = "expiry"


@dataclass(frozen=True, slots=True)
class Close:
    """One underlying at a close: its price per share, and the cash that goes ex at the next session's open."""

    price: float
    dividend: float = 0.0


@dataclass(frozen=True, slots=True)
class EarlyAssigned:
    """`unknown` are the short lines in the money that could not be judged, for want of a mark."""

    entries: Entries
    ended: tuple[Ended, ...]
    unknown: tuple[Line, ...]


def early_assignments(
    lines: Iterable[Line],
    *,
    contracts: Mapping[str, OptionContract],
    closes: Mapping[str, Close],
    marks: Mapping[str, float],
    rate: float,
    session: date,
    carry: Carry = Carry.NEXT_SESSION,
    fee: Decimal = NOTHING,
) -> EarlyAssigned:
    """Assign the short American options of `lines` that their holders would exercise at the close of `session`.

    contracts  by OCC symbol       closes  by underlying; an underlying without one is not judged
    marks      of the options, per share, by OCC symbol; absent or `nan` is unknown
    rate       continuously compounded, decimal per year
    """
    parts: list[Entries] = []
    ended: list[Ended] = []
    unknown: list[Line] = []
    after, at = next_session(session), session_close(session)
    for line in lines:
        contract = contracts.get(line.symbol)
        if line.quantity >= 0 or contract is None or not _may_be_exercised(contract, after):
            continue
        close = closes.get(contract.underlying)
        if close is None or math.isnan(close.price):
            unknown.append(line)
            continue
        price = Decimal(repr(float(close.price))).quantize(CENT)
        value = settlement_value(contract, price)
        if not value:
            continue
        time_value = marks.get(line.symbol, math.nan) - float(value)
        if math.isnan(time_value):
            unknown.append(line)
            continue
        until = contract.expiry if carry is Carry.EXPIRY else after
        if time_value < gain_of_exercise(contract, close, rate=rate, days=(until - session).days):
            entries, end = end_line(line, contract, price, at=at, event=f"early/{session}", fee=fee)
            parts.append(entries)
            ended.append(Ended(line, end, price, value, Basis.CLOSE))
    return EarlyAssigned(Entries.joined(parts), tuple(ended), tuple(unknown))


def gain_of_exercise(contract: OptionContract, close: Close, *, rate: float, days: int) -> float:
    """What a holder has from exercising now and not `days` later, per share; may be negative."""
    if contract.right is Right.CALL:
        return close.dividend
    return -contract.strike * math.expm1(-rate * days / DAYS_PER_YEAR) - close.dividend


def _may_be_exercised(contract: OptionContract, next_day: date) -> bool:
    """American, for shares, and still alive at the next session."""
    american = contract.style is ExerciseStyle.AMERICAN and contract.root not in CASH_SETTLED_AMERICAN
    return american and not contract.is_adjusted and next_day <= contract.expiry
