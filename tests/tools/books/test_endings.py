"""How the shipped books end their trades, and what a book must not say of it: file, line, key and why."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.books.load import parse_book, shipped_book, shipped_books, shipped_text
from tools.domain.errors import ConfigError
from tools.portfolio.exit_rules import ExitRule, ExitRules

DATA = Path(__file__).parents[3] / "tools/books/data"


def text_of(name: str) -> str:
    return (DATA / f"{name}.toml").read_text(encoding="utf-8")


def test_the_shipped_books_leave_as_the_specification_says() -> None:
    # spec H1, H2, B8, D5, F7
    primary, pop, legacy = (shipped_book(name).exits for name in ("primary", "income_pop", "legacy_volatility"))
    assert (primary.take_profit, primary.adverse_stop, primary.time_stop, primary.delta) == (0.50, 1.50, 21, 0.30)
    assert (pop.take_profit, pop.adverse_stop, pop.expiry_day, pop.time_stop) == (0.25, 1.00, True, None)
    assert (legacy.take_profit, legacy.active) == (0.35, {ExitRule.TAKE_PROFIT, ExitRule.EX_DIVIDEND})
    for name in ("covered_call", "cash_secured_put"):
        assert shipped_book(name).exits.adverse_stop == 1.00
    house = ExitRules()
    for name in ("primary", "income_pop", "covered_call", "cash_secured_put", "strangle"):
        exits = shipped_book(name).exits
        for stop in ("vix_rise", "iv_over_mean", "spread_rise", "warn_at"):
            assert getattr(exits, stop) == getattr(house, stop)


def test_no_shipped_book_leaves_its_gains_early() -> None:
    # decision D5: the literal rule is off by default
    assert all(book.exits.early_decay_exit is None for book in shipped_books().values())


def test_only_a_bounded_debit_is_ever_paid_to_roll() -> None:
    # spec E3
    rolling = {name: book.rolls for name, book in shipped_books().items() if book.rolls.on}
    assert set(rolling) == {"covered_call", "strangle", "wheel"}
    assert rolling["covered_call"].credit_floor == 0.0
    assert rolling["strangle"].credit_floor == -0.5


def test_every_shipped_book_says_how_it_ends_and_rolls() -> None:
    for name in shipped_books():
        assert text_of(name).count("\n[exits]\n") == text_of(name).count("\n[rolls]\n") == 1


PRIMARY, STRANGLE, INDEX, PUT = map(text_of, ("primary", "strangle", "index_put", "cash_secured_put"))
NO_ROLL = "on = []  "
ROLL = 'on = ["delta"]\ndelta = 0.15\ndte = [30, 50]\n#'


@pytest.mark.parametrize(
    ("text", "old", "new", "key", "words"),
    [
        (PRIMARY, "take_profit = 0.50", "take_profits = 0.50", "exits.take_profits", "'take_profit'"),
        (PRIMARY, "take_profit = 0.50", "take_profit = 50", "exits.take_profit", "less than 1"),
        (PRIMARY, "take_profit = 0.50", "take_profit = true", "exits.take_profit", "a number, or false"),
        (PRIMARY, "adverse_stop = 1.50", "adverse_stop = -1.5", "exits.adverse_stop", "greater than 0"),
        (PRIMARY, "early_decay_exit = false", "early_decay_exit = 0.6", "exits.early_decay_exit", "never acts"),
        (PRIMARY, "time_stop = 21 ", "time_stop = 40 ", "exits.time_stop", "begin at 40 days, this is at 40"),
        (PRIMARY, "delta = 0.30 ", "delta = 0.19 ", "exits.delta", "entries reach 0.2, this is at 0.19"),
        (PRIMARY, NO_ROLL, ROLL.replace('"delta"', '"vix_rise"'), "rolls.on", "'vix_rise', which ends a trade"),
        (PRIMARY, NO_ROLL, ROLL.replace('"delta"', '"expiry_day"'), "rolls.on", "exits has no such rule"),
        (PRIMARY, NO_ROLL, ROLL.replace('"delta"', '"gamma"'), "rolls.on", "'net_delta'"),
        (PRIMARY, NO_ROLL, ROLL.replace("[30", "[21"), "rolls.dte", "must begin after exits.time_stop (21 days)"),
        (PRIMARY, NO_ROLL, ROLL.replace("= 0.15", "= 0.30"), "rolls.delta", "would be breached at once"),
        (PRIMARY, NO_ROLL, ROLL.replace("dte = [30, 50]", ""), "rolls.dte", "is missing"),
        (PRIMARY, NO_ROLL, "on = []\nmost = 3 #", "rolls.most", "no meaning where no exit is rolled"),
        (PRIMARY, "assignment = 0.001", "assignment = 0.001\nassignment_spread = 0.1\n#", "exits.assignment_spread",
         "delivery of a put_credit_spread's short leg"),
        (STRANGLE, "net_delta = 0.15 ", "net_delta = 0.02 ", "exits.net_delta", "entries reach 0.03"),
        (STRANGLE, "most = 3", "most = 0", "rolls.most", "greater than or equal to 1"),
        (STRANGLE, "spread_rise = 0.50 ", "spread_rise = false #", "exits.spread_floor", "without spread_rise"),
        (INDEX, "vix_rise = 0.50", "ex_dividend = 1\n#", "exits.ex_dividend", "not exercised early"),
        (PUT, "vix_rise = 0.50", "ex_dividend = 1\n#", "exits.ex_dividend", "only calls are exercised"),
    ],
)  # fmt: skip
def test_a_contradiction_names_file_line_and_key(text: str, old: str, new: str, key: str, words: str) -> None:
    assert text.count(old) == 1, old
    broken = text.replace(old, new)
    with pytest.raises(ConfigError) as caught:
        parse_book(broken, source="mine.toml")
    message = str(caught.value)
    assert f", {key}: " in message
    assert words in message
    number = int(message.removeprefix("mine.toml, line ").split(",")[0])
    assert broken.splitlines()[number - 1].lstrip("[").startswith(key.split(".")[1]) or "missing" in message


def test_a_book_that_says_nothing_keeps_the_house_stops() -> None:
    silent = PUT[: PUT.index("[exits]")] + PUT[PUT.index("# --- gates") :]
    book = parse_book(silent, source="mine.toml")
    assert book.exits == ExitRules()
    assert book.rolls.on == ()


def test_exits_of_what_is_sold_and_of_what_is_bought_are_kept_apart() -> None:
    with pytest.raises(ConfigError, match=r"exits.take_profit: has no meaning for what was bought"):
        parse_book(shipped_text("reserve").replace("take_profit = false", "take_profit = 0.5"), source="mine.toml")
    with pytest.raises(ConfigError, match=r"exits.held: has no meaning for what was sold"):
        parse_book(shipped_text("strangle").replace("[exits]\n", "[exits]\nheld = 5\n"), source="mine.toml")
