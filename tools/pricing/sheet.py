"""The sheet of a chain: its Greeks, each quote priced when it is first asked for and never again.

rows, clock → those not priced yet → `quote_greeks` → the sheet → columns at the rows

Books, structures, open trades and positions ask about the same contracts of a look again and again. A chain never
changes and a quote's Greeks do not depend on which others are priced with it, so that who asked first is not seen.
A sheet lives as long as its chain.
"""

from __future__ import annotations

from dataclasses import fields
from weakref import WeakKeyDictionary

import numpy as np

from tools.calendar.trading_time import Clock
from tools.domain.chain import BoolArray, Chain, FloatArray, IntArray
from tools.pricing.quotes import QuoteGreeks, quote_greeks

COLUMNS = tuple(column.name for column in fields(QuoteGreeks))

_SHEETS: WeakKeyDictionary[Chain, dict[Clock, Sheet]] = WeakKeyDictionary()


class Sheet:
    """Of a chain of n rows on one clock: `columns` (9, n) in the order of `COLUMNS`, NaN where `priced` (n) is not.

    A row can be priced and unknown all the same.
    """

    def __init__(self, chain: Chain, clock: Clock) -> None:
        self.clock = clock
        self.columns: FloatArray = np.full((len(COLUMNS), len(chain)), np.nan)
        self.priced: BoolArray = np.zeros(len(chain), dtype=np.bool_)

    def enter(self, rows: IntArray, columns: FloatArray) -> None:
        """What rows were priced at, (9, m)."""
        self.columns[:, rows], self.priced[rows] = columns, True


def sheets_of(chain: Chain) -> dict[Clock, Sheet]:
    """What has been priced of a chain, by clock."""
    found = _SHEETS.get(chain)
    if found is None:
        found = _SHEETS[chain] = {}
    return found


def sheet_of(chain: Chain, clock: Clock) -> Sheet:
    """The sheet of a chain on one clock, empty at first."""
    sheets = sheets_of(chain)
    if clock not in sheets:
        sheets[clock] = Sheet(chain, clock)
    return sheets[clock]


def greeks_at(chain: Chain, rows: IntArray, *, clock: Clock = Clock.CALENDAR_365) -> QuoteGreeks:
    """Implied vol and Greeks (m) of the quotes at `rows` (m places in the chain), as `quote_greeks` gives them."""
    sheet = sheet_of(chain, clock)
    missing = rows[~sheet.priced[rows]]
    if len(missing):
        missing = np.unique(missing)
        found = quote_greeks(chain.take(missing), clock=clock)
        sheet.enter(missing, np.stack([getattr(found, name) for name in COLUMNS]))
    return QuoteGreeks(*sheet.columns[:, rows])


def deltas_of(chain: Chain, rows: IntArray, *, clock: Clock) -> FloatArray:
    """Deltas of the whole chain (n), those at `rows` priced, others NaN where nobody has asked for them."""
    greeks_at(chain, rows, clock=clock)
    deltas: FloatArray = sheet_of(chain, clock).columns[COLUMNS.index("delta")]
    return deltas
