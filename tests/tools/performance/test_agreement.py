from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.domain.rationale import Verdict
from tools.domain.score import FilterResult, FilterState
from tools.performance.agreement import TARGET, Sign, agreement, agrees, clear_cut
from tools.performance.proportion import wilson


def rule(state: FilterState, *, required: bool = True) -> FilterResult:
    return FilterResult(rule="delta", state=state, required=required, text="")


PASS, FAIL, UNKNOWN = rule(FilterState.PASS), rule(FilterState.FAIL), rule(FilterState.UNKNOWN)
SCORED_FAIL, NOT_APPLICABLE = rule(FilterState.FAIL, required=False), rule(FilterState.NOT_APPLICABLE)


@pytest.mark.parametrize(
    ("filters", "quantitative", "sign"),
    [
        ((PASS, NOT_APPLICABLE), 8.0, Sign.FOR),
        ((PASS, SCORED_FAIL), 8.2, Sign.FOR),
        ((PASS,), 7.99, None),
        ((PASS,), 4.51, None),
        ((PASS,), 4.5, Sign.AGAINST),
        ((PASS, FAIL), 9.0, Sign.AGAINST),
        ((PASS, UNKNOWN), 9.0, None),
        ((UNKNOWN,), 3.0, None),
        ((FAIL, UNKNOWN), None, Sign.AGAINST),
        ((PASS,), None, None),
    ],
)
def test_what_leaves_no_doubt(
    filters: tuple[FilterResult, ...], quantitative: float | None, sign: Sign | None
) -> None:
    assert clear_cut(filters, quantitative) is sign


def test_caution_is_no_approval() -> None:
    assert [agrees(Sign.FOR, verdict) for verdict in Verdict] == [True, False, False]
    assert [agrees(Sign.AGAINST, verdict) for verdict in Verdict] == [False, True, True]


cases = st.lists(st.tuples(st.sampled_from([None, *Sign]), st.sampled_from(list(Verdict))), max_size=60)


@given(cases)
def test_every_clear_cut_case_counts_once(told: list[tuple[Sign | None, Verdict]]) -> None:
    found = agreement(told)
    clear = [(sign, verdict) for sign, verdict in told if sign is not None]
    assert found.cases == len(clear) == sum(count for *_, count in found.by_verdict)
    assert found.agreed == sum(agrees(*case) for case in clear)
    assert found.share == wilson(found.agreed, found.cases) or not clear


@given(st.integers(0, 60), st.integers(0, 60))
def test_what_is_needed_is_enough_and_not_one_too_many(agreed: int, against: int) -> None:
    found = agreement([(Sign.FOR, Verdict.APPROVE)] * agreed + [(Sign.FOR, Verdict.DECLINE)] * against)
    more = found.needed
    total = agreed + against
    if found.meets_target is None:
        assert wilson(agreed + more, total + more).low >= TARGET
        assert wilson(agreed + more - 1, total + more - 1).low < TARGET
    else:
        assert more == 0


def test_the_target_is_met_missed_or_open() -> None:
    def of(agreed: int, cases: int) -> bool | None:
        right, wrong = (Sign.FOR, Verdict.APPROVE), (Sign.FOR, Verdict.DECLINE)
        return agreement([right] * agreed + [wrong] * (cases - agreed)).meets_target

    assert of(22, 22) is True
    assert of(21, 21) is None
    assert of(45, 50) is None
    assert of(30, 50) is False
    assert of(0, 0) is None
