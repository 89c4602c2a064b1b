"""Blocks: rows copied in and out of a few kilobytes that stay in the first-level cache.

Within a block all rows are parts of one array of constant width, so that LLVM knows that they do not overlap
and vectorises the loop over them; between separate arrays it would have to ask at run time, and gives up.
Copying waits for memory while computing does not use it: `fetch` asks for the rows of the copies to come.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import numpy as np
import numpy.typing as npt
from llvmlite import ir
from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic

FloatArray = npt.NDArray[np.float64]

BLOCK = 256  # columns; a multiple of every vector width
GROUP = 64  # columns computed between two requests to memory
CACHE_LINE = 8  # float64 values


def _prefetch(writing: int) -> Any:
    """LLVM's prefetch of one element's cache line into all levels; never faults, also beyond the array."""

    def element(_: Any, row: Any, i: Any) -> Any:
        def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            byte, word = ir.IntType(8).as_pointer(), ir.IntType(32)
            data = context.make_array(signature.args[0])(context, builder, arguments[0]).data
            address = builder.bitcast(builder.gep(data, [arguments[1]]), byte)
            kind = ir.FunctionType(ir.VoidType(), [byte, word, word, word])
            request = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0")
            builder.call(request, [address, word(writing), word(3), word(1)])
            return context.get_dummy_value()

        return types.void(row, types.int64), build

    return intrinsic(element)


prefetch = cast(Callable[[FloatArray, int], None], _prefetch(0))
prefetch_to_write = cast(Callable[[FloatArray, int], None], _prefetch(1))


@njit(cache=True, nogil=True, error_model="numpy")
def fetch(fields: tuple[FloatArray, ...], out: FloatArray, start: int) -> None:
    """Ask for a group of columns: of `out` from `start` on, of `fields` one block later."""
    for k in range(len(out)):
        row = out[k]
        for i in range(start, start + GROUP, CACHE_LINE):
            prefetch_to_write(row, i)
    for field in fields:
        if len(field) > 1:
            for i in range(start + BLOCK, start + BLOCK + GROUP, CACHE_LINE):
                prefetch(field, i)


@njit(cache=True, nogil=True, error_model="numpy")
def take(field: FloatArray, start: int, end: int, row: FloatArray, fresh: bool) -> None:
    """Fill `row` from `start` on, not beyond `end`; a field of one value fills it once, while it is `fresh`."""
    if len(field) == 1:
        if fresh:
            row[:] = field[0]
    elif start + BLOCK <= end:
        row[:] = field[start : start + BLOCK]
    else:
        row[: end - start] = field[start:end]


@njit(cache=True, nogil=True, error_model="numpy")
def put(row: FloatArray, start: int, end: int, out: FloatArray) -> None:
    """Copy `row` to `out` from `start` on, not beyond `end`."""
    if start + BLOCK <= end:
        out[start : start + BLOCK] = row
    else:
        out[start:end] = row[: end - start]
