"""The implied-volatility surface of one underlying at one instant: fitted once, asked anywhere.

    (log-moneyness or strike, years or expiry) → total variance → vol, density, chance

Variance is a number of its own: a clock (calendar, sessions, trading time) says how it passes between the
maturities and over which years a vol is quoted, not how much there is at a maturity.

Between two maturities total variance runs straight in time on the clock, at equal log-moneyness; where they
are ordered, so is all in between. Before the first it shrinks with time (the smile of the first in vol),
which keeps g ≥ 0: g is concave in that scale and not below 0 at its ends. After the last every strike gains
what the money gained per year between the last two. Strikes beyond the quoted: the correction leans on the
neighbouring maturities, ends in a constant, and the backbone's wings, straight in log-moneyness, take over.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr

from tools.calendar.expiries import expiry_instant
from tools.calendar.trading_time import Clock, year_fraction
from tools.domain.chain import FloatArray
from tools.domain.contract import ExerciseStyle
from tools.pricing.surface.correction import Correction
from tools.pricing.surface.smile import Smile, durrleman
from tools.pricing.surface.ssvi import Derivatives, Shape

SHORTEST = 1e-9  # years


@dataclass(frozen=True, slots=True, eq=False)
class Surface:
    """m maturities in the order of time; vols are decimal per √year of `clock`.

    calendar_years, years  from `as_of`: Act/365, and on the clock
    forward, discount      per maturity; carry_yield beside `rate` gives the forward (`Forwards`)
    smile                  total variance over log-moneyness ln(K/F), per maturity
    For American options the vol is that of the house's American price, dividends in cash, at this strike.
    """

    underlying: str
    as_of: datetime
    clock: Clock
    style: ExerciseStyle
    spot: float
    rate: float
    expiry: npt.NDArray[np.datetime64]
    settlement: npt.NDArray[np.str_]
    calendar_years: FloatArray
    years: FloatArray
    forward: FloatArray
    discount: FloatArray
    carry_yield: FloatArray
    smile: Smile

    def __len__(self) -> int:
        return len(self.expiry)

    def vol(self, *, strike: npt.ArrayLike, expiry: npt.ArrayLike, settlement: npt.ArrayLike = "pm") -> FloatArray:
        """Vols of strikes (money per share) at expiry dates, broadcast; NaN where expired or no strike."""
        calendar, years = self.times(expiry, settlement)
        with np.errstate(divide="ignore", invalid="ignore"):
            k = np.log(np.asarray(strike, dtype=np.float64) / self.forward_at(calendar))
        return self.vol_at(log_moneyness=k, years=years)

    def vol_at(self, *, log_moneyness: npt.ArrayLike, years: npt.ArrayLike) -> FloatArray:
        """Vols at ln(K/F) and years on the clock, broadcast; NaN where years are not positive."""
        k, t = np.broadcast_arrays(*(np.asarray(each, dtype=np.float64) for each in (log_moneyness, years)))
        with np.errstate(invalid="ignore"):
            return np.asarray(np.sqrt(self.total_variance(log_moneyness=k, years=t) / t))

    def total_variance(self, *, log_moneyness: npt.ArrayLike, years: npt.ArrayLike) -> FloatArray:
        """w at ln(K/F) and years on the clock, broadcast; NaN where years are not positive."""
        return self._total(log_moneyness, years).value

    def density_factor(self, *, log_moneyness: npt.ArrayLike, years: npt.ArrayLike) -> FloatArray:
        """g at ln(K/F) and years on the clock: negative where a butterfly would cost less than nothing."""
        return _factor(self._total(log_moneyness, years), np.asarray(log_moneyness, dtype=np.float64))

    def density(
        self, *, strike: npt.ArrayLike, expiry: npt.ArrayLike, settlement: npt.ArrayLike = "pm"
    ) -> FloatArray:
        """Risk-neutral density of the price at expiry, per unit of money: ∂²C/∂K² undiscounted.

        Breeden and Litzenberger, "Prices of state-contingent claims implicit in option prices", Journal of
        Business 51, 1978; in closed form g(k)·φ(d₂)/(K·√w).
        """
        strikes = np.asarray(strike, dtype=np.float64)
        k, w, _ = self._located(strikes, expiry, settlement)
        d2 = -k / np.sqrt(w.value) - np.sqrt(w.value) / 2
        return np.asarray(_factor(w, k) * np.exp(-(d2**2) / 2) / np.sqrt(2 * np.pi * w.value) / strikes)

    def chance_below(
        self, *, strike: npt.ArrayLike, expiry: npt.ArrayLike, settlement: npt.ArrayLike = "pm"
    ) -> FloatArray:
        """Risk-neutral P(S_T < K) with the smile's slope: Φ(-d₂) + φ(d₂)·∂√w/∂k, the slope of the put in K."""
        k, w, _ = self._located(np.asarray(strike, dtype=np.float64), expiry, settlement)
        root = np.sqrt(w.value)
        d2 = -k / root - root / 2
        return np.asarray(ndtr(-d2) + np.exp(-(d2**2) / 2) / np.sqrt(2 * np.pi) * w.first / (2 * root))

    def forward_at(self, calendar_years: npt.ArrayLike) -> FloatArray:
        """Forwards, money per share: ln F straight between spot and maturities, the last carry after them."""
        t = np.asarray(calendar_years, dtype=np.float64)
        times, logs = np.append(0.0, self.calendar_years), np.log(np.append(self.spot, self.forward))
        later = (logs[-1] - logs[-2]) / (times[-1] - times[-2]) * np.maximum(t - times[-1], 0)
        return np.asarray(np.exp(np.interp(t, times, logs) + later))

    def times(self, expiry: npt.ArrayLike, settlement: npt.ArrayLike = "pm") -> tuple[FloatArray, FloatArray]:
        """Years to expiry dates, calendar and on the clock."""
        days, kind = np.broadcast_arrays(
            np.asarray(expiry, dtype="datetime64[D]"), np.asarray(settlement, dtype=np.str_)
        )
        dates, place = np.unique(days, return_inverse=True)
        code = 2 * place.reshape(days.shape) + (kind == "pm")
        pairs, back = np.unique(code, return_inverse=True)
        ends = [expiry_instant(_date(dates[each // 2]), "pm" if each % 2 else "am") for each in pairs]
        found = [
            [year_fraction(self.as_of, end, clock) for end in ends] for clock in (Clock.CALENDAR_365, self.clock)
        ]
        calendar, years = np.array(found, dtype=np.float64)[:, back.reshape(code.shape)]
        return calendar, years

    def to_plain(self) -> dict[str, Any]:
        """Names, numbers and lists of them: what `from_plain` makes the same surface of."""
        plain = {name: getattr(self, name) for name in ("underlying", "spot", "rate")}
        plain |= {"as_of": self.as_of.isoformat(), "clock": self.clock.value, "style": self.style.value}
        plain |= {"expiry": self.expiry.astype(str).tolist(), "settlement": self.settlement.tolist()}
        plain |= {name: getattr(self, name).tolist() for name in _COLUMNS}
        knots = self.smile.correction
        return plain | {
            "shape": asdict(self.smile.shape),
            "theta": self.smile.theta.tolist(),
            "correction": {"start": knots.start, "step": knots.step, "coefficients": knots.coefficients.tolist()},
        }

    @classmethod
    def from_plain(cls, plain: dict[str, Any]) -> Surface:
        """The surface that `to_plain` wrote down."""
        knots = plain["correction"]
        correction = Correction(
            start=knots["start"], step=knots["step"], coefficients=np.array(knots["coefficients"])
        )
        return cls(
            underlying=plain["underlying"],
            as_of=datetime.fromisoformat(plain["as_of"]),
            clock=Clock(plain["clock"]),
            style=ExerciseStyle(plain["style"]),
            spot=plain["spot"],
            rate=plain["rate"],
            expiry=np.array(plain["expiry"], dtype="datetime64[D]"),
            settlement=np.array(plain["settlement"], dtype=np.str_),
            smile=Smile(Shape(**plain["shape"]), np.array(plain["theta"]), correction),
            **{name: np.array(plain[name], dtype=np.float64) for name in _COLUMNS},
        )

    def _located(
        self, strike: FloatArray, expiry: npt.ArrayLike, settlement: npt.ArrayLike
    ) -> tuple[FloatArray, Derivatives, FloatArray]:
        calendar, years = self.times(expiry, settlement)
        k = np.log(strike / self.forward_at(calendar))
        k, years = np.broadcast_arrays(k, years)
        return k, self._total(k, years), years

    def _total(self, log_moneyness: npt.ArrayLike, years: npt.ArrayLike) -> Derivatives:
        """w and its own two derivatives in k."""
        k, t = np.broadcast_arrays(*(np.asarray(each, dtype=np.float64) for each in (log_moneyness, years)))
        late = np.clip(np.searchsorted(self.years, t), 0, len(self) - 1)
        early = np.maximum(late - 1, 0)
        gap = self.years[late] - self.years[early]
        share = np.where(gap > 0, (t - self.years[early]) / np.where(gap > 0, gap, 1.0), 1.0)
        share = np.clip(share, 0.0, 1.0)
        shrink = np.where(t > SHORTEST, np.minimum(t / self.years[0], 1.0), np.nan)
        growth = self._late_growth() * np.maximum(t - self.years[-1], 0.0)
        sides = [_plain(self.smile.log_derivatives(k=k, place=place)) for place in (early, late)]
        value, first, second = (
            (1 - share) * getattr(sides[0], name) + share * getattr(sides[1], name)
            for name in ("value", "first", "second")
        )
        return Derivatives(value * shrink + growth, first * shrink, second * shrink)

    def _late_growth(self) -> float:
        """Of at-the-money total variance per year of the clock, between the last two maturities."""
        last = np.arange(len(self))[-2:]
        w = self.smile.variance(k=np.zeros(len(last)), place=last)
        if len(last) == 1:
            return float(w[0] / self.years[0])
        return float((w[1] - w[0]) / (self.years[-1] - self.years[-2]))


_COLUMNS = ("calendar_years", "years", "forward", "discount", "carry_yield")


def _plain(log: Derivatives) -> Derivatives:
    """From derivatives of ln w to derivatives of w."""
    return Derivatives(log.value, log.value * log.first, log.value * (log.first**2 + log.second))


def _factor(w: Derivatives, k: FloatArray) -> FloatArray:
    slope = w.first / w.value
    return durrleman(Derivatives(w.value, slope, w.second / w.value - slope**2), k)


def _date(day: np.datetime64) -> date:
    return date.fromisoformat(str(day))
