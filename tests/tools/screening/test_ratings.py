import pytest

from tools.screening.ratings import LADDER, letters, notch


def test_the_ladder_runs_from_default_to_aaa() -> None:
    assert [notch(name) for name in LADDER] == list(range(22))
    assert [letters(rung) for rung in range(22)] == list(LADDER)


@pytest.mark.parametrize(
    ("moodys", "letter"),
    # Notch-for-notch scales as the agencies print them side by side
    [("Aaa", "AAA"), ("Aa1", "AA+"), ("A3", "A-"), ("Baa1", "BBB+"), ("Baa3", "BBB-"), ("Ba1", "BB+"), ("B2", "B"),
     ("Caa1", "CCC+"), ("Ca", "CC")],
)  # fmt: skip
def test_moodys_classes_stand_beside_the_letters(moodys: str, letter: str) -> None:
    assert notch(moodys) == notch(letter)


@pytest.mark.parametrize("name", [" bbb+ ", "BBB+", "bbb+"])
def test_case_and_blanks_do_not_matter(name: str) -> None:
    assert notch(name) == 14


@pytest.mark.parametrize("name", ["SD", "rd", "D"])
def test_defaults_are_the_lowest_rung(name: str) -> None:
    assert notch(name) == 0


@pytest.mark.parametrize("name", ["", "NR", "WR", "A4", "good", "BBB++", "4.5", "P-1", "A-1+"])
def test_what_is_no_long_term_rating_is_unknown(name: str) -> None:
    assert notch(name) is None
