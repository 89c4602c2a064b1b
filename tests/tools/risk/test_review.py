"""The weekly review: by hand, against trying everything, and its laws."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.domain.errors import InputError
from tools.risk.review import Measured, Open, review


def measured(rule: str, now: float, bound: float, *per_unit: float, signed: bool = False) -> Measured:
    return Measured(rule, now, bound, np.array(per_unit), signed)


def test_a_drift_within_ten_percent_is_left_alone() -> None:
    """D2: the band is for open positions; 0.219 of 0.20 drifts, and comes back by itself."""
    found = review((Open("a", 5, 10.0),), (measured("F3", 0.219, 0.20, 0.05, signed=True),))
    assert (found.drifted, found.closes) == ((), ())


def test_seed_vega_example_comes_back_to_its_limit() -> None:
    """Vega of 2.5 % against 2 %: two of five units of 0.3 % bring it to 1.9 %."""
    found = review((Open("condor", 5, 12.0),), (measured("F5", 0.025, 0.02, 0.003),))
    assert [(each.name, each.units) for each in found.closes] == [("condor", 2)]
    assert found.after["F5"] == pytest.approx(0.019)
    assert (found.left, found.cost) == ((), 24.0)


def test_the_cheaper_trade_is_closed() -> None:
    trades = (Open("dear", 5, 30.0), Open("cheap", 5, 10.0))
    found = review(trades, (measured("F4", 0.06, 0.05, 0.005, 0.005),))
    assert [(each.name, each.units) for each in found.closes] == [("cheap", 2)]


def test_a_hedge_is_not_closed_where_that_would_hurt() -> None:
    """The long side has a delta of its own sign: closing it would push the net further out."""
    trades = (Open("short", 4, 10.0), Open("hedge", 4, 1.0))
    found = review(trades, (measured("F3", 0.30, 0.20, 0.10, -0.02, signed=True),))
    assert [each.name for each in found.closes] == ["short"]


def test_what_cannot_be_brought_back_is_said() -> None:
    found = review((Open("a", 2, 10.0),), (measured("F5", 0.05, 0.02, 0.01),))
    assert found.left == ("F5",)
    assert found.after["F5"] == pytest.approx(0.03)


def test_an_unknown_measure_is_named_and_stops_nothing() -> None:
    found = review((Open("a", 2, 1.0),), (measured("F3", float("nan"), 0.2, 0.1), measured("F5", 0.03, 0.02, 0.01)))
    assert found.unknown == ("F3",)
    assert found.closes


def test_a_bound_of_nothing_is_refused() -> None:
    with pytest.raises(InputError, match="above 0"):
        measured("F5", 0.01, 0.0, 0.01)


@given(data=st.data())
def test_no_way_is_cheaper(data: st.DataObject) -> None:
    """Against every combination of a small book: no bound that can be kept is not, at no higher cost."""
    trades = tuple(
        Open(f"t{i}", data.draw(st.integers(1, 4)), float(data.draw(st.integers(1, 50)))) for i in range(3)
    )
    contributions = st.floats(-0.01, 0.02).map(lambda x: round(x, 4))
    measures = []
    for rule, bound, signed in (("F3", 0.20, True), ("F5", 0.02, False)):
        per = np.array([data.draw(contributions) for _ in trades])
        now = float(per @ [each.units for each in trades]) + data.draw(st.floats(0, 0.05))
        measures.append(Measured(rule, now, bound, per, signed))
    found = review(trades, tuple(measures))
    assert all(0 < each.units <= next(t.units for t in trades if t.name == each.name) for each in found.closes)
    if not found.drifted:
        return
    chosen = np.array([next((c.units for c in found.closes if c.name == t.name), 0) for t in trades])

    def excess(units: np.ndarray[tuple[int], np.dtype[np.int64]]) -> float:
        return sum(max(0.0, each.share(each.now - float(each.per_unit @ units)) - 1) for each in measures)

    def allowed(units: np.ndarray[tuple[int], np.dtype[np.int64]]) -> bool:
        """Nothing within its bound leaves it, nothing beyond goes further."""
        return all(
            each.share(each.now - float(each.per_unit @ units)) <= max(1.0, each.share(each.now)) + 1e-9
            for each in measures
        )

    every = [np.array(units) for units in product(*(range(each.units + 1) for each in trades))]
    best = min((excess(units) for units in every if allowed(units)), default=excess(chosen))
    assert excess(chosen) <= best + 1e-6
    costs = np.array([each.cost for each in trades])
    kept = [float(costs @ units) for units in every if allowed(units) and excess(units) <= best + 1e-9]
    assert found.cost <= min(kept) + 1e-6
