"""Past trades in the brief: rounded, with units, groundable; without any the brief is what it was."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from typing import Any

import pytest

from agents.analyst import Analyst
from agents.brief import brief, entries
from agents.claims import check_answer, check_text
from agents.grounding import check, facts_of
from agents.model import ModelRequest
from agents.offline import OfflineModel, template
from agents.schemas import narrative
from tests.agents.examples import candidate, conditions, facts
from tests.agents.narratives import random_brief, sentences, write
from tools.domain.mode import Mode
from tools.domain.past_trade import PastTrade, SimilarTrade
from tools.domain.value import canonical
from tools.portfolio.similar import entry_features

WON = PastTrade(
    id="d-000000000001",
    label="XOM 44d 97 put",
    features=entry_features(candidate(), facts(), conditions()),
    opened_at=datetime(2026, 7, 6, 15, tzinfo=UTC),
    closed_at=datetime(2026, 7, 28, 15, tzinfo=UTC),
    contracts=3,
    pnl=133.33,
    collateral=9700.0,
    ended_by="take profit",
    mode=Mode.LIVE,
    simulated=False,
)
LOST = WON.model_copy(
    update={"id": "d-000000000002", "label": "CVX 40d 150 put", "pnl": -1012.4, "contracts": 1, "mode": Mode.PAPER}
)
SIMILAR = (SimilarTrade(trade=WON, distance=0.31415), SimilarTrade(trade=LOST, distance=0.77))


def told(*similar: SimilarTrade) -> dict[str, Any]:
    return brief(candidate(), facts(), conditions(), similar)


def asked(*similar: SimilarTrade) -> ModelRequest:
    return Analyst(OfflineModel()).request(candidate(), facts(), conditions(), similar=similar)


def test_without_past_trades_nothing_is_other_than_before() -> None:
    assert canonical(told()) == canonical(brief(candidate(), facts(), conditions()))
    assert told()["similar_trades"] == []
    assert "## Similar past trades\n- none on record\n</brief>" in asked().prompt


def test_each_is_one_line_of_rounded_facts_with_units() -> None:
    lines = asked(*SIMILAR).prompt.split("## Similar past trades\n")[1].split("\n</brief>")[0].splitlines()
    assert lines == [
        "- XOM 44d 97 put, opened: 2026-07-06, closed: 2026-07-28, held: 22 days, result: 44 USD/contract, "
        "result_on_collateral: 0.46 percent, ended_by: take profit, distance: 0.31",
        "- CVX 40d 150 put, opened: 2026-07-06, closed: 2026-07-28, held: 22 days, result: -1012 USD/contract, "
        "result_on_collateral: -10.44 percent, ended_by: take profit, made: in paper trading, distance: 0.77",
    ]


def test_the_same_trades_give_the_same_bytes() -> None:
    assert asked(*SIMILAR) == asked(*SIMILAR)
    assert canonical(told(*SIMILAR)) != canonical(told(SIMILAR[0]))


@pytest.mark.parametrize(
    "text",
    [
        "XOM 44d 97 put brought $44, 0.46 % of its collateral, in 22 days.",
        "Of 2 past trades CVX lost $1,012 or 10.4 percent by 28 July.",
        "Opened on 2026-07-06 and closed three weeks later, at a distance of 0.31.",
    ],
)
def test_what_they_say_may_be_said(text: str) -> None:
    said = f"Past trades: {text}"
    assert check_text(said, told(*SIMILAR)).misses == ()
    assert check_text(said, told()).misses != ()


@pytest.mark.parametrize(
    "text",
    ["It brought $144.", "It lost 12.4 percent.", "Held for 31 days.", "Closed on 29 July."],
)
def test_what_they_do_not_say_is_missed(text: str) -> None:
    assert [miss.number for miss in check(text, facts_of(told(*SIMILAR))).misses] != []


def test_what_they_brought_is_claimed_only_where_they_are_spoken_of() -> None:
    given = told(*SIMILAR)
    of_them = "Similar past trades brought $44 and lost $1,012."
    assert check_text(f"The premium is rich.\n{of_them}", given).grounded
    text = f"{of_them}\nThe premium of this one is $44, and it takes 22 days."
    assert [text[slice(*miss.span)].strip() for miss in check_text(text, given).misses] == ["$44", "22 days"]
    assert check_text("XOM 44d 97 put brought $44 in 22 days.", given).grounded
    assert any(name == "past trade 2 result" for name, _ in entries(given))


def test_an_analyst_who_takes_an_old_result_for_a_new_one_is_not_grounded() -> None:
    answer = template(told(*SIMILAR))
    assert check_answer(answer, told(*SIMILAR)).grounded
    wrong = answer.model_copy(update={"exit_plan": "Leave after 22 days with $44."})
    assert [miss.number for miss in check_answer(wrong, told(*SIMILAR)).misses] == ["22 days", "$44"]


def test_the_template_tells_the_nearest_in_grounded_words() -> None:
    given = told(*SIMILAR)
    answer = template(given)
    assert answer.similar_trades == (
        "The most similar past trade, XOM 44d 97 put, brought $44 per contract in 22 days and ended by take profit."
    )
    assert check(narrative(answer), facts_of(given)).grounded
    assert template(told()).similar_trades == "None on record."


def test_nothing_secured_is_said_to_be_unknown() -> None:
    bare = SimilarTrade(trade=WON.model_copy(update={"collateral": 0.0}), distance=0.5)
    assert "result_on_collateral: unknown (nothing secured it)" in asked(bare).prompt


def test_corruptions_are_caught_with_past_trades_in_the_brief_too() -> None:
    """More facts are more that a wrong number may hit by chance; faithful texts stay faithful."""
    rng = random.Random(11)
    trials, caught, alarms = 150, 0, 0
    for _ in range(trials):
        own = random_brief(rng)
        parts = sentences(own, rng)
        given = own | {"similar_trades": told(*SIMILAR)["similar_trades"]}
        slots = sum(len(places) for _, places in parts)
        alarms += not check_text(write(parts, rng=rng), given).grounded
        caught += not check_text(write(parts, corrupt=rng.randrange(slots), rng=rng), given).grounded
    assert alarms <= 0.02 * trials
    assert caught >= 0.98 * trials
