"""Books from TOML: the shipped ones load, and a wrong one says file, line, key and what to write instead."""

import contextlib
import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.books.load import load_book, parse_book, shipped_book, shipped_books
from tools.domain.errors import ConfigError
from tools.domain.score import OnUnknown
from tools.domain.structure import StructureKind
from tools.screening.registry import STRUCTURES
from tools.screening.rules import Rule

PUT_BOOK = (Path(__file__).parents[3] / "tools/books/data/cash_secured_put.toml").read_text(encoding="utf-8")


STRANGER = '[entry.ex_dividend]\nkind = "yes_no"\n'
OPTIONAL = "required = false\n"


def problem(old: str, new: str, *, text: str = PUT_BOOK) -> str:
    assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in the book"
    with pytest.raises(ConfigError) as caught:
        parse_book(text.replace(old, new), source="mine.toml")
    return str(caught.value)


def line_with(fragment: str, text: str = PUT_BOOK) -> int:
    return next(n for n, line in enumerate(text.splitlines(), start=1) if fragment in line)


def test_the_shipped_books_load_and_are_complete() -> None:
    books = shipped_books()
    assert set(books) == {
        "cash_secured_put", "covered_call", "crypto_weekend", "income_pop", "index_put", "legacy_volatility",
        "momentum_etf", "primary", "reserve", "strangle", "vix_hedge", "wheel",
    }  # fmt: skip
    for name, book in books.items():
        assert book.name == name
        for kind in book.structure:
            assert STRUCTURES[kind].mandatory <= {criterion.rule for criterion in book.criteria_of(kind)}
    for name in ("cash_secured_put", "covered_call"):
        assert all(criterion.required for criterion in books[name].criteria)


def test_the_put_book_asks_what_the_specification_asks() -> None:
    # spec B2 and the preamble of B
    book = shipped_book("cash_secured_put")
    assert book.structure == (StructureKind.CASH_SECURED_PUT,)
    assert set(book.entry) == {
        Rule.QUOTED, Rule.BID, Rule.BLACKOUT, Rule.VOLUME, Rule.DTE, Rule.CASH_SECURED, Rule.RATING,
        Rule.EARNINGS_INSIDE, Rule.EARNINGS_DISTANCE, Rule.PREMIUM_YIELD, Rule.DELTA, Rule.OPEN_INTEREST,
        Rule.SPREAD, Rule.PUT_CALL_RATIO, Rule.SECTOR_AFTER_TRADE,
    }  # fmt: skip
    assert book.entry[Rule.PREMIUM_YIELD].threshold == 0.03
    assert book.entry[Rule.DELTA].band == (0.15, 0.35)
    assert book.entry[Rule.EARNINGS_DISTANCE].threshold == 14
    assert book.entry[Rule.RATING].threshold == "BBB+"
    assert book.entry[Rule.RATING].on_unknown is OnUnknown.REFUSE
    assert book.entry[Rule.SECTOR_AFTER_TRADE].threshold == 0.20
    assert book.entry[Rule.VOLUME].threshold == 10
    assert len([c for c in book.criteria if c.has_margin]) == 7
    assert book.sizing.allocation == 0.02


def test_the_call_book_asks_what_the_specification_asks() -> None:
    # spec B1
    book = shipped_book("covered_call")
    assert book.entry[Rule.PREMIUM_YIELD].threshold == 0.02
    assert book.entry[Rule.DELTA].band == (0.15, 0.35)
    assert book.entry[Rule.IV_PERCENTILE].band == (20, 60)
    assert book.entry[Rule.DTE].band == (30, 90)
    assert book.entry[Rule.OPEN_INTEREST].threshold == 100
    assert book.entry[Rule.ONE_DAY_LOSS].threshold == 0.05
    assert book.entry[Rule.SPREAD].threshold == 0.05
    assert {Rule.SHARES_OWNED, Rule.EX_DIVIDEND} <= set(book.entry)


