"""The SSVI surface nearest to a set of quotes: Gauss-Newton over three shape numbers and m variances.

    start at the quotes nearest the money → rounds of (residuals, slopes, arrow-shaped normal equations)
                                          → variances made to rise in time

Residuals are in log vol, weighted by how narrow each quote's band is; far ones count linearly (Huber,
"Robust estimation of a location parameter", Annals of Mathematical Statistics 35, 1964).
"""

from __future__ import annotations

import math

import numpy as np

from tools.domain.chain import FloatArray, IntArray
from tools.pricing.surface.observations import Observations
from tools.pricing.surface.ssvi import LARGEST_WING, Shape

START = (-0.5, 0.8, 0.45)
ROUNDS = 12
BLUR = 0.02  # log vol: the backbone is asked for the whole smile, not for its narrowest quotes alone
HUBER = 1.5  # widths
STILL = 1e-6
PRIOR = np.array([1.0, 4.0, 100.0])  # how firmly ρ, ln η and γ are held to their start, against a few quotes


def fit_backbone(seen: Observations, *, years: FloatArray) -> tuple[Shape, FloatArray]:
    """The shape, and at-the-money total variance per maturity (m), never falling; `years` are calendar."""
    target = seen.log_vol + 0.5 * np.log(years[seen.place])  # half the log of total variance
    theta = np.log(_nearest_variance(seen, years))
    shape = np.array([math.atanh(START[0]), math.log(START[1]), START[2]])
    start, width = shape.copy(), np.hypot(seen.half_band, BLUR)
    for _ in range(ROUNDS):
        here, slopes, own = _half_log(shape, theta, seen)
        gap = target - here
        weight = np.minimum(1.0, HUBER / np.maximum(np.abs(gap / width), 1e-12)) / width**2
        step, theta_step = _arrow(slopes, own, weight, gap, seen.place, start - shape, len(theta))
        shape, theta = _bounded(shape + step), theta + np.clip(theta_step, -1, 1)
        if np.abs(step).max() < STILL and np.abs(theta_step).max() < STILL:
            break
    information = np.bincount(seen.place, 1 / width**2, minlength=len(theta))
    return _shape(shape), rising(np.exp(theta), information.astype(np.float64))


def rising(values: FloatArray, weights: FloatArray) -> FloatArray:
    """The nearest sequence that never falls, in weighted squares (pool adjacent violators)."""
    pools: list[tuple[float, float, int]] = []
    for value, weight in zip(values, np.maximum(weights, 1e-12), strict=True):
        pools.append((float(value), float(weight), 1))
        while len(pools) > 1 and pools[-2][0] > pools[-1][0]:
            (a, wa, na), (b, wb, nb) = pools[-2], pools.pop()
            pools[-1] = ((a * wa + b * wb) / (wa + wb), wa + wb, na + nb)
    return np.repeat([pool[0] for pool in pools], [pool[2] for pool in pools])


def _shape(raw: FloatArray) -> Shape:
    return Shape(rho=math.tanh(raw[0]), eta=math.exp(raw[1]), gamma=float(raw[2]))


def _bounded(raw: FloatArray) -> FloatArray:
    rho = float(np.clip(raw[0], -2.2, 2.2))
    wing = math.log(LARGEST_WING / (1 + abs(math.tanh(rho))))
    return np.array([rho, np.clip(raw[1], -4.0, wing), np.clip(raw[2], 0.05, 0.5)])


def _half_log(raw: FloatArray, theta: FloatArray, seen: Observations) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Half of ln w at the quotes, its slopes (3, o) in the shape's raw numbers, and in ln θ."""
    shape, level = _shape(raw), np.exp(theta)
    phi = shape.phi(level)
    bent = phi[seen.place] * seen.k
    tilted = bent + shape.rho
    root = np.sqrt(tilted * tilted + (1 - shape.rho**2))
    total = 1 + shape.rho * bent + root
    half_log = 0.5 * (theta[seen.place] + np.log(total / 2))
    by_bent = (shape.rho + tilted / root) * bent  # of `total` by ln of `bent`
    slopes = np.empty((3, len(bent)))
    slopes[0] = (bent + bent / root) * (1 - shape.rho**2)  # dρ is 1 - ρ² of its raw number's
    slopes[1] = by_bent
    slopes[2] = by_bent * np.log((1 + level) / level)[seen.place]
    slopes /= 2 * total
    steeper = (-shape.gamma + (shape.gamma - 1) * level / (1 + level))[seen.place]  # ln φ by ln θ
    return half_log, slopes, 0.5 + slopes[1] * steeper


def _nearest_variance(seen: Observations, years: FloatArray) -> FloatArray:
    """Of the quote nearest the money of each maturity; a maturity without quotes takes its neighbours'."""
    vol = np.full(len(years), np.nan)
    order = np.argsort(-np.abs(seen.k), kind="stable")
    vol[seen.place[order]] = np.exp(seen.log_vol[order])
    known = np.flatnonzero(np.isfinite(vol))
    return np.asarray(np.interp(np.arange(len(years)), known, vol[known]) ** 2 * years)


def _arrow(
    slopes: FloatArray,
    own: FloatArray,
    weight: FloatArray,
    gap: FloatArray,
    place: IntArray,
    home: FloatArray,
    m: int,
) -> tuple[FloatArray, FloatArray]:
    """One Gauss-Newton step: each maturity's variance eliminated, three equations for the shape left."""
    diagonal = np.bincount(place, weight * own**2, minlength=m) + 1e-9
    right = np.bincount(place, weight * own * gap, minlength=m)
    cross = np.stack([np.bincount(place, weight * own * each, minlength=m) for each in slopes])
    matrix = (slopes * weight) @ slopes.T - (cross / diagonal) @ cross.T + np.diag(PRIOR)
    step = np.linalg.solve(matrix, slopes @ (weight * gap) - cross @ (right / diagonal) + PRIOR * home)
    step = np.clip(step, -0.5, 0.5)
    return step, (right - step @ cross) / diagonal
