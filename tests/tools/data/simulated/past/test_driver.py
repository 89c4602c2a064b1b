"""Histories that drive the past: the real one, one's own, an invented one."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from tests.tools.data.simulated.past.samples import driver
from tools.calendar.sessions import sessions_between
from tools.data.simulated.past import SimulatedPast, from_columns, invented, sp500
from tools.data.simulated.past import driver as driver_room
from tools.domain.errors import InputError

DAYS = np.array(sessions_between(date(2020, 1, 2), date(2020, 3, 31)), dtype="datetime64[D]")
CLOSES = np.linspace(3200.0, 2600.0, len(DAYS))


def test_the_real_index_is_whole_and_real() -> None:
    """Closes of 1999-01-04, of the low of 2009-03-09 and of 2018-12-31, as the exchange published them."""
    index = driver()
    assert len(index.sessions) == len(sessions_between(date(1999, 1, 4), date(2018, 12, 31))) == 5031
    at = {str(day): close for day, close in zip(index.sessions, index.close, strict=True)}
    assert [round(at[day], 2) for day in ("1999-01-04", "2009-03-09", "2018-12-31")] == [1228.10, 676.53, 2506.85]
    assert np.isnan(index.vix).all()


def test_without_the_package_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(driver_room, "find_spec", lambda name: None)
    with pytest.raises(InputError, match=r'pip install "thetagate\[past\]"'):
        sp500()


def test_the_file_says_what_the_package_itself_does() -> None:
    """`arch.data.sp500.load`, the documented way in, on the version that is installed."""
    ours = driver()
    table = pytest.importorskip("arch.data.sp500").load()
    np.testing.assert_array_equal(ours.close, table["Adj Close"].to_numpy())
    np.testing.assert_array_equal(ours.sessions, table.index.to_numpy().astype("datetime64[D]"))


def test_a_history_of_ones_own_drives_the_past() -> None:
    vix = np.full(len(DAYS), 30.0)
    vix[5] = np.nan
    own = from_columns(sessions=DAYS, close=CLOSES, vix=vix, rate=np.full(len(DAYS), 0.015), description="my own")
    market = SimulatedPast(driver=own)
    np.testing.assert_allclose(market.closes("SPX"), CLOSES, atol=0.005)
    known = ~np.isnan(vix)
    np.testing.assert_allclose(market.closes("VIX")[known], vix[known])
    assert market.closes("VIX")[5] == pytest.approx(30, rel=0.2)
    assert (market.rates() == 0.015).all()
    assert "my own" in market.snapshot().notes[0]


@pytest.mark.parametrize(
    ("sessions", "close", "vix", "words"),
    [
        (np.delete(DAYS, 7), np.delete(CLOSES, 7), None, "misses the session of 2020-01-13"),
        (DAYS + np.timedelta64(2, "D"), CLOSES, None, "no session"),
        (DAYS[::-1], CLOSES, None, "must rise"),
        (DAYS, np.where(np.arange(len(DAYS)) == 3, np.nan, CLOSES), None, "close of 2020-01-07 is nan"),
        (DAYS, -CLOSES, None, "above 0"),
        (DAYS, CLOSES, np.zeros(len(DAYS)), "VIX of 2020-01-02"),
        (DAYS, CLOSES[:5], None, "one length"),
        (DAYS[:1], CLOSES[:1], None, "sessions or more"),
    ],
)
def test_histories_with_holes_are_refused(
    sessions: np.ndarray, close: np.ndarray, vix: np.ndarray | None, words: str
) -> None:
    with pytest.raises(InputError, match=words):
        from_columns(sessions=sessions, close=close, vix=vix, description="broken")


def test_an_invented_index_says_so_and_looks_like_one() -> None:
    """Volatility within the sampling error of twenty clustered years; losses are what raises it."""
    path = invented(seed=5)
    returns = np.diff(np.log(path.close))
    assert "invented" in path.description
    assert 0.12 < returns.std() * np.sqrt(252) < 0.24
    ahead = np.abs(returns[1:])
    assert ahead[returns[:-1] < -0.01].mean() > ahead[returns[:-1] > 0.01].mean()
    short = invented(seed=5, last=date(2004, 6, 30))
    np.testing.assert_array_equal(short.close, path.close[: len(short.close)])


@pytest.mark.parametrize(("level", "daily"), [(5.0, 0.01), (50_000.0, 0.01), (1000.0, 0.06), (1000.0, 0.0)])
def test_odd_histories_make_whole_markets(level: float, daily: float) -> None:
    """A tiny index, a huge one, one in permanent panic, one that never moves, from the calendar's first session."""
    days = np.array(sessions_between(date(1990, 1, 2), date(1991, 6, 28)), dtype="datetime64[D]")
    closes = level * np.exp(np.cumsum(np.random.default_rng(4).normal(0, daily, len(days))))
    market = SimulatedPast(driver=from_columns(sessions=days, close=closes, description="odd"))
    assert 5 <= market.closes("VIX").min() <= market.closes("VIX").max() <= 200
    for chain in market.snapshot().chains.values():
        for column in ("bid", "ask", "feed_iv", "feed_delta", "open_interest", "volume"):
            assert np.isfinite(getattr(chain, column)).all(), (chain.underlying, column)
        assert np.all(chain.ask > chain.bid)
