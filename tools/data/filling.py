"""Gap filling: what a chain lists on one side only, or without a quote, valued on its surface and marked so.

A filled value informs screens, marks and scenarios; `Chain.filled` keeps it from ever being traded on.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from tools.domain.chain import COLUMNS, BoolArray, Chain, IntArray
from tools.pricing.surface.repricing import reprice
from tools.pricing.surface.surface import Surface


def fill(chain: Chain, surface: Surface) -> Chain:
    """The chain with its gaps valued on `surface`, in chain order; the very chain where it has none.

    A gap is a row without bid and ask, or the missing right of a strike whose other right is listed. A filled
    row has one price as bid and ask, no counts and no last; one that the surface cannot value is left as it was.
    `InputError` where the surface is of another underlying or instant.
    """
    whole = _with_missing_rights(chain)
    gaps = ~(np.isfinite(whole.bid) & np.isfinite(whole.ask))
    if not gaps.any():
        return chain
    price = reprice(surface, whole, rows=gaps)
    valued = gaps & (price >= 0)
    done = replace(
        whole,
        bid=np.where(valued, price, whole.bid),
        ask=np.where(valued, price, whole.ask),
        filled=whole.filled | valued,
    )
    rows = np.flatnonzero((np.arange(len(whole)) < len(chain)) | valued)
    return done.take(rows[np.lexsort((done.root[rows], -done.right[rows], done.strike[rows], done.expiry[rows]))])


def _with_missing_rights(chain: Chain) -> Chain:
    """The chain, and behind it the missing other right of each strike, without a quote."""
    alone = _alone(chain)
    count = len(alone)
    if not count:
        return chain
    unknown = np.full(count, np.nan)
    added: dict[str, Any] = {
        "root": chain.root[alone],
        "expiry": chain.expiry[alone],
        "right": (-chain.right[alone]).astype(np.int8),
        "strike": chain.strike[alone],
        "filled": np.zeros(count, dtype=np.bool_),
    }
    columns: dict[str, Any] = {
        name: np.concatenate([getattr(chain, name), added.get(name, unknown)]) for name in COLUMNS
    }
    return replace(chain, **columns)


def _alone(chain: Chain) -> IntArray:
    """The rows whose strike lists no other right."""
    order = np.lexsort((chain.right, chain.strike, chain.root, chain.expiry))
    same = np.ones(max(len(chain) - 1, 0), dtype=np.bool_)
    for column in (chain.strike, chain.root, chain.expiry):
        same &= column[order][1:] == column[order][:-1]
    paired: BoolArray = np.zeros(len(chain), dtype=np.bool_)
    paired[order[1:][same]] = True
    paired[order[:-1][same]] = True
    return np.flatnonzero(~paired)
