"""Histories to write into and read from."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tools.data.store.history import History
from tools.data.store.importing import Imported, import_file

NOW = datetime(2024, 7, 1, 12, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "history"


@pytest.fixture
def history(folder: Path) -> Iterator[History]:
    with History.open(folder) as opened:
        yield opened


def bring(history: History, path: Path, form: str = "cboe-eod", **options: object) -> Imported:
    """Import a file now."""
    return import_file(history, path, format=form, now=NOW, **options)  # type: ignore[arg-type]


def state(folder: Path) -> dict[str, bytes]:
    """Every file that a history is made of, by its name; the catalog as its rows."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*.parquet"))}
