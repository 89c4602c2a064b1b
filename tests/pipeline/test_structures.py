"""Books of several legs through the whole flow: one screen, one fit, one order, one fill per leg."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.pipeline.conftest import Verb

BOOKS = ["primary", "income_pop", "strangle", "legacy_volatility", "index_put"]


@pytest.fixture
def books(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every book of several legs, an analyst that needs no key, and a book's delta let through."""
    monkeypatch.setenv("THETAGATE_BOOKS__ENABLED", json.dumps(BOOKS))
    monkeypatch.setenv("THETAGATE_MODEL__PROVIDER", "offline")
    monkeypatch.setenv("THETAGATE_RISK__NET_DELTA", "1.5")
    monkeypatch.setenv("THETAGATE_RISK__GAMMA", "0.5")
    monkeypatch.setenv("THETAGATE_EXECUTION__SLIPPAGE_BUDGET", "0.25")


def decided(verb: Verb) -> list[dict[str, Any]]:
    said = verb("run", "--json")
    assert said.code == 0, said.err
    found: list[dict[str, Any]] = said.json["decisions"]
    return found


def test_none_of_them_is_enabled_by_default() -> None:
    from pipeline.settings import BookSettings

    assert set(BookSettings().enabled).isdisjoint(BOOKS)


def test_a_spread_is_one_order_with_a_net_limit(verb: Verb, home: Path, books: None) -> None:
    verb("init")
    spreads = [each for each in decided(verb) if each["structure"] == "put_credit_spread"]
    assert {each["underlying"] for each in spreads} == {"SPY", "QQQ", "IWM"}
    for each in spreads:
        if each["outcome"] == "waiting":
            assert verb("approve", each["id"]).code in {0, 1, 3}
    filled = 0
    for each in spreads:
        story = verb("why", each["id"], "--json").json
        if not story["order"] or not story["order"]["filled_quantity"]:
            continue
        filled += 1
        units, net = story["order"]["filled_quantity"], float(story["order"]["filled_price"])
        assert {leg["occ"]: leg["quantity"] for leg in each["legs"]} == {
            leg["occ"]: leg["quantity"] // abs(leg["quantity"]) * each["contracts"] for leg in each["legs"]
        }
        paid = sum(-fill["quantity"] * float(fill["price"]) for fill in story["fills"])
        assert paid == pytest.approx(units * net)
        assert sum(fill["quantity"] for fill in story["fills"]) == 0
    assert filled
    held = [row for row in verb("positions", "--json").json["positions"] if row["book"] == "primary"]
    assert len(held) == 2 * filled


def test_a_strangle_is_two_short_legs_held_by_stress_either_way(verb: Verb, books: None) -> None:
    verb("init")
    strangles = [each for each in decided(verb) if each["structure"] == "strangle"]
    assert strangles
    for each in strangles:
        assert [leg["quantity"] for leg in each["legs"]] == [-each["contracts"]] * 2
        story = verb("why", each["id"], "--json").json
        stress = next(limit for limit in story["fit"]["limits"] if limit["rule"] == "F15-stress")
        assert stress["after"] is not None
        assert stress["vetoes"] == (stress["after"] > stress["limit"])
