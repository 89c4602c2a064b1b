"""The recorded conversations: written by a person, grounded at the end, and what the shipped texts give."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from agents.cassette import Origin, read_cassette
from agents.talk_recorded import CONVERSATIONS
from evals.record_conversations import conversations, embedded_decisions, write_down
from pipeline.reviewing import DeskReviewer
from tools.domain.decision import DecisionRecord
from tools.domain.errors import ConfigError

Day = tuple[DeskReviewer, dict[str, DecisionRecord]]


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Day:
    return embedded_decisions(tmp_path_factory.mktemp("day"))


def test_the_shipped_cassette_is_what_the_shipped_texts_give(day: Day) -> None:
    assert write_down(conversations(), *day) == read_cassette(CONVERSATIONS)


def test_every_step_is_marked_as_written_by_a_person() -> None:
    recorded = read_cassette(CONVERSATIONS)
    assert len(recorded) >= 12
    assert {each.origin for each in recorded} == {Origin.AUTHORED}
    assert all(each.request["stream"] is True and each.request["tools"] for each in recorded)


def turn(**says: Any) -> list[dict[str, Any]]:
    return [{"label": "XOM 34d 113 put", "turns": [{"question": "Why?", "says": [says]}]}]


@pytest.mark.parametrize(
    ("told", "word"),
    [
        (turn(answer="It pays 99 % a year."), "More is asked"),
        (turn(answer="See [no.such.field]."), "More is asked"),
        (turn(calls=[{"name": "scan", "arguments": {}}]), "what follows from a tool"),
        ([{"label": "XYZ", "turns": []}], "no decision of the embedded day"),
        (
            [
                {
                    "label": "XOM 34d 113 put",
                    "turns": [{"question": "Why?", "says": [{"answer": "So."}, {"answer": "x"}]}],
                }
            ],
            "left over",
        ),
    ],
)
def test_a_text_that_does_not_hold_is_named(day: Day, told: list[dict[str, Any]], word: str) -> None:
    with pytest.raises(ConfigError, match=word):
        write_down(told, *day)


def test_texts_that_are_none_are_an_error(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("a: [")
    with pytest.raises(ConfigError, match="cannot be read"):
        conversations(tmp_path)
