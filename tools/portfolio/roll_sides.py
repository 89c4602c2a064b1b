"""What each side of a trade can be rolled to, a column per figure.

    trade's legs of one right → new short strikes near the target delta, every expiry in reach → their wings
                              → choices: delta after, what the change brings at the mid and at once

A wing is never wider than it was, so that at equal count no side loses more. Of two sides one may stay as it is
while it is not in the money: its first choice then.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from tools.calendar.trading_time import Clock
from tools.domain.chain import BoolArray, Chain, FloatArray, IntArray
from tools.domain.contract import Right
from tools.portfolio.quoting import rows_of
from tools.portfolio.trade_view import LegMark, TradeView
from tools.pricing.sheet import deltas_of
from tools.screening.offer import GROUP, THOUSANDTHS, series
from tools.screening.registry import STRUCTURES
from tools.screening.strikes import StrikeBasis, StrikeChoice
from tools.screening.structure import leg_rows

NONE = -1


@dataclass(frozen=True, slots=True)
class Side:
    """The legs of one right: `ratio` units sold, as many bought for protection or none. Rows of the chain."""

    right: Right
    ratio: int
    short: LegMark
    long: LegMark | None
    short_row: int
    long_row: int

    @property
    def width(self) -> float:
        """Between the strikes, money per share; 0 without a wing."""
        return 0.0 if self.long is None else abs(self.short.leg.contract.strike - self.long.leg.contract.strike)

    def tested(self, spot: float) -> bool:
        """Whether the short leg is in the money."""
        return self.short.in_the_money(spot) > 0


@dataclass(frozen=True, slots=True, eq=False)
class Choices:
    """Columns of one length, per share of a unit and summed over the legs.

    short, long  rows of the chain, -1 for none; of a side that stays its own
    moved        something changes
    delta        of the side held afterwards
    short_delta  the size of its short leg's
    dte          calendar days it has then
    mid, natural what the change brings, credit positive, at the mid and at bid and ask
    value        what opening the side as it is then brings at the mid
    traded       legs that change hands, in contracts per unit
    """

    short: IntArray
    long: IntArray
    moved: BoolArray
    delta: FloatArray
    short_delta: FloatArray
    dte: IntArray
    mid: FloatArray
    natural: FloatArray
    value: FloatArray
    traded: IntArray

    def __len__(self) -> int:
        return len(self.short)

    def take(self, rows: IntArray) -> Choices:
        return Choices(**{each.name: getattr(self, each.name)[rows] for each in fields(self)})


def read_sides(view: TradeView, chain: Chain) -> tuple[Side, ...]:
    """Put side and call side of the trade; empty where a leg is not in the chain or legs do not pair up."""
    sides = [_side(view, chain, right) for right in Right]
    legs = sum((0 if side is None else 1 + (side.long is not None)) for side in sides)
    return () if legs != len(view.marks) else tuple(side for side in sides if side is not None)


def _side(view: TradeView, chain: Chain, right: Right) -> Side | None:
    marks = [mark for mark in view.marks if mark.leg.contract.right is right]
    shorts = [mark for mark in marks if mark.leg.quantity < 0]
    longs = [mark for mark in marks if mark.leg.quantity > 0]
    if len(shorts) != 1 or len(longs) > 1 or (longs and longs[0].leg.quantity != -shorts[0].leg.quantity):
        return None
    rows = rows_of(chain, [mark.leg.contract for mark in (*shorts, *longs)])
    if (rows < 0).any():
        return None
    long_row = int(rows[1]) if longs else NONE
    ratio = -shorts[0].leg.quantity
    return Side(right, ratio, shorts[0], longs[0] if longs else None, int(rows[0]), long_row)


def choices_of(
    sides: tuple[Side, ...],
    view: TradeView,
    chain: Chain,
    *,
    clock: Clock,
    target: float,
    nearest: int,
    dte: tuple[int, int],
    spread: float,
) -> tuple[Choices, ...]:
    """The choices of each side; legs with a filled or missing quote or a wider spread are none."""
    live = ~chain.filled & (chain.bid > 0) & np.isfinite(chain.ask) & (chain.spread_fraction <= spread)
    usable = live & leg_rows(chain, STRUCTURES[view.trade.structure])
    within = usable & (chain.dte >= dte[0]) & (chain.dte <= dte[1])
    offered = [np.flatnonzero(within & (chain.right == side.right.sign)) for side in sides]
    seen = deltas_of(chain, np.concatenate(offered), clock=clock)
    aim = StrikeChoice(by=StrikeBasis.DELTA, target=target, nearest=nearest)
    shorts = [aim.choose(chain, rows, delta=seen) for rows in offered]
    pairs = [_protected(side, short, chain, usable) for side, short in zip(sides, shorts, strict=True)]
    own = [row for side in sides for row in (side.short_row, side.long_row) if row != NONE]
    needed = np.unique(np.concatenate([*(pair.ravel() for pair in pairs), np.array(own, dtype=np.int64)]))
    deltas = deltas_of(chain, needed[needed != NONE], clock=clock)
    return tuple(
        _choices(side, pair, chain, deltas, stays=len(sides) > 1 and not side.tested(chain.spot))
        for side, pair in zip(sides, pairs, strict=True)
    )


def _protected(side: Side, short: IntArray, chain: Chain, usable: BoolArray) -> IntArray:
    """(n, 2): each new short leg with the furthest wing of its series within the old width."""
    short = short[short != side.short_row]
    if side.long is None:
        return np.column_stack((short, np.full(len(short), NONE)))
    away = -side.right.sign  # strikes are walked from the wing towards the short leg
    keys = series(chain) * GROUP + away * np.rint(chain.strike * THOUSANDTHS).astype(np.int64)
    wings = np.flatnonzero(usable & (chain.right == side.right.sign))
    wings = wings[np.argsort(keys[wings], kind="stable")]
    furthest = keys[short] - round(side.width * THOUSANDTHS)
    place = np.searchsorted(keys[wings], furthest, side="left")
    reached = place < len(wings)
    place, short, furthest = place[reached], short[reached], furthest[reached]
    found = keys[wings[place]] < keys[short]
    return np.column_stack((short[found], wings[place[found]]))


def _choices(side: Side, pairs: IntArray, chain: Chain, deltas: FloatArray, *, stays: bool) -> Choices:
    own = np.array([[side.short_row, side.long_row]], dtype=np.int64)
    rows = np.concatenate((own, pairs)) if stays else pairs
    short, long = rows.T
    moved = np.ones(len(rows), dtype=np.bool_)
    moved[:1] &= not stays
    trades = [(np.full(len(rows), side.short_row), side.ratio * moved), (short, -side.ratio * moved)]
    if side.long is not None:
        swapped = moved & (long != side.long_row)  # a wing that stays is not traded
        trades += [(np.full(len(rows), side.long_row), -side.ratio * swapped), (long, side.ratio * swapped)]
    mid, natural, traded = _brought(trades, chain)
    wing = np.zeros(len(rows)) if side.long is None else deltas[long]
    worth = chain.mid[short] - (0.0 if side.long is None else chain.mid[long])
    return Choices(
        short=short,
        long=long,
        moved=moved,
        delta=side.ratio * (wing - deltas[short]),
        short_delta=np.abs(deltas[short]),
        dte=chain.dte[short],
        mid=mid,
        natural=natural,
        value=side.ratio * worth,
        traded=traded,
    )


def _brought(trades: list[tuple[IntArray, IntArray]], chain: Chain) -> tuple[FloatArray, FloatArray, IntArray]:
    """(mid, natural, contracts) of orders whose legs are (rows, signed quantities): sold at bid, bought at ask."""
    rows, sizes = (np.array(column) for column in zip(*trades, strict=True))
    crossed = np.where(sizes < 0, chain.bid[rows], chain.ask[rows])
    mid, natural = (-np.sum(sizes * price, axis=0) for price in (chain.mid[rows], crossed))
    return mid, natural, np.abs(sizes).sum(axis=0)
