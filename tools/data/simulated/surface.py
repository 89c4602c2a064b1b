"""The implied-volatility surface of one underlying: SSVI over a mean-reverting term structure.

    w(k, θ) = θ/2 · (1 + ρφk + √((φk + ρ)² + 1 - ρ²)),   φ(θ) = η / √(θ(1 + θ))

(Gatheral and Jacquier, "Arbitrage-free SVI volatility surfaces", Quantitative Finance 14, 2014,
sections 4.1-4.2; φ is the power law of remark 4.4 with γ = 1/2.) w is total implied variance, k the
log-moneyness against the forward, θ the at-the-money total variance. With η(1 + |ρ|) ≤ 2 and θ rising
in time there is neither butterfly nor calendar arbitrage in European terms.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tools.data.simulated.noise import FloatArray

MONTH = 30 / 365
FORWARD_FLOOR = 0.05  # of the long-run variance: spot variance stays positive, so θ rises


@dataclass(frozen=True, slots=True)
class Surface:
    """vol_30 the 30-day at-the-money vol, normal its long-run mean, speed of reversion per year, ρ and η.

    `announcements` are (years, move): the variance move² that each earnings day adds at once.
    """

    vol_30: float
    normal: float
    speed: float
    skew: float
    wing: float
    announcements: tuple[tuple[float, float], ...] = ()

    def at_the_money(self, years: FloatArray) -> FloatArray:
        """θ, at-the-money total variance to `years`; announcements after `years` do not count."""
        base = self.normal**2
        reach = -np.expm1(-self.speed * MONTH) / (self.speed * MONTH)
        excess = max((self.vol_30**2 - base) / reach, (FORWARD_FLOOR - 1) * base)
        theta = base * years + excess * -np.expm1(-self.speed * years) / self.speed
        for when, move in self.announcements:
            theta = theta + np.where(years > when, move**2, 0.0)
        return np.asarray(theta, dtype=np.float64)

    def vol(self, *, log_moneyness: FloatArray, years: FloatArray) -> FloatArray:
        """Implied volatility per √year at k = ln(strike / forward)."""
        theta = self.at_the_money(years)
        phi = self.wing / np.sqrt(theta * (1 + theta))
        bent = phi * log_moneyness
        variance = theta / 2 * (1 + self.skew * bent + np.sqrt((bent + self.skew) ** 2 + 1 - self.skew**2))
        return np.asarray(np.sqrt(variance / years), dtype=np.float64)
