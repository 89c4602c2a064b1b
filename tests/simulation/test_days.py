"""Seeded days: the same seed is the same day, and at the end of every day the books are the broker's."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.simulation.day import World, trade
from tests.simulation.opening import opened_ledger
from tests.simulation.questions import wrongs
from tools.domain.order import OrderStatus

ROOT = Path(__file__).parents[2]
SHORT, CHANGE, BLOCKS = 15, 250, 40
"""Days of every run of the tests, of a change, and blocks of a change's length before a release: 10,000 days."""


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return opened_ledger(tmp_path_factory.mktemp("template"))


def day(folder: Path, template: Path, seed: int) -> World:
    home = folder / str(seed)
    home.mkdir(parents=True)
    world = trade(home, template, seed)
    assert wrongs(world) == [], f"run it again: python -m tests.simulation {seed}"
    world.close()
    return world


@pytest.mark.parametrize("block", range(3))
def test_short_days(tmp_path: Path, template: Path, block: int) -> None:
    for seed in range(block * SHORT // 3, (block + 1) * SHORT // 3):
        day(tmp_path, template, seed)


def test_the_days_are_as_bad_as_they_should_be(tmp_path: Path, template: Path) -> None:
    """Days on which nothing happens prove nothing: together they hold every kind of trouble."""
    statuses, rules = Counter[OrderStatus](), Counter[str]()
    faults = deaths = 0
    for seed in range(100, 110):
        world = trade_of(tmp_path, template, seed)
        faults, deaths = faults + world.weather.fallen, deaths + world.weather.deaths
        ledger = world.books
        statuses.update(order.status for order in ledger.orders())
        for row in ledger.decisions():
            refusals = ledger.record(row.id).refusals
            rules.update(reason.rule for refusal in refusals for reason in refusal.reasons)
        world.close()
    assert faults >= 50
    assert deaths >= 8
    assert {OrderStatus.FILLED, OrderStatus.CANCELLED, OrderStatus.REJECTED} <= set(statuses)
    assert {"kill_switch", "session", "message_rate", "buying_power"} <= set(rules)


def trade_of(folder: Path, template: Path, seed: int) -> World:
    home = folder / str(seed)
    home.mkdir()
    return trade(home, template, seed)


def test_the_same_seed_is_the_same_day(tmp_path: Path, template: Path) -> None:
    first = [day(tmp_path / "first", template, seed).trace.hash for seed in range(2)]
    again = [day(tmp_path / "again", template, seed).trace.hash for seed in range(2)]
    assert first == again
    assert len(set(first)) == 2


def test_a_day_does_not_depend_on_its_process() -> None:
    """Another process, another order of sets and dictionaries, the same trace."""

    def told(salt: str) -> str:
        environment = {**os.environ, "PYTHONHASHSEED": salt}
        command = [sys.executable, "-m", "tests.simulation", "7"]
        return subprocess.run(
            command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True
        ).stdout.split()[1]

    assert told("1") == told("2")


@pytest.mark.soak
def test_the_days_of_a_change(tmp_path: Path, template: Path) -> None:
    for seed in range(1_000, 1_000 + CHANGE):
        day(tmp_path, template, seed)


@pytest.mark.soak
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("block", range(BLOCKS))
def test_ten_thousand_days(tmp_path: Path, template: Path, block: int) -> None:
    for seed in range(10_000 + block * CHANGE, 10_000 + (block + 1) * CHANGE):
        day(tmp_path, template, seed)
