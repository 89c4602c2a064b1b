"""What holds for every book in every market."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.tools.backtest.sweep.markets import Market, after, markets, rules
from tools.backtest.sweep import (
    Cause,
    DayColumns,
    Ending,
    QuoteRows,
    Security,
    SweepResult,
    SweepRules,
    SweepTrades,
    attribute,
    day_columns,
    sweep,
    sweep_many,
)

law = settings(max_examples=60, deadline=None)


def run(market: Market, book: SweepRules) -> tuple[DayColumns, SweepResult]:
    columns = day_columns(market.rows())
    assume(columns.has_spot)
    return columns, sweep(columns, book)


def same(one: SweepTrades, other: SweepTrades) -> bool:
    names = ("entered", "exited", "expiry", "strike", "credit", "paid", "reason")
    return all(np.array_equal(getattr(one, name), getattr(other, name)) for name in names)


@law
@given(markets(), rules())
def test_cash_is_conserved(market: Market, book: SweepRules) -> None:
    """Every cent of equity was received for a sale, paid for an end or a commission, or stands in a mark."""
    _, found = run(market, book)
    purchases = sum(Ending(reason).is_purchase for reason in found.trades.reason)
    every = (found.trades, found.still_open)
    cash = sum(float((each.credit - each.paid).sum()) for each in every) * book.quantity * book.multiplier
    orders = purchases + sum(map(len, every))
    costs = orders * (book.commission_per_order + book.quantity * book.commission_per_contract)
    assert found.equity[-1] == pytest.approx(cash - costs, abs=1e-6)
    assert found.profit == pytest.approx(found.trades.profit.sum(), abs=0.005)


@law
@given(markets(), rules())
def test_attribution_sums_to_profit_and_equity(market: Market, book: SweepRules) -> None:
    columns, found = run(market, book)
    causes = attribute(columns, found)
    profits = np.concatenate([found.trades.profit, found.still_open.profit])
    assert causes.by_trade.sum(axis=1) == pytest.approx(profits, abs=0.005)
    assert np.cumsum(causes.by_day.sum(axis=1)) == pytest.approx(found.equity, abs=0.005)
    assert sum(causes.total.values()) == pytest.approx(found.equity[-1], abs=0.005)
    assert np.isfinite(causes.money).all()
    assert causes.total["slippage"] <= 1e-9
    assert causes.total["commission"] <= 0


@law
@given(markets(), rules(), st.integers(2, 7))
def test_many_contracts_are_one_many_times(market: Market, book: SweepRules, count: int) -> None:
    """5 × 1 is 1 × 5, where orders themselves cost nothing and capital does not run out."""
    free = {"commission_per_order": 0.0, "capital": None}
    columns = day_columns(market.rows())
    assume(columns.has_spot)
    one, several = sweep_many(columns, [book.model_copy(update=free | {"quantity": n}) for n in (1, count)])
    assert same(one.trades, several.trades)
    assert several.equity == pytest.approx(count * one.equity, abs=1e-6)


@law
@given(markets(), rules(), st.integers(0, 40), st.integers(0, 2**32 - 1))
def test_the_future_is_not_seen(market: Market, book: SweepRules, day: int, seed: int) -> None:
    rows = market.rows()
    columns = day_columns(rows)
    at = min(day, len(columns.days) - 1)
    other = day_columns(after(rows, int(columns.days[at]), seed))
    assume(columns.has_spot and other.has_spot)
    before, now = sweep(columns, book), sweep(other, book)
    assert np.array_equal(before.equity[: at + 1], now.equity[: at + 1])
    assert np.array_equal(before.secured[: at + 1], now.secured[: at + 1], equal_nan=True)
    for name in ("entered", "exited", "expiry", "strike", "credit", "paid", "reason"):
        past = [getattr(each.trades, name)[each.trades.exit_day <= at] for each in (before, now)]
        assert np.array_equal(*past)


@law
@given(markets(), rules())
def test_no_exit_comes_after_the_planned_one(market: Market, book: SweepRules) -> None:
    """A trade does not live past its first usable quote at or under the time stop, nor past its settlement."""
    columns, found = run(market, book)
    for i in range(len(found.trades)):
        row, exited = int(found.trades.entry_row[i]), int(found.trades.exit_day[i])
        expiry = found.trades.expiry[i].astype(int)
        while (row := int(columns.following[row])) >= 0 and row < columns.day_start[exited]:
            day = int(np.searchsorted(columns.day_start, row, side="right")) - 1
            usable = not np.isnan(columns.ask[row])
            assert not (usable and book.time_stop is not None and expiry - columns.days[day] <= book.time_stop)
        between = columns.days[int(found.trades.entry_day[i]) + 1 : exited]
        known = ~np.isnan(columns.spot[int(found.trades.entry_day[i]) + 1 : exited])
        assert not (known & (between >= expiry)).any()


@law
@given(markets(), rules())
def test_one_expiry_settles_at_one_price(market: Market, book: SweepRules) -> None:
    columns, found = run(market, book)
    settled = found.trades.reason == Ending.SETTLED
    for expiry in np.unique(found.trades.expiry[settled]):
        here = settled & (found.trades.expiry == expiry)
        (day,) = set(found.trades.exit_day[here].tolist())
        worth = np.maximum(0, book.right.sign * (columns.spot[day] - found.trades.strike[here]))
        assert np.array_equal(found.trades.paid[here], worth)


@law
@given(markets(), rules())
def test_capital_secures_what_is_opened(market: Market, book: SweepRules) -> None:
    """On a day of entry what secures is within equity; equity falls short later, and is counted."""
    assume(book.capital is not None)
    columns, found = run(market, book)
    entries = np.concatenate([found.trades.entry_day, found.still_open.entry_day])
    own = book.capital + found.equity[entries]
    assert (found.secured[entries] <= own + 1e-6).all()
    assert (found.equity.shape, found.secured.shape) == (columns.days.shape, columns.days.shape)


def still_market(days: int = 30) -> QuoteRows:
    """One put at one price without a spread, day after day."""
    day = np.arange(19_000, 19_000 + days, dtype=np.int32)
    one = np.ones(days)
    return QuoteRows(
        day=day,
        expiry=np.full(days, 19_040, np.int32),
        right=np.full(days, -1, np.int8),
        strike=90 * one,
        bid=2 * one,
        ask=2 * one,
        delta=-0.175 * one,
        spot=100 * one,
        gamma=0 * one,
        theta=0 * one,
        vega=0 * one,
        iv=0.2 * one,
    )


def test_a_round_trip_without_costs_earns_nothing() -> None:
    found = sweep(day_columns(still_market()), SweepRules())
    assert len(found.trades) > 5
    assert set(found.trades.reason.tolist()) == {Ending.TIME_STOP}
    assert (found.trades.profit == 0).all()
    assert (found.equity == 0).all()


def test_a_round_trip_costs_its_spread_and_its_commissions() -> None:
    """(2.10 - 1.90) × 300 shares, two orders of 1.00 + 3 × 0.65."""
    still = still_market()
    columns = day_columns(replace(still, bid=still.bid - 0.1, ask=still.ask + 0.1))
    book = SweepRules(quantity=3, commission_per_contract=0.65, commission_per_order=1.0)
    found = sweep(columns, book)
    assert found.trades.profit == pytest.approx(np.full(len(found.trades), -60 - 5.90))
    by_trade = attribute(columns, found).by_trade[: len(found.trades)]
    assert by_trade[:, Cause.SLIPPAGE] == pytest.approx(np.full(len(found.trades), -60.0))
    assert by_trade[:, Cause.COMMISSION] == pytest.approx(np.full(len(found.trades), -5.90))
    half = sweep(columns, book.model_copy(update={"slippage": 0.5}))
    assert half.trades.profit == pytest.approx(np.full(len(half.trades), -30 - 5.90))


def test_a_stop_is_reached_where_it_is_touched() -> None:
    """Sold at 2.00, stopped 50 % above: at 3.00, not at 2.99."""
    still = still_market(2)
    for ask, reasons in ((2.99, []), (3.0, [Ending.ADVERSE_STOP])):
        columns = day_columns(replace(still, ask=np.array([2.0, ask])))
        found = sweep(columns, SweepRules(adverse_stop=0.5))
        assert found.trades.reason.tolist() == reasons


@pytest.mark.parametrize(
    ("mark", "rate", "dividend_yield", "assigned"),
    [(10.0, 0.0, 0.0, False), (10.0, 0.05, 0.0, True), (10.02, 0.05, 0.0, False), (10.0, 0.05, 0.06, False)],
)
def test_a_put_is_assigned_where_its_interest_outweighs_its_time_value(
    mark: float, rate: float, dividend_yield: float, assigned: bool
) -> None:
    """Struck at 110 with the stock at 100: a day's interest is 110 × 0.05 / 365 = 0.0151, dividends 0.0164."""
    still = still_market(2)
    fallen = replace(
        still,
        strike=np.full(2, 110.0),
        bid=np.array([2.0, mark]),
        ask=np.array([2.0, mark]),
        spot=np.array([115.0, 100.0]),
    )
    book = SweepRules(early_assignment=True, rate=rate, dividend_yield=dividend_yield, take_profit=None)
    found = sweep(day_columns(fallen), book)
    assert found.trades.reason.tolist() == ([Ending.ASSIGNED] if assigned else [])
    assert found.trades.paid.tolist() == ([10.0] if assigned else [])
    if assigned:
        assert sum(attribute(day_columns(fallen), found).by_trade[0]) == pytest.approx(-800.0)


