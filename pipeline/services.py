"""What a node may reach: handed to every node of a run, made in `wiring.py`, never a global."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property, lru_cache

from agents.analyst import Analyst
from pipeline.rollouts import Reviewed
from pipeline.settings import Settings
from tools.approvals.policy import Thresholds
from tools.books.book import Book, seen_by
from tools.books.plans import find_plan
from tools.books.rollout import Stage
from tools.desk.house import House
from tools.desk.past import past_trades
from tools.domain.account import Account
from tools.domain.halt import Halt
from tools.domain.market import Snapshot
from tools.domain.outside import OutsideText
from tools.execution.broker import Broker
from tools.execution.messages import MessageLog
from tools.execution.reconciliation import Difference
from tools.ledger.store import Ledger
from tools.portfolio.positions import Positions, read_positions
from tools.portfolio.quoting import Requote
from tools.portfolio.similar import PastTrades

COMPARED = 500
"""Past trades that are read to compare with: a second at most of a run, however old the account is."""


@dataclass(frozen=True)
class Services:
    """The ledger, the broker, the analyst and the market of one run, and the instant it believes in.

    halt     what a person has stopped, asked anew before every send
    messages how much went to the broker lately, this run or the one before it
    reconcile  our books against the broker's
    requote  what an order would bring, asked anew before every send
    draining  whether the process is asked to end: no new order is begun
    news     what others have published about an underlying by an instant
    stages   where each book stands that is being rolled out; `reviews` what this run has found of them
    """

    settings: Settings
    ledger: Ledger
    broker: Broker
    analyst: Analyst
    snapshot: Snapshot
    books: Mapping[str, Book]
    now: Callable[[], datetime]
    pause: Callable[[], None]
    halt: Callable[[], Halt | None]
    reconcile: Callable[[], tuple[Difference, ...]]
    requote: Requote
    messages: MessageLog
    stages: Mapping[str, Stage] = field(default_factory=dict)
    reviews: tuple[Reviewed, ...] = ()
    draining: Callable[[], bool] = lambda: False
    news: Callable[[str, datetime], tuple[OutsideText, ...]] = lambda symbol, as_of: ()
    read_positions: Callable[..., Positions] = field(default_factory=lambda: lru_cache(maxsize=4)(read_positions))
    """Every fit changes the reservations and none the positions, so those are priced once per run."""

    def account(self, *, excluding: str | None = None) -> Account:
        """The account in the ledger as the limits see it, without the reservation of one decision."""
        return seen_by(self.books.values(), self.ledger.account(excluding=excluding))

    @cached_property
    def differences(self) -> tuple[Difference, ...]:
        """What our books and the broker's did not agree on when this run first asked."""
        return self.reconcile()

    @cached_property
    def past(self) -> PastTrades:
        """The latest of the account's trades that are over, to compare candidates with; read once a run."""
        ended = self.ledger.ended_trades()[-COMPARED:]
        records = self.ledger.records(each.decision_id for each in ended)
        return past_trades(ended, records, self.ledger.modes())

    @cached_property
    def house(self) -> House:
        """What holds for every book, from the settings, and how much of its capital each is let have by now."""
        return house_of(self.settings, stages=self.stages)


def house_of(settings: Settings, *, stages: Mapping[str, Stage] | None = None) -> House:
    """What holds for every book, live and in history; history knows no stages, it measures the whole book."""
    return House(
        mode=settings.mode,
        profile=settings.risk,
        weights=settings.score.weights,
        thresholds=Thresholds(automatic=settings.score.automatic, human=settings.score.human),
        send=settings.execution.send_limits,
        budget=settings.execution.slippage_budget,
        capital=find_plan(settings.books.capital),
        rollout={name: stage.fraction_in(settings.mode) for name, stage in (stages or {}).items()},
    )
