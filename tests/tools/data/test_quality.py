"""The quality rules on columns: what each drops, in which order, and that every row has one fate."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from tools.data.quality import Clock, Fate, QuoteRows, counts, judge

CLOSE = np.datetime64("2024-06-14T20:00", "us")
DAY = np.timedelta64(86_400_000_000, "us")
CLOCK = Clock(as_of=CLOSE, last_close=CLOSE - DAY)


def _rows(size: int = 3, **columns: Any) -> QuoteRows:
    """Good rows of different contracts, with the given columns in their place."""
    no = np.zeros(size, dtype=np.bool_)
    good: dict[str, Any] = {
        "unparseable": no,
        "quoted": np.full(size, CLOSE),
        "quoted_day": np.full(size, np.datetime64("2024-06-14", "D")),
        "in_session": ~no,
        "expires": np.full(size, CLOSE + 30 * DAY),
        "contract": np.arange(size, dtype=np.int64),
        "mixed": no,
        "adjusted": no,
        "contradictory": no,
        "strike": np.full(size, 100.0),
        "bid": np.full(size, 1.0),
        "ask": np.full(size, 1.2),
    }
    return QuoteRows(**{**good, **{name: np.asarray(column) for name, column in columns.items()}})


def _fates(rows: QuoteRows, clock: Clock = CLOCK) -> list[Fate]:
    fates = list(Fate)
    return [fates[code] for code in judge(rows, clock)]


def test_good_rows_are_used() -> None:
    assert _fates(_rows()) == [Fate.USED] * 3


def test_locked_quotes_and_missing_bids_are_kept() -> None:
    assert _fates(_rows(bid=[1.2, 0.0, 0.0], ask=[1.2, 0.05, 3.0])) == [Fate.USED] * 3


@pytest.mark.parametrize(
    ("columns", "fate"),
    [
        ({"unparseable": [True]}, Fate.UNPARSEABLE),
        ({"quoted": [CLOSE + np.timedelta64(1, "us")]}, Fate.AFTER_AS_OF),
        ({"quoted": [CLOSE - DAY - np.timedelta64(1, "us")]}, Fate.STALE),
        ({"in_session": [False]}, Fate.STALE),
        ({"mixed": [True]}, Fate.MIXED),
        ({"adjusted": [True]}, Fate.ADJUSTED),
        ({"strike": [0.0]}, Fate.STRIKE),
        ({"strike": [np.nan]}, Fate.STRIKE),
        ({"strike": [100_000.0]}, Fate.STRIKE),
        ({"expires": [CLOSE]}, Fate.EXPIRED),
        ({"contradictory": [True]}, Fate.CONTRADICTORY),
        ({"bid": [np.nan]}, Fate.NAN),
        ({"ask": [np.inf]}, Fate.NAN),
        ({"bid": [-0.01]}, Fate.NEGATIVE),
        ({"ask": [0.0], "bid": [0.0]}, Fate.ZERO),
        ({"ask": [0.0]}, Fate.ZERO),
        ({"bid": [1.3]}, Fate.CROSSED),
        ({"ask": [1e7]}, Fate.HUGE),
    ],
)
def test_each_rule(columns: dict[str, Any], fate: Fate) -> None:
    assert _fates(_rows(1, **columns)) == [fate]


def test_the_first_rule_that_holds_is_the_fate() -> None:
    assert _fates(_rows(1, expires=[CLOSE - DAY], bid=[9.0], strike=[100.0])) == [Fate.EXPIRED]
    assert _fates(_rows(1, unparseable=[True], bid=[-9.0])) == [Fate.UNPARSEABLE]


def test_during_a_session_yesterdays_close_is_no_longer_the_latest() -> None:
    noon = CLOSE + 3 * DAY - np.timedelta64(4, "h")
    rows = _rows(2, quoted=[CLOSE, noon], quoted_day=np.array(["2024-06-14", "2024-06-17"], dtype="datetime64[D]"))
    assert _fates(rows, Clock(as_of=noon, last_close=CLOSE)) == [Fate.OTHER_DATE, Fate.USED]
    early = Clock(as_of=noon - np.timedelta64(1, "h"), last_close=CLOSE)
    assert _fates(rows, early) == [Fate.USED, Fate.AFTER_AS_OF]


def test_of_a_contract_twice_the_later_then_the_first_stays() -> None:
    contract = np.array([7, 7, 7, 8])
    assert _fates(_rows(4, contract=contract)) == [Fate.USED, Fate.DUPLICATED, Fate.DUPLICATED, Fate.USED]
    as_of = Clock(as_of=CLOSE + DAY, last_close=CLOSE)
    quoted = CLOSE + np.array([0, 2, 1, 0]) * np.timedelta64(1, "m")
    rows = _rows(4, contract=contract, quoted=quoted)
    assert _fates(rows, as_of) == [Fate.DUPLICATED, Fate.USED, Fate.DUPLICATED, Fate.USED]


def test_a_defective_row_does_not_hide_its_good_double() -> None:
    assert _fates(_rows(2, contract=[7, 7], bid=[9.0, 1.0])) == [Fate.CROSSED, Fate.USED]


def test_no_rows_at_all() -> None:
    assert counts(judge(_rows(0), CLOCK)).rows == 0


@given(st.data())
def test_every_row_has_one_fate_and_order_does_not_matter(data: st.DataObject) -> None:
    check_any_rows(data)


@pytest.mark.fuzz
@pytest.mark.timeout(3600)
@settings(max_examples=10_000, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_every_row_of_many_chains_has_one_fate(data: st.DataObject) -> None:
    check_any_rows(data)


def check_any_rows(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, 40))
    prices = st.sampled_from([-1.0, 0.0, 0.5, 1.0, 2.0, 1e9, np.nan, np.inf])
    times = st.integers(-2, 2).map(lambda days: CLOSE + days * DAY)
    flags = arrays.arrays(np.bool_, size)
    quoted = np.array(data.draw(st.lists(times, min_size=size, max_size=size)))
    rows = _rows(
        size,
        unparseable=data.draw(flags),
        in_session=data.draw(flags),
        quoted=quoted,
        quoted_day=quoted.astype("datetime64[D]"),
        expires=np.array(data.draw(st.lists(times, min_size=size, max_size=size))),
        bid=np.array(data.draw(st.lists(prices, min_size=size, max_size=size))),
        ask=np.array(data.draw(st.lists(prices, min_size=size, max_size=size))),
    )
    clock = Clock(as_of=CLOSE, last_close=CLOSE - DAY)
    codes = judge(rows, clock)
    tally = counts(codes)
    assert tally.rows == size == tally.used + sum(tally.dropped.values())
    shuffled = np.array(data.draw(st.permutations(range(size))))
    turned = replace(rows, **{f.name: getattr(rows, f.name)[shuffled] for f in fields(rows)})
    assert (judge(turned, clock) == codes[shuffled]).all()
    used = codes == Fate.USED.code
    assert ((rows.bid[used] >= 0) & (rows.ask[used] > 0) & (rows.bid[used] <= rows.ask[used])).all()
    assert (rows.expires[used] > clock.as_of).all()
    assert ((rows.quoted[used] >= clock.last_close) & (rows.quoted[used] <= clock.as_of)).all()
