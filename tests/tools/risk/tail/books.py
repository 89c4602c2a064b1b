"""Small books with known answers, and random ones."""

from __future__ import annotations

import numpy as np

from tools.risk.tail.holdings import Assets, FloatArray, Holdings

DAILY = 0.01


def assets(n: int = 1, *, correlation: float = 0.0, beta: float = 1.0, spot: float = 100.0) -> Assets:
    matrix = np.full((n, n), correlation)
    np.fill_diagonal(matrix, 1.0)
    return Assets(
        symbols=tuple(f"S{i}" for i in range(n)),
        spot=np.full(n, spot),
        rate=np.full(n, 0.04),
        dividend_yield=np.full(n, 0.01),
        daily_vol=np.full(n, DAILY),
        beta=np.full(n, beta),
        correlation=matrix,
        sectors=("Energy",) * n,
    )


def holdings(*rows: tuple[float, float, float, float, float], american: bool = False) -> Holdings:
    """Rows of (asset, units, right, strike, years); a right of 0 is shares. All vols are 20 %."""
    columns = np.array(rows, dtype=np.float64).reshape(-1, 5).T
    return Holdings(
        symbols=tuple(f"P{i}" for i in range(columns.shape[1])),
        asset=columns[0].astype(np.int64),
        units=columns[1],
        right=columns[2],
        strike=np.where(columns[2] == 0, np.nan, columns[3]),
        years=np.where(columns[2] == 0, np.nan, columns[4]),
        vol=np.where(columns[2] == 0, np.nan, 0.2),
        american=np.full(columns.shape[1], american) & (columns[2] != 0),
    )


def random_book(seed: int, *, positions: int = 8, underlyings: int = 3, american: bool = False) -> Holdings:
    chance = np.random.default_rng(seed)
    rows = [
        (
            float(chance.integers(underlyings)),
            float(chance.choice([-500, -100, 100, 300])),
            float(chance.choice([-1, 0, 1])),
            float(chance.uniform(85, 115)),
            float(chance.uniform(0.02, 0.6)),
        )
        for _ in range(positions)
    ]
    return holdings(*rows, american=american)


def scaled(book: Holdings, factor: float) -> Holdings:
    return Holdings(
        book.symbols, book.asset, book.units * factor, book.right, book.strike, book.years, book.vol, book.american
    )


def taken(book: Holdings, rows: list[int]) -> Holdings:
    pick: FloatArray = np.array(rows)
    columns = (book.asset, book.units, book.right, book.strike, book.years, book.vol, book.american)
    return Holdings(tuple(book.symbols[i] for i in rows), *(column[pick.astype(int)] for column in columns))
