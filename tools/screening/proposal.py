"""Candidates from chosen rows: one unit each, with its economics and every filter's result."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from tools.domain.candidate import Candidate, UnitGreeks
from tools.domain.chain import FloatArray, IntArray
from tools.domain.structure import Leg
from tools.screening.economics import Economics
from tools.screening.filter_column import FilterColumn
from tools.screening.rows import Rows
from tools.screening.rules import Subject
from tools.screening.structure import judged_places


@dataclass(frozen=True, eq=False, slots=True)
class Proposal:
    """Chosen rows, priced, best first, with their `quantitative`; in `filters` they stand at `places`."""

    rows: Rows
    filters: Sequence[FilterColumn]
    places: IntArray
    quantitative: FloatArray
    book: str
    snapshot: str

    def candidates(self) -> tuple[Candidate, ...]:
        """One candidate per row."""
        if len(self.rows) == 0:
            return ()
        economics = self.rows.economics()
        return tuple(self._candidate(row, economics) for row in range(len(self.rows)))

    def _candidate(self, row: int, economics: Economics) -> Candidate:
        chain, legs = self.rows.chain, self._legs(row)
        return Candidate(
            as_of=chain.as_of,
            snapshot=self.snapshot,
            book=self.book,
            underlying=chain.underlying,
            structure=self.rows.structure.kind,
            legs=legs,
            spot=chain.spot,
            expiry=legs[0].contract.expiry,
            dte=int(self.rows.dte[row]),
            bid=float(self.rows.bid[row]),
            ask=float(self.rows.ask[row]),
            credit=float(economics.credit[row]),
            natural=float(economics.natural[row]),
            premium_yield=float(economics.premium_yield[row]),
            pop=_known(economics.pop[row]),
            expected_move=_known(economics.expected_move[row]),
            breakevens=tuple(float(edge[row]) for edge in economics.breakevens),
            max_loss=float(economics.max_loss[row]),
            max_profit=float(economics.max_profit[row]),
            collateral=float(economics.collateral[row]),
            cash_required=float(economics.cash_required[row]),
            shares_required=economics.shares_required,
            multiplier=chain.multiplier,
            iv=_known(economics.iv[row]),
            greeks=_unit_greeks(economics, row),
            spread=float(self.rows.spread[row]),
            open_interest=_known(self._fewest(chain.open_interest, row)),
            volume=_known(self._fewest(chain.volume, row)),
            feed=chain.feed,
            source=chain.source,
            filters=tuple(column.result(int(self.places[row])) for column in self.filters),
            quantitative=_known(self.quantitative[row]),
        )

    def _legs(self, row: int) -> tuple[Leg, ...]:
        roles = self.rows.structure.roles
        contracts = [row] if self.rows.legs is None else self.rows.legs[row]
        return tuple(
            Leg(contract=self.rows.chain.contract(int(place)), quantity=role.quantity)
            for place, role in zip(contracts, roles, strict=True)
        )

    def _fewest(self, column: FloatArray, row: int) -> float:
        """The smallest of a count over the legs that are sold, else bought, unknown where one is."""
        counts = [
            float(self.rows.seen_from(leg, column)[row])
            for leg in judged_places(self.rows.structure, Subject.SHORT_LEGS)
        ]
        return math.nan if any(map(math.isnan, counts)) else min(counts)


def _unit_greeks(economics: Economics, row: int) -> UnitGreeks | None:
    """All five, or none where the quote has no volatility."""
    columns = (economics.delta, economics.gamma, economics.vega, economics.theta, economics.rho)
    delta, gamma, vega, theta, rho = (float(column[row]) for column in columns)
    if not all(map(math.isfinite, (delta, gamma, vega, theta, rho))):
        return None
    return UnitGreeks(delta=delta, gamma=gamma, vega=vega, theta=theta, rho=rho)


def _known(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