@pytest.mark.parametrize(
    ("old", "new", "line", "key", "words"),
    [
        ("best_k = 1 ", "best_kk = 1 ", "best_k", "best_kk", "'best_k'"),
        ("low = 0.15", "lo = 0.15", "low = 0.15", "entry.delta.lo", "'low'"),
        ("[entry.spread]", "[entry.spraed]", "[entry.spread]", "entry.spraed", "the nearest is 'spread'"),
        ("allocation = 0.02", "allocatoin = 0.02", "allocation = 0.02", "sizing.allocatoin", "'allocation'"),
        ("allocation = 0.02", "allocation = 2", "allocation = 0.02", "sizing.allocation", "less than"),
        ("threshold = 0.03", "threshold = 0.3", "ideal = 0.12", "entry.premium_yield.ideal", "< ideal"),
        ("threshold = 0.03", "threshold = nan", "threshold = 0.03", "entry.premium_yield.threshold", "nan"),
        ("threshold = 0.03", 'threshold = "3 %"', "threshold = 0.03", "entry.premium_yield.threshold", "number"),
        ("high = 0.35", "high = 0.15", "high = 0.35", "entry.delta.high", "above low"),
        ("target = 0.25\n", "", "[entry.delta]", "entry.delta.target", "missing"),
        ("target = 0.25", "target = 0.25\nweight = -1", "target = 0.25", "entry.delta.weight", "greater"),
        ('threshold = "BBB+"', 'threshold = "great"', 'threshold = "BBB+"', "entry.rating.threshold", "'BBB+'"),
        ('on_unknown = "refuse"', 'on_unknown = "ignore"', "on_unknown", "entry.rating.on_unknown", "'ignore'"),
        ('clock = "calendar_365"', 'clock = "sundial"', "clock =", "clock", "trading_278"),
        ('structure = "cash_secured_put"', 'structure = "calendar"', "structure =", "structure", "covered_call"),
        ('universe = "all" ', "universe = []", "universe =", "universe", "is empty"),
        ('universe = "all" ', 'universe = ["spy"]', "universe =", "universe", "'spy'"),
        ('name = "cash_secured_put"', 'name = "Cash Puts"', "name =", "name", "'Cash Puts'"),
        ("best_k = 1 ", "best_k = 0 ", "best_k", "best_k", "greater than or equal to 1"),
        ("[entry.bid]", '[entry.iv]\nkind = "yes_no"\n[entry.bid]', "[entry.bid]", "entry.iv", "no such rule"),
        ("[entry.bid]", f"{STRANGER}[entry.bid]", "[entry.bid]", "entry.ex_dividend", "no meaning"),
        ("threshold = 10\n", f"threshold = 10\n{OPTIONAL}", "threshold = 10", "entry.volume.required", "stay true"),
        ("rank = 1 ", "rank = 1\n[approval]\nhuman = 8.0\n#", "rank = 1", "approval.human", "above automatic"),
        ("rank = 1 ", "rank = 1\n[limits]\nvega = 0.5\n#", "rank = 1", "limits.vega", "no such key"),
    ],
)  # fmt: skip
def test_a_wrong_key_is_named_with_its_line(old: str, new: str, line: str, key: str, words: str) -> None:
    message = problem(old, new)
    assert message.startswith("mine.toml, line ")
    number, rest = message.removeprefix("mine.toml, line ").split(", ", maxsplit=1)
    offset = 0 if "required" not in key and "weight" not in key else 1
    offset = {"approval.human": 2, "limits.vega": 2}.get(key, offset)
    assert int(number) == line_with(line) + offset
    assert rest.startswith(f"{key}: ")
    assert words in rest


def test_a_mandatory_rule_cannot_be_left_out() -> None:
    start = PUT_BOOK.index("[entry.cash_secured]")
    end = PUT_BOOK.index("[entry.rating]")
    assert "lacks 'cash_secured'" in problem(PUT_BOOK[start:end], "")


