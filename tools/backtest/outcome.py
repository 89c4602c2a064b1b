"""What a run came to: figures with intervals, by book and by regime, beside what its documents hoped for.

    Journal, Plan, market ─→ equity against benchmark ─→ figures of the account, each resampled
                          ├→ by book: profit, trades, premium capture, attribution
                          ├→ by regime: trend and volatility as known the day before
                          └→ what the documents hoped for, and what this cannot tell

Everything is measured on the looks of the run. Nothing here passes a judgement: a hope is beside its measure.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from tools.backtest.benchmark import Benchmark, benchmark
from tools.backtest.figures import Figure, account_figures, trade_figures
from tools.backtest.history import HistoricalMarket
from tools.backtest.hopes import Hope, hopes
from tools.backtest.journal import DayLine, Ended, Journal
from tools.backtest.limits import what_this_cannot_tell
from tools.backtest.opinions import Opinions
from tools.backtest.plan import Plan
from tools.calendar.sessions import sessions_between
from tools.domain.chain import FloatArray
from tools.domain.decision import Outcome as Verdict
from tools.domain.errors import InputError
from tools.performance.attribution import Attribution, Source
from tools.performance.regimes import RegimeResult, by_regime, trends, volatilities
from tools.performance.statistics import Days, Drawdown, carried, deepest_drawdown, monthly_returns, simple_returns
from tools.performance.trades import TradeStatistics, trade_statistics

SEED = 5
"""Of every interval, so that a rerun prints the same."""

LOOKBACK_DAYS = 420
"""Calendar days of index closes before the first look, for averages of 200 and highs of 252 sessions."""

INDEX, VIX = "SPX", "VIX"


@dataclass(frozen=True, slots=True, eq=False)
class BookOutcome:
    """One book; money in account currency.

    pnl            (n,) since the start, at each look
    share          of NAV that it may tie up, None for no bound of its own
    capture        net option income over gross premium sold (spec M5); `nan` where nothing was sold
    fill_rate      of units that were approved, the share that was filled
    never          why it never traded, empty where it did
    """

    name: str
    title: str
    share: float | None
    pnl: FloatArray
    figures: tuple[Figure, ...]
    trades: TradeStatistics
    capture: float
    fill_rate: float
    decided: Counter[str]
    attribution: dict[Source, Decimal]
    never: str

    @property
    def moved(self) -> bool:
        """Whether it earned or lost anything, by trades or by the shares it holds."""
        return not self.never or bool(np.any(self.pnl))


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """`days` and `equity` (n + 1,): the capital before the first look, then the account after each.

    rates        (n,) bill rate of each look, decimal per year
    regimes      by trend and by volatility of the index
    counts       what was carried or could not be done, as the engine counted it
    opinions     who spoke for the model
    """

    source: str
    simulated: bool
    plan: Plan
    days: Days
    equity: FloatArray
    rates: FloatArray
    benchmark: Benchmark | None
    figures: tuple[Figure, ...]
    drawdown: Drawdown
    months: tuple[Days, FloatArray]
    books: tuple[BookOutcome, ...]
    trends: tuple[RegimeResult, ...]
    volatilities: tuple[RegimeResult, ...]
    attribution: dict[Source, Decimal]
    unattributed: int
    hopes: tuple[Hope, ...]
    trades: tuple[Ended, ...]
    lines: tuple[DayLine, ...]
    open_trades: int
    counts: Counter[str]
    opinions: Opinions
    cannot_tell: tuple[str, ...]

    @property
    def pnl(self) -> float:
        return float(self.equity[-1] - self.equity[0])

    def figure(self, name: str) -> Figure:
        return next(each for each in self.figures if each.name == name)


def outcome(journal: Journal, plan: Plan, market: HistoricalMarket, *, seed: int = SEED) -> Outcome:
    """Measure a run. `InputError` where it saw no day, or the account fell to nothing."""
    if not journal.days:
        raise InputError(
            f"The market has no session with quotes from {plan.first} to {plan.last}, so there is nothing to "
            "measure; choose another window."
        )
    days, equity = _equity(journal, plan)
    returns = simple_returns(equity)
    rates = np.asarray(journal.rates, dtype=np.float64)
    known_rates = np.nan_to_num(rates, nan=0.0)
    profits = _profits(journal.trades)
    fall = deepest_drawdown(days, equity)
    years = max((days[-1] - days[0]).astype(int), 1) / 365.25
    figures = (
        *account_figures(returns, rates=known_rates, seed=seed),
        *trade_figures(journal.trades, years=years, seed=seed),
    )
    labels = _labels(market, days)
    opened = _opened(journal.trades, days)
    kept = journal.attribution
    return Outcome(
        source=market.source,
        simulated=journal.simulated,
        plan=plan,
        days=days,
        equity=equity,
        rates=rates,
        benchmark=benchmark(market, plan, days),
        figures=figures,
        drawdown=fall,
        months=_months(days, equity),
        books=tuple(_book(journal, plan, place, years=years, seed=seed) for place in range(len(plan.books))),
        trends=by_regime(labels[0], returns=returns, rates=known_rates, profits=profits, opened=opened),
        volatilities=by_regime(labels[1], returns=returns, rates=known_rates, profits=profits, opened=opened),
        attribution={} if kept is None else kept.money(),
        unattributed=0 if kept is None else int(kept.unknown.sum()),
        hopes=hopes(figures, drawdown=fall),
        trades=tuple(journal.trades),
        lines=tuple(journal.days),
        open_trades=journal.days[-1].open_trades,
        counts=Counter({name: count for name, count in journal.counts.items() if count}),
        opinions=journal.opinions,
        cannot_tell=what_this_cannot_tell(journal, plan, market),
    )


def _equity(journal: Journal, plan: Plan) -> tuple[Days, FloatArray]:
    """From the session before the first look on; a day without a value keeps the last one's, and is counted."""
    first = journal.days[0].day
    before = np.datetime64(sessions_between(first.replace(year=first.year - 1), first)[-2], "D")
    values = np.array([plan.capital, *(line.nav for line in journal.days)])
    missing = np.isnan(values)
    if missing.any():
        journal.counts["days whose account had no value"] = int(missing.sum())
        values = carried(values)
    return np.array([before, *(line.day for line in journal.days)], dtype="datetime64[D]"), values


