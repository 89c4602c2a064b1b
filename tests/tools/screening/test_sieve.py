"""What the market alone leaves of a chain is asked once, and never depends on the account."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.tools.screening.samples import known, make_chain, make_conditions, make_facts, make_holdings
from tests.tools.screening.test_screen import PUT, criteria
from tools.calendar.trading_time import Clock
from tools.domain.chain import Chain
from tools.domain.market import Conditions, UnderlyingFacts
from tools.screening.account_measures import ACCOUNT_MEASURES
from tools.screening.rows import NO_CHOICE
from tools.screening.screen import ScreenResult, screen
from tools.screening.sieve import sift, sifted_of
from tools.screening.stages import stages_of

STAGES = stages_of(PUT, NO_CHOICE, tuple(criteria(PUT)))


def chain_of_three() -> Chain:
    return make_chain((85.0, 90.0, 95.0), volume=np.array([5.0, 50.0, 500.0]))


def put_on(chain: Chain, facts: UnderlyingFacts, conditions: Conditions, **holdings: Any) -> ScreenResult:
    return screen(
        chain, facts=facts, conditions=conditions, holdings=make_holdings(**holdings), structure=PUT,
        criteria=criteria(PUT), clock=Clock.CALENDAR_365, book="test", snapshot="0" * 64,
    )  # fmt: skip


def test_every_criterion_stands_in_one_stage() -> None:
    asked = [each.rule for each in (*STAGES.market, *STAGES.account, *STAGES.priced, *STAGES.unit)]
    assert sorted(asked) == sorted(each.rule for each in criteria(PUT))
    assert {each.rule for each in STAGES.account} == {"cash_secured", "sector_after_trade"} <= set(ACCOUNT_MEASURES)


def test_a_chain_is_sifted_once_whatever_the_account_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    chain, facts, conditions = chain_of_three(), make_facts(), make_conditions()
    rich = put_on(chain, facts, conditions)
    monkeypatch.setattr("tools.screening.sieve._sift", None)
    poor = put_on(chain, facts, conditions, free_cash=100.0)
    assert rich.rejected["volume"] == poor.rejected["volume"] == 1
    assert "cash_secured" not in rich.rejected
    assert poor.rejected["cash_secured"] == poor.considered == 3
    assert list(sifted_of(chain)) == [STAGES.key]


def test_other_facts_are_asked_anew() -> None:
    chain, facts, conditions = chain_of_three(), make_facts(), make_conditions()
    assert not sift(chain, STAGES, facts=facts, conditions=conditions).refused[1]
    worse = make_facts(put_call_ratio=known(1.4))
    assert sift(chain, STAGES, facts=worse, conditions=conditions).refused.all()
    assert not sift(chain, STAGES, facts=facts, conditions=conditions).refused[1]


def test_the_same_bounds_are_the_same_question() -> None:
    looser = tuple(criteria(PUT, volume={"threshold": 1}, delta={"target": 0.3}))
    other = stages_of(PUT, NO_CHOICE, looser)
    only_priced = stages_of(PUT, NO_CHOICE, tuple(criteria(PUT, delta={"target": 0.3})))
    assert other.key != STAGES.key
    assert only_priced.key == STAGES.key
