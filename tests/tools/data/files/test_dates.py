"""Dates and instants as files, browsers and spreadsheets write them."""

from __future__ import annotations

from datetime import UTC, date, datetime

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.data.files.dates import Moment, puts_day_first, read_moment, read_moments
from tools.data.files.instants import parse_as_of
from tools.domain.errors import InputError


def _utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type,misc]


@pytest.mark.parametrize(
    "text",
    [
        "2026-12-18",
        "2026/12/18",
        "2026.12.18",
        "20261218",
        "12/18/2026",
        "12/18/26",
        "Fri Dec 18 2026",
        "Fri, 12/18/2026",
        "December 18, 2026",
        "18 Dec 2026",
        "18. Dezember 2026",
        "18 décembre 2026",
        "ven. 18 déc. 2026",
        "mar 18 dic 2026",
        "18 de diciembre de 2026",
        "18 декабря 2026 г.",
        "2026年12月18日",
        "2026년 12월 18일",
        "2026-12-18 00:00:00",
        "2026-12-18T00:00:00Z",
        '"2026-12-18"',
    ],
)
def test_days(text: str) -> None:
    assert read_moment(text) == Moment(date(2026, 12, 18), None)


@pytest.mark.parametrize("text", ["18.12.2026", "18-12-26", "18/12/2026"])
def test_day_first(text: str) -> None:
    assert puts_day_first([text])
    assert read_moment(text, day_first=True) == Moment(date(2026, 12, 18), None)


# The first six are what the downloads of Cboe's quote table say in six browsers.
@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("September 25, 2025 at 9:05 PM EDT", _utc(2025, 9, 26, 1, 5)),
        ("27 de agosto de 2023, 13:35 GMT-4", _utc(2023, 8, 27, 17, 35)),
        ("9 декабря 2023 г. в 13:49 GMT-5", _utc(2023, 12, 9, 18, 49)),
        ("2026年3月19日 GMT-4 10:30", _utc(2026, 3, 19, 14, 30)),
        ("9 June 2023, 10:18 PM EDT", _utc(2023, 6, 10, 2, 18)),
        ("Jun 22 2020 @ 20:42 ET", _utc(2020, 6, 23, 0, 42)),
        ("19. März 2026 um 16:30 GMT-4", _utc(2026, 3, 19, 20, 30)),
        ("2019-05-31T15:45:00-04:00", _utc(2019, 5, 31, 19, 45)),
        ("2019-05-31T15:45Z", _utc(2019, 5, 31, 15, 45)),
        ("2019-12-31 15:45:10.250", _utc(2019, 12, 31, 20, 45, 10)),
        ("12:05 AM, Jan 2 2024", _utc(2024, 1, 2, 5, 5)),
    ],
)
def test_instants(text: str, instant: datetime) -> None:
    found = read_moment(text)
    assert found is not None
    assert found.instant == instant


@pytest.mark.parametrize(
    "text",
    [
        "",
        "next month",
        "4 June 4, 3:15 PM EDT",
        "2024-02-30",
        "99/99/2024",
        "1989-12-29",
        "2099-01-02",
        "2024-01-02 25:00",
    ],
)
def test_no_dates(text: str) -> None:
    assert read_moment(text) is None


def test_the_order_follows_the_dates_that_leave_no_doubt() -> None:
    assert puts_day_first(["01/02/2024", "03/04/2024", "25/04/2024"])
    assert not puts_day_first(["01/02/2024", "03/04/2024"])
    assert puts_day_first(["01.02.2024"])
    assert not puts_day_first(["Fri Dec 18 2026"])


@given(st.dates(date(1991, 1, 1), date(2060, 1, 1)))
def test_every_day_survives_writing(day: date) -> None:
    for form in ("%Y-%m-%d", "%m/%d/%Y", "%Y%m%d", "%a %b %d %Y", "%B %d, %Y"):
        assert read_moment(day.strftime(form)) == Moment(day, None)
    assert read_moment(day.strftime("%d.%m.%Y"), day_first=True) == Moment(day, None)


def test_columns_text_and_typed() -> None:
    def naive(*parts: int) -> datetime:
        return _utc(*parts).replace(tzinfo=None)

    texts = pl.Series(["2019-05-31", "2019-05-31 10:00", "x"])
    days, instants = read_moments(texts)
    assert days.to_list() == [date(2019, 5, 31), date(2019, 5, 31), None]
    assert instants.to_list() == [None, naive(2019, 5, 31, 14), None]
    typed = pl.Series([naive(2019, 5, 31), naive(2019, 5, 31, 10)])
    assert read_moments(typed)[1].to_list() == [None, naive(2019, 5, 31, 14)]
    zoned = typed.dt.replace_time_zone("UTC")
    assert read_moments(zoned)[1].to_list() == [None, naive(2019, 5, 31, 10)]
    formed = read_moments(pl.Series(["31|05|2019 10:00", "2019-05-31"]), form="%d|%m|%Y %H:%M")
    assert formed[1].to_list() == [naive(2019, 5, 31, 14), None]


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("2019-05-31", "2019-05-31T16:00:00-04:00"),
        ("2019-07-03", "2019-07-03T13:00:00-04:00"),
        ("2019-05-27", "2019-05-27T16:00:00-04:00"),
        ("2019-05-31T10:30", "2019-05-31T10:30:00-04:00"),
        ("2019-12-31T10:30:00Z", "2019-12-31T05:30:00-05:00"),
    ],
)
def test_as_of_of_a_person(text: str, iso: str) -> None:
    assert parse_as_of(text).isoformat() == iso


def test_as_of_that_is_no_time() -> None:
    with pytest.raises(InputError, match=r"'soon' is no date or time between .*; write 2019-05-31"):
        parse_as_of("soon")
