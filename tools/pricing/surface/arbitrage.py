"""Quotes that contradict each other or the bounds: free money at the prices shown, row by row, with its name.

    bounds      ask below what exercise or expiry is surely worth; bid above the most an option can be
    vertical    a spread of two strikes sold for more than its width, or bought for less than nothing
    butterfly   three neighbouring strikes: the wings bought at their asks for less than the middle sold at its bid
    calendar    the later option bought for less than the earlier one is sold for
    parity      a conversion or reversal (call, put, forward) that pays

Every test buys at the ask and sells at the bid, so that a locked or wide market is no violation; `SLACK` covers
the rounding of quotes. European options are held against each other on the parity forward, its own doubt
allowed for; American ones against what exercise at once is worth. Conditions: Merton, "Theory of rational option
pricing", Bell Journal of Economics 4, 1973; Carr and Madan, "A note on sufficient conditions for no
arbitrage", Finance Research Letters 2, 2005.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

import numpy as np

from tools.domain.chain import BoolArray, Chain, FloatArray, IntArray
from tools.domain.contract import ExerciseStyle
from tools.pricing.surface.forwards import Forwards
from tools.pricing.surface.pairs import Pairs, pair_up

SLACK = 1e-6  # money per share
SAME = 1e-10  # strikes, as they stand or over the forward, that are one
FORWARD_ERRORS = 3.0  # standard errors by which a forward must be wrong before a quote is blamed
RATE_DOUBT = 0.0025  # per year, by which a parity rate may be wrong: it tilts the pairs away from the money


class Violation(StrEnum):
    """Why a quote can be traded against for nothing; the order is the order in which they are told."""

    BELOW_BOUND = "below_bound"
    ABOVE_BOUND = "above_bound"
    VERTICAL = "vertical"
    BUTTERFLY = "butterfly"
    CALENDAR = "calendar"
    PARITY = "parity"


@dataclass(frozen=True, slots=True, eq=False)
class Violations:
    """`flags` (kinds, n), one row per `Violation` in its order; every leg of a violating trade is flagged."""

    flags: BoolArray

    @property
    def any(self) -> BoolArray:
        """Rows (n) with at least one violation."""
        return np.asarray(self.flags.any(axis=0))

    def of(self, kind: Violation) -> BoolArray:
        return np.asarray(self.flags[list(Violation).index(kind)])

    def reasons(self, row: int) -> tuple[Violation, ...]:
        """All that is wrong with a row."""
        return tuple(kind for kind, flag in zip(Violation, self.flags[:, row], strict=True) if flag)

    def counts(self) -> dict[str, int]:
        """How many rows each kind names; a row may be named by several."""
        return {kind.value: int(flag.sum()) for kind, flag in zip(Violation, self.flags, strict=True)}


@dataclass(frozen=True, slots=True, eq=False)
class _Market:
    """Asked rows of a chain with the terms of their maturities, in the order of right, maturity and strike.

    A missing bid is 0 (what one can always get), a missing ask infinite. `forward_error` is how far the true
    forward may lie, money per share; only European options are held against it.
    """

    row: IntArray
    place: IntArray
    right: FloatArray
    strike: FloatArray
    bid: FloatArray
    ask: FloatArray
    spot: float
    forward: FloatArray
    forward_error: FloatArray
    discount: FloatArray
    european: bool


def violations(chain: Chain, forwards: Forwards, place: IntArray, *, usable: BoolArray | None = None) -> Violations:
    """What the rows of `chain` (of those `usable`, n) do to each other at bid and ask.

    `place` (n) is each row's maturity in `forwards`, -1 none. Filled rows and those without any price are not
    judged. A violation names all its legs: which of them is wrong, prices alone do not tell.
    """
    flags = np.zeros((len(Violation), len(chain)), dtype=np.bool_)
    market = _market(chain, forwards, place, usable)
    for kind, test in _TESTS.items():
        flags[list(Violation).index(kind), market.row[test(market)]] = True
    flags[list(Violation).index(Violation.PARITY)] = _parity(chain, forwards, place, usable)
    return Violations(flags)


def _market(chain: Chain, forwards: Forwards, place: IntArray, usable: BoolArray | None) -> _Market:
    asked = (place >= 0) & ~chain.filled & (chain.strike > 0) & np.isfinite(chain.strike)
    asked &= np.isfinite(chain.bid) | np.isfinite(chain.ask)
    if usable is not None:
        asked &= usable
    rows = np.flatnonzero(asked)
    rows = rows[np.lexsort((chain.strike[rows], place[rows], chain.right[rows]))]
    own = place[rows]
    ask = chain.ask[rows]
    european = chain.style is ExerciseStyle.EUROPEAN
    doubt = _forward_doubt(chain, forwards, place, usable)[own] if european else np.zeros(len(rows))
    return _Market(
        row=rows,
        place=own,
        right=chain.right[rows].astype(np.float64),
        strike=chain.strike[rows],
        bid=np.where(np.isfinite(chain.bid[rows]), np.maximum(chain.bid[rows], 0.0), 0.0),
        ask=np.where(np.isfinite(ask) & (ask > 0), ask, np.inf),
        spot=chain.spot,
        forward=forwards.forward[own],
        forward_error=doubt,
        discount=forwards.discount[own],
        european=european,
    )


def _below_bound(m: _Market) -> BoolArray:
    """European: D·(F - K) of the right's sign; American: exercise at once."""
    if m.european:
        sure = m.discount * np.maximum(m.right * (m.forward - m.strike) - m.forward_error, 0)
    else:
        sure = np.maximum(m.right * (m.spot - m.strike), 0)
    return np.asarray(m.ask < sure - SLACK)


