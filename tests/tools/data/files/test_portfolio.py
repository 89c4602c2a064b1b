"""Portfolio files: what is read, and one sentence for whatever is wrong."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tools.data.files.portfolio import read_portfolio
from tools.domain.account import Position
from tools.domain.errors import InputError

GOOD: dict[str, Any] = {
    "cash": 250000,
    "positions": [
        {"symbol": "SPY", "quantity": 300, "price": 512.30},
        {"symbol": "SPY261218P00480000", "quantity": -2, "price": 3.10},
    ],
}


def _file(folder: Path, content: Any) -> Path:
    path = folder / "book.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return path


def _with(**position: Any) -> dict[str, Any]:
    return {"cash": 1000, "positions": [{"symbol": "SPY", "quantity": 100, "price": 500.0, **position}]}


def test_the_documented_example(tmp_path: Path) -> None:
    account = read_portfolio(_file(tmp_path, GOOD))
    assert account.cash == 250_000
    assert account.name == "main"
    assert account.positions == (
        Position(symbol="SPY", quantity=300, price=512.30),
        Position(symbol="SPY261218P00480000", quantity=-2, price=3.10),
    )


def test_what_may_be_left_out(tmp_path: Path) -> None:
    assert read_portfolio(_file(tmp_path, {"cash": 0})).positions == ()
    account = read_portfolio(_file(tmp_path, _with(price=None, average_price=410.5)))
    assert account.positions[0].price is None
    assert account.positions[0].average_price == 410.5


def test_symbols_are_written_one_way(tmp_path: Path) -> None:
    positions = [
        {"symbol": "brk-b", "quantity": 1.0, "price": 400},
        {"symbol": "SPY   261218P00480000", "quantity": -1, "price": 1},
    ]
    account = read_portfolio(_file(tmp_path, {"cash": 1, "positions": positions}))
    assert [position.symbol for position in account.positions] == ["BRK.B", "SPY261218P00480000"]
    assert account.positions[0].quantity == 1


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ({"positions": []}, "names no cash"),
        ({"cash": -5.5}, r"cash is -5\.50; an account in debit"),
        ({"cash": "1000"}, "cash must be a number, not text"),
        ({"cash": True}, "cash must be a number, not true or false"),
        ({"cash": None}, "cash must be a number, not null"),
        ('{"cash": NaN}', "cash is NaN"),
        ('{"cash": Infinity}', "cash is beyond any account"),
        ('{"cash": 1e300}', "cash is beyond any account"),
        ('{"cash": ' + "9" * 400 + "}", "cash is beyond any account"),
        ({"cash": 1, "position": []}, r"unknown key 'position'; did you mean positions\?$"),
        ({"cash": 1, "wheels": 4}, "unknown key 'wheels'; known keys are cash, positions, name"),
        ({"cash": 1, "positions": {}}, "positions must be a list, not an object"),
        ({"cash": 1, "positions": ["SPY"]}, "position 1 must be an object"),
        ({"cash": 1, "name": 7}, "name must be a word"),
        (_with(quantty=1), r"unknown key 'quantty' of position 1; did you mean quantity\?$"),
        (_with(quantity=1.5), r"quantity of position 1 \(SPY\) is 1\.5; it must be a whole number"),
        (_with(quantity=0), "is 0; leave the position out"),
        (_with(quantity="100"), "must be a number, not text"),
        (_with(quantity=False), "must be a number, not true or false"),
        (_with(quantity=10**400), "beyond any account"),
        (_with(price=-1), "no price is negative"),
        (_with(price="12"), "price of position 1 .* must be a number"),
        (_with(average_price=-1), "average_price of position 1"),
        (_with(symbol=17), "symbol of position 1 must be text, not a number"),
        (_with(symbol="S P Y!"), "neither a ticker"),
        (_with(symbol=""), "neither a ticker"),
        (_with(symbol="SPY261399P00480000"), "no real expiry date"),
        ({"cash": 1, "positions": [{"quantity": 1}]}, "position 1 names no symbol"),
        ({"cash": 1, "positions": [{"symbol": "SPY"}]}, "position 1 names no quantity"),
        ({"cash": 1, "positions": GOOD["positions"] * 2}, "SPY stands in more than one position"),
        ([], "must be an object with cash and positions, not a list"),
        ('{"cash": 1,\n "positions": [}', "not valid JSON: .* in line 2"),
        ('{"cash": 1, "cash": 2}', "the key cash stands twice"),
        ("", "not valid JSON"),
        ("[" * 100_000, "nested too deeply"),
    ],
)
def test_bad_input_is_one_sentence(content: Any, sentence: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=sentence) as caught:
        read_portfolio(_file(tmp_path, content))
    assert "\n" not in str(caught.value)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="There is no portfolio file"):
        read_portfolio(tmp_path / "none.json")
    with pytest.raises(InputError, match="cannot be read"):
        read_portfolio(tmp_path)
    (tmp_path / "binary.json").write_bytes(b"\x80\x00\xff")
    with pytest.raises(InputError, match="not a text file"):
        read_portfolio(tmp_path / "binary.json")
