"""Every scenario of every table, and that none is told twice."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.scenarios import hours, orders, settlements
from tests.scenarios.expected import trustworthy
from tests.scenarios.world import Scenario, World

TABLES: tuple[tuple[Scenario, ...], ...] = (
    orders.FILLS, orders.RACES, orders.REPORTS, orders.SENDS, orders.DEATHS, orders.ANSWERS, orders.ENDINGS,
    hours.HOURS, hours.QUOTES, hours.STOPS, hours.GATE,
    settlements.EXPIRIES, settlements.IN_CASH, settlements.ASSIGNMENTS, settlements.SPLITS,
)  # fmt: skip
ALL = [each for table in TABLES for each in table]


@pytest.mark.parametrize("each", ALL, ids=[each.name for each in ALL])
def test_scenario(each: Scenario, world: World) -> None:
    for step in each.steps:
        step(world)
    trustworthy(world)


def test_every_scenario_has_a_name_of_its_own() -> None:
    assert {name: count for name, count in Counter(each.name for each in ALL).items() if count > 1} == {}
    assert len(ALL) >= 100
