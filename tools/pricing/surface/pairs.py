"""Call and put of one strike and maturity, side by side."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from tools.domain.chain import BoolArray, Chain, FloatArray, IntArray

NARROWEST = 0.01  # money per share: a locked pair is trusted no further than a spread of this


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """p strikes quoted on both sides, in the order of maturity and strike.

    place      the maturity of the pair
    call, put  rows of the chain
    gap        call mid less put mid, per share
    width      what buying one and selling the other gives away to the spreads, per share
    """

    place: IntArray
    strike: FloatArray
    call: IntArray
    put: IntArray
    gap: FloatArray
    width: FloatArray

    def __len__(self) -> int:
        return len(self.strike)

    def take(self, index: IntArray | BoolArray) -> Pairs:
        return Pairs(**{each.name: getattr(self, each.name)[index] for each in fields(Pairs)})


def quoted(chain: Chain) -> BoolArray:
    """Rows that two sides stand behind: a bid, an ask not below it, and no filled value."""
    return np.asarray((chain.bid > 0) & (chain.ask >= chain.bid) & np.isfinite(chain.ask) & ~chain.filled)


def pair_up(chain: Chain, place: IntArray, *, usable: BoolArray | None = None) -> Pairs:
    """All pairs of `chain` with both sides quoted and, where given, `usable`."""
    asked = quoted(chain) & (place >= 0) & np.isfinite(chain.strike) & (chain.strike > 0)
    if usable is not None:
        asked &= usable
    rows = np.flatnonzero(asked)
    # Of a contract listed twice (two roots with one settlement) the narrower quote comes first and counts.
    spread = chain.ask[rows] - chain.bid[rows]
    rows = rows[np.lexsort((spread, -chain.right[rows], chain.strike[rows], place[rows]))]
    key = np.stack([place[rows], chain.strike[rows], chain.right[rows]])
    rows = rows[np.concatenate(([True], (np.diff(key) != 0).any(axis=0)))] if len(rows) else rows
    same = (place[rows[:-1]] == place[rows[1:]]) & (chain.strike[rows[:-1]] == chain.strike[rows[1:]])
    first = np.flatnonzero(same)
    call, put = rows[first], rows[first + 1]
    return Pairs(
        place=place[call],
        strike=chain.strike[call],
        call=call,
        put=put,
        gap=chain.mid[call] - chain.mid[put],
        width=np.maximum(chain.ask[call] - chain.bid[call] + chain.ask[put] - chain.bid[put], NARROWEST),
    )


def nearest(pairs: Pairs, forward: FloatArray, *, count: int) -> IntArray:
    """The pairs, `count` of each maturity, whose strikes lie nearest to the maturity's forward."""
    distance = np.abs(np.log(pairs.strike / forward[pairs.place]))
    order = np.lexsort((distance, pairs.place))
    start = np.searchsorted(pairs.place[order], pairs.place[order], side="left")
    return np.sort(order[np.arange(len(order)) - start < count])
