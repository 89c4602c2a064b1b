"""Malformed files at the door of the history: none gets an exception out, no bad row counts, nothing is half in."""

from __future__ import annotations

import random
from datetime import UTC, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.tools.data.files import samples
from tests.tools.data.files.samples import AS_OF
from tests.tools.data.files.test_defects import DEFECTS, FORMATS, SILENT, tells_price
from tests.tools.data.store.conftest import bring
from tests.tools.data.store.test_history import read_file, same
from tools.calendar.sessions import is_session, previous_close
from tools.data.quality import LARGEST_PRICE
from tools.data.store.history import History
from tools.data.store.importing import Imported
from tools.domain.errors import ChainError

TIMED = ("cboe-eod", "yfinance")
"""Formats whose quotes say when on a day they stood."""
TIMES = {
    "naive": ("2024-06-14T10:30:00", "used"),
    "day": ("2024-06-14", "used"),
    "midnight": ("2024-06-14 00:00:00", "used"),
    "utc": ("2024-06-14T18:00:00Z", "used"),
    "tokyo": ("2024-06-15T02:00:00+09:00", "used"),  # 13:00 in New York
    "tokyo's own day": ("2024-06-15T23:30:00+09:00", "stale"),  # a Saturday in New York
    "memorial day": ("2024-05-27", "stale"),
    "good friday": ("2024-03-29T11:00:00", "stale"),
    "sunday": ("2024-06-09T16:00:00", "stale"),
    "no such hour": ("2024-06-14T25:61:00", "unparseable"),
    "no such day": ("2024-02-30", "unparseable"),
    "before options": ("1066-10-14", "unparseable"),
    "words": ("just now", "unparseable"),
    "seconds": ("1718395140", "unparseable"),
    "blank": ("", "unparseable"),
}
"""What stands for a quote's time, and where it puts its row; a snapshot is judged at its own instant."""
SLOW = settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.mark.parametrize("form", FORMATS)
@SLOW
@given(seed=st.integers(0, 10**9))
def test_malformed_files(form: str, seed: int, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("malformed")
    with History.open(folder / "history") as history:
        check_defects(history, form, seed, folder)
        check_bytes(history, form, seed, folder)
        if form in TIMED:
            check_instants(history, form, seed, folder)


@pytest.mark.fuzz
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("form", FORMATS)
def test_many_malformed_files(form: str, tmp_path: Path) -> None:
    """The checks a thousand times each per format, one after the other into the same history."""
    dice = random.Random(20261121)
    with History.open(tmp_path / "history") as history:
        for _ in range(1000):
            seed = dice.randrange(10**9)
            check_defects(history, form, seed, tmp_path)
            check_bytes(history, form, seed, tmp_path)
            if form in TIMED:
                check_instants(history, form, seed, tmp_path)


def check_defects(history: History, form: str, seed: int, folder: Path) -> None:
    """Rows with random defects among good ones: each counted, the good ones the chain that the file gives."""
    dice = random.Random(seed)
    names = [name for name in DEFECTS if name not in SILENT[form]]
    share = dice.uniform(0.01, 0.4)
    clean = samples.clean_rows()
    rows = [DEFECTS[dice.choice(names)][0](row) if dice.random() < share else row for row in clean]
    path = FORMATS[form](folder, rows)
    done = brought(history, path, form, folder)
    if not tells_price(form, [row for row in rows if row in clean]):
        assert done is None
        return
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


def check_instants(history: History, form: str, seed: int, folder: Path) -> None:
    """Quotes that stand at odd times, holes in the strikes, one underlying halted: each row where its time puts it.

    What a time says is told here by itself: no zone is New York's, no hour is the session's close.
    """
    dice = random.Random(seed)
    halted = dice.random() < 0.5
    rows, expected = [], {"used": 0, "stale": 0, "unparseable": 0}
    for row in samples.clean_rows():
        if dice.random() < 0.2:
            continue  # a missing strike, or one of its sides
        text, fate = TIMES[dice.choice(list(TIMES))] if dice.random() < 0.3 else ("2024-06-14T15:59:00", "used")
        rows.append({**row, "quoted": text})
        expected[fate] += 1
        if halted:
            other = {**row, "underlying": "MSFT", "symbol": row["symbol"].replace("AAPL", "MSFT")}
            rows.append({**other, "quoted": "2024-06-12T15:00:00"})
    if not expected["used"]:
        return
    found = brought(history, FORMATS[form](folder, rows), form, folder)
    assert found is not None
    check_laws(history, found)
    total = found.done.counts
    assert total.rows == len(rows)
    assert total.dropped.get("stale", 0) >= expected["stale"]
    assert total.dropped.get("unparseable", 0) == expected["unparseable"]
    for entry in found.snapshots:
        used = history.rows(entry).filter(fate="used")
        assert used.is_empty() or is_session(entry.day)
        assert (used["quoted"] >= previous_close(entry.as_of - timedelta(seconds=1)).astimezone(UTC)).all()
        assert entry.underlying == "AAPL" or entry.day.isoformat() == "2024-06-12", "a halted one is never fresh"
    if halted:
        assert history.chain("MSFT", AS_OF) is None


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