def _months(days: Days, equity: FloatArray) -> tuple[Days, FloatArray]:
    """Those with a look; the starting value alone makes no month."""
    months, returns = monthly_returns(days, equity)
    begun = int(months[0] != days[1].astype("datetime64[M]"))
    return months[begun:], returns[begun:]


def _book(journal: Journal, plan: Plan, place: int, *, years: float, seed: int) -> BookOutcome:
    book = plan.books[place]
    trades = [trade for trade in journal.trades if trade.book == book.name]
    decided = [each for each in journal.lines if each.book == book.name]
    asked = sum(each.contracts for each in decided if each.outcome is Verdict.APPROVED)
    gross = sum(max(trade.credit, 0.0) * trade.contracts * trade.multiplier for trade in trades)
    profits = _profits(trades)
    filled = sum(each.units for each in decided)
    kept = journal.attribution
    return BookOutcome(
        name=book.name,
        title=book.title,
        share=book.sizing.capital,
        pnl=_carried(np.array([line.by_book.get(book.name, 0.0) for line in journal.days])),
        figures=trade_figures(trades, years=years, seed=seed + place + 1),
        trades=trade_statistics(profits),
        capture=float(profits.sum()) / gross if gross else float("nan"),
        fill_rate=filled / asked if asked else float("nan"),
        decided=Counter(each.outcome.value for each in decided),
        attribution={} if kept is None else _of_book(kept, book.name),
        never="" if filled else _why_never(journal, book.name),
    )


def _carried(values: FloatArray) -> FloatArray:
    """Each unknown value replaced by the last known one, 0 before any."""
    return carried(np.concatenate(([0.0], values)))[1:]


def _of_book(kept: Attribution, name: str) -> dict[Source, Decimal]:
    here = kept.keys["book"] == name
    part = Attribution(
        {key: column[here] for key, column in kept.keys.items()}, kept.parts[here], kept.unknown[here]
    )
    return part.money()


def _why_never(journal: Journal, name: str) -> str:
    """One sentence on a book that never traded."""
    decided = [each for each in journal.lines if each.book == name]
    if not decided:
        commonest = ", ".join(rule for rule, _ in journal.rejected.most_common(3)) or "nothing was listed for it"
        return f"{name} never traded: no contract passed its screen (rejected most over all books: {commonest})."
    reasons = Counter(each.why for each in decided)
    often = ", ".join(f"{rule} {count}×" for rule, count in reasons.most_common(3))
    return f"{name} never traded: of {len(decided):,} candidates none was filled ({often})."


def _labels(market: HistoricalMarket, days: Days) -> tuple[np.ndarray, np.ndarray]:
    """Trend and volatility of each look's day, told by the closes before it."""
    first, last = (day.astype(object) for day in (days[0] - np.timedelta64(LOOKBACK_DAYS, "D"), days[-1]))
    sessions = sessions_between(first, last)
    closes, vix = (np.array([market.close(symbol, day) for day in sessions]) for symbol in (INDEX, VIX))
    begun = int(np.argmax(~np.isnan(closes))) if not np.isnan(closes).all() else 0
    places = np.searchsorted(np.array(sessions[begun:], dtype="datetime64[D]"), days[1:])
    return trends(closes[begun:])[places], volatilities(vix[begun:])[places]


def _opened(trades: list[Ended], days: Days) -> np.ndarray:
    """The place among the returns of each trade's first day."""
    dates = np.array([trade.opened_at.date() for trade in trades], dtype="datetime64[D]")
    return np.asarray(np.searchsorted(days[1:], dates), dtype=np.int64)


def _profits(trades: list[Ended]) -> FloatArray:
    return np.array([float(trade.pnl) for trade in trades], dtype=np.float64)
