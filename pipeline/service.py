"""The long-running service: the whole pipeline on the exchange's hours, until it is asked to stop.

    start ─→ recover: unfinished orders looked up, activities entered, books against the broker's
    bell  ─→ scan → decide → order → show what waits      every minute ─→ cards with live quotes, deadlines
    close ─→ activities, books against the broker's
    told  ─→ an order changed at a broker that says so: the same as at the start, at once
    SIGTERM → no new order is begun, the one at work is seen to its end → stop

One thing is done at a time, and each in a session of its own: between two of them any other process may act.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from threading import Event, RLock
from typing import TYPE_CHECKING, Any

from apscheduler.events import EVENT_JOB_ERROR, JobExecutionEvent
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.date import DateTrigger

from pipeline.clocks import ServiceClock
from pipeline.cycle import Cycle, catch_up, run_cycle
from pipeline.home import Home
from pipeline.listening import Listening
from pipeline.market import MarketChoice
from pipeline.reconciling import refusal
from pipeline.settings import Settings
from pipeline.threads import Threads
from pipeline.wiring import Session, open_session
from tools.calendar.agenda import Daily, is_open, next_instant
from tools.domain.decision import Outcome
from tools.domain.errors import ThetagateError

if TYPE_CHECKING:
    from pipeline.approving import Approvals

LOG = logging.getLogger("thetagate.service")


class Due(BaseTrigger):  # type: ignore[misc]  # the scheduler ships no types
    """Fires at the instants of an agenda, wherever they lie on the wall's clock."""

    def __init__(self, daily: Daily, clock: ServiceClock) -> None:
        self.daily, self.clock = daily, clock
        self.last: datetime | None = None

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime:
        after = self.clock.now()
        self.last = next_instant(after if self.last is None else max(after, self.last), self.daily)
        return self.clock.on_the_wall(self.last)


@dataclass
class Service:
    """`approvals` are the ways to people, joined before `run`; `seen` what each kind of work last came to."""

    home: Home
    settings: Settings
    clock: ServiceClock
    choice: Callable[[datetime], MarketChoice]
    live: bool = False
    approvals: Approvals | None = None
    seen: dict[str, Any] = field(default_factory=dict)
    _stop: Event = field(default_factory=Event)
    _turn: RLock = field(default_factory=RLock)
    _failure: BaseException | None = None
    _listening: Listening | None = None

    def run(self, *, until: datetime | None = None) -> None:
        """Serve until `stop`, or until an instant of its clock. What it does not expect ends it, and is raised."""
        scheduler = BackgroundScheduler(
            timezone=UTC,
            executors={"default": ThreadPoolExecutor(1)},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )
        scheduler.add_listener(self._failed, EVENT_JOB_ERROR)
        self._listening = Listening(
            self.home, self.settings, wake=partial(self._wake, scheduler), on_state=self._heard
        )
        serve = self.settings.serve
        scheduler.add_job(
            self._guarded, DateTrigger(datetime.now(UTC)), args=("recover", self.recover), id="recover"
        )
        for name, daily, work in (
            ("scan", serve.scans, self.scan),
            ("look", serve.looks, self.look),
            ("close", serve.closings, self.recover),
        ):
            scheduler.add_job(self._guarded, Due(daily, self.clock), args=(name, work), id=name)
        scheduler.start()
        try:
            self._stop.wait(None if until is None else self.clock.seconds_until(until))
        finally:
            self._stop.set()
            scheduler.shutdown(wait=True)
            self._listening.end()
        if self._failure is not None:
            raise self._failure

    def stop(self) -> None:
        """Begin nothing new; `run` returns when what is at work has come to its end."""
        self._stop.set()

    def recover(self) -> str:
        """What an earlier process left, and what happened meanwhile, before anything is decided."""
        with self.session() as session:
            settled = catch_up(session.services, Threads(session.services, session.graph))
            refused = refusal(session.services.differences)
        agreed = "our books and the broker's agree" if refused is None else f"DIFFERENCES: {refused.text}"
        return f"{agreed}; {len(settled)} entries without an order" if settled else agreed

    def scan(self) -> str:
        """The whole pipeline once."""
        with self.session() as session:
            cycle = run_cycle(session.services, session.graph, session.choice, send=True, progress=lambda *_: None)
            if self.approvals is not None:
                self.approvals.refresh(session)
        return _told(cycle)

    def orders(self) -> str:
        """What the broker says has changed, at once; nothing where our books have it already."""
        with self._turn:  # in the middle of a session our books lag behind by what it is doing
            if self._listening is None or not self._listening.news():
                return ""
            return self.recover()

    def look(self) -> str:
        """Cards of what waits, with a live quote; nothing where nothing does."""
        if self.approvals is None or not (
            self.approvals.waiting() or any(each.shown() for each in self.approvals.channels)
        ):
            return ""
        self.approvals.refresh()
        return f"{len(self.approvals.waiting())} wait for a person"

    @contextmanager
    def session(self) -> Iterator[Session]:
        """One at a time in this process; a person's answer waits here until a scan is done."""
        with self._turn:
            now = self.clock.now()
            with open_session(
                self.home,
                self.settings,
                self.choice(now),
                live=self.live,
                draining=self._stop.is_set,
                trades=is_open(now),
            ) as session:
                yield session

    def _guarded(self, name: str, work: Callable[[], str]) -> None:
        """What a market, a broker or a model may do to us is told and tried again at the next bell."""
        if self._stop.is_set():
            return
        try:
            told, failed = work(), False
        except ThetagateError as error:
            told, failed = str(error), True
        self.seen[name] = {"at": self.clock.now().isoformat(), "failed": failed, "told": told}
        if told:
            LOG.log(logging.WARNING if failed else logging.INFO, "%s: %s", name, told)
        if self._listening is not None and not self._stop.is_set():
            self._listening.begin()

    def _wake(self, scheduler: BackgroundScheduler) -> None:
        """Look at the orders in their turn; while one look is at work another waits, which sees the rest."""
        scheduler.add_job(
            self._guarded,
            DateTrigger(datetime.now(UTC)),
            args=("orders", self.orders),
            id="orders",
            replace_existing=True,
            max_instances=2,
        )

    def _heard(self, failure: str) -> None:
        self.seen["stream"] = {"at": self.clock.now().isoformat(), "failed": bool(failure), "told": failure}
        if failure:
            LOG.warning("stream: the broker's word on orders is not heard (%s); the bells look instead", failure)
        else:
            LOG.info("stream: the broker tells of each change of an order")

    def _failed(self, event: JobExecutionEvent) -> None:
        self._failure = event.exception
        self._stop.set()


def _told(cycle: Cycle) -> str:
    counts = dict.fromkeys((Outcome.APPROVED, Outcome.WAITING, Outcome.REFUSED), 0)
    for record in cycle.records:
        if record.outcome in counts:
            counts[record.outcome] += 1
    parts = [f"{count} {outcome.value}" for outcome, count in counts.items()]
    orders = sum(1 for record in cycle.records if record.order is not None and record.order.filled_quantity)
    ended = sum(1 for each in cycle.managed if each.ending is not None)
    return ", ".join([*parts, f"{orders} filled", f"{ended} ended or moved", f"{len(cycle.settled)} settled"])
