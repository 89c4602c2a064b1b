"""The demo: the whole pipeline on the embedded day, and what changes when the day does."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.pipeline.conftest import Verb

OUTCOMES = {"approved", "waiting", "refused"}


def test_the_day_has_all_four_outcomes(verb: Verb) -> None:
    said = verb("demo", "--json")
    assert said.code == 0
    decisions = said.json["decisions"]
    outcomes = {decision["outcome"] for decision in decisions}
    assert outcomes == OUTCOMES
    approved = [decision for decision in decisions if decision["outcome"] == "approved"]
    assert any(decision["order"]["status"] == "filled" for decision in approved)
    assert all(decision["scores"]["total"] >= 7.5 for decision in approved)
    refused = [decision for decision in decisions if decision["outcome"] == "refused"]
    rules = {reason["rule"] for decision in refused for reason in decision["reasons"]}
    assert "F1" in rules, "a hard limit refuses one"
    assert "rating" in rules, "missing data refuses one"
    assert any(d["scores"]["total"] is not None and d["scores"]["total"] >= 7.5 for d in refused), (
        "limits are never outvoted"
    )


def test_a_limit_is_never_outvoted_and_nothing_exceeds_it(verb: Verb) -> None:
    verb("demo")
    held = verb("positions", "--json").json
    assert held["nav"] == pytest.approx(1_000_000, abs=500)
    assert abs(held["net"]["dollar_delta"]) <= 0.20 * held["nav"]
    approved = [d for d in verb("run", "--json").json["decisions"] if d["outcome"] == "approved"]
    puts = [d["max_loss"] for d in approved if d["structure"] == "cash_secured_put"]
    assert sum(puts) <= 0.10 * held["nav"], "day-at-risk"
    assert all(d["collateral"] <= 0.05 * held["nav"] for d in approved)


def test_everybody_sees_the_same_day(verb: Verb, home: Path) -> None:
    first = verb("demo", "--json").json
    other = verb("demo", "--json", "--home", home / "elsewhere")
    assert other.code == 0
    assert other.json == first


def test_a_rerun_returns_the_same_decisions_and_orders_nothing(verb: Verb) -> None:
    first = verb("demo", "--json").json
    assert verb("demo", "--json").json == first
    assert verb("run", "--json").json == first


def test_the_terminal_says_what_to_type_next(verb: Verb) -> None:
    said = verb("demo")
    assert "DEMO · embedded market · no orders can leave" in said.out
    assert "approved by score" in said.out
    assert "waiting for you until" in said.out
    waiting = verb("approvals", "--json").json["approvals"][0]["id"]
    assert f"thetagate approve {waiting}" in said.out
    assert "authored" in said.out, "recordings nobody's model produced are named as such"


def test_another_seed_is_another_day(verb: Verb, home: Path) -> None:
    usual = {d["id"] for d in verb("demo", "--json").json["decisions"]}
    other = {d["id"] for d in verb("demo", "--json", "--seed", "7", "--home", home / "other").json["decisions"]}
    assert usual != other


def test_an_account_stays_on_its_seed(verb: Verb) -> None:
    assert verb("run", "--seed", "7", "--json").code == 0
    other = verb("demo", "--seed", "8")
    assert other.code == 2
    assert "seed 7" in other.err
    again = verb("run", "--json")
    assert again.code == 0
    assert {d["id"] for d in again.json["decisions"]} == {
        d["id"] for d in verb("run", "--seed", "7", "--json").json["decisions"]
    }
    assert verb("screen", "--seed", "8").code == 0, "a look at another market changes nothing"


def test_a_shocked_price_changes_what_depends_on_it_alone(
    verb: Verb, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = {
        c["underlying"]: c for c in verb("screen", "--json").json["candidates"] if c["book"] == "cash_secured_put"
    }
    symbol = sorted(usual)[0]
    monkeypatch.setenv("THETAGATE_MARKET__SHOCKS", f'{{"{symbol}": -0.04}}')
    said = verb("screen", "--json", "--home", home / "other").json
    shocked = {c["underlying"]: c for c in said["candidates"] if c["book"] == "cash_secured_put"}
    spots = {each["symbol"]: each["spot"] for each in said["underlyings"]}
    assert spots[symbol] == pytest.approx(usual[symbol]["spot"] * 0.96, rel=1e-3)
    assert shocked.get(symbol, {}).get("legs") != usual[symbol]["legs"]
    unchanged = [name for name in usual if name != symbol and name in shocked]
    assert len(unchanged) >= len(usual) - 2
    same = [name for name in unchanged if shocked[name]["legs"] == usual[name]["legs"]]
    assert len(same) >= len(unchanged) - 1


@pytest.mark.parametrize("width", [None, "80", "200"])
def test_every_outcome_can_be_read_at_any_width(
    verb: Verb, monkeypatch: pytest.MonkeyPatch, width: str | None
) -> None:
    if width is None:
        monkeypatch.delenv("COLUMNS")
    else:
        monkeypatch.setenv("COLUMNS", width)
    words = " ".join(verb("demo").out.split())
    for outcome in ("approved by score", "waiting for you until", "refused:"):
        assert outcome in words
