"""Histories as day-major columns, and what is wrong in them."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings

from tests.tools.backtest.sweep.markets import Market, markets
from tools.backtest.sweep import QuoteRows, SweepRules, day_columns, sweep
from tools.domain.errors import InputError


def rows() -> QuoteRows:
    return Market(seed=1, days=20, flaws=0.1, disorder=False).rows()


def taken(given_rows: QuoteRows, index: np.ndarray) -> QuoteRows:
    return QuoteRows(**{each.name: getattr(given_rows, each.name)[index] for each in fields(QuoteRows)})


@settings(max_examples=50, deadline=None)
@given(markets(flaws=0.5))
def test_links_lead_to_the_next_quote_of_the_same_contract(market: Market) -> None:
    given_rows = market.rows()
    if not len(given_rows.day):
        return
    columns = day_columns(given_rows)
    contract: dict[tuple[float, ...], int] = {}
    expected = np.full(len(columns.strike), -1)
    for d in range(len(columns.days)):
        for b in range(columns.day_block[d], columns.day_block[d + 1]):
            for row in range(columns.block_start[b], columns.block_start[b + 1]):
                key = (columns.block_expiry[b], columns.block_right[b], columns.strike[row])
                if key in contract:
                    expected[contract[key]] = row
                contract[key] = row
    assert np.array_equal(columns.following, expected)


def test_rows_out_of_order_are_put_in_order_and_counted() -> None:
    ordered = rows()
    shuffled = taken(ordered, np.random.default_rng(0).permutation(len(ordered.day)))
    one, other = day_columns(ordered), day_columns(shuffled)
    assert (one.counts.misplaced, other.counts.misplaced > 0) == (0, True)
    for each in fields(one):
        if each.name not in {"counts", "offers"}:
            assert np.array_equal(getattr(one, each.name), getattr(other, each.name), equal_nan=True), each.name


def test_impossible_quotes_are_no_quotes_and_counted() -> None:
    good = Market(seed=1, days=3, flaws=0, disorder=False).rows()
    bid, ask, delta = good.bid.copy(), good.ask.copy(), good.delta.copy()
    bid[0], ask[1], bid[2], ask[3] = np.nan, np.inf, -0.01, bid[3] - 0.01
    delta[4], delta[5] = np.nan, -999
    columns = day_columns(replace(good, bid=bid, ask=ask, delta=delta))
    counts = columns.counts
    assert (counts.unquoted, counts.crossed, counts.no_delta) == (2, 2, 2)
    assert np.isnan(columns.bid[:4]).all()
    assert np.isnan(columns.ask[:4]).all()


@pytest.mark.parametrize(("right", "strike"), [(1, 85), (-1, 115)])
def test_a_delta_out_of_order_is_still_found(right: int, strike: float) -> None:
    """Blocks in which deltas do not fall with the strike are looked through row by row."""
    good = Market(seed=2, days=1, flaws=0, disorder=False).rows()
    columns = day_columns(good)
    assert columns.block_falls.all()
    delta = good.delta.copy()
    delta[(good.strike == strike) & (good.right == right)] = right * 0.175
    columns = day_columns(replace(good, delta=delta))
    assert not columns.block_falls[columns.block_right == right].any()
    side = "call" if right > 0 else "put"
    band = {"delta_low": right * 0.175, "delta_high": right * 0.175, "delta_target": right * 0.175}
    book = SweepRules(right=side, dte_low=8, dte_high=29, time_stop=7, **band)
    found = sweep(columns, book)
    assert found.still_open.strike.tolist() == [strike]


def test_a_contract_twice_on_a_day_is_refused() -> None:
    given_rows = rows()
    twice = taken(given_rows, np.r_[0, np.arange(len(given_rows.day))])
    with pytest.raises(InputError, match=r"2020-01-0\d quotes the \d+ \w+ of 2020-\d\d-\d\d twice \(1 repeated"):
        day_columns(twice)


def test_two_spots_on_a_day_are_two_underlyings() -> None:
    given_rows = rows()
    spot = given_rows.spot.copy()
    spot[-1] += 1
    with pytest.raises(InputError, match="a sweep takes one underlying"):
        day_columns(replace(given_rows, spot=spot))


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"right": 0}, "neither calls nor puts"),
        ({"strike": 0.0}, "no strike above zero"),
        ({"strike": np.nan}, "no strike above zero"),
    ],
)
def test_rows_that_name_no_contract_are_refused(change: dict[str, float], text: str) -> None:
    ((name, value),) = change.items()
    column = getattr(rows(), name).copy()
    column[3] = value
    with pytest.raises(InputError, match=text):
        day_columns(replace(rows(), **{name: column}))


def test_columns_of_different_lengths_are_refused() -> None:
    with pytest.raises(InputError, match="The column bid has 5 rows"):
        day_columns(replace(rows(), bid=np.ones(5)))


def test_an_empty_history_is_refused() -> None:
    with pytest.raises(InputError, match="0 rows"):
        day_columns(taken(rows(), np.arange(0)))


def test_a_window_without_days_is_refused() -> None:
    columns = day_columns(rows())
    with pytest.raises(
        InputError, match="No day of the history lies between 2031-01-01 and its end: it runs from 20"
    ):
        sweep(columns, SweepRules(), start=date(2031, 1, 1))
    with pytest.raises(InputError, match="No day"):
        sweep(columns, SweepRules(), start=date(2020, 1, 20), end=date(2020, 1, 10))


def test_a_window_is_a_run_of_its_own() -> None:
    """The same trades as over a history that holds no other day."""
    market = Market(seed=3, days=60, flaws=0.0, disorder=False).rows()
    book = SweepRules(dte_low=5, dte_high=29, delta_low=-0.5, delta_high=-0.1, delta_target=-0.3, time_stop=2)
    columns = day_columns(market)
    start, end = (columns.days[i].astype("datetime64[D]").astype(object) for i in (10, 40))
    window = sweep(columns, book, start=start, end=end)
    alone = sweep(
        day_columns(taken(market, (market.day >= columns.days[10]) & (market.day <= columns.days[40]))), book
    )
    assert len(window.trades) > 10
    assert window.fingerprint == alone.fingerprint


def test_settlement_asks_for_the_spot() -> None:
    columns = day_columns(replace(rows(), spot=np.empty(0)))
    with pytest.raises(InputError, match="read it with detail `spot`"):
        sweep(columns, SweepRules(time_stop=None))
    assert sweep(columns, SweepRules()).counts.unsettled == 0


def test_a_book_that_never_trades_has_a_flat_line() -> None:
    columns = day_columns(rows())
    found = sweep(columns, SweepRules(dte_low=300, dte_high=400))
    assert (len(found.trades), len(found.still_open), found.profit) == (0, 0, 0.0)
    assert found.counts.unfound == len(columns.days)
    assert not found.equity.any()
