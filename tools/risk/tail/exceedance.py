"""Whether a VaR was true: how often it was exceeded, and whether exceedances came in clusters.

    was it exceeded, day by day → Kupiec (how many) · Christoffersen (in clusters) · both together → p-values

Kupiec, Techniques for verifying the accuracy of risk measurement models, Journal of Derivatives 3 (1995);
Christoffersen, Evaluating interval forecasts, International Economic Review 39 (1998).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

from tools.domain.errors import InputError

BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Exceedances:
    """p-values of what a true VaR would have shown; `nan` where nothing can be told (no exceedance, one day).

    days, count  days looked at, and of them exceeded; `expected` by the level
    coverage     as many as there should be
    clusters     an exceedance today says nothing of tomorrow's
    both         the two together
    """

    days: int
    count: int
    expected: float
    coverage: float
    clusters: float
    both: float


def exceedances(exceeded: BoolArray, *, level: float) -> Exceedances:
    """`exceeded` in the order of days; `level` that of the VaR. `InputError` without a day."""
    days, count = len(exceeded), int(np.count_nonzero(exceeded))
    if not days:
        raise InputError("No day was looked at, so nothing can be said of the VaR.")
    chance = 1 - level
    ratio = 2 * (_log_likelihood(count, days, count / days) - _log_likelihood(count, days, chance))
    clusters = _clustering(exceeded)
    return Exceedances(
        days=days,
        count=count,
        expected=chance * days,
        coverage=float(stats.chi2.sf(ratio, 1)),
        clusters=math.nan if math.isnan(clusters) else float(stats.chi2.sf(clusters, 1)),
        both=math.nan if math.isnan(clusters) else float(stats.chi2.sf(ratio + clusters, 2)),
    )


def _clustering(exceeded: BoolArray) -> float:
    """The likelihood ratio of a two-state chain against independent days; `nan` where one state never occurs."""
    before, after = exceeded[:-1], exceeded[1:]
    calm, after_calm = int(np.count_nonzero(~before)), int(np.count_nonzero(~before & after))
    bad, after_bad = int(np.count_nonzero(before)), int(np.count_nonzero(before & after))
    if not calm or not bad:
        return math.nan
    apart = _log_likelihood(after_calm, calm, after_calm / calm) + _log_likelihood(after_bad, bad, after_bad / bad)
    together = _log_likelihood(after_calm + after_bad, calm + bad, (after_calm + after_bad) / (calm + bad))
    return 2 * (apart - together)


def _log_likelihood(count: int, days: int, chance: float) -> float:
    """Of `count` in `days`; 0·log 0 is 0."""
    hits = count * math.log(chance) if count else 0.0
    misses = (days - count) * math.log(1 - chance) if days - count else 0.0
    return hits + misses
