"""What a capital plan keeps is kept on the live road too, by the same limits as in a backtest."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.pipeline.conftest import Verb

ALL_OF_IT = """
name = "all"
[budgets.other]
share = 1.0
books = ["other"]
guaranteed = true
"""


def decisions(verb: Verb) -> list[dict[str, Any]]:
    verb("init")
    said = verb("run", "--json")
    assert said.code == 0, said.err
    found: list[dict[str, Any]] = said.json["decisions"]
    return found


def test_what_is_guaranteed_to_another_book_is_not_spent(
    verb: Verb, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = tmp_path / "all.toml"
    plan.write_text(ALL_OF_IT, encoding="utf-8")
    monkeypatch.setenv("THETAGATE_BOOKS__CAPITAL", str(plan))
    monkeypatch.setenv("THETAGATE_MODEL__PROVIDER", "offline")
    found = decisions(verb)
    puts = [each for each in found if each["structure"] == "cash_secured_put"]
    assert puts
    assert {each["outcome"] for each in puts} == {"refused"}
    by_rule = [{reason["rule"] for reason in each["reasons"]} for each in puts]
    assert sum("J-guarantee" in rules for rules in by_rule) >= 3
    calls = [each for each in found if each["structure"] == "covered_call"]
    refused = {reason["rule"] for each in calls for reason in each["reasons"]}
    assert "J-guarantee" not in refused  # held shares add no collateral (spec F, preamble)


def test_a_wrong_plan_is_told_before_anything_is_opened(
    verb: Verb, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("THETAGATE_BOOKS__CAPITAL", "teta")
    said = verb("run")
    assert said.code != 0
    assert "the nearest is 'theta'" in said.err
    assert not list(home.glob("**/*.db"))
