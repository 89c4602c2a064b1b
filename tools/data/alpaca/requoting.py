"""The legs of one order quoted again: at Alpaca, at the moment they are asked for.

legs ─→ latest quotes of its options, of its shares ─→ credit of one unit at once, and for buying it back
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from datetime import datetime

from tools.data.alpaca.api import AlpacaApi, Row
from tools.data.alpaca.rows import number
from tools.domain.contract import ShareContract
from tools.domain.errors import DataError
from tools.domain.structure import Leg
from tools.portfolio.quoting import Quoted, Requote, sides


def requoting(api: AlpacaApi, *, now: Callable[[], datetime]) -> Requote:
    """None for legs that have no quote on both sides, and where Alpaca does not answer."""

    def requote(legs: Sequence[Leg]) -> Quoted | None:
        shares = [leg.contract.occ for leg in legs if isinstance(leg.contract, ShareContract)]
        options = [leg.contract.occ for leg in legs if not isinstance(leg.contract, ShareContract)]
        at, told = now(), dict[str, Row]()
        try:
            if options:
                told |= api.option_quotes(options)
            if shares:
                told |= {name: row.get("latestQuote") or {} for name, row in api.underlyings(shares).items()}
        except DataError:
            return None
        found = sides(legs, {symbol: _sides(row) for symbol, row in told.items()})
        return None if found is None else Quoted(*found, at)

    return requote


def _sides(row: Row) -> tuple[float, float]:
    """(bid, ask); `nan` where one is missing, is none, or stands above the other."""
    bid, ask = number(row.get("bp"))[0], number(row.get("ap"))[0]
    return (bid, ask) if 0 <= bid <= ask and ask > 0 else (math.nan, math.nan)
