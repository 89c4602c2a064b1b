"""Snapshots that several tests look at, made once."""

from __future__ import annotations

from datetime import datetime
from functools import cache

from tools.calendar.sessions import NEW_YORK
from tools.data.simulated import EMBEDDED_SEED, EmbeddedMarket
from tools.domain.market import Snapshot


@cache
def day(*, seed: int = EMBEDDED_SEED, shock: tuple[str, float] | None = None) -> Snapshot:
    """The embedded day, perhaps of another seed or with one price moved."""
    return EmbeddedMarket(seed=seed, shocks=dict([shock]) if shock else {}).snapshot()


@cache
def february() -> Snapshot:
    """The same market ten weeks later, one day after its event calendar ends."""
    return EmbeddedMarket().snapshot(datetime(2027, 2, 1, 12, 0, tzinfo=NEW_YORK))