def _above_bound(m: _Market) -> BoolArray:
    """A call is worth no more than the underlying, a put no more than its strike (European: both discounted)."""
    if m.european:
        most = m.discount * np.where(m.right > 0, m.forward + m.forward_error, m.strike)
    else:
        most = np.where(m.right > 0, m.spot, m.strike)
    return np.asarray(m.bid > most + SLACK)


def _vertical(m: _Market) -> BoolArray:
    """Neighbouring strikes: 0 ≤ nearer - farther ≤ width, discounted where exercise must wait."""
    flag = np.zeros(len(m.row), dtype=np.bool_)
    low = _followed(m, 1)
    high = low + 1
    dear, cheap = np.where(m.right[low] > 0, low, high), np.where(m.right[low] > 0, high, low)
    width = (m.strike[high] - m.strike[low]) * (m.discount[low] if m.european else 1.0)
    free = m.ask[dear] < m.bid[cheap] - SLACK
    free |= m.bid[dear] - m.ask[cheap] > width + SLACK
    flag[low[free]] = flag[high[free]] = True
    return flag


def _butterfly(m: _Market) -> BoolArray:
    """Three neighbouring strikes: λ·low + (1-λ)·high bought costs at least what the middle brings."""
    flag = np.zeros(len(m.row), dtype=np.bool_)
    low = _followed(m, 2)
    middle, high = low + 1, low + 2
    share = (m.strike[high] - m.strike[middle]) / (m.strike[high] - m.strike[low])
    free = share * m.ask[low] + (1 - share) * m.ask[high] < m.bid[middle] - SLACK
    for leg in (low, middle, high):
        flag[leg[free]] = True
    return flag


def _calendar(m: _Market) -> BoolArray:
    """The next maturity's option of the same strike (American), or of the same K/F (European), is worth no less.

    European prices are compared undiscounted and per forward; the later ask at the earlier K/F is that of the
    chord between its two neighbouring strikes, which lies above any convex price.
    """
    flag = np.zeros(len(m.row), dtype=np.bool_)
    forward = m.forward if m.european else np.ones(len(m.row))
    x, worth = m.strike / forward, 1 / (m.discount * forward) if m.european else forward
    starts = np.flatnonzero((np.diff(m.place) != 0) | (np.diff(m.right) != 0)) + 1
    smiles = np.split(np.arange(len(m.row)), starts)  # of one right and maturity each
    for early, late in pairwise(smiles):
        if len(early) and m.right[early[0]] == m.right[late[0]]:
            for leg in _calendar_legs(m, early, late[np.isfinite(m.ask[late])], x, worth):
                flag[leg] = True
    return flag


