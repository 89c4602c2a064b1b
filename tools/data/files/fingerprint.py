"""The identity of a snapshot: a SHA-256 over its instant and the content of its chains."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime

import numpy as np

from tools.domain.chain import Chain
from tools.domain.value import canonical


def fingerprint(as_of: datetime, chains: Mapping[str, Chain]) -> str:
    """64 hex digits; the same for the same content whatever the file's name and the order of its rows."""
    seen = hashlib.sha256(as_of.astimezone(UTC).isoformat().encode())
    for symbol in sorted(chains):
        chain = chains[symbol]
        terms = [symbol, chain.spot, chain.rate, chain.dividend_yield, chain.style.value, chain.multiplier]
        seen.update(canonical(terms).encode())
        for name in Chain.columns():
            seen.update(_bytes(getattr(chain, name)))
    return seen.hexdigest()


def _bytes(column: np.ndarray[tuple[int], np.dtype[np.generic]]) -> bytes:
    """One column in bytes that do not depend on string widths, NaN payloads or the sign of zero."""
    if column.dtype.kind == "U":
        return "\n".join(column.tolist()).encode()
    if column.dtype.kind == "f":
        return np.where(np.isnan(column), np.nan, column + 0.0).astype("<f8").tobytes()
    return column.astype("<i8").tobytes()
