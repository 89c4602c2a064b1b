"""Numbers as files write them."""

from __future__ import annotations

import math

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.data.files.numbers import decimal_mark, read_number, read_numbers


@pytest.mark.parametrize(
    ("text", "mark", "value"),
    [
        ("4285.00", ".", 4285),
        ("4,285.00", ".", 4285),
        ("1,234,567", ".", 1_234_567),
        (" 12.5 ", ".", 12.5),
        ("$3.10", ".", 3.1),
        ("−2.5", ".", -2.5),
        ("1e-3", ".", 0.001),
        (".5", ".", 0.5),
        ("4.285,50", ",", 4285.5),
        ("4 285,50", ",", 4285.5),
        ("4\u202f285,5", ",", 4285.5),
        ("4'285,5", ",", 4285.5),
        ("71,8", ",", 71.8),
        ("0", ",", 0),
        ("1,23,4", ".", None),
        ("12.5.1", ".", None),
        ("4285.00", ",", None),
        ("abc", ".", None),
        ("0x10", ".", None),
        ("1_000", ".", None),
        ("", ".", None),
        ("n/a", ",", None),
    ],
)
def test_one_number(text: str, mark: str, value: float | None) -> None:
    assert read_number(text, mark=mark) == value


def test_nothing_is_not_unreadable() -> None:
    values, unreadable = read_numbers(pl.Series(["", "NaN", "-", None, "x", "1"]))
    assert np.isnan(values[:5]).all()
    assert unreadable.tolist() == [False, False, False, False, True, False]


def test_typed_columns_pass_through() -> None:
    values, unreadable = read_numbers(pl.Series([1, None, 3]))
    assert values[0] == 1
    assert math.isnan(values[1])
    assert not unreadable.any()


@pytest.mark.parametrize(
    ("texts", "mark"),
    [
        (["71,8", "3567", "0,05"], ","),
        (["71.8", "3567", "0.05"], "."),
        (["1.234,5"], ","),
        (["1,234.5"], "."),
        (["1,234"], "."),
        (["1.234"], "."),
        (["0,1749", "4.285", "2.400"], ","),
        ([], "."),
    ],
)
def test_the_mark_is_told_from_numbers_without_doubt(texts: list[str], mark: str) -> None:
    assert decimal_mark([pl.Series(texts, dtype=pl.String)]) == mark


@given(st.floats(0, 1e9), st.sampled_from([("{:,.2f}", "."), ("{:.2f}", ".")]))
def test_what_is_written_is_read(value: float, style: tuple[str, str]) -> None:
    form, mark = style
    written = form.format(value)
    swapped = written.translate(str.maketrans(",.", ".,"))
    assert read_number(written, mark=mark) == pytest.approx(value, abs=0.006)
    assert read_number(swapped, mark=",") == pytest.approx(value, abs=0.006)
