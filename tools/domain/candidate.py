"""A candidate: one structure that passed the screen, with everything a reader would ask of it."""

from __future__ import annotations

from datetime import date, datetime
from functools import cached_property

from tools.domain.score import FilterResult
from tools.domain.structure import Leg, StructureKind, leg_key
from tools.domain.value import Value, digest


class UnitGreeks(Value):
    """Greeks of one unit of the structure per share, seller's sign included (a short put has delta > 0).

    vega per volatility point, theta per day to the next close, rho per basis point.
    """

    delta: float
    gamma: float
    vega: float
    theta: float
    rho: float


class Candidate(Value):
    """One unit (one contract per leg ratio) of a proposed trade. Money per share unless named otherwise.

    credit          premium at the mid, positive received
    natural         premium at bid/ask, what is filled at once
    premium_yield   annualised decimal on collateral, calendar/365
    pop             probability of profit at expiry, risk-neutral lognormal with the short legs' own vols, 0-1
    expected_move   one standard deviation of the underlying to expiry, money per share
    breakevens      underlying prices at expiry where profit is zero
    max_loss        largest loss of one unit, account currency, positive (a covered call includes its shares);
                    where it has no bound (a strangle) what secures the unit
    max_profit      largest profit of one unit, account currency; of a call bought at the highest close VIX has had,
                    0 of shares, which nobody can tell
    collateral      what secures one unit (decision D1), account currency; of an undefined risk its margin, beside
                    which the fit sets the stress loss
    cash_required   free cash one unit takes (0 for calls on held shares)
    shares_required shares one unit locks
    iv              implied volatility of the first short leg, of what is bought its own
    spread          Σ (ask - bid) / Σ mid over the legs: of one leg its own
    open_interest   of the short leg that has the least, as `volume`
    """

    as_of: datetime
    snapshot: str
    book: str
    underlying: str
    structure: StructureKind
    legs: tuple[Leg, ...]
    spot: float
    expiry: date
    dte: int
    bid: float
    ask: float
    credit: float
    natural: float
    premium_yield: float
    pop: float | None
    expected_move: float | None
    breakevens: tuple[float, ...]
    max_loss: float
    max_profit: float
    collateral: float
    cash_required: float
    shares_required: int
    multiplier: int
    iv: float | None
    greeks: UnitGreeks | None
    spread: float
    open_interest: float | None
    volume: float | None
    feed: str
    source: str
    filters: tuple[FilterResult, ...]
    quantitative: float | None

    @cached_property
    def id(self) -> str:
        """The decision's id: a hash of (as_of, book, legs), `d-` and twelve hex digits."""
        return "d-" + digest([self.as_of.isoformat(), self.book, leg_key(self.legs)])[:12]

    @cached_property
    def legs_hash(self) -> str:
        """The identity of the leg set, the same across books."""
        return digest(leg_key(self.legs))

    @property
    def label(self) -> str:
        """`IWM 45d 235 put`, `XLE 45d 90/85 put spread`, `BIL shares`."""
        if self.structure is StructureKind.LONG_SHARES:
            return f"{self.underlying} shares"
        strikes = "/".join(f"{leg.contract.strike:g}" for leg in self.legs)
        names = {
            StructureKind.COVERED_CALL: "covered call",
            StructureKind.CASH_SECURED_PUT: "put",
            StructureKind.INDEX_PUT: "index put",
            StructureKind.PUT_CREDIT_SPREAD: "put spread",
            StructureKind.CALL_CREDIT_SPREAD: "call spread",
            StructureKind.IRON_CONDOR: "iron condor",
            StructureKind.STRANGLE: "strangle",
            StructureKind.VIX_CALL: "call bought",
        }
        return f"{self.underlying} {self.dte}d {strikes} {names[self.structure]}"
