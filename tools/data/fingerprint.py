"""The identity of a snapshot: a SHA-256 over everything a decision could have been drawn from."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import date, datetime
from types import MappingProxyType
from typing import Any

import numpy as np

from tools.domain.chain import COLUMNS, Chain
from tools.domain.market import Conditions, UnderlyingFacts
from tools.domain.value import canonical

_NONE: Mapping[str, date] = MappingProxyType({})


def market_fingerprint(
    *,
    as_of: datetime,
    source: str,
    chains: Mapping[str, Chain],
    facts: Mapping[str, UnderlyingFacts],
    conditions: Conditions,
    adjustments: Mapping[str, date] = _NONE,
) -> str:
    """64 hex digits; the same content gives the same digits whatever the order of the underlyings."""
    whole = hashlib.sha256()
    head = {
        "as_of": as_of.isoformat(),
        "source": source,
        "facts": {symbol: fact.model_dump(mode="json") for symbol, fact in facts.items()},
        "conditions": conditions.model_dump(mode="json"),
        "chains": {symbol: scalars_of(chain) for symbol, chain in chains.items()},
    }
    if adjustments:
        head["adjustments"] = {symbol: day.isoformat() for symbol, day in adjustments.items()}
    whole.update(canonical(head).encode())
    for symbol in sorted(chains):
        for column in COLUMNS:
            whole.update(_portable(getattr(chains[symbol], column)))
    return whole.hexdigest()


def scalars_of(chain: Chain) -> dict[str, Any]:
    """What of a chain is no column, as JSON has it."""
    return {
        "as_of": chain.as_of.isoformat(),
        "spot": chain.spot,
        "rate": chain.rate,
        "dividend_yield": chain.dividend_yield,
        "style": chain.style.value,
        "source": chain.source,
        "feed": chain.feed,
        "multiplier": chain.multiplier,
        "dividends": [[each.ex_date.isoformat(), each.cash] for each in chain.dividends],
        "rows": len(chain),
    }


def _portable(column: np.ndarray[Any, Any]) -> bytes:
    """The bytes of a column, the same on every machine: little-endian, text of any width as UTF-8 lines."""
    if column.dtype.kind == "U":
        return "\n".join(column.tolist()).encode()
    if column.dtype.kind == "M":
        column = column.astype("datetime64[D]").astype(np.int64)
    return np.ascontiguousarray(column.astype(column.dtype.newbyteorder("<"))).tobytes()
