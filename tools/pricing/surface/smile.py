"""Total variance of every maturity: the SSVI backbone times the squared correction, with derivatives in k."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tools.domain.chain import FloatArray, IntArray
from tools.pricing.surface.correction import Correction
from tools.pricing.surface.ssvi import Derivatives, Shape, total_variance, with_derivatives


@dataclass(frozen=True, slots=True, eq=False)
class Footing:
    """The backbone at some points: w and the derivatives of ln w, and how u runs with k there.

    steep, turning  du/dk, and less d²u/dk²
    """

    log: Derivatives
    steep: FloatArray
    turning: FloatArray

    def at(self, row: int) -> Footing:
        """One row of points out of many."""
        log = Derivatives(self.log.value[row], self.log.first[row], self.log.second[row])
        return Footing(log, self.steep[row], self.turning[row])

    def bent(self, by: Derivatives) -> Derivatives:
        """w and the derivatives of ln w with a correction, whose value and derivatives in u are `by`."""
        return Derivatives(
            value=self.log.value * np.exp(2 * by.value),
            first=self.log.first + 2 * by.first * self.steep,
            second=self.log.second + 2 * (by.second * self.steep**2 - by.first * self.turning),
        )


@dataclass(frozen=True, slots=True, eq=False)
class Smile:
    """m smiles: one `shape`, `theta` (m) the backbone's at-the-money variances, their `correction`."""

    shape: Shape
    theta: FloatArray
    correction: Correction

    def standardised(self, *, k: FloatArray, place: IntArray) -> FloatArray:
        """u = asinh(k/√θ), the coordinate of the correction."""
        return np.arcsinh(k / np.sqrt(self.theta[place]))

    def variance(self, *, k: FloatArray, place: IntArray) -> FloatArray:
        """w at `k` of the maturities `place`, arrays of one shape."""
        base = total_variance(self.shape, k=k, theta=self.theta[place], phi=self.shape.phi(self.theta)[place])
        return np.asarray(
            base * np.exp(2 * self.correction.value(u=self.standardised(k=k, place=place), place=place))
        )

    def log_derivatives(self, *, k: FloatArray, place: IntArray) -> Derivatives:
        """w itself, and the first and second derivatives of ln w in k."""
        u = self.standardised(k=k, place=place)
        return self.footing(k=k, place=place).bent(self.correction.with_derivatives(u=u, place=place))

    def footing(self, *, k: FloatArray, place: IntArray) -> Footing:
        """What no correction changes at `k` of the maturities `place`, arrays of one shape."""
        theta = self.theta[place]
        base = with_derivatives(self.shape, k=k, theta=theta, phi=self.shape.phi(self.theta)[place])
        slope = base.first / base.value
        reach = theta + k**2
        root = np.sqrt(reach)
        return Footing(
            log=Derivatives(base.value, slope, base.second / base.value - slope**2),
            steep=1 / root,
            turning=k / (reach * root),
        )

    def density_factor(self, *, k: FloatArray, place: IntArray) -> FloatArray:
        """g(k), which the risk-neutral density is a positive multiple of."""
        return durrleman(self.log_derivatives(k=k, place=place), k)


def durrleman(log: Derivatives, k: FloatArray) -> FloatArray:
    """g = (1 - kw'/2w)² - w'²/4·(1/w + 1/4) + w''/2 (Gatheral and Jacquier 2014, equation 2.1).

    `log` holds w and the derivatives of ln w. The density of ln S_T is g·φ(d₂)/√w: g ≥ 0 is no butterfly.
    """
    w, a, b = log.value, log.first, log.second
    return np.asarray((1 - k * a / 2) ** 2 - w * a**2 / 4 * (1 + w / 4) + w * (a**2 + b) / 2)
