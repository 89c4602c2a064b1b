"""Rows of files become sessions: gaps are kept and counted, what cannot be right is refused in a sentence."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pytest

from tests.tools.backtest.replication import markets
from tools.backtest.replication.market import DailyMarket, daily_market
from tools.domain.errors import InputError

ON = markets.days()
CLOSE, VIX = markets.walk(ON, seed=3)


def _market(keep: np.ndarray | None = None, *, what: str = "index", **changes: Any) -> DailyMarket:
    rows = {name: np.ones(len(ON), dtype=bool) for name in ("index", "vix")}
    if keep is not None:
        rows[what] = keep
    given: dict[str, Any] = {
        "index": markets.bars(ON[rows["index"]], CLOSE[rows["index"]]),
        "vix": markets.bars(ON[rows["vix"]], VIX[rows["vix"]]),
        "rates": markets.rates(ON, 0.02, 0.02),
        "dividend_yields": {2005: 0.02},
        "first": markets.FIRST,
        "last": markets.LAST,
    }
    return daily_market(**(given | changes))


def test_a_gap_keeps_the_last_close_and_is_counted() -> None:
    keep = np.ones(len(ON), dtype=bool)
    keep[100:103] = False
    found = _market(keep)
    assert found.kept == {"index": 3, "VIX": 0}
    assert (found.close[100:103] == CLOSE[99]).all()
    assert len(found.days) == len(ON)
    vix = _market(keep, what="vix")
    assert vix.kept == {"index": 0, "VIX": 3}
    assert (vix.vix[100:103] == VIX[99] / 100).all()


@pytest.mark.parametrize("what", ["index", "vix"])
def test_a_long_gap_is_refused(what: str) -> None:
    keep = np.ones(len(ON), dtype=bool)
    keep[100:106] = False
    with pytest.raises(InputError, match="misses more than 5 sessions in a row"):
        _market(keep, what=what)


def test_a_gap_outside_the_window_does_not_matter() -> None:
    keep = np.ones(len(ON), dtype=bool)
    keep[300:320] = False
    assert _market(keep, last=date(2005, 12, 30)).days[-1] == np.datetime64("2005-12-30")


def test_a_split_is_refused() -> None:
    halved = np.where(np.arange(len(ON)) >= 200, CLOSE / 2, CLOSE)
    with pytest.raises(InputError, match=f"on {ON[200]}: a split or a wrong row"):
        _market(index=markets.bars(ON, halved))


def test_another_file_in_the_place_of_vix_is_noticed() -> None:
    with pytest.raises(InputError, match="is another file meant by --vix"):
        _market(vix=markets.bars(ON, CLOSE))


@pytest.mark.parametrize(
    ("first", "last", "words"),
    [
        (date(2006, 1, 3), date(2005, 1, 3), "is empty"),
        (date(2015, 1, 2), date(2016, 1, 4), "share 0 sessions"),
        (date(1995, 1, 2), date(1996, 1, 4), "share 0 sessions"),
        (date(2006, 6, 1), date(2006, 6, 15), "share 11 sessions"),
    ],
)
def test_a_window_without_enough_days_is_refused(first: date, last: date, words: str) -> None:
    with pytest.raises(InputError, match=words):
        _market(first=first, last=last)


def test_a_window_beyond_the_data_is_what_the_data_have() -> None:
    found = _market(first=date(1985, 1, 1), last=date(2050, 1, 1))
    assert (found.days[0], found.days[-1]) == (ON[0], ON[-1])


def test_a_window_begins_at_the_roll_before_it() -> None:
    found = _market(first=date(2005, 6, 1))
    assert found.days[0] == np.datetime64("2005-05-20")


def test_dividends_pay_the_years_yield() -> None:
    found = _market(dividend_yields={2004: 0.03, 2005: 0.02})
    reinvested = np.prod(1 + found.dividends[1:] / found.close[:-1])
    years = float((found.days[-1] - found.days[0]).astype(np.float64)) / 365
    assert reinvested == pytest.approx(1.02**years)
    assert found.dividend_yield[-1] == pytest.approx(np.log(1.02)), "a year that is not there has the last one's"
    with pytest.raises(InputError, match="begin in 2006 and the index in 2005"):
        _market(dividend_yields={2006: 0.02})
    with pytest.raises(InputError, match="are empty"):
        _market(dividend_yields={})
