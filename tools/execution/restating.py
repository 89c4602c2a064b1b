"""What an exchange makes of holdings in a split, as a broker tells it: one activity for each symbol held.

n for m ─→ shares    n/m as many, a fraction of one paid for at the last close
        └→ options   n/m of each at the strike that belongs to it, or one that is adjusted for one
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from fractions import Fraction

from tools.domain.activity import Activity, ActivityKind, Delivery
from tools.domain.chain import new_york_date
from tools.domain.contract import OptionContract
from tools.domain.holding import NOTHING
from tools.domain.money import CENT, exact
from tools.portfolio.fixings import ShareSplit
from tools.portfolio.split import restated


def restatements(
    underlying: str,
    ratio: ShareSplit,
    held: Mapping[str, int],
    *,
    contracts: Mapping[str, OptionContract],
    close: float,
    at: datetime,
) -> Iterator[Activity]:
    """`contracts` of the options held; `close` per share before the split, `nan` where unknown.

    Shares of which a fraction is left stay as they are while nobody knows what that is worth.
    """
    each = Fraction(ratio.n, ratio.m)
    text = f"{underlying} splits {ratio.n} for {ratio.m}"
    if shares := held.get(underlying, 0):
        new = int(shares * each)
        odd = float(shares * each - new)
        paid = odd * close / float(each) if odd else 0.0
        if not math.isnan(paid):
            yield _activity(underlying, new - shares, None, at=at, text=text, cash=exact(paid).quantize(CENT))
    for symbol, contract in sorted(contracts.items()):
        if contract.underlying == underlying and held.get(symbol) and not contract.is_adjusted:
            count = held[symbol] * (int(each) if each.denominator == 1 else 1)
            got = Delivery(symbol=restated(contract, n=ratio.n, m=ratio.m).occ, quantity=count)
            yield _activity(symbol, -held[symbol], got, at=at, text=text)


def _activity(
    symbol: str, quantity: int, got: Delivery | None, *, at: datetime, text: str, cash: Decimal = NOTHING
) -> Activity:
    return Activity(
        activity_id=f"{new_york_date(at)}/split/{symbol}",
        kind=ActivityKind.SPLIT,
        symbol=symbol,
        quantity=quantity,
        delivered=got,
        cash=cash,
        at=at,
        text=text,
    )
