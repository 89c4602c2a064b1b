"""Lines of keys in a TOML text."""

import tomllib
from typing import Any

from tools.books.key_lines import key_lines, line_of

TEXT = '''\
name = "a"   # [not.a.table]
note = """
fake = 1
[fake]
"""
universe = [
  "SPY",  # "quoted = 3"
  "QQQ",
]

[entry.delta]
low = 0.15
"high" = 0.35

[ entry . volume ]
threshold = 10
point = { x = 1,
}

[[layers]]
bias.size = 3
'''


def test_every_key_is_found_where_it_stands() -> None:
    tomllib.loads(TEXT.replace("x = 1,\n", "x = 1 "))
    lines = key_lines(TEXT)
    assert lines == {
        ("name",): 1,
        ("note",): 2,
        ("universe",): 6,
        ("entry", "delta"): 11,
        ("entry", "delta", "low"): 12,
        ("entry", "delta", "high"): 13,
        ("entry", "volume"): 15,
        ("entry", "volume", "threshold"): 16,
        ("entry", "volume", "point"): 17,
        ("layers",): 20,
        ("layers", "bias", "size"): 21,
    }


def test_an_unknown_key_falls_back_to_its_table() -> None:
    lines = key_lines(TEXT)
    assert line_of(("entry", "delta", "target"), lines) == 11
    assert line_of(("entry", "delta", "low", "float"), lines) == 12
    assert line_of(("sizing",), lines) is None


def paths(table: dict[str, Any], parent: tuple[str, ...] = ()) -> set[tuple[str, ...]]:
    found = set()
    for key, value in table.items():
        found.add((*parent, key))
        if isinstance(value, dict):
            found |= paths(value, (*parent, key))
    return found


def test_the_shipped_books_are_covered_key_for_key() -> None:
    from importlib.resources import files

    for source in (files("tools.books") / "data").iterdir():
        text = source.read_text(encoding="utf-8")
        lines = key_lines(text)
        book = tomllib.loads(text)
        unwritten = {("entry",), ("only",), *(("only", kind) for kind in book.get("only", {}))}
        assert paths(book) - unwritten == set(lines)
        for path, line in lines.items():
            assert path[-1] in text.splitlines()[line - 1]
