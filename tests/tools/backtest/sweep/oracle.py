"""The same rules once more, slowly: dictionaries, one trade at a time, no array and no link."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import NamedTuple

from tools.backtest.sweep import Cadence, Ending, QuoteRows, Security, SweepRules
from tools.domain.contract import ExerciseStyle, Right
from tools.sizing.collateral import naked_margin, put_collateral


class Quote(NamedTuple):
    bid: float
    ask: float
    delta: float

    @property
    def mid(self) -> float:
        return (self.bid + self.ask) / 2

    @property
    def is_usable(self) -> bool:
        return math.isfinite(self.bid) and math.isfinite(self.ask) and 0 <= self.bid <= self.ask and self.ask > 0


Contract = tuple[int, float]
"""Expiry and strike; one right is swept."""


@dataclass
class SlowTrade:
    entered: int
    expiry: int
    strike: float
    credit: float
    mark: float
    exited: int = -1
    paid: float = math.nan
    reason: Ending = Ending.OPEN


@dataclass
class SlowRun:
    trades: list[SlowTrade] = field(default_factory=list)
    still_open: list[SlowTrade] = field(default_factory=list)
    equity: list[float] = field(default_factory=list)
    secured: list[float] = field(default_factory=list)
    unfound: int = 0
    unaffordable: int = 0
    carried: int = 0
    late: int = 0
    short_days: int = 0


def slow_sweep(rows: QuoteRows, rules: SweepRules) -> SlowRun:
    chains, spots = _days(rows, rules.right)
    days = sorted(chains)
    run, cash, spot = SlowRun(), 0.0, math.nan
    for at, today in enumerate(days):
        tomorrow = days[at + 1] if at + 1 < len(days) else today + 1
        known = spots.get(today, math.nan)
        spot = spot if math.isnan(known) else known
        kept = []
        for trade in run.still_open:
            quote = chains[today].get((trade.expiry, trade.strike))
            if quote is not None and not quote.is_usable:
                quote = None
            run.carried += quote is None
            _judge(trade, quote, today, tomorrow, known, rules)
            if trade.reason is Ending.OPEN:
                kept.append(trade)
                continue
            trade.exited = today
            run.late += trade.reason is Ending.SETTLED and today > trade.expiry
            run.trades.append(trade)
            cash -= rules.shares * trade.paid + (rules.commission if trade.reason.is_purchase else 0)
        run.still_open = kept
        own = (rules.capital or math.inf) + cash - rules.shares * sum(trade.mark for trade in kept)
        secured = sum(_security(trade.strike, trade.mark, spot, rules) for trade in kept)
        run.short_days += secured > own
        first_of_week = at == 0 or (today + 3) // 7 != (days[at - 1] + 3) // 7
        if (rules.cadence is Cadence.DAILY or first_of_week) and (
            rules.max_open is None or len(kept) < rules.max_open
        ):
            found = _choose(chains[today], today, tomorrow, rules)
            if found is None:
                run.unfound += 1
            else:
                (expiry, strike), quote = found
                credit = quote.bid
                if rules.slippage != 1:
                    credit = quote.mid - rules.slippage * (quote.ask - quote.bid) / 2
                needed = secured + _security(strike, quote.mid, spot, rules)
                after = own + rules.shares * (credit - quote.mid) - rules.commission
                if rules.capital is None or needed <= after:
                    run.still_open.append(SlowTrade(today, expiry, strike, credit, quote.mid))
                    cash += rules.shares * credit - rules.commission
                    secured = needed
                else:
                    run.unaffordable += 1
        run.equity.append(cash - rules.shares * sum(trade.mark for trade in run.still_open))
        run.secured.append(secured)
    for trade in run.still_open:
        trade.exited, trade.paid = days[-1], trade.mark
    return run


def _judge(
    trade: SlowTrade, quote: Quote | None, today: int, tomorrow: int, spot: float, rules: SweepRules
) -> None:
    if quote is not None:
        trade.mark = quote.mid
        price = quote.ask
        if rules.slippage != 1:
            price = quote.mid + rules.slippage * (quote.ask - quote.bid) / 2
        reason = Ending.OPEN
        if rules.take_profit is not None and price <= (1 - rules.take_profit) * trade.credit:
            reason = Ending.TAKE_PROFIT
        elif rules.adverse_stop is not None and price >= (1 + rules.adverse_stop) * trade.credit:
            reason = Ending.ADVERSE_STOP
        elif rules.time_stop is not None and trade.expiry - today <= rules.time_stop:
            reason = Ending.TIME_STOP
        if reason is not Ending.OPEN:
            trade.reason, trade.paid = reason, price
            return
    if math.isnan(spot):
        return
    worth = max(0.0, rules.right.sign * (spot - trade.strike))
    last_session = tomorrow > trade.expiry and trade.expiry - today <= 4
    if today >= trade.expiry or last_session:
        trade.reason, trade.paid = Ending.SETTLED, worth
        return
    american = rules.early_assignment and rules.style is ExerciseStyle.AMERICAN
    if american and quote is not None and worth > 0:
        years = min(tomorrow - today, 4) / 365
        interest = trade.strike * (1 - math.exp(-rules.rate * years))
        dividend = spot * (1 - math.exp(-rules.dividend_yield * years))
        waiting = interest - dividend if rules.right is Right.PUT else dividend - interest
        if quote.mid - worth < waiting:
            trade.reason, trade.paid = Ending.ASSIGNED, worth


def _choose(
    chain: dict[Contract, Quote], today: int, tomorrow: int, rules: SweepRules
) -> tuple[Contract, Quote] | None:
    found = [
        (abs(quote.delta - rules.delta_target), contract, quote)
        for contract, quote in chain.items()
        if rules.dte_low <= contract[0] - today <= rules.dte_high
        and contract[0] >= tomorrow
        and rules.delta_low <= quote.delta <= rules.delta_high
        and quote.is_usable
        and quote.bid > 0
    ]
    return min(found, key=lambda each: each[:2])[1:] if found else None


def _security(strike: float, mark: float, spot: float, rules: SweepRules) -> float:
    match rules.security:
        case Security.NONE:
            return 0.0
        case Security.CASH:
            return rules.quantity * put_collateral(strike=strike, multiplier=rules.multiplier)
        case _:
            return rules.quantity * naked_margin(
                right=rules.right,
                strike=strike,
                spot=spot,
                mark=mark,
                broad_index=rules.security is Security.INDEX,
                multiplier=rules.multiplier,
            )


def _days(rows: QuoteRows, right: Right) -> tuple[dict[int, dict[Contract, Quote]], dict[int, float]]:
    chains: dict[int, dict[Contract, Quote]] = {}
    spots: dict[int, float] = {}
    for i, day in enumerate(rows.day.tolist()):
        chain = chains.setdefault(day, {})
        if rows.right[i] == right.sign:
            chain[int(rows.expiry[i]), float(rows.strike[i])] = Quote(
                float(rows.bid[i]), float(rows.ask[i]), float(rows.delta[i])
            )
        if len(rows.spot):
            spots[day] = float(rows.spot[i])
    return chains, spots
