"""Total variance of every maturity: the SSVI backbone times the squared correction, with derivatives in k."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tools.domain.chain import FloatArray, IntArray
from tools.pricing.surface.correction import Correction
from tools.pricing.surface.ssvi import Derivatives, Shape, total_variance, with_derivatives


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
        theta = self.theta[place]
        base = with_derivatives(self.shape, k=k, theta=theta, phi=self.shape.phi(self.theta)[place])
        bend = self.correction.with_derivatives(u=self.standardised(k=k, place=place), place=place)
        reach = theta + k**2  # du/dk = 1/√reach
        slope = base.first / base.value
        return Derivatives(
            value=base.value * np.exp(2 * bend.value),
            first=slope + 2 * bend.first / np.sqrt(reach),
            second=base.second / base.value
            - slope**2
            + 2 * (bend.second / reach - bend.first * k / (reach * np.sqrt(reach))),
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
