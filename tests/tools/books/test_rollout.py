"""The rollout as a state machine: what it may do and what it never does (spec H6)."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from tools.books.rollout import Evidence, Rollout, RolloutRules, Stage, evidence, review
from tools.desk.house import House
from tools.domain.mode import Mode

RULES = RolloutRules()
START = date(2026, 1, 5)
STAGES = st.sampled_from(Stage)
EVIDENCE = st.integers(0, 40).flatmap(
    lambda trades: st.builds(
        Evidence,
        trades=st.just(trades),
        wins=st.integers(0, trades),
        pnl=st.floats(-1e5, 1e5),
        drawdown=st.none() | st.floats(0, 1),
    )
)
DAYS = st.integers(0, 60)
GOOD = Evidence(trades=20, wins=18, pnl=4_000.0, drawdown=0.02)


def at(stage: Stage) -> Rollout:
    return Rollout(book="primary", stage=stage, since=START)


def after(days: int) -> date:
    return START + timedelta(days=days)


def test_the_stages_are_the_seed_s() -> None:
    # seed 003, 4.2: 10 %, 25 %, 50 %, 100 %, after paper
    assert [stage.fraction for stage in Stage] == [0.0, 0.10, 0.25, 0.50, 1.0]


def test_a_good_book_climbs_to_the_top_and_stays() -> None:
    state, today, stages = at(Stage.PAPER), START, []
    for _ in range(6):
        today += timedelta(weeks=2)
        state = review(state, GOOD, RULES, today=today).rollout
        stages.append(state.stage)
    assert stages == [Stage.TENTH, Stage.QUARTER, Stage.HALF, Stage.WHOLE, Stage.WHOLE, Stage.WHOLE]


@pytest.mark.parametrize(
    ("changes", "days", "said"),
    [
        ({}, 13, "1.9 of 2 weeks"),
        ({"trades": 9, "wins": 9}, 14, "9 of 10 trades"),
        ({"wins": 14}, 14, "won 70.0 % of its trades"),
        ({"pnl": 0.0}, 14, "mean profit is 0.00"),
        ({"drawdown": 0.06}, 14, "drawdown is 6.0 %"),
        ({"drawdown": None}, 14, "drawdown is not known"),
    ],
)
def test_whatever_is_lacking_holds_it_where_it_is(changes: dict[str, float], days: int, said: str) -> None:
    found = review(at(Stage.QUARTER), GOOD.model_copy(update=changes), RULES, today=after(days))
    assert (found.rollout, found.moved) == (at(Stage.QUARTER), 0)
    assert said in " ".join(found.reasons)


def test_a_fall_sends_it_back_on_the_first_day() -> None:
    fallen = GOOD.model_copy(update={"drawdown": 0.11})
    found = review(at(Stage.HALF), fallen, RULES, today=after(1))
    assert (found.rollout.stage, found.rollout.since, found.moved) == (Stage.QUARTER, after(1), -1)
    assert found.reasons == ("its drawdown is 11.0 %, above 10.0 %",)


def test_losing_too_often_sends_it_back_once_there_are_enough_trades() -> None:
    few, enough = (
        Evidence(trades=9, wins=3, pnl=1.0, drawdown=0.0),
        Evidence(trades=10, wins=5, pnl=1.0, drawdown=0.0),
    )
    assert review(at(Stage.HALF), few, RULES, today=after(3)).moved == 0
    assert review(at(Stage.HALF), enough, RULES, today=after(3)).moved == -1


def test_on_paper_a_bad_stage_begins_anew() -> None:
    bad = GOOD.model_copy(update={"drawdown": 0.5})
    found = review(at(Stage.PAPER), bad, RULES, today=after(9))
    assert (found.rollout.stage, found.rollout.since, found.moved) == (Stage.PAPER, after(9), 0)


@given(STAGES, EVIDENCE, DAYS)
def test_one_stage_at_a_time_and_never_up_without_every_criterion(stage: Stage, shown: Evidence, days: int) -> None:
    found = review(at(stage), shown, RULES, today=after(days))
    assert tuple(Stage).index(found.rollout.stage) - tuple(Stage).index(stage) == found.moved
    if found.moved == 1:
        assert days >= 14
        assert shown.trades >= RULES.trades
        assert shown.wins / shown.trades >= RULES.win_rate
        assert shown.pnl > 0
        assert shown.drawdown is not None
        assert shown.drawdown <= RULES.drawdown
        assert found.reasons == ()
    if found.moved == -1 or (found.moved == 0 and stage is not Stage.WHOLE):
        assert found.reasons


@given(STAGES, EVIDENCE, DAYS, st.integers(0, 10), st.floats(0, 1e4), st.floats(0, 1))
def test_better_evidence_never_ends_lower(
    stage: Stage, shown: Evidence, days: int, wins: int, pnl: float, relief: float
) -> None:
    better = shown.model_copy(
        update={
            "wins": min(shown.trades, shown.wins + wins),
            "pnl": shown.pnl + pnl,
            "drawdown": None if shown.drawdown is None else shown.drawdown * relief,
        }
    )
    one, other = (review(at(stage), each, RULES, today=after(days)).rollout.stage for each in (shown, better))
    assert other.fraction >= one.fraction


@given(st.lists(st.tuples(EVIDENCE, st.integers(1, 30)), max_size=25))
def test_on_any_path_its_capital_moves_by_one_stage_and_only_up_after_its_weeks(
    path: list[tuple[Evidence, int]],
) -> None:
    state, today, seen = at(Stage.PAPER), START, [(START, Stage.PAPER)]
    for shown, days in path:
        today += timedelta(days=days)
        state = review(state, shown, RULES, today=today).rollout
        seen.append((today, state.stage))
    began = START
    for (_, before), (day, stage) in pairwise(seen):
        step = tuple(Stage).index(stage) - tuple(Stage).index(before)
        assert abs(step) <= 1
        if step == 1:
            assert (day - began).days >= 14
        if step:
            began = day


@given(st.lists(st.floats(-500, 500), max_size=30))
def test_drawdown_of_profits_is_none_of_the_gains(profits: list[float]) -> None:
    shown = evidence(profits, capital=100_000.0)
    assert shown.drawdown is not None
    assert 0 <= shown.drawdown <= sum(-profit for profit in profits if profit < 0) / 50_000.0
    assert shown.wins <= shown.trades == len(profits)


def test_known_drawdown() -> None:
    assert evidence([100.0, -220.0, 50.0], capital=1_000.0).drawdown == pytest.approx(0.20)
    assert evidence([], capital=0.0).drawdown is None


def test_rules_that_send_back_what_they_promote_are_refused() -> None:
    with pytest.raises(ValidationError, match="must lie above drawdown"):
        RolloutRules(drawdown=0.10, back_drawdown=0.10)
    with pytest.raises(ValidationError, match="must not lie above win_rate"):
        RolloutRules(win_rate=0.5, back_win_rate=0.6)


def test_the_fraction_is_what_the_house_multiplies_capital_by() -> None:
    assert House(rollout={"primary": Stage.QUARTER.fraction}).rollout == {"primary": 0.25}
    with pytest.raises(ValidationError):
        House(rollout={"primary": 1.1})


def test_on_paper_a_book_has_everything_until_money_is_real() -> None:
    assert [Stage.PAPER.fraction_in(mode) for mode in Mode] == [1.0, 1.0, 0.0]
    assert {Stage.HALF.fraction_in(mode) for mode in Mode} == {0.5}


def test_a_stage_is_told_by_word_or_fraction() -> None:
    assert [Stage.of(told) for told in ("paper", 0, 0.1, 0.25, "half", 1)] == [
        Stage.PAPER, Stage.PAPER, Stage.TENTH, Stage.QUARTER, Stage.HALF, Stage.WHOLE,
    ]  # fmt: skip
    assert [stage.words for stage in Stage] == ["paper", "10 %", "25 %", "50 %", "100 %"]
    for wrong in (0.3, "0.1", "most"):
        with pytest.raises(ValueError, match=r"choose paper, 0\.1, 0\.25, 0\.5, 1"):
            Stage.of(wrong)


def test_a_book_far_below_its_backtest_is_not_promoted() -> None:
    worse = GOOD.model_copy(update={"wins": 16, "expected": 0.95})  # 80 % against 85 % asked
    found = review(at(Stage.TENTH), worse, RULES, today=after(20))
    assert found.moved == 0
    assert found.reasons == ("it won 80.0 %, and its backtest won 95.0 %: at least 85.0 % is asked",)
    near = worse.model_copy(update={"expected": 0.90})
    assert review(at(Stage.TENTH), near, RULES, today=after(20)).moved == 1
