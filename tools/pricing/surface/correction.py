"""What the quotes add to the backbone: a smooth factor on its vol, one cubic B-spline per maturity.

    vol = backbone vol · exp(c(u)),   u = asinh(z),   z = k/√θ

z counts standard deviations; asinh spaces the knots evenly near the money and ever wider in the wings.
Knots are equidistant in u, the same for every maturity; the outermost coefficients are tied in threes, so that c
passes into a constant with two continuous derivatives: beyond the last knot the smile keeps the shape of the
backbone. (B-splines with a difference penalty: Eilers and Marx, "Flexible smoothing with
B-splines and penalties", Statistical Science 11, 1996.)
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tools.domain.chain import FloatArray, IntArray
from tools.pricing.surface.ssvi import Derivatives

TIED = 3  # outermost coefficients that are one
ORDER = 4  # coefficients that carry any one point


@dataclass(frozen=True, slots=True, eq=False)
class Correction:
    """Splines of m maturities on the same knots, `start` and `step` in u; `coefficients` (m, c)."""

    start: float
    step: float
    coefficients: FloatArray

    def value(self, *, u: FloatArray, place: IntArray) -> FloatArray:
        """c at `u` for the maturities `place`, two arrays of one shape."""
        x, first = self.located(u)
        t = np.clip(x, 0, self.spans) - first
        a, b, c, d = self._polynomials(first, place)
        return np.asarray(a + t * (b + t * (c + t * d)))

    def with_derivatives(self, *, u: FloatArray, place: IntArray) -> Derivatives:
        """c, dc/du and d²c/du²."""
        x, first = self.located(u)
        inside = (x >= 0) & (x <= self.spans)
        t = np.clip(x, 0, self.spans) - first
        a, b, c, d = self._polynomials(first, place)
        return Derivatives(
            value=a + t * (b + t * (c + t * d)),
            first=np.where(inside, (b + t * (2 * c + 3 * t * d)) / self.step, 0.0),
            second=np.where(inside, (2 * c + 6 * t * d) / self.step**2, 0.0),
        )

    def _polynomials(self, first: IntArray, place: IntArray) -> tuple[FloatArray, ...]:
        """a, b, c, d of a + b·t + c·t² + d·t³ between two knots, for each point: few, looked up by many points."""
        p, q, r, s = (self.coefficients[:, each : self.spans + each] for each in range(ORDER))
        powers = (p + 4 * q + r) / 6, (r - p) / 2, (p - 2 * q + r) / 2, (s - p + 3 * (q - r)) / 6
        at = place * self.spans + first
        return tuple(each.ravel().take(at) for each in powers)

    @property
    def spans(self) -> int:
        """Intervals between knots, the same for every maturity."""
        return int(self.coefficients.shape[1]) - ORDER + 1

    def located(self, u: FloatArray) -> tuple[FloatArray, IntArray]:
        """u in steps from the first knot, and the first of the four coefficients there."""
        x = (u - self.start) / self.step
        return x, np.clip(np.floor(np.clip(x, 0, self.spans)).astype(np.int64), 0, self.spans - 1)


def basis(correction: Correction, *, u: FloatArray) -> tuple[IntArray, FloatArray]:
    """The coefficients behind each point and their weights, shape (…, 4)."""
    x, first = correction.located(u)
    t = np.clip(x, 0, correction.spans) - first
    return first[..., None] + np.arange(ORDER), _cubic(t)


def wide(at: IntArray, weights: FloatArray, *, coefficients: int) -> FloatArray:
    """`basis` as rows that weigh every coefficient, (…, c)."""
    rows = np.zeros((*at.shape[:-1], coefficients))
    np.put_along_axis(rows, at, weights, axis=-1)
    return rows


def basis_derivatives(correction: Correction, *, u: FloatArray) -> Derivatives:
    """Weights of all coefficients in c, dc/du and d²c/du² at each point, (…, c)."""
    at, value = basis(correction, u=u)
    x, first = correction.located(u)
    step, inside = correction.step, (x >= 0) & (x <= correction.spans)
    t = np.clip(x, 0, correction.spans) - first
    slope = np.where(inside, 1 / step, 0.0)[..., None]
    weights = value, _cubic_first(t) * slope, _cubic_second(t) * slope**2
    return Derivatives(*(wide(at, each, coefficients=correction.coefficients.shape[1]) for each in weights))


def spanning(*, low: float, high: float, maturities: int, coefficients: int) -> Correction:
    """No correction yet, free to bend from `low` to `high` in u."""
    # In its outer span on each side the spline only leaves the constant.
    step = (high - low) / (coefficients - ORDER - 1)
    return Correction(start=low - step, step=step, coefficients=np.zeros((maturities, coefficients)))


def free_place(at: IntArray, *, coefficients: int) -> IntArray:
    """The free coefficient that stands for each of `coefficients`."""
    return np.clip(at - (TIED - 1), 0, coefficients - 2 * (TIED - 1) - 1)


def to_free(columns: FloatArray) -> FloatArray:
    """Weights of all coefficients (…, c) as weights of the free ones (…, f): tied ones add up."""
    free = columns[..., TIED - 1 : columns.shape[-1] - TIED + 1].copy()
    for other in range(TIED - 1):
        free[..., 0] += columns[..., other]
        free[..., -1] += columns[..., -1 - other]
    return free


def from_free(free: FloatArray) -> FloatArray:
    """All coefficients (…, c) from the free ones (…, f): the outermost on each side stand for `TIED`."""
    times = np.ones(free.shape[-1], dtype=np.int64)
    times[[0, -1]] = TIED
    return np.repeat(free, times, axis=-1)


def _cubic(t: FloatArray) -> FloatArray:
    """Powers as products: NumPy's own of a whole exponent take ten times as long."""
    s = 1 - t
    tt, ss = t * t, s * s
    weights = np.empty((*t.shape, ORDER))
    weights[..., 0] = ss * s
    weights[..., 1] = 4 + tt * (3 * t - 6)
    weights[..., 2] = 4 + ss * (3 * s - 6)
    weights[..., 3] = tt * t
    weights /= 6
    return weights


def _cubic_first(t: FloatArray) -> FloatArray:
    s = 1 - t
    return np.stack([-(s * s), t * (3 * t - 4), s * (4 - 3 * s), t * t], axis=-1) / 2


def _cubic_second(t: FloatArray) -> FloatArray:
    return np.stack([1 - t, 3 * t - 2, 1 - 3 * t, t], axis=-1)
