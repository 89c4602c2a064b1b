"""`python -m tools.backtest` compiles the sweep's kernels into the user's cache: the first sweep does not wait."""

from __future__ import annotations

import numpy as np

from tools.backtest.sweep import QuoteRows, SweepRules, attribute, day_columns, sweep


def compile_kernels() -> None:
    """One put over two days goes through every kernel."""
    both, one = np.array([100, 101], np.int32), np.ones(2)
    rows = QuoteRows(
        day=both,
        expiry=np.full(2, 140, np.int32),
        right=np.full(2, -1, np.int8),
        strike=90 * one,
        bid=one,
        ask=2 * one,
        delta=-0.175 * one,
        spot=100 * one,
        gamma=one,
        theta=one,
        vega=one,
        iv=one,
    )
    columns = day_columns(rows)
    attribute(columns, sweep(columns, SweepRules()))


compile_kernels()
