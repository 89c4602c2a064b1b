"""kill -9 on a day with open trades: the reserve is sold for what lacks cash, and vols of held legs are remembered.

Every sale is made once, for whom it was promised; every vol is its day's; the end is the undisturbed one's.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

import pytest

from pipeline import wiring
from pipeline.home import Home
from pipeline.market import MarketChoice
from pipeline.past import simulated_past
from tests.crash.conftest import said
from tests.crash.ending import ending
from tests.crash.killing import kill
from tools.domain.decision import DecisionState
from tools.domain.market import Snapshot

SELLS, LEAVES = "2008-09-17", "2008-09-22"
"""Days of the invented past: two puts want cash that is swept; five are bought back and forgotten."""

Prepared = Callable[..., Path]


@pytest.fixture(autouse=True)
def swept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Puts on two funds, and a reserve that takes every cent they leave."""
    folder = tmp_path / "books"
    folder.mkdir(exist_ok=True)
    shipped = files("tools.books") / "data"
    (folder / "cash_secured_put.toml").write_text((shipped / "cash_secured_put.toml").read_text(encoding="utf-8"))
    reserve = (shipped / "reserve.toml").read_text(encoding="utf-8")
    for key, value in (("allocation", "0.1 "), ("capital", "0.20"), ("day_at_risk", "0.20")):
        assert f"{key} = {value} " in reserve
        reserve = reserve.replace(f"{key} = {value} ", f"{key} = 1.0 ")
    (folder / "reserve.toml").write_text(reserve)
    for name, chosen in {
        "BOOKS__FOLDER": str(folder),
        "BOOKS__ENABLED": '["cash_secured_put", "reserve"]',
        "MODEL__PROVIDER": "offline",
        "MARKET__SOURCE": "past",
        "MARKET__DRIVER": "invented",
    }.items():
        monkeypatch.setenv(f"THETAGATE_{name}", chosen)
    seen: dict[str, Snapshot] = {}

    def small(choice: MarketChoice) -> Snapshot:
        past = simulated_past(choice, symbols=("SPY", "IWM", "BIL"))
        return seen.setdefault(str(choice.as_of), past.snapshot(choice.as_of))

    monkeypatch.setattr(wiring, "open_snapshot", small)


def run_arguments(home: Path, day: str) -> list[str]:
    return ["run", "--as-of", day, "--json", "--home", str(home)]


@pytest.fixture
def prepared(tmp_path: Path) -> Prepared:
    """A home that ran on these days; copied, never used."""

    def prepare(*days: str) -> Path:
        home, cash = tmp_path / "prepared", tmp_path / "cash.json"
        cash.write_text(json.dumps({"cash": 400_000}))
        for number, day in enumerate(days):
            said([*run_arguments(home, day), *([] if number else ["--portfolio", str(cash)])])
        return home

    return prepare


def sells(home: Path, *, stride: int) -> int:
    expected, kills = kill(home, lambda at: run_arguments(at, SELLS), stride=stride)
    wanted = [each[2] for each in expected.later]
    assert len(wanted) == len(set(wanted)) == 2  # one sale for each of two puts
    assert {status for _, status, _ in expected.later} == {"filled"}
    assert len(expected.vols) == 2
    return kills


@pytest.mark.timeout(300)
def test_a_killed_day_sells_the_reserve_once_for_each_need(prepared: Prepared) -> None:
    assert sells(prepared("2008-09-15"), stride=16) >= 6


@pytest.mark.crash
@pytest.mark.timeout(3600)
def test_a_day_of_sales_killed_at_every_single_write(prepared: Prepared) -> None:
    assert sells(prepared("2008-09-15"), stride=1) >= 190


def leaves(home: Path, *, stride: int) -> int:
    before = {row[2] for row in ending(home).vols}
    expected, kills = kill(home, lambda at: run_arguments(at, LEAVES), stride=stride)
    remembered = {row[2] for row in expected.vols}
    assert before - remembered  # what was bought back is forgotten
    assert remembered & before
    assert {row[3] for row in expected.vols if row[2] in before} == {"2008-09-19", LEAVES}
    return kills


@pytest.mark.timeout(300)
def test_a_killed_day_remembers_what_is_still_held(prepared: Prepared) -> None:
    assert leaves(prepared("2008-09-15", SELLS, "2008-09-18", "2008-09-19"), stride=26) >= 5


@pytest.mark.crash
@pytest.mark.timeout(3600)
def test_a_day_of_exits_killed_at_every_single_write(prepared: Prepared) -> None:
    assert leaves(prepared("2008-09-15", SELLS, "2008-09-18", "2008-09-19"), stride=1) >= 200


@pytest.mark.timeout(300)
def test_a_killed_override_finds_the_cash_that_its_reserve_was_sold_for(
    prepared: Prepared, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What its score refused holds no reservation, so the sweep of the same look has taken its cash."""
    for name, chosen in {"SCORE__AUTOMATIC": "9.5", "SCORE__HUMAN": "9.0", "RISK__DAY_AT_RISK": "1.0"}.items():
        monkeypatch.setenv(f"THETAGATE_{name}", chosen)
    home = prepared("2008-09-15")
    with wiring.open_ledger(Home(home)) as ledger:
        (low,) = ledger.decisions(states=[DecisionState.REFUSED], underlying="IWM")
    words = ["approve", low.id, "--override", "--reason", "a word", "--json", "--home"]
    expected, kills = kill(home, lambda at: [*words, str(at)], stride=3)
    assert kills >= 10
    assert [(status, wanted) for _, status, wanted in expected.later] == [("filled", low.id)]
    assert (low.id, "approved") in expected.decisions
    assert {order["status"] for order in expected.orders} == {"filled"}
