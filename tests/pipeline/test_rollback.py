"""The verb `rollback`: planned, shown, and closed day by day by a person."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.cli.exits import Exit
from tests.pipeline.conftest import Verb


@pytest.fixture(autouse=True)
def few(few_underlyings: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THETAGATE_MODEL__PROVIDER", "offline")


def test_the_staged_way_out_is_walked_day_by_day(verb: Verb, home: Path) -> None:
    assert "Nobody has planned" in verb("rollback").out
    assert verb("rollback", "--confirm", "1", "--by", "anna").code == Exit.USAGE
    verb("run")
    held = len(verb("positions", "--json").json["positions"])
    planned = verb("rollback", "--by", "anna", "--reason", "it does not work", "--json").json
    days = {day["number"]: day for day in planned["days"]}
    assert sum(len(day["items"]) for day in planned["days"]) > 0
    assert verb("run", "--as-of", "2026-11-23T10:00", "--json").json["halt"]["strength"] == "stop-entries"

    first = min(number for number, day in days.items() if day["items"])
    late = max(number for number, day in days.items() if day["items"])
    early = verb("rollback", "--confirm", str(late), "--by", "anna")
    assert (early.code, "not confirmed yet" in early.err or "begins on" in early.err) == (Exit.USAGE, True)
    said = verb("rollback", "--confirm", str(first), "--by", "bert", "--json").json
    assert {each["id"] for each in said["trades"]} == {item["trade"] for item in days[first]["items"]}
    assert {each["exits"][0]["rule"] for each in said["trades"]} == {"rollback"}
    assert said["days"][first - 1]["confirmed_by"] == "bert"
    assert len(verb("positions", "--json").json["positions"]) < held
    again = verb("rollback", "--confirm", str(first), "--by", "bert", "--json").json
    assert again["trades"] == []
    assert "bert" in verb("rollback").out
    assert verb("audit", "verify").code == Exit.OK


def test_it_takes_a_named_person_and_a_reason(verb: Verb) -> None:
    verb("run")
    for arguments in (("--by", "anna"), ("--reason", "x"), ("--confirm", "1")):
        said = verb("rollback", *arguments)
        assert said.code == Exit.USAGE
        assert "named person" in said.err
    assert verb("rollback", "--by", "anna", "--confirm", "9").code == Exit.USAGE
