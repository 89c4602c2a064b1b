"""A planted edge is found, its absence is not mistaken for one, and what cannot be known is said to be unknown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta

import numpy as np
import pytest

from tools.performance.ablation import KNOWN, Twin, Verdict, ablate
from tools.performance.evidence import CLUSTERS, OF_EITHER, OUTCOMES

MONDAY = date(2026, 1, 5)


def twin(number: int, *, with_model: bool, without: bool, pnl: float | None, day: int | None = None) -> Twin:
    when = MONDAY + timedelta(days=number if day is None else day)
    return Twin(f"d-{number}", f"trade {number}", when, with_model, without, pnl)


def decided(seed: int, *, insight: float, decisions: int = 400, each: int = 5) -> list[Twin]:
    """Sold options: four of five win 100, the fifth loses 400, so that on average nothing is earned.

    Days have luck in common. `insight` is how far the model's word leans to the trades that will win: at 0 it
    changes decisions blindly, at 1 it lets in winners alone and keeps out losers alone.
    """
    random = np.random.default_rng(seed)
    bad_day = random.random(decisions // each) < 0.1
    twins = []
    for number in range(decisions):
        day = number // each
        won = random.random() < (0.3 if bad_day[day] else 0.8 + 0.05 / 0.9)
        pnl = 100.0 if won else -400.0
        base = random.random() < 0.6
        taken = base
        if random.random() < 0.25:
            taken = won if random.random() < insight else random.random() < 0.5
        twins.append(twin(number, with_model=taken, without=base, pnl=pnl, day=day))
    return twins


def verdicts(make: Callable[[int], list[Twin]], runs: int) -> Counter[Verdict]:
    return Counter(ablate(make(seed), seed=seed).verdict for seed in range(runs))


def test_a_planted_edge_is_found() -> None:
    found = verdicts(lambda seed: decided(seed, insight=0.8), 40)
    assert found[Verdict.HELPED] >= 37


def test_no_edge_is_no_edge() -> None:
    """At 95 % one in twenty is expected; 150 samples of a blind model are held to 8 %."""
    found = verdicts(lambda seed: decided(seed, insight=0.0), 150)
    assert found[Verdict.HELPED] + found[Verdict.HURT] <= 12


def test_a_model_that_is_wrong_on_purpose_hurts() -> None:
    def worse(seed: int) -> list[Twin]:
        return [
            twin(number, with_model=each.without, without=each.with_model, pnl=each.pnl, day=number // 5)
            for number, each in enumerate(decided(seed, insight=0.8))
        ]

    assert verdicts(worse, 20)[Verdict.HURT] >= 18


def test_the_difference_is_that_of_the_two_sums() -> None:
    twins = decided(3, insight=0.5)
    found = ablate(twins, seed=1)
    assert found.difference is not None
    assert found.difference.estimate == pytest.approx(found.with_model.pnl - found.without.pnl)
    assert found.difference.estimate == pytest.approx(found.let_in.pnl - found.kept_out.pnl)
    assert found.let_in.count + found.kept_out.count == len(found.changed)
    assert found == ablate(twins, seed=1)


def test_few_outcomes_tell_nothing_however_good_they_look() -> None:
    lucky = [twin(number, with_model=True, without=False, pnl=100.0) for number in range(OUTCOMES - 1)]
    found = ablate(lucky, seed=1)
    assert found.verdict is Verdict.CANNOT_BE_TOLD
    assert f"{OUTCOMES - 1} of at least {OUTCOMES} outcomes" in found.sentence
    never_lost = [*lucky, twin(99, with_model=True, without=False, pnl=100.0)]
    assert f"0 of at least {OF_EITHER} losses" in ablate(never_lost, seed=1).sentence
    one_day = [twin(n, with_model=True, without=False, pnl=-1.0 if n % 2 else 5.0, day=0) for n in range(60)]
    assert f"1 of at least {CLUSTERS} days" in ablate(one_day, seed=1).sentence


def test_what_was_never_traded_has_no_result() -> None:
    twins = decided(1, insight=0.8)
    untold = [
        each if each.with_model else twin(n, with_model=False, without=each.without, pnl=None, day=n // 5)
        for n, each in enumerate(twins)
    ]
    found = ablate(untold, seed=1)
    assert found.kept_out.known == 0 < found.kept_out.count
    assert found.kept_out.count > (1 - KNOWN) * len(found.changed)
    assert found.verdict is Verdict.CANNOT_BE_TOLD
    assert f"of those {found.kept_out.count} without a result" in found.sentence


def test_nothing_decided_and_nothing_changed() -> None:
    assert "Nothing is known" in ablate([], seed=1).sentence
    same = [twin(number, with_model=True, without=True, pnl=None) for number in range(40)]
    found = ablate(same, seed=1)
    assert (found.verdict, found.difference, found.with_model.known) == (Verdict.NO_DIFFERENCE, None, 0)
    assert found.sentence == "The model made no difference: none of 40 decisions would change without its word."


def test_the_sentence_says_which_way_and_how_much() -> None:
    good = ablate(decided(1, insight=1.0), seed=1).sentence
    assert good.startswith("The model helped: ")
    assert " more (95 %: +" in good
