"""How two exercise boundaries meet, beyond the life to which they could be solved.

Close to where they meet both equations become one, and Newton fails. But their width and their centre stay smooth
in the time to expiry, and the width falls to 0 almost in a straight line: parabolas through three late nodes tell
when the boundaries meet and where they are until then.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from tools.pricing.kernels.exercise_boundary import Put
from tools.pricing.kernels.two_boundaries import Pair, breadth, low_slope

FloatArray = npt.NDArray[np.float64]

WIDTH, CENTRE = 0, 1  # ln(upper / lower), and (h - g) / 2
VALUE, BY_VOL, BY_RATE = 0, 1, 2
EARLIER, BEFORE = 4, 6  # the parabola's nodes: the last one, a sixth and a fourth of all of them back


class Ending(NamedTuple):
    """Parabolas [which, of what, power] in the time after the pair's life, and how long that goes on."""

    parabolas: FloatArray
    years: float


@njit(cache=True, nogil=True, error_model="numpy")
def ending(put: Put, nodes: FloatArray, pair: Pair) -> Ending:
    """What follows on the pair's life: until the boundaries meet, or today if that is sooner."""
    found, life, last = np.empty((2, 3, 3)), pair.years[0], len(nodes) - 1
    places = (last, last - (last + 1 + BEFORE // 2) // BEFORE, last - (last + 1 + EARLIER // 2) // EARLIER)
    values, times = np.empty((2, 3, 3)), np.empty(3)
    for k in range(3):
        times[k] = life * (nodes[places[k]] ** 2 - 1.0)
        fold(put, pair, places[k], values[:, :, k])
    for which in range(2):
        for what in range(3):
            parabola(times, values[which, what], found[which, what])
    left = put.years - life
    return Ending(found, min(left, closing(found[WIDTH, VALUE])) if left > 0.0 else 0.0)


@njit(cache=True, nogil=True, error_model="numpy")
def fold(put: Put, pair: Pair, i: int, out: FloatArray) -> None:
    """Width and centre at a node, and their slopes in vol and in the option's rate (2, 3)."""
    g, h = pair.gaps[0, i], pair.gaps[1, i]
    out[WIDTH, VALUE], out[CENTRE, VALUE] = breadth(put) - g - h, 0.5 * (h - g)
    for k in range(2):
        g_slope, h_slope = pair.slopes[k, 0, i], pair.slopes[k, 1, i]
        out[WIDTH, 1 + k] = -g_slope - h_slope - (low_slope(put) if k == 1 else 0.0)
        out[CENTRE, 1 + k] = 0.5 * (h_slope - g_slope)


@njit(cache=True, nogil=True, error_model="numpy")
def parabola(times: FloatArray, values: FloatArray, out: FloatArray) -> None:
    """Through three points, the first of them at time 0."""
    near, far = (values[1] - values[0]) / times[1], (values[2] - values[0]) / times[2]
    out[0], out[2] = values[0], (far - near) / (times[2] - times[1])
    out[1] = near - out[2] * times[1]


@njit(cache=True, nogil=True, error_model="numpy")
def closing(width: FloatArray) -> float:
    """When the parabola of the width first comes to 0; infinite where it does not."""
    c, b, a = width
    inside = b * b - 4.0 * a * c
    if inside < 0.0:
        return math.inf
    below = math.sqrt(inside) - b
    return 2.0 * c / below if below > 0.0 else math.inf


@njit(cache=True, nogil=True, error_model="numpy")
def at(coefficients: FloatArray, x: float) -> float:
    return float(coefficients[0] + x * (coefficients[1] + x * coefficients[2]))


@njit(cache=True, nogil=True, error_model="numpy")
def last_gaps(put: Put, pair: Pair, end: Ending) -> tuple[float, float]:
    """g and h when the ending is over."""
    if end.years == 0.0:
        return float(pair.gaps[0, -1]), float(pair.gaps[1, -1])
    centre = at(end.parabolas[CENTRE, VALUE], end.years)
    both = 0.5 * (breadth(put) - at(end.parabolas[WIDTH, VALUE], end.years))
    return both - centre, both + centre


@njit(cache=True, nogil=True, error_model="numpy")
def set_ending(put: Put, end: Ending, a: int, angles: FloatArray, points: FloatArray) -> None:
    """Rows 0 to 2 of `points` for boundary `a`: side·gap and its slopes, back from where the ending is over."""
    side = 1.0 - 2.0 * a
    for k in range(points.shape[1]):
        x = end.years * (1.0 - angles[0, k] ** 2)
        points[0, k] = 0.5 * side * (breadth(put) - at(end.parabolas[WIDTH, VALUE], x))
        points[1, k] = -0.5 * side * at(end.parabolas[WIDTH, BY_VOL], x)
        points[2, k] = -0.5 * side * (at(end.parabolas[WIDTH, BY_RATE], x) + low_slope(put))
        for what in range(3):
            points[what, k] -= at(end.parabolas[CENTRE, what], x)
