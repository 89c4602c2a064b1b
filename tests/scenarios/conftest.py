from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.scenarios.world import World
from tests.simulation.opening import opened_ledger


@pytest.fixture(scope="session")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return opened_ledger(tmp_path_factory.mktemp("opened"))


@pytest.fixture
def world(tmp_path: Path, opened: Path) -> Iterator[World]:
    """Friday, 20 November 2026, 10:45 in New York: an account with cash and 300 shares."""
    shutil.copy(opened, tmp_path / "ledger.sqlite")
    found = World(tmp_path)
    yield found
    found.close()
