"""The 70/20/10 blend and the order it leaves."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.scoring.blend import blend
from tools.scoring.rank import RankKey, rank_key

SCORE = st.floats(0, 10)


def test_the_worked_example() -> None:
    # spec D: 8.0829, 7.0 and 6.5 give 7.7081
    parts = [8.0, 8.5, 8.0, 8.5, 5 + 5 * 16 / 31, 7.5, 8.5]
    q = sum(parts) / 7
    score = blend(quantitative=q, model=7.0, fit=6.5)
    assert q == pytest.approx(8.0829, abs=5e-5)
    assert score.total == pytest.approx(7.7081, abs=5e-5)


@pytest.mark.parametrize("missing", ["quantitative", "model", "fit"])
def test_a_missing_part_leaves_no_total(missing: str) -> None:
    parts: dict[str, float | None] = {"quantitative": 8.0, "model": 7.0, "fit": 6.0, missing: None}
    score = blend(quantitative=parts["quantitative"], model=parts["model"], fit=parts["fit"])
    assert score.total is None
    assert (score.quantitative, score.model, score.fit) == tuple(parts.values())


@given(q=SCORE, m=SCORE, f=SCORE)
def test_the_total_lies_between_its_parts(q: float, m: float, f: float) -> None:
    total = blend(quantitative=q, model=m, fit=f).total
    assert total is not None
    assert min(q, m, f) - 1e-12 <= total <= max(q, m, f) + 1e-12


def key(rank: int, q: float | None, m: float | None, name: str) -> RankKey:
    return rank_key(turn=(1, rank), quantitative=q, model=m, candidate_id=name)


def test_rank_goes_by_book_then_confidence_then_quantitative_then_id() -> None:
    ordered = (
        key(1, 9.0, 7.0, "d-3"),
        key(1, 8.0, 7.0, "d-1"),
        key(1, 8.0, 7.0, "d-2"),
        key(1, 9.9, None, "d-0"),
        key(1, 8.0, None, "d-0"),
        key(1, None, 7.0, "d-0"),
        key(2, 10.0, 10.0, "d-0"),
    )
    shuffled = [ordered[place] for place in (4, 0, 6, 2, 5, 1, 3)]
    assert tuple(sorted(shuffled)) == ordered
