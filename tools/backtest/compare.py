"""Two plans on the same days: which was better, and how sure that is (spec H5).

    looks ─┬→ engine A → journal A ─┬→ daily returns, paired → B - A → bootstrap in blocks → interval, chance
           └→ engine B → journal B ─┘   entries of a day: both, A alone, B alone

Both see one and the same snapshot of each day, and their returns are compared day by day: what moved both, the
market, falls out of the difference, so that it is told more surely than from two intervals side by side.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from tools.backtest.engine import Engine, Progress
from tools.backtest.history import HistoricalMarket
from tools.backtest.journal import Journal
from tools.backtest.opinions import Analyst
from tools.backtest.plan import Plan
from tools.domain.chain import FloatArray, new_york_date
from tools.domain.errors import InputError
from tools.performance.drawdown import max_drawdown
from tools.performance.intervals import MEAN_BLOCK, RESAMPLES, Interval, interval, stationary_places
from tools.performance.statistics import SESSIONS, carried, return_statistics, simple_returns

AT_ONCE = 200  # resamples; twenty years of them are 8 MB


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two, in figures; shares as decimals, money in account currency, `nan` is unknown.

    pnl      of the account, interest included; `average_pnl` of the trades that ended
    sharpe   over the bills of the history, per year
    """

    name: str
    days: int
    trades: int
    win_rate: float
    pnl: float
    average_pnl: float
    total_return: float
    annual_return: float
    mean_return: float
    volatility: float
    sharpe: float
    drawdown: float
    open_trades: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """`difference` is B less A in mean return per year; `chance` how often B is ahead among the resamples, 0-1.

    both, only_a, only_b  entries filled on the same day with the same legs, and those of one side alone
    """

    first: date
    last: date
    a: Side
    b: Side
    difference: Interval
    chance: float
    both: int
    only_a: int
    only_b: int

    @property
    def is_told(self) -> bool:
        """Whether the interval leaves out that there is no difference."""
        return self.difference.low > 0 or self.difference.high < 0

    @property
    def is_nothing(self) -> bool:
        """Whether the two accounts moved alike on every day."""
        return self.difference.low == self.difference.estimate == self.difference.high == 0

    @property
    def verdict(self) -> str:
        """Which was better, and how sure that is, in one sentence."""
        a, b, days = self.a.name, self.b.name, f"{self.a.days:,} sessions"
        if not self.both + self.only_a + self.only_b:
            return f"Neither {a} nor {b} opened a trade in {days}: there is nothing to compare."
        if self.is_nothing:
            return f"{b} and {a} earned the same on each of {days}."
        gap, between = _points(abs(self.difference.estimate)), self._between()
        way = "more" if self.difference.estimate > 0 else "less"
        if self.is_told:
            return f"{b} earned {gap} a year {way} than {a}, and chance alone hardly does that: {between}."
        return f"No difference can be told from {days}: {b} earned {gap} a year {way} than {a}, {between}."

    def _between(self) -> str:
        low, high = (_points(each) for each in (self.difference.low, self.difference.high))
        return f"{self.difference.confidence:.0%} of resamples lie between {low} and {high}"


def compare(
    market: HistoricalMarket,
    a: Plan,
    b: Plan,
    *,
    names: tuple[str, str],
    seed: int,
    analyst: Analyst | None = None,
    progress: Progress | None = None,
) -> tuple[Comparison, Journal, Journal]:
    """Run both plans over `market` at once; `InputError` where they are of different days or capital."""
    if (a.first, a.last, a.capital) != (b.first, b.last, b.capital):
        raise InputError(
            f"{names[0]} and {names[1]} are compared on the same days with the same capital; give both one window."
        )
    engines = [Engine(market, plan, analyst=analyst, whole=False) for plan in (a, b)]
    for snapshot in market.looks(a.first, a.last):
        for engine in engines:
            engine.day(snapshot)
        if progress is not None:
            progress(new_york_date(snapshot.as_of))
    journals = engines[0].journal, engines[1].journal
    return compared(*journals, names=names, capital=a.capital, seed=seed), *journals


def compared(a: Journal, b: Journal, *, names: tuple[str, str], capital: float, seed: int) -> Comparison:
    """Two journals of the same days; `InputError` where they are not, or of fewer than two days."""
    days = [line.day for line in a.days]
    if days != [line.day for line in b.days] or len(days) < 2:
        raise InputError(f"{names[0]} and {names[1]} share no two days to be compared on.")
    values = [carried(np.array([capital, *(line.nav for line in each.days)])) for each in (a, b)]
    gap = simple_returns(values[1]) - simple_returns(values[0])
    ours, theirs = _entries(a), _entries(b)
    return Comparison(
        first=days[0],
        last=days[-1],
        a=_side(names[0], a, values[0]),
        b=_side(names[1], b, values[1]),
        difference=interval(gap, _per_year, seed=seed),
        chance=_chance(gap, seed=seed),
        both=len(ours & theirs),
        only_a=len(ours - theirs),
        only_b=len(theirs - ours),
    )


def _per_year(returns: FloatArray) -> float:
    return float(np.mean(returns)) * SESSIONS


def _chance(gap: FloatArray, *, seed: int) -> float:
    """The share of resamples in which B is ahead; a tie counts half."""
    random = np.random.default_rng(seed)
    block = min(MEAN_BLOCK, len(gap))
    drawn = (
        stationary_places(random, length=len(gap), mean_block=block, resamples=AT_ONCE)
        for _ in range(RESAMPLES // AT_ONCE)
    )
    means = np.concatenate([gap[places].mean(axis=1) for places in drawn])
    return float(np.mean(means > 0) + np.mean(means == 0) / 2)


def _points(value: float) -> str:
    return f"{100 * value:.2f} points".replace("-", "−")


def _side(name: str, journal: Journal, values: FloatArray) -> Side:
    profits = np.array([float(each.pnl) for each in journal.trades])
    returns = simple_returns(values)
    told = return_statistics(returns, rates=np.nan_to_num(np.array(journal.rates), nan=0.0))
    none = float("nan")
    return Side(
        name=name,
        days=len(journal.days),
        trades=len(profits),
        win_rate=float(np.mean(profits > 0)) if len(profits) else none,
        pnl=float(values[-1] - values[0]),
        average_pnl=float(profits.mean()) if len(profits) else none,
        total_return=told.total_return,
        annual_return=told.annual_return,
        mean_return=_per_year(returns),
        volatility=told.volatility,
        sharpe=told.sharpe,
        drawdown=max_drawdown(levels=values),
        open_trades=journal.days[-1].open_trades,
    )


def _entries(journal: Journal) -> set[tuple[date, str]]:
    """What was filled, by day and legs."""
    return {(each.day, each.legs_hash) for each in journal.lines if each.units}
