"""The day's order: steps before ranks, condors never before the IV-driven step."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tools.domain.structure import StructureKind
from tools.portfolio.sequence import BETWEEN, Step, step_of, turn

STEPS = st.sampled_from(Step)
RANKS = st.integers(1, 99)
KINDS = st.sampled_from(StructureKind)


def test_the_steps_stand_as_the_specification_writes_them() -> None:
    # spec J: manage; options; IV-driven options; momentum; reserve sweep; treasury/REIT; delta rebalancing
    assert [step.value for step in sorted(Step, key=lambda each: each.place)] == [
        "manage", "options", "iv_options", "momentum", "sweep", "reserve", "rebalance",
    ]  # fmt: skip


@given(STEPS, STEPS, RANKS, RANKS)
def test_no_rank_lifts_a_book_into_an_earlier_step(one: Step, other: Step, first: int, second: int) -> None:
    if one.place < other.place:
        assert turn(one, rank=first) < turn(other, rank=second)


@given(STEPS, KINDS)
def test_a_structure_never_moves_a_book_forward(step: Step, kind: StructureKind) -> None:
    assert step_of(step, kind).place >= step.place
    assert step_of(step, StructureKind.IRON_CONDOR).place >= Step.IV_OPTIONS.place
    if kind is not StructureKind.IRON_CONDOR:
        assert step_of(step, kind) is step


def test_books_open_trades_between_the_first_step_and_the_last() -> None:
    assert frozenset(Step) - BETWEEN == {Step.MANAGE, Step.REBALANCE}
