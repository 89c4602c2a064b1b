"""The verb `replay`: past decisions made again from their records, identical or field by field."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.cli import tables
from pipeline.cli.deciding import find_record
from pipeline.cli.exits import Exit
from pipeline.cli.opening import open_home, print_json
from pipeline.home import Home
from pipeline.wiring import open_ledger
from tools.domain.errors import InputError, NotFound

if TYPE_CHECKING:
    from tools.desk.replay import Difference, Replayed
    from tools.domain.decision import DecisionRecord

SCHEMA = "thetagate.replay/1"
ALL = "all"
SHOWN = 60
"""Characters of a value in the table; `--json` has the whole."""


def replay(option: Path | None, wanted: Sequence[str], *, as_json: bool) -> int:
    from pipeline.replaying import replay_record

    if not wanted:
        raise InputError("Name the decisions to replay, or `all`.")
    home, _ = open_home(option)
    made = [replay_record(record) for record in _records(home, wanted)]
    same = all(each.identical for each in made)
    if as_json:
        print_json({"schema": SCHEMA, "identical": same, "decisions": [_json(each) for each in made]})
    else:
        _show(made)
    return Exit.OK if same else Exit.FAILED


def _records(home: Home, wanted: Sequence[str]) -> Iterator[DecisionRecord]:
    if ALL not in wanted:
        yield from (find_record(home, each) for each in wanted)
        return
    books = next((each for each in (home, home.dry_run) if each.is_initialised), None)
    if books is None:
        raise NotFound(f"Nothing has run in {home.root} yet; start with `thetagate demo` or `thetagate run`.")
    with open_ledger(books) as ledger:
        yield from [ledger.record(row.id) for row in ledger.decisions()]


def _json(made: Replayed) -> dict[str, Any]:
    return made.model_dump(mode="json") | {"identical": made.identical}


def _show(made: Sequence[Replayed]) -> None:
    out = tables.console()
    for each in made:
        steps = ", ".join(each.checked) or "nothing"
        out.print(f"{each.id}  {each.label}  {'identical' if each.identical else 'not the same'}: {steps}")
        if each.differences:
            out.print(_table(each.differences))
        for step, why in each.unchecked.items():
            out.print(f"  {step} could not be made again: {why}")
    same = sum(each.identical for each in made)
    out.print(f"{same} of {len(made)} identical.")


def _table(differences: Sequence[Difference]) -> Any:
    table = tables.plain_table("field", "then", "now")
    for each in differences:
        table.add_row(each.path, _short(each.then), _short(each.now))
    return table


def _short(value: Any) -> str:
    text = "–" if value is None else str(value)
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}…"
