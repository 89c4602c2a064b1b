"""Where a profit came from: Greeks, income, costs, and what none of them explains.

    held at the start of a day ─→ delta, gamma, theta, vega of the way from mark to mark; the rest is residual
    filled during the day ──────→ slippage (fill against mid); from the mid to the day's mark is residual
    commissions, cash ──────────→ commissions, dividends, interest; deliveries are residual
                                  └─→ rows of nine parts ─→ by day, book, trade in any combination

Everything is counted in whole millionths of the account currency, the digits to which prices are kept. The parts of
a row are rounded to them, and the residual is what then remains of the row's profit; sums over rows are sums of
integers. So the parts sum to the profit, and groups to the total, exactly and not nearly.

Greeks are those at the start: delta·ΔS + ½·gamma·ΔS² + theta + vega·Δσ per share (a Taylor expansion; its higher
orders, and what changed of skew, rate and dividends, are the residual). Where a Greek, the spot or the volatility
at either end is unknown, the whole move is residual, and the row is counted.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

import numpy as np
import numpy.typing as npt

from tools.domain.cash import CashKind, CashMovement
from tools.domain.chain import BoolArray, FloatArray, IntArray, new_york_date
from tools.domain.errors import InputError

Keys = npt.NDArray[Any]  # of any kind that sorts: names, codes, dates

MILLIONTHS = 1_000_000
CENT = 10_000  # in millionths
VOL_POINT = 0.01


class Source(StrEnum):
    """The columns of `Attribution.parts`, in their order."""

    DELTA = "delta"
    GAMMA = "gamma"
    THETA = "theta"
    VEGA = "vega"
    RESIDUAL = "residual"
    DIVIDENDS = "dividends"
    INTEREST = "interest"
    COMMISSIONS = "commissions"
    SLIPPAGE = "slippage"


COLUMN = {source: place for place, source in enumerate(Source)}
_OF_CASH = {
    CashKind.DIVIDEND: Source.DIVIDENDS,
    CashKind.INTEREST: Source.INTEREST,
    CashKind.COMMISSION: Source.COMMISSIONS,
    CashKind.ASSIGNMENT: Source.RESIDUAL,  # meets the step of the delivered shares from the strike to the market
}


@dataclass(frozen=True, slots=True, eq=False)
class HeldRows:
    """What was held at the start of a day, one row per day, trade and symbol; every column has length n.

    units   signed shares, or contracts × multiplier
    mark    per share at the start (`_before`: the last close) and at the end of the day; what ended during the day
            has its closing price there. After a split both ends are on the new basis
    spot    of the underlying; iv its option's volatility, decimal per year
    delta, gamma per share; `vega_point` per volatility point; `theta_day` to the next close: of one option at the
            start, `nan` where unknown. Shares have delta 1 and the rest 0, and no volatility where vega is 0
    """

    day: Keys
    book: Keys
    trade: Keys
    units: IntArray
    mark_before: FloatArray
    mark_after: FloatArray
    spot_before: FloatArray
    spot_after: FloatArray
    iv_before: FloatArray
    iv_after: FloatArray
    delta: FloatArray
    gamma: FloatArray
    vega_point: FloatArray
    theta_day: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class FillRows:
    """What was filled during a day, settlements included; columns of length n, prices per share.

    units       signed like the position they make, × multiplier
    mid         when it was filled; the price itself for settlements and deliveries, `nan` is unknown (no slippage
                is told then, what there was is residual)
    mark_after  the day's last mark, the same as in `HeldRows` where the symbol was held
    commission  account currency, positive
    """

    day: Keys
    book: Keys
    trade: Keys
    units: IntArray
    price: FloatArray
    mid: FloatArray
    mark_after: FloatArray
    commission: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class CashRows:
    """Cash that moved; `source` holds columns of `Attribution.parts`, `amount` millionths."""

    day: Keys
    book: Keys
    trade: Keys
    source: IntArray
    amount: IntArray


@dataclass(frozen=True, slots=True, eq=False)
class Attribution:
    """`parts` (n, 9) in millionths, one column per `Source`; `keys` name the rows, each column of length n.

    unknown  how many held rows had to go to the residual whole, by row
    """

    keys: dict[str, Keys]
    parts: IntArray
    unknown: IntArray

    @property
    def pnl(self) -> IntArray:
        """Profit of each row, millionths."""
        return np.asarray(self.parts.sum(axis=1), dtype=np.int64)

    def column(self, source: Source) -> IntArray:
        return np.asarray(self.parts[:, COLUMN[source]], dtype=np.int64)

    def by(self, *names: str) -> Attribution:
        """Summed over all that is not named: `by("book", "trade")`, `by("day")`, `by()` for the whole."""
        rows = len(self.parts)
        place = np.zeros(rows, dtype=np.int64)
        for name in names:
            values, code = np.unique(self.keys[name], return_inverse=True)
            place = place * max(len(values), 1) + code
        _, first, group = np.unique(place, return_index=True, return_inverse=True)
        parts = np.zeros((len(first), len(Source)), dtype=np.int64)
        unknown = np.zeros(len(first), dtype=np.int64)
        np.add.at(parts, group, self.parts)
        np.add.at(unknown, group, self.unknown)
        return Attribution({name: self.keys[name][first] for name in names}, parts, unknown)

    def cents(self) -> IntArray:
        """`parts` in whole cents; the residual takes the rounding, so that a row sums to its profit in cents."""
        whole = np.rint(self.parts / CENT).astype(np.int64)
        total = np.rint(self.pnl / CENT).astype(np.int64)
        whole[:, COLUMN[Source.RESIDUAL]] += total - whole.sum(axis=1)
        return whole

    def money(self) -> dict[Source, Decimal]:
        """The whole by source, account currency to the cent."""
        (row,) = self.by().cents().tolist() or [[0] * len(Source)]
        return {source: Decimal(cents) / 100 for source, cents in zip(Source, row, strict=True)}


def attribute(*, held: HeldRows, fills: FillRows, cash: CashRows) -> Attribution:
    """One row for each row handed in: first what was held, then what was filled, then what moved.

    `InputError` where a mark, a price or a commission is unknown: carry the last mark, a profit needs one.
    """
    held_parts, unknown = _held(held)
    parts = np.concatenate((held_parts, _filled(fills), _moved(cash)))
    keys = {
        name: np.concatenate([getattr(rows, name) for rows in (held, fills, cash)])
        for name in ("day", "book", "trade")
    }
    counted = np.zeros(len(parts), dtype=np.int64)
    counted[: len(unknown)] = unknown
    return Attribution(keys, parts, counted)


def cash_rows(movements: Iterable[CashMovement]) -> CashRows:
    """Movements by the New York date they are of. Capital is no profit and left out."""
    kept = [each for each in movements if each.kind is not CashKind.CAPITAL]
    return CashRows(
        day=np.array([new_york_date(each.at) for each in kept], dtype="datetime64[D]"),
        book=np.array([each.book for each in kept], dtype=np.str_),
        trade=np.array([each.trade for each in kept], dtype=np.str_),
        source=np.array([COLUMN[_OF_CASH[each.kind]] for each in kept], dtype=np.int64),
        amount=np.array([int((each.amount * MILLIONTHS).to_integral_value()) for each in kept], dtype=np.int64),
    )


def _held(rows: HeldRows) -> tuple[IntArray, BoolArray]:
    move = rows.units * (_exact(rows.mark_after, "mark") - _exact(rows.mark_before, "mark"))
    step = rows.spot_after - rows.spot_before
    vega = np.where(rows.vega_point == 0, 0.0, rows.vega_point * (rows.iv_after - rows.iv_before) / VOL_POINT)
    explained = np.stack((rows.delta * step, 0.5 * rows.gamma * step**2, rows.theta_day, vega))
    unknown = ~np.isfinite(explained).all(axis=0)
    scaled = np.where(unknown, 0.0, explained) * rows.units * MILLIONTHS
    parts = np.zeros((len(move), len(Source)), dtype=np.int64)
    parts[:, : len(explained)] = np.rint(scaled).astype(np.int64).T
    parts[:, COLUMN[Source.RESIDUAL]] = move - parts.sum(axis=1)
    return parts, unknown


def _filled(rows: FillRows) -> IntArray:
    price = _exact(rows.price, "price")
    move = rows.units * (_exact(rows.mark_after, "mark") - price)
    mid = np.where(np.isnan(rows.mid), rows.price, rows.mid)
    slippage = rows.units * (_exact(mid, "mid") - price)
    parts = np.zeros((len(move), len(Source)), dtype=np.int64)
    parts[:, COLUMN[Source.SLIPPAGE]] = slippage
    parts[:, COLUMN[Source.RESIDUAL]] = move - slippage
    parts[:, COLUMN[Source.COMMISSIONS]] = -_exact(rows.commission, "commission")
    return parts


def _moved(rows: CashRows) -> IntArray:
    parts = np.zeros((len(rows.amount), len(Source)), dtype=np.int64)
    parts[np.arange(len(parts)), rows.source] = rows.amount
    return parts


def _exact(money: FloatArray, what: str) -> IntArray:
    """In millionths."""
    missing = np.flatnonzero(~np.isfinite(money))
    if missing.size:
        raise InputError(
            f"The {what} of row {missing[0]} is unknown, and without it so is the profit; carry the last."
        )
    return np.rint(money * MILLIONTHS).astype(np.int64)
