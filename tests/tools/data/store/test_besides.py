"""Rate and dividends that the history knows beside quotes which tell none: by then, in whatever order they came."""

from __future__ import annotations

import math
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from tests.tools.data.files import samples
from tests.tools.data.files.samples import AS_OF
from tests.tools.data.store.conftest import bring
from tools.calendar.sessions import NEW_YORK, sessions_between
from tools.data.files.terms import ASSUMED_RATE
from tools.data.store.chains import ReadChain
from tools.data.store.daily import Bars
from tools.data.store.history import History
from tools.data.store.payments import expected, paid
from tools.data.store.riskless import published_rate

DAY = AS_OF.date()


def _rates(folder: Path, text: str, *, name: str = "rates.csv") -> Path:
    path = folder / name
    path.write_text(text)
    return path


def _read(history: History) -> ReadChain:
    read = history.read("AAPL")
    assert read is not None
    return read


def _bars(history: History, folder: Path, *, cash: float = 0.5, until: date = DAY) -> None:
    """Two years of closes at 100, dividends in February, May, August and November, as Tiingo tells them."""
    days = sessions_between(until - timedelta(days=730), until)
    firsts = [index for index in range(1, len(days)) if days[index - 1].month != days[index].month]
    pays = [index for index in firsts if days[index].month % 3 == 2]
    adjusted = np.full(len(days), 100.0)
    for index in pays:
        adjusted[:index] *= 1 - cash / 100
    rows = [f"{day},100,{close:.10f},1" for day, close in zip(days, adjusted, strict=True)]
    path = folder / "AAPL.csv"
    path.write_text("\n".join(["date,close,adjClose,splitFactor", *rows]))
    bring(history, path, "tiingo", name="AAPL")


@pytest.fixture
def chain(history: History, tmp_path: Path) -> Path:
    path = samples.write_cboe_eod(tmp_path, samples.clean_rows())
    bring(history, path)
    return path


def test_a_curve_that_comes_after_the_chain_still_gives_its_rate(
    history: History, chain: Path, tmp_path: Path
) -> None:
    assert _read(history).chain.rate == ASSUMED_RATE
    curve = f"Time Period,1month,1year,10year\n{DAY - timedelta(days=1)},0.05,0.05,0.03\n{DAY},0.09,0.09,0.09\n"
    bring(history, _rates(tmp_path, curve), "treasury-par")
    read = _read(history)
    assert read.chain.rate == pytest.approx(2 * math.log(1.025)), "the day's own is published on the next"
    (said,) = [note for note in read.notes if "rate;" in note]
    assert said.startswith(
        f"AAPL: the quotes tell no rate; 4.94% is that of TREASURY of {DAY - timedelta(days=1)} at "
    )
    assert not any("assumed" in note and "rate" in note for note in read.notes)


@pytest.mark.parametrize("days", [0, -1, 11])
def test_a_rate_that_is_not_out_or_long_past_is_none(
    days: int, history: History, chain: Path, tmp_path: Path
) -> None:
    bring(history, _rates(tmp_path, f"observation_date,DTB3\n{DAY - timedelta(days=days)},5.0\n"), "fred")
    assert _read(history).chain.rate == ASSUMED_RATE
    assert any("4% is assumed" in note for note in _read(history).notes)


def test_a_series_that_may_be_anything_is_no_riskless_rate(history: History, chain: Path, tmp_path: Path) -> None:
    day = DAY - timedelta(days=1)
    bring(history, _rates(tmp_path, f"observation_date,VIXCLS,DGS10\n{day},13.0,4.0\n"), "fred")
    assert _read(history).chain.rate == ASSUMED_RATE, "a ten-year note is far from options of months"


@pytest.mark.parametrize(
    ("name", "quoted", "continuous"),
    [
        ("DTB3", 5.25, -math.log(1 - 0.0525 * 0.25 * 365 / 360) / 0.25),
        ("DGS3MO", 5.25, 2 * math.log(1 + 0.0525 / 2)),
        ("DFF", 5.25, 365 * math.log(1 + 0.0525 / 360)),
    ],
)
def test_every_convention_becomes_continuous(
    name: str, quoted: float, continuous: float, history: History, tmp_path: Path
) -> None:
    bring(history, _rates(tmp_path, f"observation_date,{name}\n{DAY - timedelta(days=1)},{quoted}\n"), "fred")
    found = published_rate(history.daily, as_of=AS_OF, years=0.2)
    assert found is not None
    assert found.rate == pytest.approx(continuous, abs=1e-12)
    assert 0.0515 < found.rate < 0.0540


