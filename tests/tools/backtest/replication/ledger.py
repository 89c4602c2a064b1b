"""The three indices once more, slowly: one account, day by day, in plain Python, with the same modelled prices."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import ceil, exp, floor

import numpy as np

from tools.backtest.replication.condor import strikes_of_delta
from tools.backtest.replication.market import DailyMarket
from tools.backtest.replication.option_model import option_values
from tools.backtest.replication.schedule import Schedule


@dataclass
class Account:
    """Bills, each with the rate it was bought at, and options per (right, strike)."""

    bills: list[tuple[float, float]] = field(default_factory=list)
    options: dict[tuple[int, float], float] = field(default_factory=dict)
    shares: float = 0.0

    def accrue(self, days: float) -> None:
        self.bills = [(cash * exp(rate * days / 365), rate) for cash, rate in self.bills]

    @property
    def cash(self) -> float:
        return sum(cash for cash, _ in self.bills)


def value(market: DailyMarket, day: int, right: int, strike: float, expiry: np.datetime64, *, trade: bool) -> float:
    left = (expiry - market.days[day]).astype(float) - (3 / 24 if trade else 6.5 / 24)
    return float(
        option_values(
            right=right,
            spot=market.midday[day] if trade else market.close[day],
            strike=strike,
            years=left / 365,
            rate=market.bills.one_month[day],
            dividend_yield=market.dividend_yield[day],
            vix=market.midday_vix[day] if trade else market.vix[day],
        ).price
    )


def settle(account: Account, level: float) -> float:
    """What expiring options bring (negative: cost)."""
    paid = sum(count * max(right * (level - strike), 0.0) for (right, strike), count in account.options.items())
    account.options.clear()
    return paid


def put_levels(market: DailyMarket, schedule: Schedule) -> list[float]:
    account, levels, main_rate = Account(bills=[(1.0, 0.0)]), [], 0.0
    rolls = {int(row): roll for roll, row in enumerate(schedule.row)}
    for day in range(len(market.days)):
        if day:
            account.accrue((market.days[day] - market.days[day - 1]).astype(float))
        if day in rolls:
            expiry = schedule.expiry[rolls[day]]
            money = account.cash + settle(account, market.settlement[day])
            strike = floor(market.morning[day] / 5) * 5.0
            price = value(market, day, -1, strike, expiry, trade=True)
            if day == 0 or market.days[day].astype(object).month in {3, 6, 9, 12}:
                main_rate = market.bills.three_months[day]
                premium_rate = main_rate
            else:
                premium_rate = market.bills.one_month[day]
            years = (expiry - market.days[day]).astype(float) / 365
            count = money / (strike * exp(-main_rate * years) - price)
            account.bills = [(money, main_rate), (count * price, premium_rate)]
            account.options[-1, strike] = -count
        marks = sum(
            count * value(market, day, right, strike, expiry, trade=False)
            for (right, strike), count in account.options.items()
        )
        levels.append(account.cash + marks)
    return levels


def condor_levels(market: DailyMarket, schedule: Schedule) -> list[float]:
    account, levels = Account(bills=[(1.0, 0.0)]), []
    rolls = {int(row): roll for roll, row in enumerate(schedule.row)}
    sides = [(-1, 0.20, -1), (1, 0.20, -1), (-1, 0.05, 1), (1, 0.05, 1)]
    strikes = {
        (right, delta): strikes_of_delta(market, schedule, right=right, delta=delta) for right, delta, _ in sides
    }
    for day in range(len(market.days)):
        if day:
            account.accrue((market.days[day] - market.days[day - 1]).astype(float))
        if day in rolls:
            roll = rolls[day]
            expiry = schedule.expiry[roll]
            money = account.cash + settle(account, market.settlement[day])
            legs = [(right, float(strikes[right, delta][roll]), sign) for right, delta, sign in sides]
            credit = -sum(
                sign * value(market, day, right, strike, expiry, trade=True) for right, strike, sign in legs
            )
            width = max(abs(legs[0][1] - legs[2][1]), abs(legs[1][1] - legs[3][1]))
            count = money / (10 * width - credit)
            account.bills = [(money + count * credit, market.bills.one_month[day])]
            account.options = {(right, strike): sign * count for right, strike, sign in legs}
        marks = sum(
            count * value(market, day, right, strike, expiry, trade=False)
            for (right, strike), count in account.options.items()
        )
        levels.append(account.cash + marks)
    return levels


def buy_levels(market: DailyMarket, schedule: Schedule) -> list[float]:
    """One covered share at a time: all money buys index less call, dividends buy more of the same at the close."""
    levels: list[float] = []
    rolls = {int(row): roll for roll, row in enumerate(schedule.row)}
    units, strike, expiry = 0.0, 0.0, market.days[0]
    for day in range(len(market.days)):
        if day in rolls:
            money = 1.0
            if day:
                kept = market.settlement[day] + market.dividends[day] - max(market.settlement[day] - strike, 0.0)
                money = units * kept * market.midday[day] / market.settlement[day]
            strike, expiry = ceil(market.morning[day] / 5) * 5.0, schedule.expiry[rolls[day]]
            units = money / (market.midday[day] - value(market, day, 1, strike, expiry, trade=True))
        covered = market.close[day] - value(market, day, 1, strike, expiry, trade=False)
        if day not in rolls:
            units *= 1 + market.dividends[day] / covered
        levels.append(units * covered)
    return levels
