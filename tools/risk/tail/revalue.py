"""Full revaluation: what each position gains under each path of a shock.

positions × paths → batches that one call of the pricing engine values → after less before → gains
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import numpy as np
import numpy.typing as npt

from tools.pricing import american, european
from tools.pricing.threads import run
from tools.risk.tail.holdings import Assets, Holdings
from tools.risk.tail.shock import Shock, vols_after

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

BATCH = 1 << 13
"""Valuations of one call: what fits the second cache; with more paths than that, one position at a time."""


def revalue(holdings: Holdings, assets: Assets, shock: Shock) -> FloatArray:
    """(m, p) gains in money, signed: each position under each path, against its value before.

    Both values are the model's, so that no shock is no gain. `nan` for a position whose vol, strike or spot is
    unknown; an option without time left is worth its intrinsic value.
    """
    gains = np.empty((len(holdings), shock.paths))
    spots = np.ascontiguousarray((assets.spot * np.exp(shock.spot)).T)
    shares, over = np.flatnonzero(holdings.right == 0), _expired(holdings)
    gains[shares] = spots[holdings.asset[shares]] - assets.spot[holdings.asset[shares], None]
    gains[over] = _intrinsic(holdings, over, spots) - _intrinsic(holdings, over, assets.spot[:, None])

    def value(rows: IntArray) -> None:
        gains[rows] = _after(holdings, assets, shock, rows, spots) - _before(holdings, assets, rows)

    run([partial(value, rows) for rows in _batches(holdings, assets, shock.paths)])
    return np.multiply(gains, holdings.units[:, None], out=gains)


def worth(holdings: Holdings, assets: Assets) -> FloatArray:
    """(m,) what each position is worth by the model, money, signed."""
    prices = assets.spot[holdings.asset]
    over = _expired(holdings)
    prices[over] = _intrinsic(holdings, over, assets.spot[:, None])[:, 0]
    for rows in _batches(holdings, assets, 1):
        prices[rows] = _before(holdings, assets, rows)[:, 0]
    return prices * holdings.units


def _expired(holdings: Holdings) -> IntArray:
    return np.flatnonzero((holdings.right != 0) & (holdings.years <= 0))


def _intrinsic(holdings: Holdings, rows: IntArray, spots: FloatArray) -> FloatArray:
    right, strike = holdings.right[rows, None], holdings.strike[rows, None]
    return np.maximum(right * (spots[holdings.asset[rows]] - strike), 0.0)


def _batches(holdings: Holdings, assets: Assets, paths: int) -> Iterator[IntArray]:
    """Rows of living options that share an exercise style and cash dividends, a cacheful at a time."""
    options = np.flatnonzero((holdings.right != 0) & ~(holdings.years <= 0))
    asset = holdings.asset[options]
    payer = np.where(np.isin(asset, list(assets.dividend_cash)), asset, -1)
    kind = 2 * payer + holdings.american[options]
    most = max(1, BATCH // paths)
    for each in np.unique(kind):
        rows = options[kind == each]
        for begin in range(0, len(rows), most):
            yield rows[begin : begin + most]


def _before(holdings: Holdings, assets: Assets, rows: IntArray) -> FloatArray:
    asset = holdings.asset[rows]
    return _prices(
        holdings, assets, rows, spot=assets.spot[asset, None], vol=holdings.vol[rows, None],
        rate=assets.rate[asset, None], dividends=1.0,
    )  # fmt: skip


def _after(holdings: Holdings, assets: Assets, shock: Shock, rows: IntArray, spots: FloatArray) -> FloatArray:
    """`spots` (n, p) are those of the paths."""
    asset = holdings.asset[rows]
    rate = assets.rate[asset, None]
    vol = vols_after(
        shock, vol=holdings.vol[rows], years=holdings.years[rows], strike=holdings.strike[rows],
        spot=assets.spot[asset],
    )  # fmt: skip
    return _prices(
        holdings, assets, rows, spot=spots[asset], vol=vol,
        rate=rate if shock.rate is None else rate + shock.rate, dividends=shock.dividends,
    )  # fmt: skip


def _prices(
    holdings: Holdings,
    assets: Assets,
    rows: IntArray,
    *,
    spot: FloatArray,
    vol: FloatArray,
    rate: FloatArray,
    dividends: float,
) -> FloatArray:
    """Per share, in the common shape of spot, vol and rate; a row is the same whatever stands beside it."""
    asset = holdings.asset[rows]
    yields = dividends * assets.dividend_yield[asset, None]
    right, strike, years = (column[rows, None] for column in (holdings.right, holdings.strike, holdings.years))
    due, cash = (each.get(int(asset[0])) for each in (assets.dividend_years, assets.dividend_cash))
    paid = None if cash is None else cash * dividends
    if holdings.american[rows[0]]:
        return american.row_by_row(
            right=right, spot=spot, strike=strike, years=years, rate=rate, dividend_yield=yields, vol=vol,
            dividend_years=due, dividend_cash=paid,
        ).price  # fmt: skip
    if due is not None and paid is not None:  # what goes ex before expiry is no part of what is bought
        spot = spot - _worth_now(due, paid, years=years, rate=rate)
    return european.value(
        right=right, spot=spot, strike=strike, years=years, rate=rate, dividend_yield=yields, vol=vol
    ).price


def _worth_now(due: FloatArray, paid: FloatArray, *, years: FloatArray, rate: FloatArray) -> FloatArray:
    """Of the dividends that go ex before each expiry."""
    worth = np.zeros(np.broadcast_shapes(years.shape, rate.shape))
    for when, cash in zip(due, paid, strict=True):
        worth += np.where(when < years, cash * np.exp(-rate * when), 0.0)
    return worth
