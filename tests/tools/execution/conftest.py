from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.tools.ledger.specimens import AS_OF
from tools.domain.structure import Leg
from tools.execution.fill_model import FillModel
from tools.execution.simulated import SimulatedBroker


class Market:
    """One structure sold at 2.48 and bought back at 2.52, until it is moved. Mirrored for bought legs."""

    def __init__(self) -> None:
        self.credit: tuple[float, float] | None = (2.48, 2.52)

    def __call__(self, legs: tuple[Leg, ...]) -> tuple[float, float] | None:
        if self.credit is None:
            return None
        bid, ask = self.credit
        return (bid, ask) if legs[0].quantity < 0 else (-ask, -bid)


@pytest.fixture
def market() -> Market:
    return Market()


@pytest.fixture
def open_broker(tmp_path: Path, market: Market) -> Iterator[Callable[..., SimulatedBroker]]:
    """Opens the same book as often as wanted, each time with the fill model wanted."""
    opened: list[SimulatedBroker] = []

    def open_one(seed: int = 0, *, name: str = "broker.sqlite", **model: float) -> SimulatedBroker:
        path = tmp_path / name
        opened.append(
            SimulatedBroker.open(
                path, quote=market, now=lambda: AS_OF, seed=seed, model=FillModel(**model), cash=1000
            )
        )
        return opened[-1]

    yield open_one
    for broker in opened:
        broker.close()