def test_a_bill_without_a_tenor_is_no_rate(history: History, tmp_path: Path) -> None:
    layout = tmp_path / "bills.toml"
    layout.write_text('kind = "rates"\n[columns]\ndate = "day"\nrate = "yield"\n[constants]\nname = "DTB3"\n')
    bring(history, _rates(tmp_path, f"day,yield\n{DAY - timedelta(days=1)},0.05\n"), str(layout))
    assert published_rate(history.daily, as_of=AS_OF, years=0.2) is None


def test_the_series_nearest_in_tenor_is_taken(history: History, tmp_path: Path) -> None:
    day = DAY - timedelta(days=1)
    bring(history, _rates(tmp_path, f"observation_date,DFF,DTB3,DGS1\n{day},5.3,5.2,5.1\n"), "fred")
    names = [published_rate(history.daily, as_of=AS_OF, years=years) for years in (0.01, 0.2, 0.9)]
    assert [each.name for each in names if each] == ["DFF", "DTB3", "DGS1"]


def test_dividends_follow_the_rhythm_of_stored_prices(history: History, chain: Path, tmp_path: Path) -> None:
    assert not _read(history).chain.dividends_known
    _bars(history, tmp_path)
    read = _read(history)
    assert read.chain.dividends_known
    assert read.chain.dividend_yield == 0.0
    assert read.chain.dividends[0].ex_date == date(2024, 7, 30), "a year of whole weeks after the first of August"
    assert all(each.cash == pytest.approx(0.5) for each in read.chain.dividends)
    assert all(each.ex_date > DAY for each in read.chain.dividends)
    assert any("expected by last year's rhythm" in note for note in read.notes)


def test_a_dividend_paid_later_is_not_known_before(history: History, chain: Path, tmp_path: Path) -> None:
    _bars(history, tmp_path, until=DAY)
    before = _read(history).chain.dividends
    _bars(history, tmp_path, until=DAY + timedelta(days=300))
    assert [each.ex_date for each in _read(history).chain.dividends] == [each.ex_date for each in before]


@pytest.mark.parametrize("cash", [0.0, 0.5])
def test_prices_that_tell_nothing_leave_dividends_unknown(
    cash: float, history: History, chain: Path, tmp_path: Path
) -> None:
    """Bare closes, and prices that end long before the quotes."""
    _bars(history, tmp_path, cash=cash, until=DAY - timedelta(days=20) if cash else DAY)
    read = _read(history)
    assert not read.chain.dividends_known
    assert not any("none is expected" in note for note in read.notes)


def _known(*, split: float = 1.0, last: float = 100.0) -> Bars:
    days = np.array(sessions_between(date(2023, 1, 3), date(2024, 6, 14)), dtype="datetime64[D]")
    factor = np.ones(len(days))
    factor[days < np.datetime64("2024-03-01")] = 0.99
    splits = np.where(days < np.datetime64("2024-05-01"), split, 1.0)
    close = last / splits
    return Bars("X", days, close, close, close, close, close, splits, factor)


def test_a_dividend_is_per_share_of_today() -> None:
    (before,) = paid(_known(split=0.1))
    assert before.ex_date == date(2024, 3, 1)
    assert before.cash == pytest.approx(1.0), "of a price of 1000 then, 100 in today's shares"


def test_prices_out_of_step_with_the_quotes_tell_nothing() -> None:
    """A split at this morning's open, which the last close does not know."""
    at = {"as_of": datetime(2024, 6, 17, 10, tzinfo=NEW_YORK), "until": date(2025, 6, 20)}
    assert expected(_known(), spot=10.0, **at) is None  # type: ignore[arg-type]
    assert expected(_known(), spot=101.0, **at) is not None  # type: ignore[arg-type]


def test_a_special_dividend_is_not_expected_again() -> None:
    bars = _known()
    factor = np.ones(len(bars))
    for day, share in (("2023-08-01", 0.005), ("2023-11-01", 0.005), ("2024-02-01", 0.08), ("2024-05-01", 0.005)):
        factor[bars.days < np.datetime64(day)] *= 1 - share
    some = Bars("X", bars.days, *(bars.close,) * 5, bars.split_factor, factor)
    found = expected(some, as_of=datetime(2024, 6, 14, 16, tzinfo=NEW_YORK), until=date(2025, 6, 1), spot=100.0)
    assert found is not None
    assert [each.ex_date.month for each in found] == [7, 10, 4]
    assert max(each.cash for each in found) < 1
