"""SSVI: a whole surface of total variance in three numbers and one at-the-money variance per maturity.

    w(k, θ) = θ/2 · (1 + ρφk + √((φk + ρ)² + 1 - ρ²)),   φ(θ) = η / (θ^γ (1 + θ)^(1-γ))

Gatheral and Jacquier, "Arbitrage-free SVI volatility surfaces", Quantitative Finance 14, 2014: section 4.1
the surface, example 4.1 (b) the power law. With θ rising in time, 0 < γ ≤ 1/2 and η(1 + |ρ|) ≤ 2 it is free
of butterfly and calendar arbitrage (theorems 4.1 and 4.2, remark 4.4). k is ln(strike/forward).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tools.domain.chain import FloatArray

LARGEST_WING = 1.999  # of η(1 + |ρ|): butterflies stay strictly above zero


@dataclass(frozen=True, slots=True)
class Shape:
    """ρ in (-1, 1), η > 0, γ in (0, 1/2]; free of arbitrage where η(1 + |ρ|) ≤ 2."""

    rho: float
    eta: float
    gamma: float

    def phi(self, theta: FloatArray) -> FloatArray:
        return np.asarray(self.eta * theta**-self.gamma * (1 + theta) ** (self.gamma - 1))


@dataclass(frozen=True, slots=True, eq=False)
class Derivatives:
    """A function of log-moneyness with its first and second derivatives, one array each."""

    value: FloatArray
    first: FloatArray
    second: FloatArray


def total_variance(shape: Shape, *, k: FloatArray, theta: FloatArray, phi: FloatArray | None = None) -> FloatArray:
    """w at log-moneyness `k` for at-the-money variances `theta`, which broadcast; `phi` is theirs where known."""
    bent = (shape.phi(theta) if phi is None else phi) * k
    root = np.sqrt((bent + shape.rho) ** 2 + 1 - shape.rho**2)
    return np.asarray(theta / 2 * (1 + shape.rho * bent + root))


def with_derivatives(
    shape: Shape, *, k: FloatArray, theta: FloatArray, phi: FloatArray | None = None
) -> Derivatives:
    """w, ∂w/∂k and ∂²w/∂k²."""
    phi = shape.phi(theta) if phi is None else phi
    bent = phi * k
    rest = 1 - shape.rho**2
    root = np.sqrt((bent + shape.rho) ** 2 + rest)
    return Derivatives(
        value=theta / 2 * (1 + shape.rho * bent + root),
        first=theta * phi / 2 * (shape.rho + (bent + shape.rho) / root),
        second=theta * phi**2 / 2 * rest / (root * root * root),
    )