def test_greeks_explain_a_day() -> None:
    """100 shares short: δ -0.2 × -1.50 costs 30, γ 0.04 × 1.50²/2 4.50, 2 points × vega 0.1 20; θ -0.05 earns 5."""
    still = still_market(2)
    columns = day_columns(
        replace(
            still,
            ask=np.array([2.0, 2.6]),
            bid=np.array([2.0, 2.6]),
            spot=np.array([100.0, 98.5]),
            delta=np.full(2, -0.2),
            gamma=np.full(2, 0.04),
            theta=np.full(2, -0.05),
            vega=np.full(2, 0.1),
            iv=np.array([0.20, 0.22]),
        )
    )
    causes = attribute(columns, sweep(columns, SweepRules())).money
    held = {cause.name: round(float(amount), 6) for cause, amount in zip(Cause, causes[1], strict=True)}
    assert held == {
        "DELTA": -30.0,
        "GAMMA": -4.5,
        "THETA": 5.0,
        "VEGA": -20.0,
        "RESIDUAL": -10.5,
        "COMMISSION": 0.0,
        "SLIPPAGE": 0.0,
    }


def test_margin_of_a_short_put() -> None:
    """Struck at 90 for 2.00 with the stock at 100: 2 + 20 − 10 = 12 per share, above 2 + 9; an index 2 + 9."""
    columns = day_columns(still_market(1))
    for security, margin in ((Security.CASH, 9_000), (Security.NAKED, 1_200), (Security.INDEX, 1_100)):
        assert sweep(columns, SweepRules(security=security)).secured.tolist() == [margin]


