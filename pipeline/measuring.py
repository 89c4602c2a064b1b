"""What every run writes of itself: each rule set with what it came to, and the account (spec H4).

live      the cycle's decisions by outcome, the account after it
backtest  figures and profit of every book, the account after every look
compare   of each side its books' trades and the account, with the difference that both share
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from pipeline.services import Services
from tools.calendar.sessions import session_close
from tools.calendar.trading_time import Clock
from tools.domain.decision import DecisionRecord
from tools.ledger.evaluations import Evaluation, PortfolioMetrics, RunKind

if TYPE_CHECKING:
    from tools.backtest.compare import Comparison
    from tools.backtest.journal import DayLine, Journal
    from tools.backtest.outcome import Outcome
    from tools.backtest.plan import Plan
    from tools.ledger.store import Ledger


def measure_cycle(services: Services, records: Iterable[DecisionRecord]) -> None:
    """Of a cycle that sends. Its name is its snapshot's, so that the same cycle again writes the same rows."""
    account = replace(services.ledger.account(), reservations=())
    held = services.read_positions(
        account, services.snapshot, clock=Clock.CALENDAR_365, gap=services.house.profile.overnight
    )
    by_book: dict[str, Counter[str]] = {name: Counter() for name in services.books}
    for record in records:
        if record.outcome is not None:
            by_book.setdefault(record.candidate.book, Counter())[record.outcome.value] += 1
    after = PortfolioMetrics(
        as_of=services.snapshot.as_of,
        nav=_known(held.nav),
        cash=account.cash,
        collateral=_known(math.fsum(each.collateral for each in held.exposures)),
        delta=_known(math.fsum(each.dollar_delta for each in held.exposures)),
        gamma=_known(math.fsum(each.gamma_1pct for each in held.exposures)),
        vega=_known(math.fsum(each.vega_point for each in held.exposures)),
        theta=_known(math.fsum(each.theta_day for each in held.exposures)),
        open_trades=len(services.ledger.open_decisions()),
        by_book={name: _money(services.ledger.profit(name)) for name in services.books},
    )
    services.ledger.record_run(
        f"live/{services.snapshot.fingerprint}",
        kind=RunKind.LIVE,
        evaluations=[
            Evaluation(
                name=name,
                kind=RunKind.LIVE,
                rules=book.model_dump(mode="json"),
                figures=dict(sorted(by_book[name].items())),
                status="traded" if by_book[name]["approved"] else "idle",
            )
            for name, book in services.books.items()
        ],
        metrics=[after],
    )


def measure_backtest(ledger: Ledger, found: Outcome, *, run: str) -> None:
    """`run` names it: the same plan over the same history has the same name."""
    ledger.record_run(
        f"backtest/{run}",
        kind=RunKind.BACKTEST,
        evaluations=[
            Evaluation(
                name=each.name,
                kind=RunKind.BACKTEST,
                rules=book.model_dump(mode="json"),
                figures={
                    "source": found.source,
                    "from": str(found.plan.first),
                    "to": str(found.plan.last),
                    "pnl": _known(float(each.pnl[-1])),
                    "trades": each.trades.count,
                    "premium capture": _known(each.capture),
                    **{figure.name: _known(figure.value) for figure in each.figures},
                },
                status="idle" if each.never else "traded",
            )
            for book, each in zip(found.plan.books, found.books, strict=True)
        ],
        metrics=[_line(each) for each in found.lines],
    )


def measure_side(ledger: Ledger, found: Comparison, plan: Plan, journal: Journal, *, run: str, source: str) -> None:
    """One side of a comparison: its books' trades, and the paired difference that both sides share."""
    last = journal.days[-1].by_book
    shared = {
        "source": source,
        "from": str(plan.first),
        "to": str(plan.last),
        "compared": [found.a.name, found.b.name],
        "difference": _known(found.difference.estimate),
        "low": _known(found.difference.low),
        "high": _known(found.difference.high),
        "chance": _known(found.chance),
    }
    evaluations = []
    for book in plan.books:
        profits = [float(trade.pnl) for trade in journal.trades if trade.book == book.name]
        traded = any(each.units and each.book == book.name for each in journal.lines)
        figures = {
            "pnl": _known(last.get(book.name, 0.0)),
            "trades": len(profits),
            "win rate": sum(each > 0 for each in profits) / len(profits) if profits else None,
        }
        evaluations.append(
            Evaluation(
                name=book.name,
                kind=RunKind.BACKTEST,
                rules=book.model_dump(mode="json"),
                figures=shared | figures,
                status="traded" if traded else "idle",
            )
        )
    ledger.record_run(
        run, kind=RunKind.BACKTEST, evaluations=evaluations, metrics=[_line(each) for each in journal.days]
    )


def _line(each: DayLine) -> PortfolioMetrics:
    return PortfolioMetrics(
        as_of=session_close(each.day),
        nav=_known(each.nav),
        cash=each.cash,
        collateral=_known(each.collateral),
        delta=_known(each.delta),
        gamma=_known(each.gamma),
        vega=_known(each.vega),
        theta=_known(each.theta),
        open_trades=each.open_trades,
        by_book={name: _known(value) for name, value in each.by_book.items()},
    )


def _money(value: Decimal | None) -> float | None:
    return None if value is None else float(value)


def _known(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
