"""The kill switch as a file: durable, and firm where it cannot be read."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from itertools import permutations
from pathlib import Path

import pytest

from tools.domain.errors import BrokerError
from tools.domain.halt import Halt, Strength, firmest
from tools.domain.order import Purpose
from tools.execution import halt_file

AT = datetime(2026, 11, 20, 20, 45, tzinfo=UTC)


def halt(strength: Strength) -> Halt:
    return Halt(strength=strength, by="Ada", reason="a drill", at=AT)


def test_what_is_written_is_read(tmp_path: Path) -> None:
    path = tmp_path / "new" / "halt.json"
    assert halt_file.read(path) is None
    for strength in Strength:
        halt_file.write(path, halt(strength))
        assert halt_file.read(path) == halt(strength)
    halt_file.clear(path)
    halt_file.clear(path)
    assert halt_file.read(path) is None
    assert list(path.parent.iterdir()) == []


def test_it_is_durable_before_anybody_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[int] = []
    sync = os.fsync

    def watched(descriptor: int) -> None:
        sync(descriptor)
        synced.append(os.fstat(descriptor).st_ino)

    monkeypatch.setattr(os, "fsync", watched)
    path = tmp_path / "halt.json"
    halt_file.write(path, halt(Strength.KILL))
    assert synced == [path.stat().st_ino, tmp_path.stat().st_ino]


@pytest.mark.parametrize("content", [b"", b"{", b'{"strength": "pause"}', b"\xff\xfe", b"null"])
def test_a_file_that_does_not_say_what_it_stops_stops_everything(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "halt.json"
    path.write_bytes(content)
    found = halt_file.read(path)
    assert found is not None
    assert found.strength is Strength.KILL
    assert "halt.json" in found.reason


def test_a_folder_in_its_place_stops_everything(tmp_path: Path) -> None:
    path = tmp_path / "halt.json"
    path.mkdir()
    found = halt_file.read(path)
    assert found is not None
    assert found.strength is Strength.KILL
    with pytest.raises(BrokerError, match="may still go out"):
        halt_file.write(path, halt(Strength.KILL))


@pytest.mark.parametrize(
    ("strength", "through"),
    [
        (Strength.STOP_ENTRIES, {Purpose.CLOSE, Purpose.ROLL}),
        (Strength.FLATTEN, {Purpose.CLOSE}),
        (Strength.KILL, set()),
    ],
)
def test_each_strength_stops_more_than_the_one_before(strength: Strength, through: set[Purpose]) -> None:
    assert {purpose for purpose in Purpose if not halt(strength).stops(purpose)} == through
    assert {purpose for purpose in Purpose if halt(strength).refuses(purpose) is None} == through


def test_the_firmest_holds_in_whatever_order_they_are_told() -> None:
    for some in permutations([None, *map(halt, Strength)]):
        assert firmest(some) == halt(Strength.KILL)
    assert firmest([None, None]) is None
