"""Fat-tailed joint moves of all underlyings, drawn from a seed.

correlation → root · normals / √(χ²/ν) → Student-t margins → scaled to each one's daily vol → Shock
"""

from __future__ import annotations

import math

import numpy as np

from tools.domain.errors import InputError
from tools.risk.tail.holdings import Assets
from tools.risk.tail.likeness import square_root
from tools.risk.tail.shock import Shock

DEGREES = 5.0
"""Of freedom: daily returns are fitted best by 3 to 6 (Blattberg and Gonedes, Journal of Business 47, 1974)."""

PATHS = 10_000
SESSIONS = {"1d": 1.0, "1w": 5.0, "1m": 21.0}


def drawn(
    assets: Assets, *, seed: int, paths: int = PATHS, degrees: float = DEGREES, sessions: float = 1.0
) -> Shock:
    """`paths` joint moves over `sessions` days: a multivariate Student-t that deviates as the daily vols say.

    Every path has its mirror, so that the draw has no drift. The same seed gives the same paths, and a book's rows
    do not change them. A longer horizon scales by the root of its sessions; no time passes for the options, whose
    decay is never counted as a gain. `InputError` for too few paths or degrees.
    """
    if paths < 100:
        raise InputError(f"{paths} paths tell nothing of a tail; draw at least 100.")
    if degrees <= 2:
        raise InputError(f"A Student-t with {degrees:g} degrees of freedom has no variance; choose more than 2.")
    chance = np.random.Generator(np.random.Philox(seed))
    half = -(-paths // 2)
    normals = chance.standard_normal((half, len(assets)))
    mixing = np.sqrt((degrees - 2) / chance.chisquare(degrees, half))
    unit = (normals @ square_root(assets.correlation).T) * mixing[:, None]
    both = np.concatenate((unit, -unit))[:paths]
    return Shock(spot=both * assets.daily_vol * math.sqrt(sessions))