def test_what_was_looked_for_is_kept_and_changes_nothing() -> None:
    columns = day_columns(Market(seed=4, days=60, flaws=0.1, disorder=False).rows())
    book = SweepRules(dte_low=5, dte_high=29, delta_low=-0.5, delta_high=-0.1, delta_target=-0.3, time_stop=2)
    wide = [book.model_copy(update={"delta_target": -0.5 + each / 250}) for each in range(100)]
    first = [found.fingerprint for found in sweep_many(columns, wide)]
    assert 0 < len(columns.offers) < len(wide)
    again = [found.fingerprint for found in sweep_many(columns, reversed(wide))]
    assert again == first[::-1]
    assert len(set(first)) > 1


def test_what_is_quoted_after_its_end_is_no_quote() -> None:
    """A Saturday's expiry, and a stray quote of the Monday after it: nothing is read or written beyond the end."""
    friday, saturday, monday = 12, 13, 15
    rows = QuoteRows(
        day=np.array([friday - 1, friday, monday], np.int32),
        expiry=np.full(3, saturday, np.int32),
        right=np.full(3, -1, np.int8),
        strike=np.full(3, 90.0),
        bid=np.array([2.0, 1.0, 7.0]),
        ask=np.array([2.2, 1.2, 8.0]),
        delta=np.full(3, -0.175),
        spot=np.full(3, 100.0),
    )
    columns = day_columns(rows)
    found = sweep(columns, SweepRules(dte_low=1, dte_high=30, take_profit=None))
    assert 8.0 not in found.trades.paid
    (offers,) = columns.offers.values()
    assert offers.stop.max() <= len(offers.bid)
    assert offers.bid[: offers.stop[0]].tolist() == [2.0, 1.0]
