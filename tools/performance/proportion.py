"""How sure a share of cases is: Wilson's score interval."""

from __future__ import annotations

import math
from functools import lru_cache

from tools.domain.errors import InputError
from tools.performance.intervals import Interval


def wilson(successes: int, n: int, *, confidence: float = 0.95) -> Interval:
    """The share successes / n with the score interval of Wilson (J. American Statistical Association 22, 1927).

    It never leaves 0-1 and is honest for few cases; of none, estimate `nan` and everything possible (0-1).
    """
    if not 0 <= successes <= n or not 0 < confidence < 1:
        raise InputError(
            f"{successes} of {n} at confidence {confidence:g} is no share; "
            "give 0 ≤ successes ≤ n and a confidence between 0 and 1."
        )
    if n == 0:
        return Interval(math.nan, 0.0, 1.0, confidence)
    share, square = successes / n, _z(confidence) ** 2
    middle = (share + square / (2 * n)) / (1 + square / n)
    reach = math.sqrt(square * (share * (1 - share) + square / (4 * n)) / n) / (1 + square / n)
    low = 0.0 if successes == 0 else middle - reach
    high = 1.0 if successes == n else middle + reach
    return Interval(share, low, high, confidence)


def cases_to_show(share: float, *, confidence: float = 0.95) -> int:
    """The fewest cases whose interval lies above `share` (0 ≤ share < 1) when every one of them is a success.

    From the lower bound n / (n + z²) of a share of 1.
    """
    if not 0 <= share < 1:
        raise InputError(f"No number of cases shows more than {share:g}; give a share from 0 to below 1.")
    return max(1, math.ceil(share * _z(confidence) ** 2 / (1 - share)))


@lru_cache
def _z(confidence: float) -> float:
    from scipy.special import ndtri

    return float(ndtri((1 + confidence) / 2))
