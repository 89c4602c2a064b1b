"""How much of the reserve has to be sold, so that what is wanted and what is open is secured (spec J).

    cash + sold ≥ secured in cash + wanted + what the reserve that is left does not secure of margin

The reserve sweeps what nobody used; whoever comes before it in the day's sequence gets it back when cash is short.
Until it is sold it secures margin, less its haircut, so that selling it for cash takes some of that away again.
"""

from __future__ import annotations

import math

from tools.domain.account import Account
from tools.portfolio.positions import Positions

CENT = 0.01
"""Less than this is nobody's need: amounts are sums of floats."""


def shortfall(account: Account, positions: Positions, *, cash: float = 0.0, margin: float = 0.0) -> float:
    """Money that has to come from selling the reserve, account currency, 0 where nothing is lacking.

    cash, margin  what a new trade takes of either; nothing of it is among the positions yet. Reservations are not
                  looked at: what is wanted later is raised later. `nan` where what secures a position is unknown
    """
    margin += positions.margin
    lacking = positions.locked_cash - positions.margin + cash - account.cash
    if math.isnan(lacking + margin + positions.pledged):
        return math.nan
    needed = max(0.0, lacking)
    kept = positions.pledged / positions.reserve if positions.reserve > 0 else 0.0
    if margin > positions.pledged - kept * needed:  # what is left of the reserve does not secure all of it
        short = lacking + margin - positions.pledged
        needed = max(needed, short / (1 - kept) if kept < 1 else math.inf) if short > 0 else needed
    return needed if needed >= CENT else 0.0
