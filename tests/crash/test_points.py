"""kill -9 at every named place of a desk's life, on both databases, then again: nothing is doubled or lost.

orders = approved decisions · the broker's fills = ours · cash and positions reconcile · the audit chain is whole
"""

from __future__ import annotations

import shutil
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.crash.fuse import Fuse, Moment, Point
from tests.crash.life import Left, is_worth_killing, left, live
from tests.crash.points import POINTS, RECOVERIES
from tests.crash.stores import PostgresStore, SqliteStore, Store
from tests.tools.ledger.forking import in_child
from tools.ledger.store import Ledger

SHORT = 2
"""Every run of the tests kills at so many places of each database, spread over the table; `make crash` at all."""

KILLED = -signal.SIGKILL


@dataclass(frozen=True)
class Begun:
    """Books that are about to begin, and what comes of them when nobody dies."""

    store: Store
    empty: str
    expected: Left
    passed: dict[str, int]


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def begun(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Begun]:
    sqlite = request.param == "sqlite"
    store: Store = SqliteStore() if sqlite else PostgresStore(request.getfixturevalue("postgres_server"))
    empty = store.prepare(tmp_path_factory.mktemp("empty"), lambda url: Ledger.open(url, now=None).close())  # type: ignore[arg-type]
    undisturbed = tmp_path_factory.mktemp("undisturbed")
    url, fuse = store.copy(empty, undisturbed), Fuse()
    live(undisturbed, url, fuse)
    yield Begun(store, empty, left(undisturbed, url), dict(fuse.passed))
    store.drop(url)
    store.drop(empty)


def dies(begun: Begun, folder: Path, *deaths: tuple[Point, Moment]) -> None:
    """One process after the other dies at its place; the next one comes to the same end as if nobody had."""
    folder.mkdir()
    url = begun.store.copy(begun.empty, folder)
    for point, moment in deaths:
        codes = in_child(lambda point=point, moment=moment: live(folder, url, Fuse(point, moment)))  # type: ignore[misc]
        assert codes == [KILLED], (point, moment)
    live(folder, url)
    assert left(folder, url) == begun.expected, deaths
    begun.store.drop(url)
    shutil.rmtree(folder)


def test_the_table_has_sixty_names_and_a_life_comes_through_all_of_them(begun: Begun) -> None:
    names = [point.name for point in POINTS]
    assert len(set(names)) == len(names) >= 60
    assert len({(point.place, point.call) for point in POINTS}) == len(POINTS)
    assert {point.name: point for point in POINTS if begun.passed.get(point.place, 0) < point.call} == {}
    calls = {"submit", "find", "replace", "cancel", "fills", "positions", "orders", "cash", "account", "activities"}
    assert {f"broker.{call}" for call in calls} <= {point.place for point in POINTS}
    assert {place for place in begun.passed if place != "ledger.intent_state"} == {point.place for point in POINTS}
    assert is_worth_killing(begun.expected)


def test_a_life_that_is_begun_again_does_nothing_twice(begun: Begun, tmp_path: Path) -> None:
    url = begun.store.copy(begun.empty, tmp_path)
    for _ in range(2):
        live(tmp_path, url)
    assert left(tmp_path, url) == begun.expected
    begun.store.drop(url)


@pytest.mark.parametrize("number", range(SHORT))
def test_a_desk_that_dies_here_and_there(begun: Begun, tmp_path: Path, number: int) -> None:
    half = 0 if begun.store.name == "sqlite" else len(POINTS) // SHORT // 2
    point = POINTS[number * len(POINTS) // SHORT + half]
    dies(begun, tmp_path / "home", (point, list(Moment)[number % 2]))


@pytest.mark.crash
@pytest.mark.parametrize("moment", list(Moment), ids=str)
@pytest.mark.parametrize("point", POINTS, ids=lambda point: point.name)
def test_a_desk_that_dies(begun: Begun, tmp_path: Path, point: Point, moment: Moment) -> None:
    dies(begun, tmp_path / "home", (point, moment))


@pytest.mark.crash
@pytest.mark.parametrize("moment", list(Moment), ids=str)
@pytest.mark.parametrize("points", RECOVERIES, ids=lambda points: ", ".join(each.name for each in points))
def test_what_recovers_dies_as_well(
    begun: Begun, tmp_path: Path, points: tuple[Point, ...], moment: Moment
) -> None:
    dies(begun, tmp_path / "home", *((point, Moment.AFTER) for point in points[:-1]), (points[-1], moment))
