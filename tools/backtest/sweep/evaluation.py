"""One parameter set, or many, over day-major columns.

(DayColumns, SweepRules) → what each day offers → what is sold → trades, equity, counts → SweepResult
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from tools.backtest.sweep.columns import DayColumns
from tools.backtest.sweep.result import Ending, SweepCounts, SweepResult, SweepTrades
from tools.backtest.sweep.rules import Cadence, Security, SweepRules
from tools.domain.contract import ExerciseStyle
from tools.domain.errors import InputError
from tools.screening.margin import BROAD_INDEX_RATE, EQUITY_RATE, MINIMUM_RATE

if TYPE_CHECKING:
    from tools.backtest.sweep.kernels.offering import Offers
    from tools.backtest.sweep.kernels.selling import Sold, Terms, Trades


MOST_OFFERS = 64
"""Kept per history: about a megabyte each for five years of days."""


def sweep(
    columns: DayColumns, rules: SweepRules, *, start: date | None = None, end: date | None = None
) -> SweepResult:
    """The trades and the equity of `rules` from `start` to `end`, both included; `InputError` for an empty window.

    A rule set that may hold to settlement, be assigned or need margin asks for columns with `spot`.
    """
    from tools.backtest.sweep.kernels import selling

    first, last = columns.between(start, end)
    if rules.needs_spot and not columns.has_spot:
        raise InputError(
            "These rules settle, assign or secure trades by the underlying's price, which the history was read "
            "without; read it with detail `spot`."
        )
    offers = selling.Offers(columns.days, columns.spot, *_offered(columns, rules))
    return _result(columns, rules, selling.sell(offers, _terms(rules), first, last), first, last)


def sweep_many(
    columns: DayColumns, rules: Iterable[SweepRules], *, start: date | None = None, end: date | None = None
) -> Iterator[SweepResult]:
    """Results in the order of `rules`, each as it is asked for."""
    return (sweep(columns, each, start=start, end=end) for each in rules)


def _offered(columns: DayColumns, rules: SweepRules) -> Offers:
    """What each day offers these rules, looked for once; rules that share their entries share it."""
    from tools.backtest.sweep.kernels.offering import Choice, Market, offer

    deltas = (rules.delta_low, rules.delta_high, rules.delta_target)
    choice = Choice(rules.right.sign, rules.dte_low, rules.dte_high, *map(float, deltas))
    known = columns.offers.get(choice)
    if known is None:
        known = offer(Market(*(getattr(columns, name) for name in Market._fields)), choice)
        while len(columns.offers) >= MOST_OFFERS:
            columns.offers.pop(next(iter(columns.offers)), None)
        columns.offers[choice] = known
    return known


def _terms(rules: SweepRules) -> Terms:
    from tools.backtest.sweep.kernels import selling

    security = {
        Security.NONE: selling.UNSECURED,
        Security.CASH: selling.CASH,
        Security.NAKED: selling.NAKED,
        Security.INDEX: selling.NAKED,
    }
    return selling.Terms(
        right=rules.right.sign,
        weekly=rules.cadence is Cadence.WEEKLY,
        most_open=np.iinfo(np.int64).max if rules.max_open is None else rules.max_open,
        profit_share=float(rules.kept_at),
        stop_share=float(rules.stopped_at),
        time_stop=-1 if rules.time_stop is None else rules.time_stop,
        slippage=float(rules.slippage),
        shares=float(rules.shares),
        commission=float(rules.commission),
        security=security[rules.security],
        margin_rate=BROAD_INDEX_RATE if rules.security is Security.INDEX else EQUITY_RATE,
        margin_floor=MINIMUM_RATE,
        capital=math.inf if rules.capital is None else float(rules.capital),
        assignable=rules.early_assignment and rules.style is ExerciseStyle.AMERICAN,
        rate=float(rules.rate),
        dividend_yield=float(rules.dividend_yield),
    )


def _result(columns: DayColumns, rules: SweepRules, sold: Sold, first: int, last: int) -> SweepResult:
    window, reason = columns.days[first:last], sold.trades.reason[: sold.size]
    exits = np.where(reason == Ending.OPEN, last, sold.trades.exit_day[: sold.size])
    every = _trades(columns, rules, sold.trades, np.argsort(exits, kind="stable"))
    closed = int(np.count_nonzero(reason))
    still_open = every.part(slice(closed, sold.size))
    return SweepResult(
        rules=rules,
        trades=every.part(slice(0, closed)),
        still_open=still_open,
        days=window,
        equity=sold.equity,
        secured=sold.secured,
        counts=SweepCounts(
            unfound=sold.unfound,
            unaffordable=sold.unaffordable,
            carried=sold.carried,
            late=sold.late,
            short_days=sold.short_days,
            unsettled=int((still_open.expiry.astype(np.int64) < window[-1]).sum()),
        ),
    )


def _trades(columns: DayColumns, rules: SweepRules, trades: Trades, which: npt.NDArray[np.int64]) -> SweepTrades:
    entry_day, exit_day, entry_row = (each[which] for each in (trades.entry_day, trades.exit_day, trades.entry_row))
    credit, paid, reason = trades.credit[which], trades.paid[which], trades.reason[which]
    orders = 1 + ((reason > Ending.OPEN) & (reason <= Ending.TIME_STOP))
    return SweepTrades(
        entry_day=entry_day,
        exit_day=exit_day,
        entry_row=entry_row,
        last_row=trades.last_row[which],
        entered=columns.days[entry_day].astype("datetime64[D]"),
        exited=columns.days[exit_day].astype("datetime64[D]"),
        expiry=trades.expiry[which].astype("datetime64[D]"),
        strike=trades.strike[which],
        credit=credit,
        paid=paid,
        profit=rules.shares * (credit - paid) - orders * rules.commission,
        reason=reason,
    )
