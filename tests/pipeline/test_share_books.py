"""Books of shares on the live road: bought, kept in the ledger under their book, left for their own reasons."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.pipeline.conftest import Verb


@pytest.fixture
def books(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THETAGATE_BOOKS__ENABLED", json.dumps(["reserve", "momentum_etf"]))
    monkeypatch.setenv("THETAGATE_MODEL__PROVIDER", "offline")
    monkeypatch.setenv("THETAGATE_MARKET__SOURCE", "past")


def test_shares_are_bought_held_and_sold(verb: Verb, home: Path, books: None) -> None:
    verb("init")
    said = verb("run", "--as-of", "2013-01-04T15:45", "--json")
    assert said.code == 0, said.err
    filled = {row["underlying"]: row for row in said.json["decisions"] if row["outcome"] == "approved"}
    assert {"BIL", "XLE"} <= set(filled)
    held = {(row["symbol"], row["book"]): row for row in verb("positions", "--json").json["positions"]}
    assert held["BIL", "reserve"]["quantity"] == filled["BIL"]["contracts"]
    story = verb("why", filled["BIL"]["id"], "--json").json
    (fill,) = story["fills"]
    assert (fill["symbol"], float(fill["commission"])) == ("BIL", 0.0)
    later = verb("run", "--as-of", "2013-02-04T15:45")
    assert later.code == 0, later.err
    assert f"BIL shares × {filled['BIL']['contracts']}" in later.out
    assert "held 31 days (out after 28)" in later.out
    assert "day-at-risk" not in later.out  # what was closed today was not opened today
    left = {(row["symbol"], row["book"]) for row in verb("positions", "--json").json["positions"]}
    assert ("XLE", "momentum_etf") not in left
