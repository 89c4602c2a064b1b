"""Until when a model's training data reach, as its maker publishes it (`cutoffs.toml`); unknown for every other."""

from __future__ import annotations

import tomllib
from calendar import monthrange
from datetime import date
from functools import lru_cache
from pathlib import Path

TABLE = Path(__file__).parent / "cutoffs.toml"


def cutoff(model: str) -> date | None:
    """The last day of the last month of which a model, by its full name, was taught anything; None is unknown."""
    return _table().get(model)


@lru_cache(maxsize=1)
def _table() -> dict[str, date]:
    months = tomllib.loads(TABLE.read_text(encoding="utf-8"))
    return {model: _last_day(month) for model, month in months.items()}


def _last_day(month: str) -> date:
    first = date.fromisoformat(f"{month}-01")
    return first.replace(day=monthrange(first.year, first.month)[1])
