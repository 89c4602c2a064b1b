"""kill -9 at named places of a home: checkpoints, channels, kill switch, on both databases; then a restart.

The end is the undisturbed one's: decisions, orders, the broker's own book, cash, positions, measures.
"""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from functools import partial
from io import StringIO
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from pipeline.home import Home
from pipeline.wiring import open_ledger
from tests.crash.conftest import said
from tests.crash.ending import Ending, ending
from tests.crash.fuse import Fuse, Moment, Point
from tests.crash.homes import SCENES, Scene, wired
from tests.crash.stores import PostgresStore
from tests.tools.ledger.forking import in_child
from tools.domain.decision import DecisionState

TABLE = [(scene, point) for scene in SCENES for point in scene.points]
SHORT = 1
KILLED = -signal.SIGKILL


@dataclass
class Homes:
    """Homes of one kind of database: one in which nothing has run, and one after a run."""

    folder: Path
    store: PostgresStore | None
    waiting: str = ""
    prepared: dict[bool, tuple[Path, str]] = field(default_factory=dict)
    expected: dict[str, tuple[Ending, dict[str, int]]] = field(default_factory=dict)

    def prepare(self) -> None:
        for begun in (False, True):
            home = self.folder / f"prepared-{begun}"
            home.mkdir()
            address = self.store.prepare(home, lambda _: None) if self.store else ""
            self.prepared[begun] = home, address
            if begun:
                assert self.run(home, address, partial(SCENES[0].act, home, "")) == 0
                with open_ledger(Home(home, self.told(address))) as ledger:
                    self.waiting = ledger.decisions(states=[DecisionState.WAITING])[0].id

    @staticmethod
    def told(address: str) -> str:
        """As a user writes it."""
        return (
            make_url(address).set(drivername="postgresql").render_as_string(hide_password=False) if address else ""
        )

    def run(self, home: Path, address: str, work: Callable[[], object]) -> int:
        """In a process of its own, whose database is this one."""

        def told() -> None:
            if address:
                os.environ["DATABASE_URL"] = self.told(address)
            with redirect_stdout(StringIO()), redirect_stderr(StringIO()):
                work()

        return in_child(told)[0]

    def copy(self, scene: Scene, name: str) -> tuple[Path, str]:
        prepared, address = self.prepared[scene.begun]
        home = self.folder / name
        shutil.copytree(prepared, home)
        return home, self.store.copy(address, home) if self.store else ""

    def drop(self, home: Path, address: str) -> None:
        shutil.rmtree(home)
        if self.store:
            self.store.drop(address)

    def undisturbed(self, scene: Scene) -> tuple[Ending, dict[str, int]]:
        """The end of a scene in which nobody dies, and how often it came through each place."""
        if scene.name not in self.expected:
            home, address = self.copy(scene, "undisturbed")
            counted = home.with_name("counted")

            def act() -> None:
                fuse = Fuse()
                with wired(fuse):
                    scene.act(home, self.waiting)
                counted.write_text("\n".join(f"{place} {count}" for place, count in fuse.passed.items()))
                scene.afterwards(home, self.waiting)

            assert self.run(home, address, act) == 0
            passed = dict(line.split() for line in counted.read_text().splitlines())
            found = ending(home, self.told(address)), {place: int(count) for place, count in passed.items()}
            self.expected[scene.name] = found
            self.drop(home, address)
        return self.expected[scene.name]

    def dies(self, scene: Scene, point: Point, moment: Moment) -> None:
        expected, passed = self.undisturbed(scene)
        assert passed.get(point.place, 0) >= point.call, f"nothing comes through {point}: {passed}"
        home, address = self.copy(scene, "killed")

        def deadly() -> None:
            with wired(Fuse(point, moment)):
                scene.act(home, self.waiting)

        def again() -> None:
            scene.act(home, self.waiting)
            scene.afterwards(home, self.waiting)

        assert self.run(home, address, deadly) == KILLED
        assert self.run(home, address, again) == 0
        assert ending(home, self.told(address)) == expected
        self.drop(home, address)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def homes(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Homes]:
    store = None if request.param == "sqlite" else PostgresStore(request.getfixturevalue("postgres_server"))
    made = Homes(tmp_path_factory.mktemp("homes"), store)
    yield made
    if store:
        for _, address in made.prepared.values():
            store.drop(address)


@pytest.fixture
def at(homes: Homes, few_underlyings: None, monkeypatch: pytest.MonkeyPatch) -> Homes:
    monkeypatch.setenv("THETAGATE_MODEL__PROVIDER", "offline")
    if not homes.prepared:
        warm = homes.folder / "warm"
        said(["run", "--json", "--home", str(warm)])  # what this process has loaded, its children need not
        homes.prepare()
    return homes


def test_every_place_has_a_name_of_its_own() -> None:
    names = [f"{scene.name}: {point.name}" for scene, point in TABLE]
    assert len(set(names)) == len(names) >= 40


@pytest.mark.parametrize("number", range(SHORT))
def test_a_home_that_dies_here_and_there(at: Homes, number: int) -> None:
    half = 0 if at.store is None else len(TABLE) // SHORT // 2
    at.dies(*TABLE[number * len(TABLE) // SHORT + half], list(Moment)[number % 2])


@pytest.mark.crash
@pytest.mark.timeout(300)
@pytest.mark.parametrize("moment", list(Moment), ids=str)
@pytest.mark.parametrize(("scene", "point"), TABLE, ids=[f"{scene.name}: {point.name}" for scene, point in TABLE])
def test_a_home_that_dies(at: Homes, scene: Scene, point: Point, moment: Moment) -> None:
    at.dies(scene, point, moment)
