"""The watch: when it looks, what it says of a source that fails or hangs, and how it goes on after a restart."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tools.data.memory import MemorySink
from tools.calendar.sessions import NEW_YORK, is_session, session_close, session_open
from tools.data.simulated import EmbeddedMarket
from tools.data.watch import Freshness, Journal, Watch, slot_after, slot_before, slots_between
from tools.domain.chain import SourceCounts
from tools.domain.errors import ConfigError, DataError
from tools.domain.market import Snapshot

FIVE = timedelta(minutes=5)


def at(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=NEW_YORK)


@cache
def embedded() -> Snapshot:
    return EmbeddedMarket().snapshot()


class Desk:
    """A time that only sleeping moves, and a market that answers as told."""

    def __init__(self, now: datetime, folder: Path) -> None:
        self.now, self.path = now, folder / "watch.json"
        self.asked: list[datetime] = []
        self.answers: list[Callable[[], Snapshot]] = []
        self.sink = MemorySink()
        self._market = embedded()

    def ask(self) -> Snapshot:
        self.asked.append(self.now)
        if self.answers:
            return self.answers.pop(0)()
        return replace(self._market, as_of=self.now, fingerprint=self.now.isoformat())

    def sleep(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    def watch(self, *, deadline: float = 5.0) -> Watch:
        return Watch(
            self.ask,
            self.sink,
            journal=Journal.read(self.path),
            interval=FIVE,
            deadline=deadline,
            now=lambda: self.now,
            clock=lambda: self.now.timestamp(),  # noqa: PLW0108 - the time moves
            sleep=self.sleep,
        )


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(at(2026, 11, 20, 10, 2), tmp_path)


def fail(error: Exception) -> Callable[[], Snapshot]:
    def answer() -> Snapshot:
        raise error

    return answer


def test_it_looks_every_five_minutes(desk: Desk) -> None:
    rounds = desk.watch().rounds()
    found = [next(rounds) for _ in range(3)]
    assert [each.due for each in found] == [at(2026, 11, 20, 10), at(2026, 11, 20, 10, 5), at(2026, 11, 20, 10, 10)]
    assert desk.asked == [at(2026, 11, 20, 10, 2), at(2026, 11, 20, 10, 5), at(2026, 11, 20, 10, 10)]
    assert {each.freshness for each in found} == {Freshness.FRESH}
    assert found[0].written is not None
    assert found[0].written.used == found[0].written.rows > 1000
    assert found[0].underlyings > 10


def test_it_sleeps_while_the_exchange_is_shut(desk: Desk) -> None:
    """From Wednesday's bell over Thanksgiving to the half day behind it."""
    desk.now = at(2026, 11, 25, 16, 7)
    rounds = desk.watch().rounds()
    assert next(rounds).due == at(2026, 11, 27, 9, 35)
    desk.now = at(2026, 11, 27, 12, 58)
    assert next(rounds).due == at(2026, 11, 27, 12, 55)
    assert next(rounds).due == at(2026, 11, 27, 13)  # the early bell is the last slot
    assert next(rounds).due == at(2026, 11, 30, 9, 35)


def test_a_failed_look_is_stale_with_its_age(desk: Desk) -> None:
    desk.answers = [desk.ask, fail(DataError("alpaca is failing (500); try again later."))]
    desk.answers[0] = lambda: replace(desk._market, as_of=desk.now, fingerprint="x")
    rounds = desk.watch().rounds()
    fresh, stale = next(rounds), next(rounds)
    assert (fresh.freshness, stale.freshness) == (Freshness.FRESH, Freshness.STALE)
    assert stale.problem.startswith("alpaca is failing")
    assert stale.written is None
    assert stale.age(desk.now) == timedelta(minutes=3)
    assert desk.sink.kept is not None
    assert desk.sink.kept.fingerprint == "x"
    assert next(rounds).freshness is Freshness.FRESH


def test_other_troubles_of_the_source_are_stale_too(desk: Desk) -> None:
    desk.answers = [fail(ConfigError("no key"))]
    found = desk.watch().look(at(2026, 11, 20, 10))
    assert (found.freshness, found.problem) == (Freshness.STALE, "no key")


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_source_that_breaks_down_is_stale(desk: Desk) -> None:
    desk.answers = [fail(KeyError("a bug"))]
    watch = desk.watch()
    found = watch.look(at(2026, 11, 20, 10))
    assert "broke down" in found.problem
    assert watch._asking is not None
    watch._asking.join()


def test_a_hung_source_is_given_up_and_its_late_answer_dropped(desk: Desk) -> None:
    release = threading.Event()

    def hang() -> Snapshot:
        release.wait(10)
        return desk._market

    desk.answers = [hang]
    watch = desk.watch(deadline=0.05)
    first = watch.look(at(2026, 11, 20, 10))
    second = watch.look(at(2026, 11, 20, 10, 5))
    assert "did not answer within 0.05 seconds" in first.problem
    assert "still hangs" in second.problem
    assert len(desk.asked) == 1
    release.set()
    assert watch._asking is not None
    watch._asking.join(5)
    assert desk.sink.kept is None
    assert watch.look(at(2026, 11, 20, 10, 10)).freshness is Freshness.FRESH


def test_a_sink_that_fails_leaves_the_market_stale(desk: Desk) -> None:
    class Full(MemorySink):
        def write(self, snapshot: Snapshot) -> SourceCounts:
            raise DataError("the disk is full.")

    desk.sink = Full()
    found = desk.watch().look(at(2026, 11, 20, 10))
    assert (found.freshness, found.last_fresh) == (Freshness.STALE, None)


def test_a_restart_goes_on_where_it_stopped(desk: Desk) -> None:
    next(desk.watch().rounds())
    assert desk.watch().due() == at(2026, 11, 20, 10, 5)  # the present slot is done
    desk.now = at(2026, 11, 20, 10, 31)
    found = next(desk.watch().rounds())
    assert (found.due, found.missed) == (at(2026, 11, 20, 10, 30), 5)
    desk.now = at(2026, 11, 23, 9, 41)
    assert next(desk.watch().rounds()).missed == 66 + 1  # Friday 10:35 … 16:00, and Monday 9:35


NAIVE = '{"last_due": "2026-11-20T10:00:00", "last_fresh": null}'


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"last_due": 3, "last_fresh": null}', NAIVE])
def test_an_unreadable_journal_costs_one_look(desk: Desk, text: str) -> None:
    desk.path.write_text(text)
    assert Journal.read(desk.path) == Journal(desk.path)
    assert desk.watch().due() == at(2026, 11, 20, 10)


def test_a_journal_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot be written"):
        Journal(tmp_path / "absent" / "watch.json").write()


def test_a_sink_keeps_a_market_once() -> None:
    sink, market = MemorySink(), embedded()
    first, again = sink.write(market), sink.write(market)
    assert (first.used, again.used) == (first.rows, 0)
    assert again.rows == sum(again.dropped.values())


minutes = st.integers(0, 60 * 24 * 14).map(lambda minute: at(2026, 11, 16) + timedelta(minutes=minute, seconds=30))


@given(minutes, st.sampled_from((1, 5, 7, 15, 60)))
def test_slots_lie_in_sessions(instant: datetime, width: int) -> None:
    interval = timedelta(minutes=width)
    following, before = slot_after(instant, interval), slot_before(instant, interval)
    day = following.date()
    assert is_session(day)
    assert session_open(day) < following <= session_close(day)
    assert following > instant
    assert before is None or before <= instant
    assert slots_between(before, following, interval) == 0
