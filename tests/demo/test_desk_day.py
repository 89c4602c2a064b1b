"""The story is told whole, whatever dies in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.demo.desk_day import tell_story


@pytest.mark.crash
@pytest.mark.timeout(600)
def test_a_trade_lives_from_its_card_to_its_assignment_through_two_kills(tmp_path: Path) -> None:
    told: list[str] = []
    story = tell_story(tmp_path, told.append)
    assert [line.split()[0] for line in told] == ["Slack", "Anna", "Begun", "Over", "Begun", "The"]
    after = story.split("Afterwards")[1]
    for word in ("assigned", "delivered shares that no book goes on with", "SPY"):
        assert word in after
    assert "approved  by Anna (slack)" in story
