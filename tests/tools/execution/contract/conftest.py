"""The contract suite runs on every broker there is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.tools.execution.contract.venues import VENUES, Venue


@pytest.fixture(params=sorted(VENUES))
def venue(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Venue]:
    with VENUES[request.param](tmp_path) as found:
        yield found
