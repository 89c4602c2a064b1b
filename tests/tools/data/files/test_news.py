"""A folder of dated texts: the date is in the name, and what has none is undated."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from tools.data.files.news import NewsFolder
from tools.domain.errors import ConfigError

AS_OF = datetime(2026, 11, 3, 20, 45, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    names = (
        "2026-11-03T14:00Z wire.txt",
        "2026-11-02 paper.md",
        "2026-08-02 old.txt",
        "rumour.txt",
        "2026-11-03.pdf",
    )
    (tmp_path / "XOM").mkdir()
    for name in names:
        (tmp_path / "XOM" / name).write_text(f"text of {name}")
    return tmp_path


def test_texts_carry_the_instant_and_the_source_of_their_names(folder: Path) -> None:
    texts = NewsFolder(folder).texts("XOM", AS_OF)
    assert {(text.source, text.published and text.published.astimezone(UTC)) for text in texts} == {
        ("wire", datetime(2026, 11, 3, 14, tzinfo=UTC)),
        ("paper", datetime(2026, 11, 3, 4, 59, tzinfo=UTC)),  # the last minute of the 2nd in New York
        ("rumour", None),
    }


@pytest.mark.parametrize("symbol", ["SPY", "../XOM", ".", "", "XOM/.."])
def test_nothing_is_read_beside_the_folder_of_the_symbol(folder: Path, symbol: str) -> None:
    assert NewsFolder(folder).texts(symbol, AS_OF) == ()


def test_no_folder_is_an_error_of_the_settings(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"model\.news"):
        NewsFolder(tmp_path / "absent")
