"""Whether a surface can be arbitraged, looked up on a grid three times denser than the one it was fitted on.

Every maturity, and half way between each and the next, where nothing but interpolation holds the shape.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tools.domain.chain import FloatArray
from tools.pricing.surface.conditions import DENSER, LATEST, POINTS, butterfly, calendar, dense_grid, neighbours
from tools.pricing.surface.surface import Surface

ROUNDING = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class Verdict:
    """The least of what must not be negative.

    density       g per maturity (m): negative is a butterfly for less than nothing
    rise          ln of later over earlier variance per neighbouring pair (m - 1)
    between       g half way between neighbours (m - 1)
    """

    density: FloatArray
    rise: FloatArray
    between: FloatArray

    @property
    def butterfly_free(self) -> bool:
        return bool(self.density.min() >= -ROUNDING and self.between.min(initial=0.0) >= -ROUNDING)

    @property
    def calendar_free(self) -> bool:
        return bool(self.rise.min(initial=0.0) >= -LATEST)

    @property
    def arbitrage_free(self) -> bool:
        return self.butterfly_free and self.calendar_free


def judge(surface: Surface) -> Verdict:
    """Both conditions of `surface`, numerically."""
    grid = dense_grid(surface.smile, points=DENSER * POINTS)
    pairs = neighbours(surface.smile, grid)
    middle = (surface.years[:-1] + surface.years[1:]) / 2
    between = surface.density_factor(log_moneyness=grid.k[1:], years=middle[:, None])
    return Verdict(
        density=butterfly(surface.smile, grid).min(axis=1),
        rise=calendar(surface.smile, pairs).min(axis=1, initial=np.inf),
        between=between.min(axis=1, initial=np.inf),
    )
