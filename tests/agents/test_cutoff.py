"""Until when models were taught: as published, else unknown."""

from __future__ import annotations

from datetime import date

import pytest

from agents.anthropic import DEFAULT_MODEL
from agents.cutoff import cutoff


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        ("claude-haiku-4-5-20251001", date(2025, 7, 31)),
        ("claude-haiku-4-5", date(2025, 7, 31)),
        ("claude-sonnet-5-5", date(2026, 6, 30)),
        (DEFAULT_MODEL, None),  # its maker publishes until when it knows well, not until when it was taught
        ("claude-haiku", None),
        ("", None),
    ],
)
def test_the_last_day_a_model_was_taught_of(model: str, expected: date | None) -> None:
    assert cutoff(model) == expected