def _calendar_legs(
    m: _Market, early: IntArray, late: IntArray, x: FloatArray, worth: FloatArray
) -> tuple[IntArray, IntArray, IntArray]:
    """Rows sold early, and the two later rows bought against each, of the spreads that cost less than nothing.

    x, worth  of each row what strikes and prices are compared at
    """
    if len(late) < 2:
        none = np.zeros(0, dtype=np.int64)
        return none, none, none
    place = np.searchsorted(x[late], x[early] - SAME)
    exact = (place < len(late)) & (np.abs(x[late[np.minimum(place, len(late) - 1)]] - x[early]) < 2 * SAME)
    inside = exact | ((place > 0) & (place < len(late)))
    early, place, exact = early[inside], place[inside], exact[inside]
    high = late[place]
    low = np.where(exact, high, late[np.maximum(place - 1, 0)])
    share = np.where(exact, 1.0, (x[early] - x[low]) / np.where(exact, 1.0, x[high] - x[low]))
    cost = share * m.ask[high] * worth[high] + (1 - share) * m.ask[low] * worth[low]
    # A put or call moves by no more than the strike does: what a wrong forward can explain.
    doubt = (m.forward_error[early] + m.forward_error[high]) / m.forward[early] if m.european else 0.0
    free = cost < (m.bid[early] - SLACK) * worth[early] - doubt
    return early[free], low[free], high[free]


def _forward_doubt(chain: Chain, forwards: Forwards, place: IntArray, usable: BoolArray | None) -> FloatArray:
    """How far from each forward (m) a true one may lie, money per share; infinite where parity tells none.

    Three standard errors, or as far as all pairs of the maturity together allow.
    """
    doubt = np.nan_to_num(forwards.error_bp, nan=np.inf) * 1e-4 * forwards.forward * FORWARD_ERRORS
    pairs = pair_up(chain, place, usable=usable)
    low, high = _forward_ranges(pairs, forwards)
    lowest, highest = np.full(len(doubt), -np.inf), np.full(len(doubt), np.inf)
    np.maximum.at(lowest, pairs.place, low)
    np.minimum.at(highest, pairs.place, high)
    agreed = (lowest <= highest) & np.isfinite(lowest)
    reach = np.maximum(forwards.forward - lowest, highest - forwards.forward)
    return np.asarray(np.where(agreed & np.isfinite(doubt), np.maximum(doubt, reach), doubt))


def _forward_ranges(pairs: Pairs, forwards: Forwards) -> tuple[FloatArray, FloatArray]:
    """The forwards at which buying one side of a pair and selling the other costs nothing."""
    own = pairs.place
    centre = pairs.strike + pairs.gap / forwards.discount[own]
    tilt = RATE_DOUBT * forwards.at.calendar_years[own] * np.abs(pairs.strike - forwards.forward[own])
    half = pairs.width / 2 / forwards.discount[own] + tilt
    return centre - half, centre + half


def _parity(chain: Chain, forwards: Forwards, place: IntArray, usable: BoolArray | None) -> BoolArray:
    """European pairs whose range of forwards lies beside what the other pairs leave of the forward."""
    flag = np.zeros(len(chain), dtype=np.bool_)
    if chain.style is not ExerciseStyle.EUROPEAN:
        return flag
    pairs = pair_up(chain, place, usable=usable)
    low, high = _forward_ranges(pairs, forwards)
    doubt = _forward_doubt(chain, forwards, place, usable)[pairs.place]
    forward = forwards.forward[pairs.place]
    free = (low > forward + doubt + SLACK) | (high < forward - doubt - SLACK)
    flag[pairs.call[free]] = flag[pairs.put[free]] = True
    return flag


def _followed(m: _Market, steps: int) -> IntArray:
    """Rows followed by `steps` higher strikes of their own maturity and right."""
    n = max(len(m.row) - steps, 0)
    last = np.arange(n) + steps
    same = (m.place[:n] == m.place[last]) & (m.right[:n] == m.right[last])
    for step in range(steps):
        same &= m.strike[step : n + step] < m.strike[step + 1 : n + step + 1]
    return np.flatnonzero(same)


_TESTS: dict[Violation, Callable[[_Market], BoolArray]] = {
    Violation.BELOW_BOUND: _below_bound,
    Violation.ABOVE_BOUND: _above_bound,
    Violation.VERTICAL: _vertical,
    Violation.BUTTERFLY: _butterfly,
    Violation.CALENDAR: _calendar,
}
