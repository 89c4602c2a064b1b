"""Historical simulation: the joint moves of past days, dealt to today's book.

    past days' log returns (252) → as they were, or each day's over its vol then times the vol now → Shock → revalue

The filtered variant is Hull and White's, Incorporating volatility updating into the historical simulation method,
Journal of Risk 1 (1998), with RiskMetrics' daily decay of 0.94 (J.P. Morgan, Technical Document, 1996).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from tools.domain.errors import InputError
from tools.risk.tail.shock import Shock

FloatArray = npt.NDArray[np.float64]

SESSIONS = 252
DECAY = 0.94


def past_moves(returns: FloatArray, *, vol_changes: FloatArray | None = None, filtered: bool = False) -> Shock:
    """One path per past day: (t, n) log returns of the underlyings, oldest first, of which the last 252 count.

    vol_changes  (t,) log changes of 30-day implied vol on the same days
    filtered     each return in the vol of today: what was calm then is scaled up where it is wild now
    `InputError` for fewer than 252 days.
    """
    if len(returns) < SESSIONS:
        raise InputError(f"Historical simulation needs {SESSIONS} days of moves and has {len(returns)}.")
    scaled = returns * _to_now(returns) if filtered else returns
    factor = None if vol_changes is None else np.exp(vol_changes[-SESSIONS:])
    return Shock(spot=scaled[-SESSIONS:], vol_factor=factor)


def _to_now(returns: FloatArray) -> FloatArray:
    """(t, n) today's vol over that of each day, as it was known the evening before."""
    variance = np.empty((len(returns) + 1, returns.shape[1]))
    variance[0] = np.mean(returns**2, axis=0)
    for day, move in enumerate(returns):
        variance[day + 1] = DECAY * variance[day] + (1 - DECAY) * move**2
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(variance[:-1] > 0, np.sqrt(variance[-1] / variance[:-1]), 1.0)
