"""The quantitative part: margins that exist, weighted and renormalised."""

import pytest

from tools.domain.score import FilterResult, FilterState
from tools.scoring.components import quantitative


def result(margin: float | None, weight: float = 1.0, state: FilterState = FilterState.PASS) -> FilterResult:
    return FilterResult(rule="delta", state=state, margin=margin, weight=weight, required=True, text="")


def test_equal_weights_give_the_plain_mean() -> None:
    assert quantitative([result(8.0), result(6.0)]) == pytest.approx(7.0)


def test_weights_are_renormalised_over_what_is_known() -> None:
    filters = [result(8.0, 3.0), result(4.0, 1.0), result(None, 5.0, FilterState.UNKNOWN)]
    assert quantitative(filters) == pytest.approx(7.0)


def test_yes_no_filters_stay_out() -> None:
    assert quantitative([result(8.0), result(None)]) == pytest.approx(8.0)


@pytest.mark.parametrize("filters", [[], [result(None)], [result(8.0, 0.0)]])
def test_nothing_to_average_is_unknown(filters: list[FilterResult]) -> None:
    assert quantitative(filters) is None


def test_a_failed_scored_filter_lowers_the_mean() -> None:
    assert quantitative([result(8.0), result(2.0, state=FilterState.FAIL)]) == pytest.approx(5.0)
