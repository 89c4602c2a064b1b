"""The reference figures beside the project: read once, skipped with a reason where they are absent.

European prices and Greeks: mpmath, 50 digits. European vols: the 50-digit inverse of the printed price.
American: QuantLib's QdFp engine and independent collocation; with cash dividends an independent,
extrapolated finite-difference solution of the spot model. Units and tolerances: README.txt beside them.
"""

from __future__ import annotations

import csv
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

FOLDER = Path(__file__).parents[4] / "shared" / "oracle"
Column = npt.NDArray[np.float64]


@lru_cache
def table(name: str) -> dict[str, npt.NDArray[np.str_]]:
    path = FOLDER / name
    if not path.exists():
        pytest.skip(f"the reference file {name} is not beside the project")
    with path.open(newline="") as handle:
        rows = list(csv.DictReader(handle))
    return {column: np.array([row[column] for row in rows]) for column in rows[0]}


def numbers(name: str, column: str) -> Column:
    """A column as floats, blanks as nan."""
    texts = table(name)[column]
    return np.where(texts == "", "nan", texts).astype(np.float64)


def terms(name: str, **kept: npt.NDArray[np.bool_]) -> dict[str, Column]:
    """The arguments that every pricing function shares."""
    names = {"right": "cp", "spot": "S", "strike": "K", "years": "T", "rate": "r", "dividend_yield": "q"}
    rows = kept.get("rows", slice(None))
    return {argument: numbers(name, column)[rows] for argument, column in names.items()}
