"""What an exchange asks for uncovered short options, money per share, a column at a time."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from tools.domain.chain import FloatArray

EQUITY_RATE = 0.20
BROAD_INDEX_RATE = 0.15
MINIMUM_RATE = 0.10


def naked_margin(
    *, right: npt.ArrayLike, strike: npt.ArrayLike, spot: float, mark: npt.ArrayLike, broad_index: bool = False
) -> FloatArray:
    """Margin of uncovered short options; `right` +1 call, -1 put.

    Mark plus 20 % (broad index 15 %) of spot less the out-of-the-money amount, at least mark plus 10 % of
    strike (put) or spot (call): FINRA Rule 4210(f)(2), Cboe Margin Manual (April 2000), "Short Put or Short
    Call". A put struck at 200 written for 1.20 with the stock at 209.00 needs 34.00
    (edeltapro.com/knowledge-base/margin).
    """
    side, strikes, marks = (np.asarray(each, dtype=np.float64) for each in (right, strike, mark))
    out_of_the_money = np.maximum(0.0, (strikes - spot) * side)
    rate = BROAD_INDEX_RATE if broad_index else EQUITY_RATE
    floor = MINIMUM_RATE * np.where(side < 0, strikes, spot)
    return np.asarray(marks + np.maximum(rate * spot - out_of_the_money, floor))


def strangle_margin(
    *, put: FloatArray, call: FloatArray, put_mark: FloatArray, call_mark: FloatArray
) -> FloatArray:
    """The larger of the two margins plus the mark of the other side: one side can lose at a time.

    Cboe Margin Manual (April 2000), "Short Put and Short Call".
    """
    return np.where(put >= call, put + call_mark, call + put_mark)
