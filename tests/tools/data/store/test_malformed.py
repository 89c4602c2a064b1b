"""Malformed files at the door of the history: none gets an exception out, no bad row counts, nothing is half in."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.tools.data.files import samples
from tests.tools.data.files.samples import AS_OF
from tests.tools.data.files.test_defects import DEFECTS, FORMATS, SILENT
from tests.tools.data.store.conftest import bring
from tests.tools.data.store.test_history import read_file, same
from tools.data.quality import LARGEST_PRICE
from tools.data.store.history import History
from tools.data.store.importing import Imported
from tools.domain.errors import ChainError

SLOW = settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.mark.parametrize("form", FORMATS)
@SLOW
@given(seed=st.integers(0, 10**9))
def test_malformed_files(form: str, seed: int, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("malformed")
    with History.open(folder / "history") as history:
        check_defects(history, form, seed, folder)
        check_bytes(history, form, seed, folder)


@pytest.mark.fuzz
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("form", FORMATS)
def test_many_malformed_files(form: str, tmp_path: Path) -> None:
    """The two checks a thousand times each per format, one after the other into the same history."""
    dice = random.Random(20261121)
    with History.open(tmp_path / "history") as history:
        for _ in range(1000):
            seed = dice.randrange(10**9)
            check_defects(history, form, seed, tmp_path)
            check_bytes(history, form, seed, tmp_path)


def check_defects(history: History, form: str, seed: int, folder: Path) -> None:
    """Rows with random defects among good ones: each counted, the good ones the chain that the file gives."""
    dice = random.Random(seed)
    names = [name for name in DEFECTS if name not in SILENT[form]]
    share = dice.uniform(0.01, 0.4)
    rows = [DEFECTS[dice.choice(names)][0](row) if dice.random() < share else row for row in samples.clean_rows()]
    path = FORMATS[form](folder, rows)
    done = brought(history, path, form, folder)
    assert done is not None
    assert done.done.counts.rows == len(rows)
    check_laws(history, done)
    direct = read_file(path, AS_OF, str(folder / "map.toml") if form == "column-map" else form)
    stored = history.chain("AAPL", AS_OF)
    assert direct is not None
    assert stored is not None
    if form != "column-map":
        assert same(stored, direct.chains["AAPL"])


def check_bytes(history: History, form: str, seed: int, folder: Path) -> None:
    """A file damaged anywhere goes in lawfully or not at all."""
    dice = random.Random(seed)
    path = FORMATS[form](folder, samples.clean_rows())
    data = bytearray(path.read_bytes())
    for _ in range(dice.randrange(1, 60)):
        place = dice.randrange(len(data))
        data[place : place + dice.randrange(3)] = dice.choice([b"", b",", b'"', b"\n", b"-", b"9", b"\xff", b"x"])
    path.write_bytes(bytes(data))
    before = history.catalog.imports()
    done = brought(history, path, form, folder)
    if done is None:
        assert history.catalog.imports() == before
    else:
        check_laws(history, done)


def brought(history: History, path: Path, form: str, folder: Path) -> Imported | None:
    """What became of the import, None where it was refused in one sentence."""
    try:
        return bring(history, path, str(folder / "map.toml") if form == "column-map" else form)
    except ChainError as refusal:
        sentence = str(refusal)
    assert "\n" not in sentence
    assert sentence.endswith((".", "?"))
    return None


def check_laws(history: History, found: Imported) -> None:
    """Every row of the file has one fate; every row of every snapshot of it is stored; no bad one is used."""
    counts = found.done.counts
    assert counts.rows == counts.used + sum(counts.dropped.values())
    placed = 0
    for entry in found.snapshots:
        frame = history.rows(entry)
        placed += frame.height
        assert frame.height == entry.counts.rows
        used = frame.filter(fate="used")
        assert used.height == entry.counts.used
        assert (used["quoted"] <= entry.as_of).all()
        assert (used["expiry"] >= entry.day).all()
        sides = ("bid", "ask") if entry.quoted else ("last", "last")
        bid, ask = (used[name].to_numpy() for name in sides)
        assert (np.isfinite(bid) & np.isfinite(ask) & (bid >= 0) & (ask > 0) & (bid <= ask)).all()
        assert (ask <= LARGEST_PRICE).all()
        contracts = used.select("root", "expiry", "right", "strike")
        assert contracts.is_duplicated().sum() == 0
    unplaced = counts.rows - placed
    assert unplaced >= 0
    if unplaced and not found.repeated and found.done.unplaced is None:
        assert len(found.snapshots) < len({entry.as_of for entry in history.catalog.entries("AAPL")}) + 1
