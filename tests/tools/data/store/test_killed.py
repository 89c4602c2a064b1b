"""kill -9 while a file goes in: the history is the old one or the new one, and the same command again ends well."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from tests.tools.data.files import samples
from tests.tools.data.store.conftest import bring
from tests.tools.data.store.test_history import days_of
from tools.calendar.sessions import sessions_between
from tools.data.store.catalog import Catalog
from tools.data.store.entries import Entry, Import, Series
from tools.data.store.history import History
from tools.domain.contract import OptionContract, Right

ROOT = Path(__file__).parents[4]
DAYS = [f"{day:%Y-%m-%d}" for day in sessions_between(date(2024, 5, 20), date(2024, 6, 14))]
KEPT = OptionContract(underlying="AAPL", root="AAPL", expiry=date(2024, 7, 19), right=Right.PUT, strike=100)
CHILD = """
import sys
from pathlib import Path
from datetime import datetime, UTC
from tools.data.store.history import History
from tools.data.store.importing import import_file
from tools.calendar.sessions import schedule

schedule()
print("ready", flush=True)
sys.stdin.readline()
with History.open(Path(sys.argv[1])) as history:
    import_file(history, Path(sys.argv[2]), format="cboe-eod", now=datetime(2024, 7, 1, tzinfo=UTC))
    with history.writing():
        history.compact()
print("done", flush=True)
"""

State = tuple[tuple[str, ...], tuple[int, ...], int]


def seen(folder: Path) -> State:
    """What a reader finds: sessions, rows of each chain, and the quotes of one contract."""
    with History.open(folder) as history:
        instants = history.instants("AAPL")
        chains = [history.chain("AAPL", instant) for instant in instants]
        quotes = history.contract(KEPT)
        assert quotes["as_of"].to_list() == quotes["as_of"].unique().sort().to_list()
        return (
            tuple(str(instant) for instant in instants),
            tuple(len(chain) if chain is not None else -1 for chain in chains),
            quotes.height,
        )


def begin(folder: Path, path: Path) -> subprocess.Popen[str]:
    """A process that is about to import."""
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(folder), str(path)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "ready\n"
    return child


def go(child: subprocess.Popen[str]) -> None:
    assert child.stdin is not None
    child.stdin.write("\n")
    child.stdin.flush()


def prepared(folder: Path) -> tuple[Path, Path]:
    """A history with two sessions, and the file whose import is killed."""
    with History.open(folder / "history") as history:
        bring(history, samples.write_cboe_eod(folder, days_of(DAYS[:2]), name="old.csv"))
    return folder / "history", samples.write_cboe_eod(folder, days_of(DAYS[1:]), name="new.csv")


def kill_and_look(folder: Path, dice: random.Random, *, rounds: int) -> set[str]:
    """Kill at random moments of an import and compare; which states were found."""
    history, path = prepared(folder)
    old = seen(history)
    child = begin(history, path)
    start = time.perf_counter()
    go(child)
    child.communicate()
    longest = time.perf_counter() - start
    new = seen(history)
    assert len(new[0]) == len(DAYS)
    found = set()
    for number in range(rounds):
        there = folder / f"round {number}"
        there.mkdir()
        history, path = prepared(there)
        child = begin(history, path)
        go(child)
        time.sleep(dice.uniform(0, longest))
        child.kill()
        child.communicate()
        state = seen(history)
        assert state in (old, new)
        found.add("old" if state == old else "new")
        settled(history, path, new)
    return found


def settled(folder: Path, path: Path, new: State) -> None:
    """The same command again ends in the new state, and nothing of the killed one is left."""
    with History.open(folder) as history:
        bring(history, path)
        with history.writing():
            history.compact()
        named = history.catalog.named_parts()
    assert seen(folder) == new
    assert {str(each.relative_to(folder)) for each in folder.rglob("*.parquet*")} == named
    assert list(folder.rglob("*.tmp")) == []


def test_a_killed_import_leaves_the_old_or_the_new_history(tmp_path: Path) -> None:
    kill_and_look(tmp_path, random.Random(20240614), rounds=2)


def test_half_written_files_are_never_read(tmp_path: Path) -> None:
    history, path = prepared(tmp_path)
    old = seen(history)
    day = history / "quotes" / "underlying=AAPL" / f"date={DAYS[4]}"
    day.mkdir(parents=True)
    pl.DataFrame({"strike": [1.0]}).write_parquet(day / "0123456789abcdef01234567.parquet")
    (day / "0123456789abcdef01234567.parquet.77.tmp").write_bytes(b"PAR1 half a file")
    assert seen(history) == old
    with History.open(history) as opened:
        bring(opened, path)
        assert {each.name for each in day.iterdir()} == {
            Path(entry.part).name for entry in opened.catalog.entries("AAPL") if str(entry.day) == DAYS[4]
        }


def test_what_the_catalog_names_outlives_a_power_cut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files, their folders and all folders above are made durable before the transaction that names them."""
    durable: set[int] = set()
    sync, add = os.fsync, Catalog.add

    def watched(descriptor: int) -> None:
        sync(descriptor)
        durable.add(os.fstat(descriptor).st_ino)

    def checked(
        self: Catalog, done: Import, *, entries: Sequence[Entry] = (), daily: Sequence[Series] = ()
    ) -> None:
        named = [history.parts.path(each.part) for each in (*entries, *daily)]
        assert named
        for path in named:
            folders = [each for each in path.parents if each.is_relative_to(history.folder)]
            assert {each.stat().st_ino for each in (path, *folders)} <= durable
        add(self, done, entries=entries, daily=daily)

    monkeypatch.setattr(os, "fsync", watched)
    monkeypatch.setattr(Catalog, "add", checked)
    with History.open(tmp_path / "history") as history:
        bring(history, samples.write_cboe_eod(tmp_path, days_of(DAYS[:3])))
        assert len(history.instants("AAPL")) == 3


@pytest.mark.crash
@pytest.mark.timeout(1800)
def test_kills_at_many_moments(tmp_path: Path) -> None:
    assert kill_and_look(tmp_path, random.Random(7), rounds=80) == {"old", "new"}
