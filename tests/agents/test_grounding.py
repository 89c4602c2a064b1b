"""Numbers of the brief pass in any manner of writing; numbers that are not its own are caught."""

from __future__ import annotations

import random

import pytest

from agents.brief import brief
from agents.grounding import check, facts_of
from agents.schemas import narrative, parse_answer
from tests.agents.examples import answer, bare, candidate, conditions, condor, facts, unknown_facts
from tests.agents.narratives import random_brief, sentences, write
from tools.domain.value import canonical

FACTS: dict[str, tuple[float | str, str]] = {
    "credit": (1.05, "USD/share"),
    "iv_rank": (62.0, "percent"),
    "expiry": ("2026-12-18", "date"),
    "delta": (0.22, "per share"),
    "premium_yield": (8.4, "percent/year"),
    "days_to_expiry": (45, "days"),
    "max_loss": (9709, "USD/contract"),
    "vix": (17.4, "points"),
    "label": ("XOM 45d 98 put", "text"),
    "quote_time": ("15:45", "time"),
    "spread": (0.022, "fraction"),
}

FAITHFUL = [
    "Credit of $1.05, IV rank 62, expiry 2026-12-18.",
    "A credit of about $1 for a delta near 0.2.",
    "It yields 8.4 % (0.084) a year; call it 8 percent.",
    "On December 18 it expires, six weeks or 45 days from now.",
    "At most $9,709 is lost, some $9.7k.",
    "XOM 45d 98 put at 15:45, VIX at 17.4 points, delta -0.22.",
    "The spread of 2.2 % is fine. S&P 500 and RSI-14 and the 20-day average are names.",
    "In December 2026, or just 2026-12-18.",
    "No number at all.",
    "",
]

INVENTED = [
    ("Credit of $1.06.", "$1.06"),
    ("Credit of 1.05 %.", "1.05 %"),
    ("IV rank 26.", "26"),
    ("Expiry is 2026-12-19.", "2026-12-19"),
    ("Expires on 17 December.", "17 December"),
    ("A delta of 0.62.", "0.62"),
    ("A delta of 0.23.", "0.23"),
    ("It yields 9 percent.", "9 percent"),
    ("There are 54 days left.", "54 days"),
    ("Some nine weeks remain.", "nine weeks"),
    ("At most $9,907 is lost.", "$9,907"),
    ("At most $97k is lost.", "$97k"),
    ("In 2008 it fell by half.", "2008"),
    ("A 62-day trade.", "62-day"),
    ("Credit between $1.05 and $2.40.", "$2.40"),
    ("At 15:46.", "15:46"),
    ("It costs 45 cents.", "45 cents"),
]


@pytest.mark.parametrize("text", FAITHFUL)
def test_faithful_text_is_grounded(text: str) -> None:
    assert check(text, FACTS).misses == ()


@pytest.mark.parametrize(("text", "number"), INVENTED)
def test_an_invented_number_is_named_with_its_place_and_reason(text: str, number: str) -> None:
    grounding = check(text, FACTS)
    assert not grounding.grounded
    (miss,) = grounding.misses
    assert miss.number == number
    assert text[miss.span[0] : miss.span[1]].strip() == number
    assert miss.reason


def test_a_right_number_for_the_wrong_subject_is_a_miss() -> None:
    assert check("The IV rank is 62 and the VIX 17.4.", FACTS).grounded
    assert not check("The VIX is 62.", FACTS).grounded


def test_names_hide_their_own_digits_and_no_others() -> None:
    known: dict[str, tuple[float | str, str]] = {"name": ("3M Company", "text"), "book": ("7", "text")}
    assert check("3M Company is a maker of tape.", known).grounded
    assert [miss.number for miss in check("13M Company, 7 and 77.", known).misses] == ["13M", "7", "77"]


def test_absurd_numbers_are_misses() -> None:
    for number in ("9" * 400, "1" + "0" * 400, "0." + "0" * 400 + "1", "1e400"):
        assert not check(f"It pays {number} a year.", FACTS).grounded


def test_nothing_known_grounds_nothing() -> None:
    assert check("Prose.", {}).grounded
    (miss,) = check("Credit of $1.05.", {}).misses
    assert "nothing in this unit" in miss.reason


def test_the_example_answer_is_grounded_in_its_brief() -> None:
    given = facts_of(brief(candidate(), facts(), conditions()))
    assert check(narrative(parse_answer(canonical(answer()))), given).misses == ()


def test_facts_of_a_brief_hold_every_known_number_and_no_unknown() -> None:
    known = facts_of(brief(condor(), facts(), conditions()))
    assert known["credit"] == (0.91, "USD/share")
    assert known["iv_rank"] == (62, "percent")
    assert known["expiry"] == ("2026-12-18", "date")
    assert known["premium_yield filter threshold"] == (3, "percent/year")
    assert known["delta filter margin"] == (8.5, "score")
    assert not any(name.startswith(("sector_after_trade", "cash_secured")) for name in known)
    assert "beta" not in facts_of(brief(bare(), unknown_facts(), conditions()))


def test_most_corruptions_are_caught_and_faithful_narratives_pass() -> None:
    rng = random.Random(2026)
    trials, caught, alarms = 300, 0, 0
    for _ in range(trials):
        given = random_brief(rng)
        known, parts = facts_of(given), sentences(given, rng)
        slots = sum(len(places) for _, places in parts)
        alarms += not check(write(parts, rng=rng), known).grounded
        caught += not check(write(parts, corrupt=rng.randrange(slots), rng=rng), known).grounded
    assert alarms <= 0.02 * trials
    assert caught >= 0.98 * trials
