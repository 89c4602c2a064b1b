"""OCC symbols: written and read back, in whichever century."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.domain.contract import Right, occ_symbol, parse_occ
from tools.domain.errors import InputError


@given(
    st.dates(date(1980, 1, 1), date(2079, 12, 31)),
    st.sampled_from(Right),
    st.integers(1, 99_999_999).map(lambda thousandths: thousandths / 1000),
)
def test_a_symbol_is_read_as_it_was_written(expiry: date, right: Right, strike: float) -> None:
    assert parse_occ(occ_symbol("SPY", expiry, right, strike)) == ("SPY", expiry, right, strike)


def test_an_expiry_of_1999_is_not_one_of_2099() -> None:
    assert parse_occ("XSP990716P00123000") == ("XSP", date(1999, 7, 16), Right.PUT, 123.0)


def test_a_day_that_never_was_is_refused() -> None:
    with pytest.raises(InputError, match="no real expiry date"):
        parse_occ("SPY250230P00480000")
