"""The imported history through the engine: a few days of the simulated past, kept as a watch keeps them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from tools.backtest.engine import backtest
from tools.backtest.outcome import outcome
from tools.backtest.plan import Plan
from tools.backtest.simulated import SimulatedHistory
from tools.backtest.stored import StoredHistory, whole_ratio
from tools.books.load import shipped_book
from tools.calendar.sessions import NEW_YORK, session_close
from tools.data.simulated.past import SimulatedPast
from tools.data.store.history import History
from tools.data.store.importing import import_file
from tools.data.store.recording import record
from tools.domain.errors import InputError
from tools.portfolio.fixings import ShareSplit

FIRST, LAST = date(2008, 9, 15), date(2008, 9, 19)
NOW = datetime(2024, 7, 1, 12, tzinfo=NEW_YORK)
HOUR = timedelta(hours=1)


@pytest.fixture(scope="module")
def folder(past: SimulatedPast, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five sessions, of the second a look an hour before its last too."""
    root = tmp_path_factory.mktemp("stored") / "history"
    closes = [session_close(FIRST + timedelta(days=step)) for step in range(5)]
    with History.open(root) as history:
        for instant in sorted([*closes, closes[1] - HOUR]):
            record(history, past.snapshot(instant), now=NOW)
    return root


@pytest.fixture
def history(folder: Path) -> Iterator[History]:
    with History.open(folder) as opened:
        yield opened


def daily(history: History, tmp_path: Path, rows: str) -> None:
    """Import daily prices of SPY with what they paid."""
    path = tmp_path / "SPY.csv"
    head = "date,close,high,low,open,volume,adjClose,adjHigh,adjLow,adjOpen,adjVolume,divCash,splitFactor"
    path.write_text(f"{head}\n{rows}", encoding="utf-8")
    import_file(history, path, format="tiingo", now=NOW, name="SPY")


def test_it_looks_once_a_session_at_the_last_snapshot(history: History) -> None:
    looks = list(StoredHistory(history).looks(FIRST, LAST))
    assert [each.as_of for each in looks] == [session_close(FIRST + timedelta(days=step)) for step in range(5)]
    third = date(2008, 9, 17)
    assert next(StoredHistory(history).looks(third, LAST)).as_of == session_close(third)


def test_without_daily_prices_closes_are_spots_and_dividends_unknown(history: History, past: SimulatedPast) -> None:
    market = StoredHistory(history)
    row = past.sessions.tolist().index(FIRST)
    assert market.close("SPY", FIRST) == pytest.approx(past.closes("SPY")[row], rel=2e-3)
    assert math.isnan(market.close("SPY", date(2008, 9, 12)))
    assert math.isnan(market.going_ex("SPY", date(2008, 9, 19)))
    assert market.going_ex("SPX", date(2008, 9, 19)) == 0.0


def test_an_expiry_without_quotes_falls_back_on_the_close_before(history: History) -> None:
    prices = StoredHistory(history).expiry_prices("SPY", date(2008, 9, 20))
    assert math.isnan(prices.close)
    assert prices.earlier_close == StoredHistory(history).close("SPY", LAST)


def test_a_symbol_without_quotes_is_refused(history: History) -> None:
    with pytest.raises(InputError, match="no quotes of QQQ; it has SPY"):
        StoredHistory(history, symbols=("SPY", "QQQ"))


def test_it_goes_through_the_engine(history: History, past: SimulatedPast) -> None:
    """The same quotes from the store and from where they were made: the same days, and no decision lost."""
    plan = Plan(books=(shipped_book("primary"),), first=FIRST, last=LAST)
    stored = backtest(StoredHistory(history), plan)
    made = backtest(SimulatedHistory(past, before_close=timedelta()), plan)
    assert [line.day for line in stored.days] == [line.day for line in made.days]
    assert stored.attribution is not None
    assert stored.simulated
    assert stored.days[-1].nav == pytest.approx(1_000_000, rel=0.05)


def test_daily_prices_tell_of_dividends_and_splits(past: SimulatedPast, tmp_path: Path) -> None:
    with History.open(tmp_path / "history") as history:
        record(history, past.snapshot(session_close(FIRST)), now=NOW)
        rows = (
            "2008-09-15,100,101,99,100,1000,49.5,50,49,49.5,2000,0,1\n"
            "2008-09-16,99,100,98,99,1000,49.5,50,49,49.5,2000,1,1\n"
            "2008-09-17,99,100,98,99,1000,49.5,50,49,49.5,2000,0,1\n"
            "2008-09-18,49.5,50,49,49.5,2000,49.5,50,49,49.5,2000,0,2\n"
        )
        daily(history, tmp_path, rows)
        market = StoredHistory(history)
        assert market.close("SPY", date(2008, 9, 16)) == 99
        assert market.going_ex("SPY", date(2008, 9, 16)) == pytest.approx(1.0, rel=0.02)
        assert market.going_ex("SPY", date(2008, 9, 17)) == 0.0
        assert math.isnan(market.going_ex("SPY", date(2008, 9, 19)))
        assert market.splits("SPY", after=FIRST, until=LAST) == (ShareSplit(date(2008, 9, 18), 2, 1),)
        assert market.splits("SPY", after=date(2008, 9, 18), until=LAST) == ()
        assert market.splits("QQQ", after=FIRST, until=LAST) == ()
        assert market.unclear(after=FIRST, until=LAST) == {}
        # an expiry of the day of the split that has no close: the close before, in the new shares
        assert market.expiry_prices("SPY", date(2008, 9, 18)).earlier_close == 49.5


def test_what_is_no_split_of_n_for_m_is_told(past: SimulatedPast, tmp_path: Path) -> None:
    with History.open(tmp_path / "history") as history:
        record(history, past.snapshot(session_close(FIRST)), now=NOW)
        rows = (
            "2008-09-15,100,101,99,100,1000,95,96,94,95,2000,0,1\n"
            "2008-09-16,95,96,94,95,1000,95,96,94,95,2000,0,1.0471\n"
        )
        daily(history, tmp_path, rows)
        market = StoredHistory(history)
        assert market.splits("SPY", after=FIRST, until=LAST) == ()
        assert market.unclear(after=FIRST, until=LAST)["SPY"][0] == date(2008, 9, 16)


@pytest.mark.parametrize(
    ("factor", "ratio"),
    [(7.000007, (7, 1)), (2.0, (2, 1)), (1.5, (3, 2)), (0.1, (1, 10)), (1 / 3, (1, 3)), (1.05, (21, 20)),
     (0.02, (1, 50)), (1.25, (5, 4)), (0.9731, None), (1.0471, None), (1.331, None), (0.033, None)],
)  # fmt: skip
def test_a_ratio_is_read_from_a_factor(factor: float, ratio: tuple[int, int] | None) -> None:
    assert whole_ratio(factor) == ratio


def test_a_history_that_begins_with_the_window_has_a_benchmark_from_its_first_day(history: History) -> None:
    market = StoredHistory(history)
    plan = Plan(books=(shipped_book("primary"),), first=FIRST, last=LAST)
    held = outcome(backtest(market, plan), plan, market).benchmark
    assert held is not None
    assert (held.symbol, held.words) == ("SPY", "SPY bought and held, without dividends")
    assert held.levels[0] == held.levels[1] == plan.capital
    assert held.levels[-1] / held.levels[0] == pytest.approx(market.close("SPY", LAST) / market.close("SPY", FIRST))
