"""One evaluation of the analyst's cases, replayed once for every test that looks at it."""

from __future__ import annotations

import pytest

from evals.case import Task
from evals.results import Run
from evals.running import run


@pytest.fixture(scope="session")
def analysed() -> Run:
    return run([Task.ANALYST])
