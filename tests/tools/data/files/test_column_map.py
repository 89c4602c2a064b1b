"""Column maps in TOML: what they can say, and how a wrong one is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tools.data.files import samples
from tests.tools.data.files.samples import AS_OF
from tools.data.files.column_map import load_column_map
from tools.data.files.reading import read_chain
from tools.domain.contract import ExerciseStyle
from tools.domain.errors import ChainError

SYMBOLS = """
iv_unit = "percent"
skip_lines = 2
[columns]
symbol = "OPRA"
bid = "Bid"
ask = "Ask"
iv = "IV %"
[constants]
quoted = "2024-06-14"
spot = 100.0
style = "european"
multiplier = 10
"""


def _map(folder: Path, text: str) -> Path:
    path = folder / "map.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_map_of_symbols_and_constants(tmp_path: Path) -> None:
    rows = samples.clean_rows()
    lines = ["Exported by somebody", "", "OPRA\tBid\tAsk\tIV %"]
    lines += [f"{row['symbol']}\t{row['bid']}\t{row['ask']}\t35" for row in rows]
    (tmp_path / "chain.txt").write_text("\n".join(lines), encoding="utf-8")
    path = _map(tmp_path, SYMBOLS)
    snapshot = read_chain(tmp_path / "chain.txt", format="column-map", as_of=AS_OF, column_map=path)
    chain = snapshot.chains["AAPL"]
    assert snapshot.counts.dropped == {}
    assert samples.quotes_of(chain) == samples.expected_quotes(rows)
    assert chain.feed_iv[0] == 0.35
    assert (chain.spot, chain.style, chain.multiplier) == (100, ExerciseStyle.EUROPEAN, 10)


def test_a_map_named_in_place_of_a_format(tmp_path: Path) -> None:
    path = samples.write_column_map(tmp_path, samples.clean_rows())
    assert read_chain(path, format=str(tmp_path / "map.toml"), as_of=None).as_of == AS_OF


def test_a_file_without_dates_is_of_the_as_of_time(tmp_path: Path) -> None:
    path = samples.write_column_map(tmp_path, samples.clean_rows())
    text = samples.GERMAN_MAP.replace('quoted = "Stand"\n', "").replace('quoted = "%d.%m.%Y"\n', "")
    snapshot = read_chain(path, format="column-map", as_of=AS_OF, column_map=_map(tmp_path, text))
    assert snapshot.counts.dropped == {}
    assert snapshot.notes[0].startswith("the file does not say when it was quoted")


def test_a_chain_without_quotes_gives_no_mid(tmp_path: Path) -> None:
    path = samples.write_column_map(tmp_path, samples.clean_rows())
    text = samples.GERMAN_MAP.replace('bid = "Geld"\n', 'last = "Geld"\n').replace('ask = "Brief"\n', "")
    chain = read_chain(path, format="column-map", as_of=AS_OF, column_map=_map(tmp_path, text)).chains["AAPL"]
    assert not (chain.mid > 0).any()
    assert (chain.last > 0).all()


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[columns]\nstrke = 'K'", r"map\.toml: unknown key strke in \[columns\]; did you mean strike\?$"),
        ("[colums]\nstrike = 'K'", r"unknown key colums; did you mean columns\?$"),
        ("zzz = 1", "unknown key zzz; known keys: columns, formats"),
        ("[constants]\ncurrency = 'EUR'", r"unknown key currency in \[constants\]"),
        ("columns = 3", r"columns must be a section, written \[columns\]"),
        ("[columns\n", "is not valid TOML: .*line 1"),
        ("", "columns is wrong: Field required"),
        ("[columns]\nstrike = 3", r"columns\.strike is wrong"),
        ("decimal = ';'\n[columns]\nsymbol = 'S'", "decimal is wrong"),
        ("[columns]\nsymbol = 'S'\n[constants]\nspot = -1", r"constants\.spot is wrong: .*greater than 0"),
        ("[columns]\nsymbol = 'S'\n[constants]\nstyle = 'asian'", r"constants\.style is wrong"),
        ("[columns]\nstrike = 'K'", "needs expiry and right, or symbol"),
        ("[columns]\nstrike = 'K'\nexpiry = 'E'\nright = 'R'", "name the underlying"),
        ("[columns]\nsymbol = 'S'\nbid = 'B'", "only one of bid and ask"),
    ],
)
def test_wrong_maps(text: str, sentence: str, tmp_path: Path) -> None:
    with pytest.raises(ChainError, match=sentence):
        load_column_map(_map(tmp_path, text))


def test_maps_that_are_not_there_or_not_asked_for(tmp_path: Path) -> None:
    path = samples.write_cboe_eod(tmp_path, samples.clean_rows())
    with pytest.raises(ChainError, match="needs a TOML file"):
        read_chain(path, format="column-map", as_of=AS_OF)
    with pytest.raises(ChainError, match="There is no column map"):
        read_chain(path, format=str(tmp_path / "none.toml"), as_of=AS_OF)
    with pytest.raises(ChainError, match="is a column map, but the format is yfinance"):
        read_chain(path, format="yfinance", as_of=AS_OF, column_map=_map(tmp_path, SYMBOLS))
    (tmp_path / "binary.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ChainError, match="is not a text file"):
        load_column_map(tmp_path / "binary.toml")


def test_columns_the_map_names_must_be_there(tmp_path: Path) -> None:
    path = samples.write_column_map(tmp_path, samples.clean_rows())
    text = samples.GERMAN_MAP.replace("Umsatz", "Volumen")
    with pytest.raises(ChainError, match=r"kette\.csv lacks the column volumen; found: basiswert, stand"):
        read_chain(path, format="column-map", as_of=AS_OF, column_map=_map(tmp_path, text))
