"""Settlement and midday from what a row holds; stale opens are no opens; nothing is known ahead."""

from __future__ import annotations

import numpy as np
import pytest

from tools.backtest.replication.roll_day import (
    MIDDAY,
    MORNING,
    SETTLEMENT,
    SPIKE,
    YEAR,
    genuine_opens,
    roll_day,
)

ROWS = 600


def _path(seed: int = 5) -> dict[str, np.ndarray]:
    """A year of days whose nights carry a third of the variance."""
    draws = np.random.default_rng(seed).standard_normal((2, ROWS)) * 0.01
    night, day = draws[0] * np.sqrt(1 / 3), draws[1] * np.sqrt(2 / 3)
    close = 1000 * np.exp(np.cumsum(night + day))
    open_ = np.concatenate([[1000.0], close[:-1]]) * np.exp(night)
    return {
        "close": close,
        "open_": open_,
        "high": np.maximum(open_, close) * 1.002,
        "low": np.minimum(open_, close) * 0.998,
    }


def _unknown(path: dict[str, np.ndarray], *names: str) -> dict[str, np.ndarray]:
    return path | {name: np.full(ROWS, np.nan) for name in names}


def test_closes_alone_give_a_share_of_the_move() -> None:
    found = roll_day(**_unknown(_path(), "open_", "high", "low"))
    close = _path()["close"]
    moved = np.log(close[1:] / close[:-1])
    assert np.log(found.settlement[1:] / close[:-1]) == pytest.approx(SETTLEMENT.close * moved + SPIKE)
    assert np.log(found.morning[1:] / close[:-1]) == pytest.approx(MORNING.close * moved)
    assert np.log(found.midday[1:] / close[:-1]) == pytest.approx(MIDDAY.close * moved)
    assert found.settlement[0] == found.morning[0] == found.midday[0] == close[0], (
        "nothing stands before the first close"
    )


def test_genuine_opens_settle_after_a_year() -> None:
    found = roll_day(**_path())
    assert not found.genuine[: YEAR - 1].any()
    assert found.genuine[YEAR:].all()
    assert found.settlement[YEAR:] == pytest.approx(_path()["open_"][YEAR:])


def test_opens_that_repeat_the_last_close_are_not_believed() -> None:
    path = _path()
    stale = np.concatenate([[1000.0], path["close"][:-1]])
    assert not roll_day(**(path | {"open_": stale})).genuine.any()


def test_the_range_tells_more_of_midday_than_the_close() -> None:
    """Against Brownian days the estimate from close, high and low misses by half as much."""
    steps = np.random.default_rng(8).standard_normal((4000, 100)) * 0.001
    night = np.random.default_rng(9).standard_normal(4000) * 0.009
    inside = np.exp(night[:, None] + np.cumsum(steps, axis=1)) * 1000
    true = inside[:, 30:62].mean(axis=1)
    misses = {}
    for name in ("close", "range"):
        made = []
        for day, row in enumerate(inside[:400]):
            known = {"high": row.max(), "low": row.min()} if name == "range" else {"high": np.nan, "low": np.nan}
            columns = {"close": row[-1], "open_": np.nan, **known}
            pair = {key: np.array([1000.0, value]) for key, value in columns.items()}
            made.append(np.log(roll_day(**pair).midday[1] / true[day]))
        misses[name] = float(np.std(made))
    assert misses["range"] < 0.65 * misses["close"]


def test_no_row_knows_of_a_later_one() -> None:
    path = _path()
    cut = 400
    later = {name: np.concatenate([values[:cut], values[cut:] * 1.3]) for name, values in path.items()}
    before, after = roll_day(**path), roll_day(**later)
    for name in ("settlement", "morning", "midday", "genuine"):
        assert (getattr(before, name)[:cut] == getattr(after, name)[:cut]).all()


def test_a_year_with_a_missing_open_is_not_judged_yet() -> None:
    path = _path()
    opened = np.log(path["open_"] / np.concatenate([[1000.0], path["close"][:-1]]))
    opened[300] = np.nan
    moved = np.diff(np.log(np.concatenate([[1000.0], path["close"]])))
    found = genuine_opens(moved=moved, opened=opened)
    assert found[299]
    assert not found[300 : 300 + YEAR].any()
    assert found[300 + YEAR]


def test_strikes_of_the_roll_notices_lie_where_the_morning_was() -> None:
    """S&P 500 of 2021-04-16: from 4170.42, open 4174.14, high 4191.31, low 4170.75, close 4185.47; the put sold was
    the 4175 (Cboe's roll notice)."""
    path = _path()
    scale = 4170.42 / path["close"][-1]
    day = {"close": 4185.47, "open_": 4174.14, "high": 4191.31, "low": 4170.75}
    found = roll_day(**{name: np.append(values * scale, day[name]) for name, values in path.items()})
    assert found.genuine[-1]
    assert found.morning[-1] // 5 * 5 == 4175
