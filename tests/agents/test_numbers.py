"""What counts as a number in English, of which kind, and how exactly it is meant."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.grounding.numbers import Kind
from agents.grounding.numbers import read_text as read
from agents.grounding.tokens import Tokens


def one(text: str) -> tuple[Kind, float]:
    (number,) = read(text)
    return number.kind, pytest.approx(number.value)


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("8.4 %", Kind.PERCENT, 8.4),
        ("8.4%", Kind.PERCENT, 8.4),
        ("8.4 percent", Kind.PERCENT, 8.4),
        ("8.4 per cent", Kind.PERCENT, 8.4),
        ("25 basis points", Kind.PERCENT, 0.25),
        ("$1.05", Kind.MONEY, 1.05),
        ("US$9,709", Kind.MONEY, 9709),
        ("\u2212$9,709.50", Kind.MONEY, 9709.5),
        ("$9.7k", Kind.MONEY, 9700),
        ("$1.2 million", Kind.MONEY, 1_200_000),
        ("91 dollars", Kind.MONEY, 91),
        ("USD 91", Kind.MONEY, 91),
        ("40 cents", Kind.MONEY, 0.40),
        ("45 days", Kind.DAYS, 45),
        ("45-day", Kind.DAYS, 45),
        ("45d", Kind.DAYS, 45),
        ("45 DTE", Kind.DAYS, 45),
        ("six weeks", Kind.DAYS, 42),
        ("forty-five days", Kind.DAYS, 45),
        ("a fortnight", Kind.DAYS, 14),
        ("one and a half weeks", Kind.DAYS, 10.5),
        ("1 1/2 weeks", Kind.DAYS, 10.5),
        ("half a percent", Kind.PERCENT, 0.5),
        ("a third of the width", Kind.PERCENT, 100 / 3),
        ("two-thirds of the credit", Kind.PERCENT, 200 / 3),
        ("double the credit", Kind.MULTIPLE, 2),
        ("nine thousand seven hundred and nine dollars", Kind.MONEY, 9709),
        ("ninety-seven hundred dollars", Kind.MONEY, 9700),
        ("eight point four percent", Kind.PERCENT, 8.4),
        ("one dollar and five cents", Kind.MONEY, 1.05),
        ("sixty-two", Kind.PLAIN, 62),
        ("$16.5k", Kind.MONEY, 16_500),
        ("840 bps", Kind.PERCENT, 8.4),
        ("62nd percentile", Kind.PERCENT, 62),
        ("twenty-one days", Kind.DAYS, 21),
        ("two months", Kind.DAYS, 60.875),
        ("640 contracts", Kind.COUNT, 640),
        ("100 shares", Kind.COUNT, 100),
        ("4.3 vol points", Kind.POINTS, 4.3),
        ("1.5 standard deviations", Kind.MOVES, 1.5),
        ("2σ", Kind.MOVES, 2),
        ("1.3x", Kind.MULTIPLE, 1.3),
        ("0.22", Kind.PLAIN, 0.22),
        (".22", Kind.PLAIN, 0.22),
        ("-0.22", Kind.PLAIN, 0.22),
        ("\uff14\uff15\u00a0days", Kind.DAYS, 45),
    ],
)
def test_one_number(text: str, kind: Kind, value: float) -> None:
    assert one(text) == (kind, value)
    assert one(f"It says {text}, no more.") == (kind, value)


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("2026-12-18", (2026, 12, 18)),
        ("18 December 2026", (2026, 12, 18)),
        ("December 18, 2026", (2026, 12, 18)),
        ("Dec 18", (0, 12, 18)),
        ("12/18/2026", (2026, 12, 18)),
        ("18/12/2026", (2026, 12, 18)),
        ("12/18/26", (2026, 12, 18)),
        ("12/18", (0, 12, 18)),
        ("18.12.2026", (2026, 12, 18)),
        ("18-Dec-26", (2026, 12, 18)),
        ("Friday, Dec. 18th", (0, 12, 18)),
        ("the eighteenth of December", (0, 12, 18)),
        ("December twenty-first", (0, 12, 21)),
        ("the 18th", (0, 0, 18)),
        ("mid-December", (0, 12, 0)),
        ("3:45 p.m.", (0, 15, 45)),
        ("the 18th of December", (0, 12, 18)),
        ("December 2026", (2026, 12, 0)),
        ("15:45", (0, 15, 45)),
    ],
)
def test_dates_and_times(text: str, date: tuple[int, int, int]) -> None:
    (number,) = read(f"On {text} it ends.")
    if number.time is not None:
        assert (number.kind, (0, *number.time)) == (Kind.TIME, date)
    else:
        assert number.written is not None
        assert (number.kind, tuple(number.written)[:3]) == (Kind.DATE, date)


@pytest.mark.parametrize(
    "text",
    [
        "no digits",
        "Q3 and F9",
        "this one",
        "one day it may fall",
        "the other half",
        "B2B",
        "may fall",
        "a third risk",
    ],
)
def test_no_number(text: str) -> None:
    assert read(text) == []


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("15-20 %", [Kind.PERCENT, Kind.PERCENT]),
        ("15 to 20 percent", [Kind.PERCENT, Kind.PERCENT]),
        ("between 3 and 5 days", [Kind.DAYS, Kind.DAYS]),
        ("$90\u201395", [Kind.MONEY, Kind.MONEY]),
        ("delta 0.22 and 8.4 %", [Kind.PLAIN, Kind.PERCENT]),
        ("the 90/85 spread", [Kind.PLAIN, Kind.PLAIN]),
    ],
)
def test_ranges_share_their_unit(text: str, kinds: list[Kind]) -> None:
    assert [number.kind for number in read(text)] == kinds


@pytest.mark.parametrize(
    ("text", "tolerance"),
    [
        ("8.4 %", 0.05),
        ("8 %", 0.5),
        ("8.40 %", 0.005),
        ("about 500", 25),
        ("about 513", 0.5),
        ("about 45", 2.25),
        ("9,700", 48.5),
        ("$9.7k", 50),
        ("1", 0.25),
    ],
)
def test_a_number_means_what_its_writing_says(text: str, tolerance: float) -> None:
    (number,) = read(text)
    assert (number.below, number.above) == (pytest.approx(tolerance), pytest.approx(tolerance))


@pytest.mark.parametrize(
    ("text", "room"),
    [("over 60", (0.5, 6)), ("nearly 9 %", (0.9, 0)), ("less than 600", (60, 3)), ("at least 45 days", (0.5, 1))],
)
def test_a_bound_has_room_on_its_own_side(text: str, room: tuple[float, float]) -> None:
    (number,) = read(text)
    assert (number.below, number.above) == (pytest.approx(room[0]), pytest.approx(room[1]))


@given(st.text(max_size=300))
def test_any_text_is_read_and_spans_are_those_of_the_text(text: str) -> None:
    numbers = read(text)
    tokens = Tokens(text)
    spans = [tokens.span(number.first, number.last) for number in numbers]
    assert all(0 <= start < end <= len(text) for start, end in spans)
    assert sorted(spans) == spans


@given(st.decimals(0, 10**6, places=2), st.sampled_from(["{} %", "${}", "{} days", "about {} shares", "{}"]))
def test_what_is_written_is_read(value: object, pattern: str) -> None:
    (number,) = read(pattern.format(value))
    assert number.value == pytest.approx(float(str(value)))
