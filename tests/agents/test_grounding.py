"""Numbers of the brief pass in any manner of writing; numbers that are not its own are caught."""

from __future__ import annotations

import random
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.brief import brief
from agents.grounding import LONGEST, check, facts_of
from agents.schemas import narrative, parse_answer
from tests.agents.corpus import measure
from tests.agents.examples import answer, bare, candidate, conditions, condor, facts, unknown_facts
from tests.agents.narratives import random_brief, sentences, write
from tests.agents.styles import HELD_OUT, SEEN, Style
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
    "The credit is $105 per contract, a 22 delta, IV rank 0.62, and 840 bps.",
    "IV rank and delta are 62 and 0.22; 62 and 0.22 are the IV rank and the delta.",
    "Forty-five days, or 1½ months, until Friday, December the 18th (12/18/2026).",
    "Credit between 1.00 and 1.10, yield 8-9 %, IV rank just over 60, VIX nearly 18.",
    "Take profit at half the credit and stop at double the credit. That is one risk of two.",
    "A loss of \uff04\uff19,\uff17\uff10\uff19 or minus $9,709.",
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
    ("In 2008 it fell badly.", "2008"),
    ("It fell by half.", "half"),
    ("The IV rank is sixty-one.", "sixty-one"),
    ("The delta is 62.", "62"),
    ("An IV rank of 0.22.", "0.22"),
    ("Expires on the 19th of December.", "19th of December"),
    ("Expires on Thursday, December 18.", "December 18"),
    ("Credit of $1.05 per contract.", "$1.05 per contract"),
    ("Credit of $105.", "$105"),
    ("A yield of 8.6 %, call it nine.", "8.6 %"),
    ("It yields 8.4 % a month.", "8.4 % a month"),
    ("Nearly 8 % a year.", "8 % a year"),
    ("A gain of $9,709 at most.", "$9,709"),
    ("A third of the credit.", "A third"),
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


def test_a_sign_counts_where_it_matters() -> None:
    known: dict[str, tuple[float | str, str]] = {
        "spot_from_sma": (-2.4, "percent"),
        "short_put_strike_from_spot": (-6.1, "percent"),
        "pnl": (-250.0, "USD"),
        "vega": (-11.2, "USD/vol point"),
    }
    said = "Spot is 2.4 % below its average, the strike 6.1 % below spot: a loss of $250. Vega is 11.2."
    assert check(said, known).misses == ()
    assert check("Spot is 6.1 % above the strike.", known).grounded
    assert not check("Spot is 2.4 % above its average.", known).grounded
    assert not check("The strike lies 6.1 % above spot.", known).grounded
    assert not check("We sit on a gain of $250.", known).grounded
    assert not check("Spot against its average: +2.4 %.", known).grounded


def test_facts_of_any_name_have_subjects() -> None:
    known: dict[str, tuple[float | str, str]] = {
        "hedge_cost": (310.0, "USD/contract"),
        "tail_exposure": (910.0, "USD/contract"),
        "win_rate": (71.0, "percent"),
        "sector_weight": (12.5, "percent"),
    }
    assert check("The hedge costs $310, the tail exposure is $910; a win rate of 71 %.", known).misses == ()
    assert not check("The tail exposure is $310.", known).grounded
    assert not check("A win rate of 12.5 %.", known).grounded


def test_a_text_without_end_is_one_miss_and_a_long_one_is_read_in_time() -> None:
    (miss,) = check("9" * 10_000_000, FACTS).misses
    assert "characters" in miss.reason
    for piece in ("9", "1-", "credit ", "one and a half ", "$", "1.", "12/", "between 1 and ", "dec "):
        started = time.process_time()
        check((piece * LONGEST)[:LONGEST], FACTS)
        assert time.process_time() - started < 5, piece


@given(st.text(max_size=400))
def test_any_text_is_judged(text: str) -> None:
    for miss in check(text, FACTS).misses:
        assert 0 <= miss.span[0] < miss.span[1] <= len(text)


def test_narratives_about_a_whole_brief() -> None:
    rng = random.Random(2026)
    trials, caught, alarms = 150, 0, 0
    for _ in range(trials):
        brief_ = random_brief(rng)
        known, parts = facts_of(brief_), sentences(brief_, rng)
        slots = sum(len(places) for _, places in parts)
        alarms += not check(write(parts, rng=rng), known).grounded
        caught += not check(write(parts, corrupt=rng.randrange(slots), rng=rng), known).grounded
    assert alarms <= 0.02 * trials
    assert caught >= 0.98 * trials


@pytest.mark.parametrize(("styles", "caught"), [(SEEN, 0.99), (HELD_OUT, 0.98)], ids=["seen", "held out"])
def test_corruptions_are_caught_and_faithful_narratives_pass(styles: tuple[Style, ...], caught: float) -> None:
    found = measure(styles, seed=7, count=600)
    assert found.alarm_rate <= 0.01
    assert found.caught_rate >= caught


@pytest.mark.soak
def test_corruptions_are_caught_at_full_size() -> None:
    found = measure(SEEN, seed=2026, count=5000)
    assert found.alarm_rate <= 0.005
    assert found.caught_rate >= 0.995
