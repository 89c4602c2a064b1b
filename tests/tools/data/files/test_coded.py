"""Texts that repeat are numbered once, in whatever order they stand."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.data.files.coded import coded, codes, narrowed, renamed, texts

words = st.sampled_from(["SPXW", "SPX", "", "call", "put", "2026-12-18", "é", None])
runs = st.lists(st.tuples(words, st.integers(1, 40)), max_size=30)


def spelled(column: pl.Series) -> list[str]:
    return column.cast(pl.String).to_list()


@given(runs)
def test_every_row_keeps_its_text(stretches: list[tuple[str | None, int]]) -> None:
    told = [word for word, size in stretches for _ in range(size)]
    column = coded(pl.Series("root", told, dtype=pl.String))
    assert spelled(column) == [word or "" for word in told]
    assert column.name == "root"
    assert len(set(texts(column))) == len(texts(column)), "each text once"


@pytest.mark.parametrize("tail", [["a", "b"] * 3_000, ["c"] * 6_000, [str(n) for n in range(6_000)]])
def test_what_follows_the_first_rows_may_stand_otherwise(tail: list[str]) -> None:
    told = ["SPX"] * 6_000 + tail
    assert spelled(coded(pl.Series(told))) == told
    assert spelled(coded(pl.Series(tail + told))) == tail + told


@given(runs)
def test_narrowed_keeps_the_rows_and_drops_the_rest(stretches: list[tuple[str | None, int]]) -> None:
    column = coded(pl.Series("root", [word for word, size in stretches for _ in range(size)], dtype=pl.String))
    part = narrowed(column.head(25))
    assert spelled(part) == spelled(column.head(25))
    assert texts(part).to_list() == sorted(set(spelled(part)))


def test_texts_that_became_equal_become_one() -> None:
    column = renamed(coded(pl.Series(["call", "CALL", "put", "Call"])), lambda each: each.str.to_lowercase())
    assert spelled(column) == ["call", "call", "put", "call"]
    assert sorted(texts(column)) == ["call", "put"]
    assert len(set(codes(column).tolist())) == 2
