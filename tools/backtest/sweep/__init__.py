"""Many parameter sets over one history, each in about a millisecond: one short option at a time, no portfolio.

    Parquet ─► read_columns ─► DayColumns ─► sweep(columns, rules) ─► SweepResult ─► attribute(columns, result)

    columns      day-major columns: a held contract's row on its next day is one look-up
    reading      from Parquet or a frame
    rules        what is varied
    evaluation   one parameter set, or many; those that share their entries share the search for them
    result       trades, equity, counts
    attribution  what earned it

What needs a portfolio, several legs, limits or a record is no sweep. Importing this package loads no Numba.
"""

from tools.backtest.sweep.attribution import Cause, SweepAttribution, attribute
from tools.backtest.sweep.columns import DayColumns, QuoteRows, day_columns
from tools.backtest.sweep.evaluation import sweep, sweep_many
from tools.backtest.sweep.reading import ColumnNames, Detail, columns_of, read_columns
from tools.backtest.sweep.result import Ending, SweepCounts, SweepResult, SweepTrades
from tools.backtest.sweep.rules import Cadence, Security, SweepRules

__all__ = [
    "Cadence",
    "Cause",
    "ColumnNames",
    "DayColumns",
    "Detail",
    "Ending",
    "QuoteRows",
    "Security",
    "SweepAttribution",
    "SweepCounts",
    "SweepResult",
    "SweepRules",
    "SweepTrades",
    "attribute",
    "columns_of",
    "day_columns",
    "read_columns",
    "sweep",
    "sweep_many",
]
