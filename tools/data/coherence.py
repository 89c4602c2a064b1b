"""How far the used quotes of one chain agree: with parity, with each other, with the surface fitted to them.

chain → forwards (parity) ┬→ violations of quotes, by kind ┐
                          └→ surface ┬→ error, repriced    ┼→ Coherence, maturity by maturity
                                     └→ gaps it can fill   ┘

Quotes that violate nothing by themselves may still not be told apart from wrong ones: what is measured here is
shown, and decides about no row.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np

from tools.data.filling import fill
from tools.domain.chain import BoolArray, Chain, FloatArray, IntArray
from tools.domain.contract import ExerciseStyle
from tools.domain.errors import DataError
from tools.pricing.quotes import quote_greeks
from tools.pricing.rates import TICK
from tools.pricing.surface.arbitrage import Violation, Violations, violations
from tools.pricing.surface.figures import straddle_move, term_structure
from tools.pricing.surface.fit import Fit, fit_surface
from tools.pricing.surface.forwards import Forwards, implied_forwards
from tools.pricing.surface.maturities import Maturities, maturities
from tools.pricing.surface.pairs import Pairs, pair_up
from tools.pricing.surface.repricing import inside_quotes, reprice

HELD = 100.0
"""Contracts of open interest above which a quote is liquid (spec B1); where a source tells none, every bid is."""
NEAREST, FARTHEST = 7, 120
"""Days to expiry between which a chain's share of repriced quotes is taken."""

TERM_DAYS = (7, 14, 30, 60, 90, 180, 365)


@dataclass(frozen=True, slots=True)
class MaturityCoherence:
    """One expiry and settlement ("am" or "pm"); what cannot be said is None.

    forward, scatter_bp  parity's forward, money per share, and how far its liquid strikes disagree (basis points)
    strikes              liquid strikes behind the forward; `flags` what a reader of it should know
    pairs, breaks        strikes quoted on both sides, and those whose quotes leave put-call parity no room
    violations           rows that can be traded against others for nothing, by kind
    expected_move        the mean absolute move that the straddle at the forward costs, money per share
    error_points         fitted less quoted vol out of the money, weighted by vega, in vol points
    liquid, inside       liquid quotes, and those the surface reprices from bid to ask
    filled               contracts that only their other right is quoted of, and the surface can value
    """

    expiry: date
    settlement: str
    quotes: int
    forward: float | None
    scatter_bp: float | None
    strikes: int
    flags: tuple[str, ...]
    pairs: int
    breaks: int
    expected_move: float | None
    violations: Mapping[str, int]
    error_points: float | None
    liquid: int
    inside: int
    filled: int


@dataclass(frozen=True, slots=True)
class Coherence:
    """A whole chain. `liquid` and `inside` count 7 to 120 days to expiry; `reason` says why there is no surface.

    `violations` counts rows by kind, a row perhaps under several; `violating` each of them once.
    """

    maturities: tuple[MaturityCoherence, ...]
    violations: Mapping[str, int]
    violating: int
    error_points: float | None
    liquid: int
    inside: int
    fit: Fit | None
    reason: str = ""

    @property
    def term_structure(self) -> dict[int, float]:
        """Vols at the money forward by calendar days ahead, as far as expiries are listed."""
        if self.fit is None:
            return {}
        vols = term_structure(self.fit.surface, days=TERM_DAYS)
        return {days: float(vol) for days, vol in zip(TERM_DAYS, vols, strict=True) if np.isfinite(vol)}

    @property
    def share_inside(self) -> float | None:
        """None where no liquid quote can be repriced."""
        return self.inside / self.liquid if self.liquid and self.fit is not None else None

    @property
    def scatter_bp(self) -> float | None:
        """The widest scatter among the maturities with liquid strikes."""
        return max((each.scatter_bp for each in self.maturities if each.scatter_bp is not None), default=None)

    @property
    def filled(self) -> int:
        return sum(each.filled for each in self.maturities)


