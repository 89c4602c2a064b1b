"""kill -9 around the moves of a rollout: a book goes on or back by one stage, whatever dies on the way.

review by a person → promoted        run → stepped back → sized by its new stage
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from pipeline.home import Home
from pipeline.wiring import open_ledger
from tests.crash.conftest import said
from tests.crash.ending import Ending
from tests.crash.killing import kill
from tests.tools.ledger.specimens import round_trip
from tools.books.rollout import Stage

PUTS = "cash_secured_put"

Begun = Callable[[str], Path]


def review(home: Path) -> list[str]:
    return ["books", "review", "--json", "--home", str(home)]


def run(home: Path) -> list[str]:
    return ["run", "--json", "--home", str(home)]


@pytest.fixture
def begun(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Begun:
    """A home in which a first run has begun the rollout at a stage."""
    monkeypatch.setenv("THETAGATE_MODEL__PROVIDER", "offline")

    def begin(stage: str) -> Path:
        monkeypatch.setenv("THETAGATE_BOOKS__ROLLOUT", f'{{"{PUTS}": {stage}}}')
        home = tmp_path / "home"
        said(run(home))
        return home

    return begin


def trade(home: Path, days: int, *, paid: str) -> None:
    """Twelve trades that ended at `paid`, and the clock so many days on."""
    market = Home(home).read_market()
    assert market is not None
    assert market.as_of is not None
    with open_ledger(Home(home)) as ledger:
        for number in range(12):
            at = market.as_of + timedelta(minutes=1 + number)
            round_trip(ledger, strike=400 + number, at=at, paid=paid, as_of=at)
    Home(home).write_market(market.at(market.as_of + timedelta(days=days)))


def moves(expected: Ending) -> list[tuple[str, str]]:
    """Every move ever kept, in order: what it was and where it led."""
    return [
        (each.status, str(each.figures["stage"]))
        for run, each in expected.evaluations
        if run.startswith("rollout/")
    ]


@pytest.mark.timeout(120)
def test_a_killed_review_promotes_once(begun: Begun) -> None:
    home = begun('"paper"')
    trade(home, 14, paid="1.00")
    expected, kills = kill(home, review, stride=1)
    assert kills >= 2
    assert moves(expected) == [("began", "paper"), ("promoted", "tenth")]
    assert expected.standings[PUTS].stage is Stage.TENTH


@pytest.mark.timeout(120)
def test_a_killed_review_that_begins_anew_promotes_nothing(begun: Begun, monkeypatch: pytest.MonkeyPatch) -> None:
    home = begun("0.1")
    trade(home, 14, paid="1.00")
    begun_at_half = f'{{"{PUTS}": 0.5}}'
    monkeypatch.setenv("THETAGATE_BOOKS__ROLLOUT", begun_at_half)
    expected, kills = kill(home, review, stride=1)
    assert kills >= 2
    assert moves(expected) == [("began", "tenth"), ("began", "half")]


@pytest.mark.timeout(120)
def test_a_killed_first_run_begins_once_and_sizes_by_its_stage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("THETAGATE_BOOKS__ROLLOUT", f'{{"{PUTS}": 0.1}}')
    (tmp_path / "home").mkdir()
    expected, kills = kill(tmp_path / "home", run, stride=29)
    assert kills >= 3
    assert moves(expected) == [("began", "tenth")]
    assert {state for _, state in expected.decisions} > {"approved"}


def steps_back(begun: Begun, *, stride: int) -> int:
    home = begun("0.25")
    trade(home, 3, paid="15.00")  # 12 × 2,500 lost of the 250,000 it is let have
    expected, kills = kill(home, run, stride=stride)
    assert moves(expected) == [("began", "quarter"), ("stepped_back", "tenth")]
    assert expected.standings[PUTS].stage is Stage.TENTH
    return kills


@pytest.mark.timeout(300)
def test_a_killed_run_steps_back_once(begun: Begun) -> None:
    assert steps_back(begun, stride=7) >= 5


@pytest.mark.crash
@pytest.mark.timeout(3600)
def test_a_run_that_steps_back_killed_at_every_single_write(begun: Begun) -> None:
    assert steps_back(begun, stride=1) >= 70
