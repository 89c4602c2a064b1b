"""Every store the ledger runs on; the contract suite covers them all."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pytest

from tests.tools.ledger.specimens import AS_OF, opening
from tools.ledger.store import Ledger


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.at = AS_OF

    def __call__(self) -> datetime:
        return self.at

    def advance(self, minutes: float) -> None:
        self.at += timedelta(minutes=minutes)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def url(database_url: str) -> str:
    """An empty database of each kind."""
    return database_url


@pytest.fixture
def open_ledger(url: str, clock: Clock) -> Iterator[Callable[[], Ledger]]:
    """Opens the same ledger as often as wanted."""
    opened: list[Ledger] = []

    def open_one() -> Ledger:
        opened.append(Ledger.open(url, now=clock))
        return opened[-1]

    yield open_one
    for ledger in opened:
        ledger.close()


@pytest.fixture
def ledger(open_ledger: Callable[[], Ledger]) -> Ledger:
    """A ledger with its account open."""
    ledger = open_ledger()
    ledger.open_account(opening())
    return ledger
