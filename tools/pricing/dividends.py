"""A schedule of cash dividends as the kernels take it: ascending, positive, in the future."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from tools.domain.errors import InputError
from tools.pricing.inputs import numeric
from tools.pricing.kernels.option import Dividends


def schedule(years: npt.ArrayLike | None, cash: npt.ArrayLike | None) -> Dividends:
    """Ascending ex-dates with their cash per share; empty where there is no schedule.

    Dividends of zero and those already paid (years ≤ 0) are left out. `InputError` where only one of
    the two is given, their lengths differ, or a figure is missing, infinite or a negative amount.
    """
    if years is None and cash is None:
        return Dividends(np.empty(0), np.empty(0))
    if years is None or cash is None:
        raise InputError("Dividends need both dividend_years and dividend_cash; only one was given.")
    when, amount = np.atleast_1d(numeric("dividend_years", years)), np.atleast_1d(numeric("dividend_cash", cash))
    if when.ndim != 1 or when.shape != amount.shape:
        raise InputError(
            f"dividend_years {when.shape} and dividend_cash {amount.shape} must be lists of one length."
        )
    if not (np.isfinite(when).all() and np.isfinite(amount).all() and (amount >= 0).all()):
        raise InputError("Dividends must be finite amounts of at least 0 at finite times; leave unknown ones out.")
    order = np.argsort(when, kind="stable")
    order = order[(when[order] > 0) & (amount[order] > 0)]
    return Dividends(when[order].copy(), amount[order].copy())
