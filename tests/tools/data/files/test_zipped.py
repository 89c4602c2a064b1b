"""Zips that are cut off, corrupt or no zips at all are told in one sentence, whichever reader meets them."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from tools.data.files.lean_daily import read_lean_daily
from tools.data.files.zipped import csv_texts
from tools.domain.errors import ChainError

LINES = "\n".join(
    f"2014{month:02d}{day:02d} 00:00,{day}0000,1,1,1,{month}" for month in (1, 2) for day in range(1, 29)
)


def zipped(path: Path, *names: str) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            archive.writestr(name, LINES)
    return path


def texts(path: Path) -> list[tuple[str, str]]:
    return list(csv_texts(path, accept=lambda sizes: len(sizes) == 1, refusal="holds something else."))


def test_only_csv_files_are_read(tmp_path: Path) -> None:
    assert texts(zipped(tmp_path / "a.zip", "readme.txt", "a.csv")) == [("a.csv", LINES)]


def test_what_is_not_accepted_is_refused_in_the_readers_words(tmp_path: Path) -> None:
    with pytest.raises(ChainError, match=r"a\.zip holds something else\."):
        texts(zipped(tmp_path / "a.zip", "a.csv", "b.csv"))


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ChainError, match="There is no file"):
        texts(tmp_path / "none.zip")


@pytest.mark.parametrize("place", range(40, 120, 4))
def test_a_corrupt_byte_anywhere_in_a_daily_zip_is_one_sentence(place: int, tmp_path: Path) -> None:
    path = zipped(tmp_path / "aapl.zip", "aapl.csv")
    content = bytearray(path.read_bytes())
    content[place] ^= 0xFF
    path.write_bytes(bytes(content))
    with pytest.raises(ChainError, match="no readable zip file"):
        read_lean_daily(path, name=None)