def cohere(chain: Chain) -> Coherence:
    """What the quotes of `chain` say together; where they give no surface, the rest is still said."""
    vols = quote_greeks(chain).iv
    fit, reason = _fitted(chain, vols)
    at, place = maturities(chain)
    forwards = implied_forwards(chain, vols=vols) if fit is None else fit.forwards
    found = violations(chain, forwards, place)
    liquid, inside, filled = _liquid(chain), np.zeros(len(chain), dtype=np.bool_), np.zeros(len(at), dtype=np.int64)
    if fit is not None:
        inside = liquid & inside_quotes(chain, reprice(fit.surface, chain, rows=liquid))
        whole = fill(chain, fit.surface)
        filled = _tally(maturities(whole)[1], whole.filled, at)
    pairs, breaks = _parity(chain, forwards, place, found)
    near = (chain.dte >= NEAREST) & (chain.dte <= FARTHEST)
    tallies = _Tallies(
        quotes=_tally(place, place >= 0, at),
        liquid=_tally(place, liquid, at),
        inside=_tally(place, inside, at),
        filled=filled,
        pairs=_tally(pairs.place, pairs.place >= 0, at),
        breaks=_tally(pairs.place, breaks, at),
        kinds={kind: _tally(place, found.of(kind), at) for kind in Violation},
    )
    return Coherence(
        maturities=tuple(_maturity(chain, m, forwards, fit, tallies) for m in range(len(at))),
        violations=found.counts(),
        violating=int(found.any.sum()),
        error_points=None if fit is None else fit.error_points,
        liquid=int((liquid & near).sum()),
        inside=int((inside & near).sum()),
        fit=fit,
        reason=reason,
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Tallies:
    """Rows per maturity (m)."""

    quotes: IntArray
    liquid: IntArray
    inside: IntArray
    filled: IntArray
    pairs: IntArray
    breaks: IntArray
    kinds: Mapping[Violation, IntArray]


def _fitted(chain: Chain, vols: FloatArray) -> tuple[Fit | None, str]:
    try:
        return fit_surface(chain, vols=vols), ""
    except DataError as error:
        return None, str(error)


def _liquid(chain: Chain) -> BoolArray:
    """Quotes with a bid and open interest above 100; with a bid where the source tells of no open interest."""
    bid = np.asarray((chain.bid > 0) & np.isfinite(chain.ask) & ~chain.filled)
    return bid if np.isnan(chain.open_interest).all() else bid & (chain.open_interest > HELD)


def _parity(chain: Chain, forwards: Forwards, place: IntArray, found: Violations) -> tuple[Pairs, BoolArray]:
    """Strikes quoted on both sides, and which of them break parity.

    European ones as the surface's checks say. American (Merton 1973): D·F - K ≤ C - P ≤ D·F - D·K, with D·F the
    spot less the dividends to come; a tick is allowed for.
    """
    pairs = pair_up(chain, place)
    if chain.style is ExerciseStyle.EUROPEAN:
        return pairs, found.of(Violation.PARITY)[pairs.call]
    paper = forwards.discount[pairs.place]
    ahead = paper * forwards.forward[pairs.place]
    edges = ahead - pairs.strike, ahead - paper * pairs.strike
    cheapest = chain.bid[pairs.call] - chain.ask[pairs.put]
    dearest = chain.ask[pairs.call] - chain.bid[pairs.put]
    return pairs, (cheapest > np.maximum(*edges) + TICK) | (dearest < np.minimum(*edges) - TICK)


def _tally(place: IntArray, rows: BoolArray, at: Maturities) -> IntArray:
    return np.bincount(place[rows & (place >= 0)], minlength=len(at))


def _maturity(chain: Chain, m: int, forwards: Forwards, fit: Fit | None, tallies: _Tallies) -> MaturityCoherence:
    told = bool(np.isfinite(forwards.scatter_bp[m]))
    expiry, settlement = forwards.at.expiry[m], str(forwards.at.settlement[m])
    move = straddle_move(chain, forward=float(forwards.forward[m]), expiry=expiry, settlement=settlement)
    return MaturityCoherence(
        expiry=date.fromisoformat(str(expiry)),
        settlement=settlement,
        quotes=int(tallies.quotes[m]),
        forward=float(forwards.forward[m]) if told else None,
        scatter_bp=float(forwards.scatter_bp[m]) if told else None,
        strikes=int(forwards.liquid[m]),
        flags=tuple(sorted(flag.value for flag in forwards.flags[m])),
        pairs=int(tallies.pairs[m]),
        breaks=int(tallies.breaks[m]),
        expected_move=_known(move.expected),
        violations={kind.value: int(rows[m]) for kind, rows in tallies.kinds.items()},
        error_points=None if fit is None else _known(fit.error_points_by_maturity[m]),
        liquid=int(tallies.liquid[m]),
        inside=int(tallies.inside[m]),
        filled=int(tallies.filled[m]),
    )


def _known(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
