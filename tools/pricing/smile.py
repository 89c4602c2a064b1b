"""A smile: the vols of one expiry over strikes, continued beyond the strikes that are known."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.interpolate import PchipInterpolator

from tools.domain.errors import InputError
from tools.pricing.inputs import numeric

FloatArray = npt.NDArray[np.float64]
Curve = Callable[[FloatArray], npt.ArrayLike]

STEP = 1e-5  # of ln strike, for the slope of a function that tells only vols
FADE = 0.5  # of the known range: how far the slope at its ends reaches beyond it
FEWEST = 3  # strikes below which there is no curve


@dataclass(frozen=True, slots=True, eq=False)
class Smile:
    """`vol` and `slope` are functions of ln strike: decimal per √year, and its change per 1.00 of ln strike."""

    vol: Callable[[FloatArray], FloatArray]
    slope: Callable[[FloatArray], FloatArray]


def smile(curve: Curve) -> Smile:
    """The smile of a function from strikes (an array) to vols, such as a fitted surface at one expiry.

    It is asked wherever a chance needs it, also far in the wings; NaN there makes the chance unknown.
    """

    def vol(log_strike: FloatArray) -> FloatArray:
        return np.asarray(curve(np.exp(log_strike)), dtype=np.float64)

    return Smile(vol, lambda x: (vol(x + STEP) - vol(x - STEP)) / (2 * STEP))


def quoted_smile(*, strike: npt.ArrayLike, vol: npt.ArrayLike) -> Smile:
    """The smile through quoted vols (1-D, at least three; strikes in any order, rows with a NaN left out).

    In between a shape-preserving cubic in ln strike (Fritsch & Carlson, SIAM Journal on Numerical Analysis 17,
    1980: no overshoot); beyond the outer strikes the slope of ln vol fades exponentially: nothing
    jumps, and no vol falls to 0.
    `InputError` where strikes repeat, or a strike or vol is not positive.
    """
    strikes, vols = numeric("strike", strike), numeric("vol", vol)
    if strikes.ndim != 1 or strikes.shape != vols.shape:
        raise InputError(f"A smile needs strikes {strikes.shape} and vols {vols.shape} in lists of one length.")
    known = np.isfinite(strikes) & np.isfinite(vols)
    strikes, vols = strikes[known], vols[known]
    if len(strikes) < FEWEST or (strikes <= 0).any() or (vols <= 0).any():
        raise InputError(f"A smile needs at least {FEWEST} strikes with vols, all of them positive.")
    order = np.argsort(strikes, kind="stable")
    x = np.log(strikes[order])
    if not (np.diff(x) > 0).all():
        raise InputError("A smile needs one vol for each strike; a strike comes twice.")
    inside = PchipInterpolator(x, vols[order])
    rise, reach = inside.derivative(), FADE * (x[-1] - x[0])

    def vol_at(at: FloatArray) -> FloatArray:
        edge = np.clip(at, x[0], x[-1])
        off = at - edge
        fading = -np.sign(off) * reach * np.expm1(-np.abs(off) / reach)
        return np.asarray(inside(edge) * np.exp(rise(edge) / inside(edge) * fading))

    def slope_at(at: FloatArray) -> FloatArray:
        edge = np.clip(at, x[0], x[-1])
        return np.asarray(vol_at(at) / inside(edge) * rise(edge) * np.exp(-np.abs(at - edge) / reach))

    return Smile(vol_at, slope_at)
