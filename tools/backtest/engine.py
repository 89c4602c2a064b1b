"""Years of a market through the functions that decide live, one look a day.

    morning   interest · splits · dividends · options that settle at the open
    look      marks → delivered shares → exits and rolls → entries: screen, fit, score → orders → fills → balance
    evening   options that settle at the close · early assignment → the day's line

What decides is `tools.desk` and below; what is kept is `tools.portfolio.accounting`; this file is the clock.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal

from tools.backtest.attributing import Attributing, RecordedBooks
from tools.backtest.blotter import Blotter
from tools.backtest.delivering import Delivering
from tools.backtest.entries import Judged, Room, judge_all
from tools.backtest.fills import Exchange
from tools.backtest.history import HistoricalMarket
from tools.backtest.journal import DayLine, Journal
from tools.backtest.managing import Manager
from tools.backtest.opinions import Analyst, Assumed, Opinions
from tools.backtest.plan import Plan
from tools.backtest.settling import Settling
from tools.backtest.splitting import Splitting
from tools.books.book import seen_by
from tools.calendar.sessions import next_session, session_open
from tools.calendar.trading_time import Clock
from tools.desk.ordering import entry_order
from tools.desk.scan import screen_market
from tools.domain.account import Account
from tools.domain.chain import new_york_date
from tools.domain.decision import Gate, Outcome, Reason
from tools.domain.market import Snapshot
from tools.portfolio.accounting import Books
from tools.portfolio.positions import Positions, read_positions
from tools.portfolio.quoting import marks
from tools.portfolio.settlement import Ended

Progress = Callable[[date], None]
"""Called after each day."""


def backtest(
    market: HistoricalMarket,
    plan: Plan,
    *,
    analyst: Analyst | None = None,
    progress: Progress | None = None,
    whole: bool = True,
) -> Journal:
    """Run `plan` over `market`, day by day; everything that happened, in order.

    Without an `analyst` the plan's confidence is assumed for every candidate.
    Memory grows with what was decided, not with the market: by some 60 kB a decision where the journal keeps them
    `whole`, by some 300 bytes where it does not. The same market and plan give the same journal.
    """
    engine = Engine(market, plan, analyst=analyst, whole=whole)
    for snapshot in market.looks(plan.first, plan.last):
        engine.day(snapshot)
        if progress is not None:
            progress(new_york_date(snapshot.as_of))
    engine.journal.attribution = engine.attributing.total()
    return engine.journal


class Engine:
    """One run. `day` is called with the looks in order."""

    def __init__(
        self, market: HistoricalMarket, plan: Plan, *, analyst: Analyst | None = None, whole: bool = True
    ) -> None:
        self.plan, self.market = plan, market
        self.analyst = Assumed(plan.confidence) if analyst is None else analyst
        opinions = Opinions(plan.confidence, self.analyst.recordings)
        self.journal = Journal(whole=whole, opinions=opinions)
        self.books = RecordedBooks(name="backtest")
        self.by_name = {book.name: book for book in plan.books}
        self.settling = Settling(market, self.books, counts=self.journal.counts)
        self.blotter = Blotter(self.books, self.settling, self.journal)
        self.delivering = Delivering(plan, self.books, self.journal.counts)
        self.attributing = Attributing(self.books, self.settling, self.journal.counts)
        self.manager = Manager(
            books=plan.books,
            house=plan.house,
            blotter=self.blotter,
            account=self._account,
            commission=float(plan.commissions.per_contract),
            counts=self.journal.counts,
        )
        self.splitting = Splitting(
            market=market,
            books=self.books,
            settling=self.settling,
            blotter=self.blotter,
            delivering=self.delivering,
            manager=self.manager,
            attributing=self.attributing,
            ended=self._ended,
            counts=self.journal.counts,
        )
        self._read: dict[Clock, tuple[Account, Snapshot, Positions]] = {}
        self._last: date | None = None
        self.books.allot(Decimal(repr(plan.capital)), book="", at=_opening(plan), source=None)

    def day(self, snapshot: Snapshot) -> None:
        """One look and the evening after it; one that is no later day than the last is passed over and counted."""
        today = new_york_date(snapshot.as_of)
        if self._last is not None and today <= self._last:
            self.journal.counts["looks passed over: no later day than the one before"] += 1
            return
        self._morning(snapshot, today)
        exchange = Exchange(snapshot, self.plan.house.send, self.plan.slippage, self.plan.commissions)
        self._mark(snapshot)
        self.delivering.trade(snapshot)
        self.manager.manage(snapshot, exchange)
        self._enter(snapshot, exchange)
        self.manager.rebalance(snapshot, exchange)
        self._ended(self.settling.evening(today, snapshot), snapshot.as_of)
        self._close(snapshot, today)
        self.journal.rates.append(next((chain.rate for chain in snapshot.chains.values()), math.nan))
        self.journal.simulated |= snapshot.simulated
        self._last = today

    def _morning(self, snapshot: Snapshot, today: date) -> None:
        if self._last is not None and self.plan.interest:
            rate = next((chain.rate for chain in snapshot.chains.values()), math.nan)
            if math.isnan(rate):
                self.journal.counts["days without a bill rate"] += 1
            else:
                self.settling.accrue(rate=rate, start=self._last, end=today)
        if self._last is not None:
            self.splitting.morning(self._last, today)
        self._ended(self.settling.morning(today), session_open(today))

    def _ended(self, ended: tuple[Ended, ...], at: datetime) -> None:
        self.blotter.ended(ended, at)
        self.attributing.settled(ended)

    def _mark(self, snapshot: Snapshot) -> None:
        carried = self.books.mark(marks(snapshot, self.blotter.symbols))
        self.journal.counts["marks carried from an earlier day"] += len(carried)

    def _enter(self, snapshot: Snapshot, exchange: Exchange) -> None:
        room = self._room(snapshot)
        found = screen_market(
            snapshot,
            room.account,
            self.plan.books,
            profile=self.plan.house.profile,
            positions=room.positions[Clock.CALENDAR_365],
        )
        self.journal.rejected.update(found.rejected)
        judged = judge_all(found.candidates, room, analyst=self.analyst)
        for each in judged:
            self.journal.heard(each.opinion)
            self.journal.decided(each, *self._execute(each, exchange))
        if self.plan.people == "approve":
            self._as_people_would(judged, exchange)

    def _execute(self, judged: Judged, exchange: Exchange) -> tuple[int, str]:
        """The order of what was approved: units filled, and why not all of them."""
        if judged.gate.outcome is not Outcome.APPROVED or judged.fit is None or judged.reservation is None:
            return 0, ""
        candidate, contracts = judged.candidate, judged.fit.contracts
        short = self.manager.raise_cash(exchange.snapshot, exchange, candidate=candidate, contracts=contracts)
        if short:
            return 0, short
        order = entry_order(
            candidate,
            book=self.by_name[candidate.book],
            decision_id=candidate.id,
            contracts=contracts,
            house=self.plan.house,
        )
        done = exchange.execute(order)
        if done.units:
            risk = judged.reservation.exposure.get("max_loss", math.nan) / contracts * done.units
            self.blotter.opened(candidate, done, exchange.snapshot, risk=risk, why=judged.gate)
        return done.units, done.why

    def _as_people_would(self, judged: tuple[Judged, ...], exchange: Exchange) -> None:
        """A person lets through what waits, one by one, each after a second look at the limits."""
        for each in judged:
            if each.gate.outcome is not Outcome.WAITING or each.fit is None or each.opinion is None:
                continue
            room = self._room(exchange.snapshot)
            again, reservation = room.fit(
                each.candidate, analysis=each.opinion.analysis, reservations=(), contracts=each.fit.contracts
            )
            if again.vetoes or again.contracts < 1:
                continue
            gate = Gate(outcome=Outcome.APPROVED, reasons=(Reason(rule="person", text="let through"),))
            approved = replace(each, gate=gate, fit=again, reservation=reservation)
            self.journal.decided(approved, *self._execute(approved, exchange))

    def _room(self, snapshot: Snapshot) -> Room:
        account = self._account(snapshot)
        clocks = {book.clock for book in self.plan.books} | {Clock.CALENDAR_365}
        positions = {clock: self._positions(account, snapshot, clock) for clock in clocks}
        return Room(snapshot, account, self.by_name, self.plan.house, positions)

    def _positions(self, account: Account, snapshot: Snapshot, clock: Clock) -> Positions:
        """Priced anew only when something was filled."""
        known = self._read.get(clock)
        if known is None or known[1] is not snapshot or known[0] != account:
            held = read_positions(account, snapshot, clock=clock, gap=self.plan.house.profile.overnight)
            known = self._read[clock] = account, snapshot, held
        return known[2]

    def _account(self, snapshot: Snapshot) -> Account:
        today = new_york_date(snapshot.as_of)
        account = self.books.account(opened_today_max_loss=self.blotter.risk_opened(today))
        return seen_by(self.plan.books, account)

    def _close(self, snapshot: Snapshot, today: date) -> None:
        held = self._positions(self._account(snapshot), snapshot, Clock.CALENDAR_365)
        self.journal.days.append(_line(today, held, self.books, len(self.blotter.open)))
        self.attributing.evening(snapshot, today)


def _opening(plan: Plan) -> datetime:
    """Of the first session, for a window may begin on a holiday."""
    return session_open(next_session(plan.first - timedelta(days=1)))


def _line(today: date, held: Positions, books: Books, open_trades: int) -> DayLine:
    exposures = held.exposures
    values = {name: books.statement(name).pnl for name in books.books if name}
    return DayLine(
        day=today,
        nav=held.nav,
        cash=float(books.cash),
        collateral=math.fsum(each.collateral for each in exposures),
        delta=math.fsum(each.dollar_delta for each in exposures),
        gamma=math.fsum(each.gamma_1pct for each in exposures),
        vega=math.fsum(each.vega_point for each in exposures),
        theta=math.fsum(each.theta_day for each in exposures),
        open_trades=open_trades,
        by_book={name: math.nan if pnl is None else float(pnl) for name, pnl in values.items()},
    )
