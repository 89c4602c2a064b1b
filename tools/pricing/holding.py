"""Legs and shares as they are held: value, profit and Greeks at any instant up to the first expiry.

each leg at the spots asked for → value and Greeks of one option, or what it settles for → sum with the shares
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import numpy.typing as npt
from scipy.optimize import elementwise

from tools.calendar.expiries import expiry_instant, settlement_of
from tools.calendar.sessions import seconds
from tools.calendar.trading_time import Clock
from tools.domain.chain import Dividend
from tools.domain.contract import OptionContract
from tools.domain.errors import InputError
from tools.domain.structure import Leg
from tools.pricing.inputs import Flaw, numeric
from tools.pricing.payoff import Payoff
from tools.pricing.quotes import contract_greeks

FloatArray = npt.NDArray[np.float64]
StrArray = npt.NDArray[np.str_]

CLOSE = 1e-10  # of the spot: how finely breakevens are found


@dataclass(frozen=True, slots=True, eq=False)
class Profile:
    """A holding at one instant over spots and vol shifts, account currency, in their broadcast shape.

    value       what its legs and shares are worth: negative where closing it costs money
    profit      `value` plus the credit received, less what the shares cost
    delta       per 1.00 of the underlying, the number of shares that move like the holding
    gamma       change of `delta` per 1.00 of the underlying
    vega_point  per volatility point (0.01), all legs together
    theta_day   over one close-to-close, as in `quotes.QuoteGreeks`
    rho_bp      per basis point of the interest rate

    NaN throughout where a leg cannot be valued; `reason` (only when asked for) names the leg and says why.
    """

    value: FloatArray
    profit: FloatArray
    delta: FloatArray
    gamma: FloatArray
    vega_point: FloatArray
    theta_day: FloatArray
    rho_bp: FloatArray
    reason: StrArray | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Holding:
    """One unit of a structure with all that its valuation needs besides the instant and the spot.

    legs            signed ratios, of one underlying and one multiplier; expiries and exercise styles may differ
    vols            one for each leg, decimal per √year of `clock`: numbers, or arrays that broadcast with the spots
    rate, dividend_yield   continuously compounded decimals per year; `dividends` in cash as in `contract_greeks`
    credit          per share, received for the legs; negative where paid
    shares          a count (100 for a covered call), bought or marked at `share_price`; the dividends that they
                    have brought are no part of `profit`

    `InputError` where nothing is held, the legs do not belong together or a leg has no vol.
    """

    legs: Sequence[Leg]
    vols: Sequence[npt.ArrayLike]
    rate: float
    dividend_yield: float
    dividends: Sequence[Dividend] = ()
    credit: float = 0.0
    shares: float = 0.0
    share_price: float = 0.0
    clock: Clock = Clock.CALENDAR_365

    def __post_init__(self) -> None:
        if not self.legs and not self.shares:
            raise InputError("A holding needs at least one leg or some shares.")
        if len({(leg.contract.underlying, leg.contract.multiplier) for leg in self.legs}) > 1:
            raise InputError("A holding needs legs of one underlying and one multiplier; value others apart.")
        if len(self.vols) != len(self.legs):
            raise InputError(f"A holding needs one vol for each leg: {len(self.legs)} legs, {len(self.vols)} vols.")
        if not np.isfinite([self.rate, self.dividend_yield, self.credit, self.shares, self.share_price]).all():
            raise InputError("A holding needs finite rates, shares and money; what is unknown cannot be valued.")

    @property
    def first_expiry(self) -> datetime | None:
        """The instant up to which it can be valued; None for shares alone."""
        return min((_expiry(leg.contract) for leg in self.legs), default=None)

    def at(
        self, *, as_of: datetime, spot: npt.ArrayLike, vol_shift: npt.ArrayLike = 0.0, explain: bool = False
    ) -> Profile:
        """The holding at `as_of`, now or any later instant up to the first expiry, at `spot` (any shape).

        `vol_shift` is added to every leg's vol (0.05: five points up) and broadcasts with `spot`; dividends gone
        ex by then are in the spot handed in. Legs that expire at this very instant settle for their intrinsic
        value (delta 0 at the strike itself), the others are valued. NaN where a spot is not positive.
        `InputError` where a leg has expired before.
        """
        first = self.first_expiry
        if first is not None and seconds(as_of) > seconds(first):
            raise InputError(
                f"A leg expired at {first.isoformat()}, before {as_of.isoformat()}, at a spot that is not known; "
                "leave it out and add what it settled for to the credit."
            )
        spots, shifts = numeric("spot", spot), numeric("vol_shift", vol_shift)
        vols = [numeric("vols", vol) for vol in self.vols]
        shape = _common_shape(spots, shifts, *vols)
        spots = np.broadcast_to(spots, shape).reshape(-1)
        total, reason = _of_shares(self.shares, spots), _flaws(spots)
        for leg, vol in zip(self.legs, vols, strict=True):
            shifted = np.broadcast_to(vol + shifts, shape).reshape(-1)
            each = self._leg(leg.contract, as_of, spots, shifted)
            total += leg.quantity * leg.contract.multiplier * each
            if explain:
                why = _why(leg.contract, shifted, np.isnan(each[0]))
                reason = np.where(reason == "", why, reason)
        total[:, ~np.isfinite(total).all(axis=0) | ~(spots > 0)] = np.nan
        value, delta, gamma, vega, theta, rho = (row.reshape(shape) for row in total)
        profit, reasons = value + self._received(), reason.reshape(shape) if explain else None
        return Profile(value, profit, delta, gamma, vega, theta, rho, reasons)

    def curve(self, *, as_of: datetime, spots: npt.ArrayLike, vol_shift: float = 0.0) -> Payoff:
        """Profit at `as_of` as straight lines between `spots` (1-D, ascending, positive) and all breakevens.

        Its `breakevens` and `profit_intervals` are exact to 1e-10 of the spot, two breakevens between neighbouring
        spots excepted; outside the spots the profit is taken to keep its sign. `InputError` where a profit on
        the way is unknown.
        """
        grid = np.asarray(numeric("spots", spots))
        if grid.ndim != 1 or len(grid) < 2 or not (np.diff(grid) > 0).all() or not grid[0] > 0:
            raise InputError("A curve needs a list of at least two ascending positive spots.")

        def profit(where: FloatArray) -> FloatArray:
            profile = self.at(as_of=as_of, spot=where, vol_shift=vol_shift, explain=True)
            if profile.reason is not None and np.isnan(profile.profit).any():
                lost = int(np.argmax(np.isnan(profile.profit)))
                raise InputError(f"The profit at a spot of {where[lost]:g} is unknown: {profile.reason[lost]}.")
            return profile.profit

        profits = profit(grid)
        turn = np.flatnonzero(profits[:-1] * profits[1:] < 0)
        if len(turn):
            found = elementwise.find_root(
                profit, (grid[turn], grid[turn + 1]), tolerances={"xatol": 0.0, "xrtol": CLOSE, "fatol": 0.0}
            ).x
            grid = np.insert(grid, turn + 1, found)
            profits = np.insert(profits, turn + 1, 0.0)
        return Payoff(tuple(grid.tolist()), tuple(profits.tolist()), 0.0)

    def _received(self) -> float:
        multiplier = self.legs[0].contract.multiplier if self.legs else 0
        return multiplier * self.credit - self.shares * self.share_price

    def _leg(self, contract: OptionContract, as_of: datetime, spots: FloatArray, vols: FloatArray) -> FloatArray:
        """(6, n) of one option per share: the numbers of `Profile` without the profit."""
        if as_of == _expiry(contract):
            return _settled(contract, spots)
        greeks = contract_greeks(
            as_of=as_of,
            style=contract.style,
            right=contract.right.sign,
            strike=contract.strike,
            expiry=np.datetime64(contract.expiry, "D"),
            settlement=settlement_of(contract.root).value,
            spot=spots,
            rate=self.rate,
            dividend_yield=self.dividend_yield,
            dividends=self.dividends,
            vol=vols,
            clock=self.clock,
        )
        rows = (greeks.price, greeks.delta, greeks.gamma, greeks.vega_point, greeks.theta_day, greeks.rho_bp)
        return np.stack(rows)


def _expiry(contract: OptionContract) -> datetime:
    return expiry_instant(contract.expiry, settlement_of(contract.root))


def _flaws(spots: FloatArray) -> StrArray:
    known = np.where(spots > 0, "", Flaw.SPOT.text)
    return np.where(np.isfinite(spots), known, Flaw.NOT_FINITE.text)


def _why(contract: OptionContract, vols: FloatArray, lost: npt.NDArray[np.bool_]) -> StrArray:
    texts = [f"{contract.occ}: {flaw.text}" for flaw in (Flaw.NOT_FINITE, Flaw.VOL, Flaw.OVERFLOW)]
    return np.select([~lost, ~np.isfinite(vols), vols <= 0], ["", *texts[:2]], texts[2])


def _settled(contract: OptionContract, spots: FloatArray) -> FloatArray:
    inside = contract.right.sign * (spots - contract.strike)
    rows = np.zeros((6, len(spots)))
    rows[0], rows[1] = np.maximum(inside, 0.0), contract.right.sign * (inside > 0)
    return rows


def _of_shares(shares: float, spots: FloatArray) -> FloatArray:
    rows = np.zeros((6, len(spots)))
    rows[0], rows[1] = shares * np.where(np.isfinite(spots), spots, np.nan), shares
    return rows


def _common_shape(*arrays: FloatArray) -> tuple[int, ...]:
    try:
        return np.broadcast_shapes(*(array.shape for array in arrays))
    except ValueError:
        shapes = ", ".join(str(array.shape) for array in arrays)
        raise InputError(f"Spots, vol shifts and vols do not broadcast to one shape: {shapes}.") from None