def test_a_book_must_be_able_to_score() -> None:
    start = PUT_BOOK.index("[entry.premium_yield]")
    assert "nothing could be scored" in problem(PUT_BOOK[start:], "")


def test_a_missing_key_names_the_book() -> None:
    assert problem('title = "Cash-secured puts"\n', "") == "mine.toml, line 1, title: is missing."


def test_several_problems_name_the_first_and_count_the_rest() -> None:
    message = problem("low = 0.15\nhigh = 0.35", "lo = 0.15\nhih = 0.35")
    assert message.startswith(f"mine.toml, line {line_with('low = 0.15')}, entry.delta.lo: ")
    assert message.endswith("(1 more problem after this one.)")


def test_broken_toml_names_file_and_line() -> None:
    with pytest.raises(ConfigError, match=r"mine\.toml is not valid TOML: .*line 2"):
        parse_book('name = "x"\ntitle = \n', source="mine.toml")


def test_a_rule_given_twice_is_refused() -> None:
    with pytest.raises(ConfigError, match="not valid TOML"):
        parse_book(PUT_BOOK + "\n[entry.delta]\nlow = 0.1\n", source="mine.toml")


def test_unreadable_files_say_so(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read: No such file"):
        load_book(tmp_path / "none.toml")
    binary = tmp_path / "binary.toml"
    binary.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match="UTF-8"):
        load_book(binary)


def test_a_book_of_ones_own_loads_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(PUT_BOOK.replace('name = "cash_secured_put"', 'name = "mine"'), encoding="utf-8")
    assert load_book(path).name == "mine"


def test_an_unknown_shipped_book_suggests_the_nearest() -> None:
    with pytest.raises(ConfigError, match="'covered_call'"):
        shipped_book("coverd_call")


@given(st.text(max_size=200))
def test_no_text_breaks_the_loader(text: str) -> None:
    with pytest.raises(ConfigError):
        parse_book(text, source="mine.toml")


@given(st.sampled_from(PUT_BOOK.splitlines()), st.sampled_from(["x", "[", "=", '"', "nan", "-1", "1e999"]))
def test_no_damage_escapes_as_anything_but_a_config_error(line: str, damage: str) -> None:
    key, _, _ = line.partition("=")
    broken = PUT_BOOK.replace(line, f"{key}= {damage}", 1) if "=" in line else PUT_BOOK.replace(line, damage, 1)
    with contextlib.suppress(ConfigError):
        book = parse_book(broken, source="mine.toml")
        assert all(math.isfinite(c.weight) for c in book.criteria)


# --- books of several legs ---------------------------------------------------------------------------

DATA = Path(__file__).parents[3] / "tools/books/data"
PRIMARY = (DATA / "primary.toml").read_text(encoding="utf-8")
INDEX = (DATA / "index_put.toml").read_text(encoding="utf-8")


def test_the_primary_book_asks_what_the_specification_asks() -> None:
    # spec B3, B4, H1
    book = shipped_book("primary")
    put, call, condor = (
        {criterion.rule: criterion for criterion in book.criteria_of(kind)}
        for kind in (
            StructureKind.PUT_CREDIT_SPREAD,
            StructureKind.CALL_CREDIT_SPREAD,
            StructureKind.IRON_CONDOR,
        )
    )
    assert put[Rule.IV_RANK].band == call[Rule.IV_RANK].band == (40, 65)
    assert condor[Rule.IV_RANK].threshold == 65
    assert Rule.DIRECTION in put
    assert Rule.DIRECTION in call
    assert Rule.DIRECTION not in condor  # decision D9
    assert book.entry[Rule.CREDIT_TO_WIDTH].threshold == 0.10
    assert book.entry[Rule.CREDIT_TO_WIDTH].ideal == 0.20
    assert book.entry[Rule.DTE].band == (40, 51)
    assert (book.strikes.by, book.strikes.target, book.strikes.nearest) == ("delta", 0.15, 1)
    assert book.sizing.by_confidence
    assert book.limits.allocation == 0.08
    assert book.universe == ("SPY", "QQQ", "IWM", "DIA", "XLE", "XLK")


