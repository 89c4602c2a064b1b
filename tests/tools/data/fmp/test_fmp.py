"""Financial Modeling Prep through the real client: facts with source, unknowns with reason, a failing wire."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.peers.fmp_server import KEY, FmpServer, dividend, earnings, profile, rating, release, yields
from tests.peers.service import Mode
from tools.calendar.events import DEFAULT_WIDTHS, EventKind
from tools.calendar.sessions import NEW_YORK
from tools.data.fmp.client import FmpClient
from tools.data.fmp.companies import GICS, read_company
from tools.data.fmp.economy import read_curve, read_releases
from tools.data.fmp.source import FmpSource
from tools.data.limiter import RateLimiter
from tools.data.patience import Patience
from tools.data.reference import lookup
from tools.domain.chain import Dividend
from tools.domain.errors import ConfigError, DataError

NOW = datetime(2026, 11, 20, 11, tzinfo=NEW_YORK)
QUICK = Patience(deadline=15.0, attempts=3, connect=5.0, first_wait=0.01, longest_wait=0.02)


@pytest.fixture
def server() -> Iterator[FmpServer]:
    with FmpServer() as peer:
        peer.tables["profile"] = [profile("AAPL", sector="Technology", beta=1.24)]
        peer.tables["earnings"] = [earnings("AAPL", "2027-01-28"), earnings("AAPL", "2026-10-29")]
        peer.tables["dividends"] = [dividend("AAPL", "2027-02-08", 0.27), dividend("AAPL", "2026-11-09", 0.26)]
        peer.tables["ratings-snapshot"] = [rating("AAPL", "A-")]
        peer.tables["treasury-rates"] = [yields("2026-11-18", month3=3.9), yields("2026-11-19", month3=4.0)]
        peer.tables["quote"] = [{"symbol": "^VIX", "name": "CBOE Volatility Index", "price": 17.35, "volume": 0}]
        peer.tables["economic-calendar"] = [
            release("2026-12-09 19:00:00", "Fed Interest Rate Decision"),
            release("2026-12-10 13:30:00", "CPI (Nov)"),
            release("2026-12-10 13:30:00", "Inflation Rate YoY (Nov)"),
            release("2026-12-04 13:30:00", "Non Farm Payrolls (Nov)"),
            release("2026-12-04 13:30:00", "Nonfarm Payrolls Private (Nov)"),
            release("2026-12-03 13:30:00", "Michigan Inflation Expectations"),
            release("2026-12-02 10:00:00", "Inflation Rate YoY (Nov)", country="DE"),
            release("soon", "CPI (Dec)") | {"date": "2026-12-99 13:30:00"},
        ]
        yield peer


def client(server: FmpServer, *, key: str = KEY, patience: Patience = QUICK, rest: float = 0.0) -> FmpClient:
    pace = RateLimiter(requests=300)
    return FmpClient(key=key, limiter=pace, patience=patience, url=f"{server.url}/stable", rest=rest)


def test_a_company_is_told_with_sources(server: FmpServer) -> None:
    found = read_company(client(server), "AAPL", NOW)
    assert (found.name, found.sector.value, found.beta.value) == ("Apple Inc.", "Information Technology", 1.24)
    assert found.earnings.value == (date(2027, 1, 28),)
    assert found.dividends.value == (Dividend(date(2027, 2, 8), 0.27),)
    for fact in (found.sector, found.beta, found.earnings, found.dividends):
        assert fact.source.startswith("fmp ")
        assert fact.as_of == NOW


def test_a_vendors_grade_is_no_credit_rating(server: FmpServer) -> None:
    """`ratings-snapshot` says A-, which an agency would mean otherwise; nobody even asks for it."""
    found = read_company(client(server), "AAPL", NOW)
    assert found.rating.is_unknown
    assert "no agency's credit rating" in found.rating.reason
    assert "/stable/ratings-snapshot" not in server.paths()


def test_what_is_not_told_is_unknown_with_a_reason(server: FmpServer) -> None:
    server.tables["profile"] = [profile("KO", sector="Sodas", beta=None, name="Coca-Cola")]
    server.tables["earnings"] = [earnings("KO", "2026-10-20"), earnings("KO", "when ready"), "no row"]
    server.tables["dividends"] = [dividend("KO", "2026-11-27", None), dividend("KO", "2026-11-28", -0.5)]
    found = read_company(client(server), "KO", NOW)
    for fact, word in (
        (found.sector, "none of GICS"),
        (found.beta, "no beta"),
        (found.earnings, "no earnings of KO from 2026-11-20 on"),
        (found.dividends, "no dividends"),
    ):
        assert fact.is_unknown
        assert word in fact.reason
    unheard = read_company(client(server), "ZZZZ", NOW)
    assert unheard.name == "ZZZZ"
    assert "no profile of ZZZZ" in unheard.sector.reason


def test_what_the_plan_excludes_takes_nothing_else_with_it(server: FmpServer) -> None:
    server.excluded = {"earnings"}
    found = read_company(client(server), "AAPL", NOW)
    assert found.sector.is_known
    assert found.earnings.reason.startswith("fmp's plan does not include earnings (402")
    assert KEY not in found.earnings.reason


def test_sectors_are_those_of_gics() -> None:
    funds = ["XLB", "XLC", "XLE", "XLF", "XLI", "XLK", "XLP", "XLRE", "XLU", "XLV", "XLY"]
    assert set(GICS.values()) == {lookup(fund).sector.value for fund in funds}


def test_the_curve_is_the_latest_and_compounds_continuously(server: FmpServer) -> None:
    server.tables["treasury-rates"] += [yields("2026-11-21", month3=9.0), {"date": "2026-11-20", "month3": None}]
    curve = read_curve(client(server), NOW)
    assert curve.day == date(2026, 11, 19)
    assert curve.rate(0.25) == pytest.approx(2 * math.log(1 + 0.04 / 2))
    assert curve.rate(0.375) == pytest.approx(2 * math.log(1 + 0.0405 / 2))
    assert curve.rate(0.01) == curve.rate(1 / 12)
    assert curve.rate(50) == curve.rate(30)
    server.tables["treasury-rates"] = []
    with pytest.raises(DataError, match="no treasury yields"):
        read_curve(client(server), NOW)


def test_releases_are_headlines_in_new_york_hours(server: FmpServer) -> None:
    book = read_releases(client(server), NOW)
    assert len(book) == 3
    (fomc,) = book.known(EventKind.FOMC, as_of=NOW)
    assert fomc.at.astimezone(NEW_YORK) == datetime(2026, 12, 9, 14, tzinfo=NEW_YORK)
    (cpi,) = book.known(EventKind.CPI, as_of=NOW)
    assert cpi.at.astimezone(NEW_YORK).hour == 8
    windows = book.blackouts(NOW, DEFAULT_WIDTHS)
    assert [window.name for window in windows.value or ()] == [
        "NFP 2026-12-04",
        "FOMC 2026-12-09",
        "CPI 2026-12-10",
    ]


def test_rates_and_releases_are_asked_for_once_a_day(server: FmpServer) -> None:
    source = FmpSource(client(server))
    for _ in range(3):
        assert source.rate(NOW, 0.25) == pytest.approx(0.0396, abs=1e-4)
        assert len(source.releases(NOW)) == 3
    assert len(server.seen) == 2
    assert source.vix(NOW) == 17.35


def test_a_failing_source_tells_no_rate_and_no_vix(server: FmpServer) -> None:
    server.otherwise = Mode.FAILING
    source = FmpSource(client(server))
    assert source.rate(NOW, 0.25) is None
    assert source.vix(NOW) is None
    with pytest.raises(DataError, match=r"^fmp is failing \(500\)"):
        source.releases(NOW)
    server.otherwise = Mode.OK
    assert source.rate(NOW, 0.25) is not None


def test_a_service_that_is_down_is_left_alone_for_a_while(server: FmpServer) -> None:
    server.otherwise = Mode.FAILING
    asking = client(server, rest=60)
    for _ in range(50):
        found = read_company(asking, "AAPL", NOW)
        assert found.sector.reason.startswith("fmp is failing (500)")
    assert len(server.seen) == QUICK.attempts


PASSING = [
    Mode.RATE_LIMITED, Mode.FAILING, Mode.BUSY, Mode.DROP, Mode.CUT, Mode.TRUNCATED, Mode.GARBAGE, Mode.NOTHING,
]  # fmt: skip


@pytest.mark.parametrize("mode", PASSING)
def test_what_may_pass_is_asked_again_and_ends_in_one_sentence(server: FmpServer, mode: Mode) -> None:
    server.will(mode, mode)
    assert client(server).rows("profile", symbol="AAPL")
    assert len(server.seen) == 3
    server.otherwise = mode
    with pytest.raises(DataError) as caught:
        client(server).rows("profile", symbol="AAPL")
    message = str(caught.value)
    assert message.startswith("fmp ")
    assert message.endswith(".")
    assert "Canary" not in message
    assert len(server.seen) == 3 + QUICK.attempts


@pytest.mark.parametrize("mode", [Mode.SLOW, Mode.DRIP])
def test_a_hung_answer_is_given_up_at_the_deadline(server: FmpServer, mode: Mode) -> None:
    server.otherwise = mode
    begun = time.monotonic()
    with pytest.raises(DataError, match="did not answer"):
        client(server, patience=Patience(deadline=0.3, connect=0.3)).rows("profile", symbol="AAPL")
    assert time.monotonic() - begun < 2


def test_the_key_is_never_shown(server: FmpServer) -> None:
    with pytest.raises(DataError, match="refused the key") as caught:
        client(server, key="other-Canary").rows("profile", symbol="AAPL")
    assert "Canary" not in str(caught.value)
    assert "Canary" not in repr(client(server))
    assert all(KEY not in str(asked.query) for asked in server.seen)
    for wrong in ("", "with space", "with\nline", "ключ"):
        with pytest.raises(ConfigError, match="FMP_API_KEY"):
            client(server, key=wrong)


class Odd:
    """The client as its rows alone."""

    def __init__(self, row: dict[str, Any]) -> None:
        self._row = row

    def rows(self, endpoint: str, **params: str) -> list[dict[str, Any]]:
        return [self._row]


odd = st.one_of(
    st.none(),
    st.floats(),
    st.integers(),
    st.booleans(),
    st.text(max_size=6),
    st.lists(st.integers(), max_size=2),
    st.sampled_from(
        ["0001-01-01", "9999-12-31 23:59:59", "2026-12-10 13:30:00+02:00", "1e400", "CPI", "US", "AAPL"]
    ),
)
names = (
    "symbol",
    "date",
    "dividend",
    "sector",
    "beta",
    "companyName",
    "country",
    "event",
    "month3",
    "year1",
    "price",
)


@given(st.dictionaries(st.sampled_from(names), odd))
def test_no_row_is_too_odd(row: dict[str, Any]) -> None:
    source = FmpSource(Odd(row))  # type: ignore[arg-type]
    found = source.company("AAPL", NOW)
    assert found.rating.is_unknown
    assert found.beta.is_unknown or math.isfinite(found.beta.value or 0)
    rate, vix = source.rate(NOW, 0.25), source.vix(NOW)
    assert rate is None or -0.06 < rate < 0.5
    assert vix is None or (vix > 0 and math.isfinite(vix))
    for kind in EventKind:
        source.releases(NOW).known(kind, as_of=NOW)
