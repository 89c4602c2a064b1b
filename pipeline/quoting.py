"""The market's price of a leg set, per unit of structure, from the snapshot a run looks at."""

from __future__ import annotations

import math

import numpy as np

from tools.domain.chain import Chain
from tools.domain.contract import OptionContract
from tools.domain.market import Snapshot
from tools.domain.structure import Leg


def quote(snapshot: Snapshot, legs: tuple[Leg, ...]) -> tuple[float, float] | None:
    """(bid, ask) of selling one unit: credit at once, and what buying it back would cost. None without a quote."""
    bid = ask = 0.0
    for leg in legs:
        chain = snapshot.chains.get(leg.contract.underlying)
        row = None if chain is None else row_of(chain, leg.contract)
        if chain is None or row is None or chain.filled[row]:
            return None
        low, high = float(chain.bid[row]), float(chain.ask[row])
        sold = -leg.quantity
        bid += sold * (low if sold > 0 else high)
        ask += sold * (high if sold > 0 else low)
    return None if math.isnan(bid) or math.isnan(ask) else (bid, ask)


def row_of(chain: Chain, contract: OptionContract) -> int | None:
    """The row of a contract in its chain."""
    hits = np.flatnonzero(
        (chain.expiry == np.datetime64(contract.expiry, "D"))
        & (chain.right == contract.right.sign)
        & (np.abs(chain.strike - contract.strike) < 5e-4)
        & (chain.root == contract.root)
    )
    return int(hits[0]) if len(hits) else None