def test_the_other_books_of_the_specification() -> None:
    # spec H2, B5, B6, B8
    pop, index, strangle, legacy = map(shipped_book, ("income_pop", "index_put", "strangle", "legacy_volatility"))
    assert pop.entry[Rule.IV_RANK].threshold == 80
    assert pop.entry[Rule.DTE].band == (7, 15)
    assert pop.limits.allocation == pop.sizing.allocation == 0.01
    assert (index.strikes.by, index.strikes.target, index.clock) == ("premium", 0.00014, "trading_278")
    assert strangle.entry[Rule.NET_DELTA].required
    assert legacy.entry[Rule.IV_RANK].threshold == 70
    assert legacy.entry[Rule.DAY_MOVE].threshold == 0.015
    assert legacy.sizing.max_contracts == 2
    assert legacy.strikes.by == "distance"


@pytest.mark.parametrize(
    ("old", "new", "key", "words"),
    [
        ("width = [0.01, 0.03]", "width = [0.03, 0.01]", "strikes.width", "must rise"),
        ("width = [0.01, 0.03]", "width = [0.0, 0.03]", "strikes.width", "greater than 0"),
        ("width = [0.01, 0.03]", "", "strikes", "lacks width"),
        ("nearest = 1 ", "nearest = 26 ", "strikes.nearest", "less than or equal to 25"),
        ("nearest = 1 ", "nearst = 1 ", "strikes.nearst", "'nearest'"),
        ('by = "delta"', 'by = "moon"', "strikes.by", "'distance'"),
        ("target = 0.15\nnearest", "nearest", "strikes.target", "need each other"),
        ("capital = 0.40", "capital = 1.4", "sizing.capital", "less than or equal to 1"),
        ('"call_credit_spread", "iron_condor"]', '"call_credit_spread"]', "only.iron_condor", "none of the book's"),
        ('"iron_condor"]', '"iron_condor", "iron_condor"]', "structure", "twice"),
        ('"iron_condor"]', '"jade_lizard"]', "structure", "'jade_lizard'"),
        ("[only.iron_condor.iv_rank]", "[only.iron_condor.iv_rnk]", "only.iron_condor.iv_rnk", "'iv_rank'"),
        ("[only.iron_condor.iv_rank]", "[only.iron_condor.rating_]", "only.iron_condor.rating_", "'rating'"),
        ("[only.iron_condor.iv_rank]", "[only.iron_condor.net_delta]", "only.iron_condor.net_delta", "meaning"),
        ("high = 65\nmargin = false\n\n[only.call_credit_spread.direction]",
         "hih = 65\n\n[only.call_credit_spread.direction]", "only.put_credit_spread.iv_rank.hih", "'high'"),
        ("[entry.credit] ", "[entry.ex_dividend] ", "entry", "lacks 'credit'"),
    ],
)  # fmt: skip
def test_a_contradiction_between_structures_names_its_key(old: str, new: str, key: str, words: str) -> None:
    message = problem(old, new, text=PRIMARY)
    assert message.startswith("mine.toml, line ")
    assert f", {key}: " in message
    assert words in message


def test_an_unbounded_loss_cannot_be_sized_by_its_largest() -> None:
    assert "nothing bounds it" in problem("allocation = 0.15 ", "by_confidence = true #", text=INDEX)


def test_a_wing_needs_a_structure_with_one() -> None:
    message = problem("nearest = 1\n", "nearest = 1\nwidth = [0.01, 0.02]\n", text=INDEX)
    assert "strikes.width: has no meaning without a leg that protects" in message


def test_a_premium_is_held_against_a_target_only_where_one_is_set() -> None:
    assert "which sets the target" in problem('by = "premium" ', 'by = "delta" ', text=INDEX)
