"""Blocks: rows copied into a few kilobytes that stay in the first-level cache, results written past them.

LLVM vectorises a loop over columns where it knows that what is written is not what is read. Rows of a block are
parts of one array of constant width in the function's own frame, results of a column go to rows that are said to
lie apart; between separate arrays it would have to ask at run time, and gives up.
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
VECTOR = 64  # bytes, of the widest vector and of a cache line


def frame(rows: int) -> Callable[[], Any]:
    """An intrinsic: a pointer to so many rows in the frame of the function that calls it, for `carray`.

    They begin at a cache line: half the vectors of rows laid anywhere would cross one.
    """

    def build(_: Any, builder: Any, __: Any, ___: Any) -> Any:
        number = ir.DoubleType()
        with builder.goto_entry_block():
            place = builder.alloca(ir.ArrayType(number, rows * BLOCK))
            place.align = VECTOR
        return builder.bitcast(place, number.as_pointer())

    return cast(Callable[[], Any], intrinsic(lambda _: (types.CPointer(types.float64)(), build)))


def _write(_: Any, out: Any, i: Any, column: Any) -> Any:
    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        array = context.make_array(signature.args[0])(context, builder, arguments[0])
        width, module = cgutils.unpack_tuple(builder, array.shape)[1], builder.module
        domain = module.add_metadata([ir.MetaDataString(module, "rows of results")])
        rows = [
            module.add_metadata([ir.MetaDataString(module, f"row of results {k}"), domain])
            for k in range(signature.args[2].count)
        ]
        for k, row in enumerate(rows):
            place = builder.add(builder.mul(width, ir.Constant(width.type, k)), arguments[1])
            stored = builder.store(builder.extract_value(arguments[2], k), builder.gep(array.data, [place]))
            stored.set_metadata("alias.scope", module.add_metadata([row]))
            stored.set_metadata("noalias", module.add_metadata([each for each in rows if each is not row]))
        return context.get_dummy_value()

    return types.void(out, types.int64, column), build


write = cast(Callable[[FloatArray, int, tuple[float, ...]], None], intrinsic(_write))
"""Writes numbers below each other, as column `i` of a C-contiguous array of two dimensions with that many rows.

LLVM is told that the rows do not overlap, by alias scopes: https://llvm.org/docs/LangRef.html#noalias-and-alias-scope-metadata
"""


def _moved(_: Any, target: Any, i: Any, source: Any, j: Any, count: Any) -> Any:
    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        kinds = signature.args
        starts = [context.make_array(kinds[k])(context, builder, arguments[k]).data for k in (0, 2)]
        to, of = (builder.gep(start, [arguments[k]]) for k, start in zip((1, 3), starts, strict=True))
        cgutils.raw_memcpy(builder, to, of, arguments[4], context.get_abi_sizeof(of.type.pointee))
        return context.get_dummy_value()

    return types.void(target, types.int64, source, types.int64, types.int64), build


moved = cast(Callable[[FloatArray, int, FloatArray, int, int], None], intrinsic(_moved))
"""Copies `count` elements to `target` from place i on, of `source` from j on, which do not overlap.

The C library's memcpy; an assignment of slices is a loop that asks about strides and costs several times as much.
"""


@njit(cache=True, nogil=True, error_model="numpy")
def differs(field: FloatArray, start: int, end: int, row: FloatArray) -> bool:
    """Whether to `take` would change `row`, but for a field of one value."""
    found = False
    if len(field) > 1:
        for i in range(min(BLOCK, end - start)):
            found |= field[start + i] != row[i]
    return found


@njit(cache=True, nogil=True, error_model="numpy")
def take(field: FloatArray, start: int, end: int, row: FloatArray, fresh: bool) -> None:
    """Fill `row` from `start` on, not beyond `end`; a field of one value fills it once, while it is `fresh`."""
    if len(field) > 1:
        moved(row, 0, field, start, min(BLOCK, end - start))
    elif fresh:
        row[:] = field[0]


@njit(cache=True, nogil=True, error_model="numpy")
def put(row: FloatArray, start: int, end: int, out: FloatArray) -> None:
    """Copy `row` to `out` from `start` on, not beyond `end`."""
    moved(out, start, row, 0, min(BLOCK, end - start))
