"""The spend ledger: one row per question to a paid model, written before it is asked and settled after it.

    set aside ─→ sums of candidate, day, month + its worst ─┬→ within every cap: a row, `asked`, at its worst
                                                            └→ not: the cap that stands against it
    settle    ─→ the row with what it cost, or still at its worst

Both are transactions that run alone, so that the caps hold for every process on these books together. A row whose
process died stays `asked` and counts at its worst. The rows stand beside the chain of events: they tell of dollars
for models, not of trades.
"""

from __future__ import annotations

import math
from datetime import date, datetime, time, timedelta

from sqlalchemy import ColumnElement, Connection, Row, func, insert, select, update

from tools.domain.errors import LedgerError
from tools.domain.rationale import Usage
from tools.domain.spending import CallOutcome, Caps, Intended, ModelCall, Settlement, Shortfall
from tools.ledger.database import Database
from tools.ledger.instant import NEW_YORK, from_text, to_text
from tools.ledger.schema import model_calls

MICROS = 1_000_000
"""Millionths of a dollar, rounded up, so that sums are exact and never too small."""

MOST = 2**31 - 1
"""What a column of whole numbers holds: a call of more than two thousand dollars is past every cap anyway."""

_CALL = model_calls.c


class Spending:
    """Of every account in one database: the caps are on what models cost, whoever asks them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def set_aside(self, call: Intended, caps: Caps, *, at: datetime) -> int | Shortfall:
        """The number of the call's row, or which cap it does not fit under."""
        with self._database.write() as connection:
            shortfall = _shortfall(connection, call, caps, at)
            if shortfall is not None:
                return shortfall
            number = 1 + (connection.scalar(select(func.max(_CALL.number))) or 0)
            row = _usage(Usage()) | {
                "outcome": CallOutcome.ASKED.value,
                "charged": _micros(call.worst),
                "reason": "",
            }
            who = {"candidate": call.candidate, "provider": call.provider, "model": call.model}
            connection.execute(insert(model_calls).values(number=number, at=to_text(at), **who, **row))
            return number

    def settle(self, number: int, settlement: Settlement) -> None:
        """How the call ended; `LedgerError` where it was never set aside."""
        values = _usage(settlement.usage) | {
            "outcome": settlement.outcome.value,
            "charged": _micros(settlement.charged),
            "reason": settlement.reason,
        }
        with self._database.write() as connection:
            done = connection.execute(update(model_calls).where(_CALL.number == number).values(values))
            if done.rowcount != 1:
                raise LedgerError(f"Model call {number} was never set aside, so it cannot be settled.")

    def spent(self, *, on: date | None = None, month: date | None = None, candidate: str | None = None) -> float:
        """US dollars that count: of a New York day, of the month of a day, of one candidate, or all of them."""
        asked: list[ColumnElement[bool]] = []
        asked += [] if on is None else _days(on, on + timedelta(days=1))
        asked += [] if month is None else _days(*_month(month))
        asked += [] if candidate is None else [_CALL.candidate == candidate]
        with self._database.read() as connection:
            return _sum(connection, *asked)

    def calls(self, *, month: date) -> tuple[ModelCall, ...]:
        """Every call of the month of a New York day, oldest first."""
        query = select(model_calls).where(*_days(*_month(month))).order_by(_CALL.number)
        with self._database.read() as connection:
            return tuple(_read(row) for row in connection.execute(query))


def _shortfall(connection: Connection, call: Intended, caps: Caps, at: datetime) -> Shortfall | None:
    today = at.astimezone(NEW_YORK).date()
    for scope, cap, asked in (
        ("this candidate", caps.per_candidate, [_CALL.candidate == call.candidate]),
        ("today", caps.per_day, _days(today, today + timedelta(days=1))),
        ("this month", caps.per_month, _days(*_month(today))),
    ):
        spent = _sum(connection, *asked)
        if not spent + call.worst <= cap:  # a worst of NaN is no reason to go on
            return Shortfall(scope=scope, spent=spent, cap=cap)
    return None


def _sum(connection: Connection, *asked: ColumnElement[bool]) -> float:
    return int(connection.scalar(select(func.sum(_CALL.charged)).where(*asked)) or 0) / MICROS


def _days(first: date, end: date) -> list[ColumnElement[bool]]:
    """From the first midnight of New York to the other, which is not in it any more."""
    since, until = (to_text(datetime.combine(day, time(), NEW_YORK)) for day in (first, end))
    return [_CALL.at >= since, _CALL.at < until]


def _month(day: date) -> tuple[date, date]:
    """Its first day and that of the next one."""
    first = day.replace(day=1)
    return first, (first + timedelta(days=31)).replace(day=1)


def _micros(dollars: float) -> int:
    return MOST if not dollars < MOST / MICROS else max(0, math.ceil(round(dollars * MICROS, 3)))


def _usage(usage: Usage) -> dict[str, int | str | None]:
    return {
        "cost": None if usage.cost_usd is None else repr(usage.cost_usd),
        "seconds": None if usage.seconds is None else repr(usage.seconds),
        "input_tokens": min(usage.input_tokens, MOST),
        "output_tokens": min(usage.output_tokens, MOST),
        "cached_tokens": min(usage.cached_tokens, MOST),
        "calls": usage.calls,
    }


def _read(row: Row[tuple[object, ...]]) -> ModelCall:
    return ModelCall(
        number=row.number,
        at=from_text(row.at),
        candidate=row.candidate,
        provider=row.provider,
        model=row.model,
        outcome=CallOutcome(row.outcome),
        charged=row.charged / MICROS,
        usage=Usage(
            input_tokens=row.input_tokens,
            output_tokens=row.output_tokens,
            cached_tokens=row.cached_tokens,
            cost_usd=None if row.cost is None else float(row.cost),
            seconds=None if row.seconds is None else float(row.seconds),
            calls=row.calls,
        ),
        reason=row.reason,
    )
