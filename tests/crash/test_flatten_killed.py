"""kill -9 while everything is closed: each trade is closed once, whatever died, and nothing new is opened."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.crash.conftest import said
from tests.crash.ending import broker_orders
from tests.crash.killing import kill

WHY = ("--reason", "a drill", "--by", "Ada", "--yes")


@pytest.fixture(autouse=True)
def small(few_underlyings: None, one_market: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THETAGATE_MODEL__PROVIDER", "offline")


@pytest.fixture
def traded(tmp_path: Path) -> Path:
    home = tmp_path / "prepared"
    said(["run", "--json", "--home", str(home)])
    return home


def flattens(home: Path, *, stride: int) -> int:
    before = {order["client_order_id"] for order in broker_orders(home)}
    expected, kills = kill(home, lambda at: ["flatten", *WHY, "--json", "--home", str(at)], stride=stride)
    closings = [order for order in expected.orders if order["client_order_id"] not in before]
    assert len(closings) == len(before) > 1, "every trade was closed, once"
    assert {order["status"] for order in closings} == {"filled"}
    return kills


@pytest.mark.timeout(300)
def test_a_killed_flatten_closes_everything_once(traded: Path) -> None:
    assert flattens(traded, stride=5) >= 5


@pytest.mark.crash
@pytest.mark.timeout(1800)
def test_a_flatten_killed_at_every_single_write(traded: Path) -> None:
    assert flattens(traded, stride=1) >= 40
