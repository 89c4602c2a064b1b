"""Rows that can share one table of exercise boundaries, side by side."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from tools.pricing.kernels.boundary_table import PANELS

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

SHARED = (0, 3, 4, 5)  # right, years, rate, dividend yield in the order of `Option`
VOL = 6


def families(fields: tuple[FloatArray, ...], rows: IntArray, *, panels: bool = True) -> tuple[IntArray, IntArray]:
    """(order, starts) of `rows`: family f is order[starts[f]:starts[f + 1]], its rows in ascending vol.

    `fields` are those of `Option`, of length n or 1. A family agrees in right, years and both rates and, with
    `panels`, in the panel of its vols; without, its rows keep their order (the last field need not be a vol).
    """
    if len(rows) < 2:
        return rows, np.arange(len(rows) + 1)
    keys = [fields[key][rows] for key in (*SHARED, VOL)[: len(SHARED) + panels] if len(fields[key]) > 1]
    order = np.lexsort(list(reversed(keys)) or [np.arange(len(rows))])
    if panels and len(fields[VOL]) > 1:
        keys[-1] = np.floor(PANELS * np.log2(keys[-1]))
    changes = np.zeros(len(rows) - 1, dtype=bool)
    for key in keys:
        changes |= np.diff(key[order]) != 0
    starts = np.concatenate([[0], np.flatnonzero(changes) + 1, [len(rows)]])
    return rows[order], starts
