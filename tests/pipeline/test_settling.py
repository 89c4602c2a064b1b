"""Expiry, assignment and dividends on the live road: a home that is looked at again when its trades are over."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from pipeline.cli.exits import Exit
from pipeline.home import Home
from pipeline.reconciling import RULE
from pipeline.wiring import open_ledger
from tests.pipeline.conftest import Verb
from tools.data.simulated import EmbeddedFixings
from tools.domain.activity import Activity, ActivityKind
from tools.execution import simulated
from tools.portfolio.fixings import ShareSplit

NEXT_YEAR = "2027-01-25T15:45"


@pytest.fixture(autouse=True)
def few(few_underlyings: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THETAGATE_MODEL__PROVIDER", "offline")


def test_what_ended_meanwhile_is_in_the_books_and_in_the_story(verb: Verb, home: Path) -> None:
    first = verb("run", "--json").json
    assert first["settled"] == []
    sold = {each["id"]: each for each in first["decisions"] if each["order"]}
    said = verb("run", "--as-of", NEXT_YEAR, "--json").json
    ended = [each for each in said["settled"] if each["decision_id"]]
    assert {each["decision_id"] for each in ended} == set(sold)
    assert {each["kind"] for each in said["settled"]} >= {"expired", "dividend"}
    assert verb("reconcile").code == Exit.OK
    assert verb("audit", "verify").code == Exit.OK
    story = verb("why", ended[0]["decision_id"]).out
    assert "Afterwards" in story
    assert ended[0]["symbol"] in story.split("Afterwards")[1]
    held = {each["symbol"] for each in verb("positions", "--json").json["positions"]}
    assert not held & {leg["occ"] for each in sold.values() for leg in each["legs"]}
    assert verb("run", "--as-of", NEXT_YEAR, "--json").json["settled"] == []


def test_a_split_goes_through_the_books_and_into_the_story(
    verb: Verb, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = verb("run", "--json").json
    sold = next(each for each in first["decisions"] if each["order"] and each["order"]["status"] == "filled")
    before = {each["symbol"]: each["quantity"] for each in verb("positions", "--json").json["positions"]}

    def splits(market: EmbeddedFixings, symbol: str, *, after: date, until: date) -> tuple[ShareSplit, ...]:
        day = date(2026, 11, 23)
        return (ShareSplit(day, 2, 1),) if symbol == sold["underlying"] and after < day <= until else ()

    monkeypatch.setattr(EmbeddedFixings, "splits", splits)
    said = verb("run", "--as-of", "2026-11-23T10:45", "--json").json
    told = [each for each in said["settled"] if each["kind"] == "split"]
    assert told
    assert all(each["delivered"]["quantity"] == -2 * each["quantity"] for each in told)
    assert sold["id"] in {each["decision_id"] for each in told}
    after = {each["symbol"]: each["quantity"] for each in verb("positions", "--json").json["positions"]}
    for leg in sold["legs"]:
        assert leg["occ"] not in after
        assert before[leg["occ"]] != 0
    assert verb("reconcile", "--json").json["differences"] == []
    assert verb("audit", "verify").code == Exit.OK
    assert "at the same cost" in verb("why", sold["id"]).out.split("Afterwards")[1]


def test_what_the_broker_tells_of_nothing_we_hold_opens_nothing_new(
    verb: Verb, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    verb("run")
    with open_ledger(Home(home)) as ledger:
        now = ledger.latest_scan()
    assert now is not None
    strange = Activity(
        activity_id="x-1", kind=ActivityKind.EXPIRED, symbol="QQQ261127P00400000", quantity=3, at=now.as_of
    )
    monkeypatch.setattr(simulated.SimulatedBroker, "activities", lambda broker, since: (strange,))
    monkeypatch.setattr("tools.ledger.bookings.is_new", lambda connection, activity, account: True)
    said = verb("reconcile", "--json")
    assert said.code == Exit.BROKER_OR_DATA
    (difference,) = said.json["differences"]
    assert (difference["kind"], difference["subject"]) == ("activity", "x-1")
    later = verb("run", "--as-of", "2026-11-23T15:45", "--json").json
    refused = [reason["rule"] for each in later["decisions"] for reason in each["reasons"]]
    assert RULE in refused
    assert not [each for each in later["decisions"] if each["order"] and each["order"]["status"] == "filled"]
