"""Blocks: rows copied in and out of a few kilobytes that stay in the first-level cache.

Within a block all rows are parts of one array of constant width, so that LLVM knows that they do not overlap
and vectorises the loop over them; between separate arrays it would have to ask at run time, and gives up.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

FloatArray = npt.NDArray[np.float64]

BLOCK = 128  # columns; a multiple of every vector width


@njit(cache=True, nogil=True, error_model="numpy")
def take(field: FloatArray, start: int, size: int, row: FloatArray) -> None:
    """Fill `row` from `start` on; a field of one value gives it everywhere. What is beyond `size` stays."""
    if len(field) == 1:
        for i in range(BLOCK):
            row[i] = field[0]
    elif start + BLOCK <= size:
        for i in range(BLOCK):
            row[i] = field[start + i]
    else:
        for i in range(size - start):
            row[i] = field[start + i]


@njit(cache=True, nogil=True, error_model="numpy")
def put(row: FloatArray, start: int, out: FloatArray) -> None:
    """Copy `row` to `out` from `start` on, as far as it reaches."""
    if start + BLOCK <= len(out):
        for i in range(BLOCK):
            out[start + i] = row[i]
    else:
        for i in range(len(out) - start):
            out[start + i] = row[i]
