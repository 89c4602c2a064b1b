"""A contract is found where a look at every row finds it."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tools.domain.contract import OptionContract, Right
from tools.domain.listing import Listing

DAY = date(2026, 12, 18)
ROOTS = ("SPX", "SPXW")
STRIKES = (0.5, 99.995, 100.0, 100.005, 4_000.0)
series = st.tuples(
    st.sampled_from(ROOTS),
    st.integers(0, 2).map(lambda days: DAY + timedelta(days=days)),
    st.sampled_from(Right),
    st.sampled_from(STRIKES),
)


@given(listed=st.lists(series, min_size=1, max_size=30), asked=st.lists(series, max_size=10))
def test_the_first_row_of_a_contract_is_found(
    listed: list[tuple[str, date, Right, float]], asked: list[tuple[str, date, Right, float]]
) -> None:
    root, expiry, right, strike = zip(*listed, strict=True)
    listing = Listing.of(
        root=np.array(root),
        expiry=np.array(expiry, dtype="datetime64[D]"),
        right=np.array([each.sign for each in right], dtype=np.int8),
        strike=np.array(strike) + 1e-9,  # a source computes a strike where a symbol spells it
    )
    found = [listed.index(each) if each in listed else None for each in asked]
    assert [listing.row(*each) for each in asked] == found
    contracts = [OptionContract(underlying="SPX", root=r, expiry=e, right=s, strike=k) for r, e, s, k in asked]
    assert listing.rows_of(contracts).tolist() == [-1 if row is None else row for row in found]
