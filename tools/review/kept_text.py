"""Book and house as a record keeps them: JSON text, read as plain data."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from tools.domain.decision import DecisionRecord
from tools.review.fact import plain


def book_text(record: DecisionRecord) -> Mapping[str, Any]:
    """The book that proposed the trade; empty where the record does not hold it."""
    return _read(plain(record.facts, "inputs", "book"))


def house_text(record: DecisionRecord) -> Mapping[str, Any]:
    """What held for every book; empty where the record does not hold it."""
    return _read((record.weighed or {}).get("house"))


def _read(kept: Any) -> Mapping[str, Any]:
    told = json.loads(kept) if isinstance(kept, str) else None
    return told if isinstance(told, Mapping) else {}
