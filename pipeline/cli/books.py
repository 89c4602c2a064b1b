"""Verbs about books: what there is, what one says, whether it can be read, and a new one to begin with.

settings.books.folder/*.toml ─┬→ name → file or shipped text → Book | what is wrong with it
books that ship ──────────────┘    (one's own goes before the shipped one of its name)
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from pipeline.cli.exits import Exit
from pipeline.cli.opening import home_of, print_json
from pipeline.settings import Settings, load_settings
from tools.domain.errors import ConfigError, InputError

if TYPE_CHECKING:
    from tools.books.book import Book

NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
OWN_NAME = re.compile(r'^name\s*=\s*".*"$', flags=re.MULTILINE)


def listing(option: Path | None, *, as_json: bool) -> int:
    from tools.books.load import shipped_names

    settings = _settings(option)
    own = _own(settings)
    rows = [_row(name, settings, own) for name in sorted({*shipped_names(), *own})]
    if as_json:
        print_json({"schema": "thetagate.books/1", "books": rows})
        return Exit.OK
    width = max(len(row["name"]) for row in rows)
    for row in sorted(rows, key=lambda each: (not each["enabled"], each["name"])):
        mark = "*" if row["enabled"] else " "
        said = row["problem"] or f"{row['step']} {row['rank']}  {', '.join(row['structure'])}: {row['title']}"
        typer.echo(f"{mark} {row['name']:<{width}}  {said}")
    typer.echo("\n* enabled (books.enabled); step and rank say whose turn it is")
    return Exit.OK


def show(option: Path | None, name: str, *, as_json: bool) -> int:
    settings = _settings(option)
    text, source = _text(name, _own(settings))
    if not as_json:
        typer.echo(text, nl=not text.endswith("\n"))
        return Exit.OK
    from tools.books.load import parse_book

    book = parse_book(text, source=source)
    print_json({"schema": "thetagate.book/1", "source": source, "book": book.model_dump(mode="json")})
    return Exit.OK


def check(option: Path | None, wanted: Iterable[str], *, as_json: bool) -> int:
    """Every one is read, so that one wrong book does not hide the next."""
    settings = _settings(option)
    own = _own(settings)
    names = list(dict.fromkeys(wanted)) or list(dict.fromkeys((*settings.books.enabled, *own)))
    found = [(name, *_problem(name, own)) for name in names]
    if as_json:
        rows = [{"book": name, "source": source, "problem": problem or None} for name, source, problem in found]
        print_json({"schema": "thetagate.books-check/1", "books": rows})
    else:
        for name, source, problem in found:
            typer.echo(f"wrong  {problem}" if problem else f"ok     {name} ({source})")
    return Exit.FAILED if any(problem for _, _, problem in found) else Exit.OK


def new(option: Path | None, name: str, *, source: str, folder: Path | None, as_json: bool) -> int:
    from tools.books.load import parse_book, shipped_text

    if not NAME.fullmatch(name):
        raise InputError(f"{name!r} is no book name; write small letters, digits and _, a letter first.")
    text = OWN_NAME.sub(f'name = "{name}"', shipped_text(source), count=1)
    parse_book(text, source=f"{name}.toml")
    where = folder or _settings(option).books.folder
    if where is None:
        raise InputError("Nothing says where your books lie; set books.folder in the settings, or give --folder.")
    where.mkdir(parents=True, exist_ok=True)
    path = where / f"{name}.toml"
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise InputError(f"{path} exists and is never overwritten; choose another name.") from None
    if as_json:
        print_json({"schema": "thetagate.books-new/1", "book": name, "from": source, "file": str(path)})
    else:
        typer.echo(f"Wrote {path}, as {source} is. Next: edit it, then thetagate books check {path}")
    return Exit.OK


def _settings(option: Path | None) -> Settings:
    return load_settings(home_of(option).root)


def _own(settings: Settings) -> dict[str, Path]:
    """The user's own books by name; a folder that is not there yet holds none."""
    folder = settings.books.folder
    return {} if folder is None else {path.stem: path for path in sorted(folder.glob("*.toml"))}


def _text(name: str, own: dict[str, Path]) -> tuple[str, str]:
    """(TOML, where it comes from) of a name or of a file."""
    from tools.books.load import read_text, shipped_text

    path = own.get(name) or (Path(name) if name.endswith(".toml") else None)
    return (shipped_text(name), "shipped") if path is None else (read_text(path, noun="book"), str(path))


def _problem(name: str, own: dict[str, Path]) -> tuple[str, str]:
    """(where it comes from, what is wrong with it)."""
    source = str(own.get(name, name if name.endswith(".toml") else "shipped"))
    try:
        _book(name, own)
    except ConfigError as error:
        return source, str(error)
    return source, ""


def _book(name: str, own: dict[str, Path]) -> Book:
    from tools.books.load import parse_book

    text, source = _text(name, own)
    return parse_book(text, source=f"{name}.toml" if source == "shipped" else source)


def _row(name: str, settings: Settings, own: dict[str, Path]) -> dict[str, Any]:
    source, problem = _problem(name, own)
    row: dict[str, Any] = {
        "name": name, "enabled": name in settings.books.enabled, "source": source, "problem": problem or None,
        "title": None, "structure": [], "step": None, "rank": None, "universe": None, "capital": None,
    }  # fmt: skip
    if problem:
        return row
    book = _book(name, own)
    told = book.model_dump(mode="json", include={"title", "structure", "step", "rank", "universe"})
    return row | told | {"capital": book.sizing.capital}
