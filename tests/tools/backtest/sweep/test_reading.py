"""Parquet and frames as day-major columns."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from tests.tools.backtest.sweep.markets import Market
from tools.backtest.sweep import ColumnNames, DayColumns, Detail, QuoteRows, columns_of, day_columns, read_columns
from tools.domain.errors import DataError, InputError

ROWS = Market(seed=5, days=15, flaws=0.1, disorder=False).rows()
QUOTES = 7  # columns without spot and Greeks


def frame() -> pl.DataFrame:
    names = ColumnNames().needed(Detail.GREEKS)
    columns = {names[each.name]: getattr(ROWS, each.name) for each in fields(QuoteRows)}
    words = pl.Series("option_type", np.where(ROWS.right > 0, "call", "put"))
    return pl.DataFrame(columns).with_columns(
        pl.col("quote_date", "expiration").cast(pl.Date), words.cast(pl.Categorical)
    )


def same(one: DayColumns, other: DayColumns) -> bool:
    names = [each.name for each in fields(DayColumns) if each.name not in {"counts", "offers"}]
    equal = [np.array_equal(getattr(one, name), getattr(other, name), equal_nan=True) for name in names]
    return all(equal) and one.counts == other.counts


def test_a_file_gives_the_columns_of_its_rows(tmp_path: Path) -> None:
    path = tmp_path / "history.parquet"
    frame().write_parquet(path, row_group_size=500)
    assert same(read_columns(path, detail=Detail.GREEKS), day_columns(ROWS))
    quotes = read_columns(path)
    assert (quotes.has_spot, quotes.has_greeks) == (False, False)
    assert np.array_equal(quotes.ask, day_columns(ROWS).ask, equal_nan=True)


def test_a_year_in_several_files_is_one_history(tmp_path: Path) -> None:
    whole = frame()
    cut = whole.height // 3
    paths = [tmp_path / name for name in ("a.parquet", "b.parquet")]
    for path, part in zip(paths, (whole[:cut], whole[cut:]), strict=True):
        part.write_parquet(path)
    assert same(read_columns(paths, detail=Detail.GREEKS), columns_of(whole, detail=Detail.GREEKS))


@pytest.mark.parametrize(
    "right",
    [
        pl.col("option_type").cast(pl.String),
        pl.col("option_type").cast(pl.Enum(["put", "call"])),
        pl.col("option_type").cast(pl.String).str.slice(0, 1).str.to_uppercase(),
        pl.when(pl.col("option_type").cast(pl.String) == "call").then(1).otherwise(-1),
    ],
)
def test_sides_come_in_many_spellings(right: pl.Expr) -> None:
    assert same(columns_of(frame().with_columns(option_type=right)), columns_of(frame()))


def test_names_and_types_of_other_vendors() -> None:
    other = frame().rename({"quote_date": "date", "strike": "k"})
    other = other.with_columns(
        pl.col("date").cast(pl.Datetime("us")),
        pl.col("k").cast(pl.Int32),
        pl.when(pl.col("bid").is_nan()).then(None).otherwise(pl.col("bid")).alias("bid"),
    )
    assert same(columns_of(other, names=ColumnNames(day="date", strike="k")), columns_of(frame()))


def test_one_underlying_is_chosen(tmp_path: Path) -> None:
    path = tmp_path / "two.parquet"
    one = frame().with_columns(underlying=pl.lit("SPY"))
    two = frame().with_columns(pl.col("bid", "ask") * 2, underlying=pl.lit("QQQ"))
    pl.concat([one, two]).write_parquet(path)
    with pytest.raises(InputError, match=r"2 underlyings \(QQQ, SPY\); choose one"):
        read_columns(path)
    assert same(read_columns(path, underlying="SPY"), columns_of(frame()))
    with pytest.raises(InputError, match="holds no row"):
        read_columns(path, underlying="IWM")


def test_only_named_columns_are_seen(tmp_path: Path) -> None:
    """A look-ahead column lies there unread, and is refused where it is asked for."""
    path = tmp_path / "ahead.parquet"
    ahead = frame().with_columns(next_delta=pl.lit(-0.175))
    ahead.write_parquet(path)
    assert same(read_columns(path), columns_of(frame()))
    with pytest.raises(InputError, match="next_delta tells of a later day"):
        read_columns(path, names=ColumnNames(delta="next_delta"))


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (lambda f: f.drop("ask", "delta"), "has no column ask, delta; it has quote_date,"),
        (lambda f: f.head(0), "holds no row"),
        (lambda f: f.with_columns(pl.col("quote_date").cast(pl.String)), "quote_date holds String, not dates"),
        (lambda f: f.with_columns(pl.col("bid").cast(pl.String)), "bid holds String, not numbers"),
        (lambda f: f.with_columns(expiration=pl.lit(None, pl.Date)), r"expiration is empty in [\d,]+ rows"),
        (lambda f: f.with_columns(option_type=pl.lit("future")), "neither calls nor puts"),
    ],
)
def test_histories_that_cannot_be_read(change: object, text: str, tmp_path: Path) -> None:
    broken = change(frame())  # type: ignore[operator]
    with pytest.raises(InputError, match=text):
        columns_of(broken)
    path = tmp_path / "broken.parquet"
    broken.write_parquet(path)
    with pytest.raises(InputError, match=text):
        read_columns(path)


def test_a_file_that_is_none(tmp_path: Path) -> None:
    path = tmp_path / "no.parquet"
    with pytest.raises(DataError, match="cannot be read"):
        read_columns(path)
    path.write_bytes(b"not parquet at all")
    with pytest.raises(DataError, match="cannot be read"):
        read_columns(path)
