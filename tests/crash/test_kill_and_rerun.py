"""kill -9 at durable writes of a run, then the same command again: the result is that of an undisturbed run."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.crash.conftest import Fuse, in_child, killed_at, said, wired
from tests.crash.ending import ending

STRIDE = 9
"""A quick pass kills at every ninth write; the full one at every single one, before and after it."""


def run_arguments(home: Path) -> list[str]:
    return ["run", "--json", "--home", str(home)]


def writes_of_a_run(home: Path) -> int:
    fuse = Fuse(at=-1, after=False)
    with wired(fuse):
        said(run_arguments(home))
    return fuse.seen


def check_same_end(home: Path, undisturbed: Path) -> None:
    found = said(run_arguments(home))
    assert found == said(run_arguments(undisturbed))
    reached = ending(home)
    assert reached == ending(undisturbed)
    approved = [decision for decision in found["decisions"] if decision["outcome"] == "approved"]
    assert len(reached.orders) == len(approved)


def kill_everywhere(tmp_path: Path, *, stride: int) -> int:
    undisturbed = tmp_path / "undisturbed"
    total = writes_of_a_run(undisturbed)
    kills = 0
    for point in range(1, total + 1, stride):
        for after in (False, True) if stride == 1 else (point % 2 == 0,):
            home = tmp_path / f"killed-{point}-{after}"
            if killed_at(point, after=after, arguments=run_arguments(home)):
                kills += 1
                check_same_end(home, undisturbed)
    return kills


@pytest.mark.timeout(300)
def test_a_killed_run_ends_like_an_undisturbed_one(tmp_path: Path) -> None:
    assert kill_everywhere(tmp_path, stride=STRIDE) >= 10


@pytest.mark.crash
@pytest.mark.timeout(3600)
def test_a_run_killed_at_every_single_write(tmp_path: Path) -> None:
    assert kill_everywhere(tmp_path, stride=1) >= 100


@pytest.mark.timeout(300)
def test_a_killed_override_gives_one_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THETAGATE_SCORE__HUMAN", "7.5")
    undisturbed = tmp_path / "undisturbed"
    decisions = said(run_arguments(undisturbed))["decisions"]
    low = next(d["id"] for d in decisions if d["outcome"] == "refused" and d["reasons"][0]["rule"] == "score")
    command = ["approve", low, "--override", "--reason", "known company", "--json", "--home"]
    fuse = Fuse(at=-1, after=False)
    with wired(fuse):
        said([*command, str(undisturbed)])
    for point in range(1, fuse.seen + 1, 3):
        home = tmp_path / f"killed-{point}"
        said(run_arguments(home))
        assert killed_at(point, after=point % 2 == 0, arguments=[*command, str(home)])
        said(run_arguments(home))
        in_child(lambda command=[*command, str(home)]: len(said(command)))  # type: ignore[misc]
        assert said(["why", low, "--json", "--home", str(home)])["order"]["status"] == "filled"
        check_same_end(home, undisturbed)


def waiting(home: Path) -> str:
    return str(said(["approvals", "--json", "--home", str(home)])["approvals"][0]["id"])


@pytest.mark.timeout(300)
def test_a_killed_approval_gives_one_order(tmp_path: Path) -> None:
    undisturbed = tmp_path / "undisturbed"
    said(run_arguments(undisturbed))
    decision = waiting(undisturbed)
    fuse = Fuse(at=-1, after=False)
    with wired(fuse):
        said(["approve", decision, "--json", "--home", str(undisturbed)])
    for point in range(1, fuse.seen + 1, 2):
        home = tmp_path / f"killed-{point}"
        said(run_arguments(home))
        approve = ["approve", decision, "--json", "--home", str(home)]
        assert killed_at(point, after=point % 4 == 1, arguments=approve)
        in_child(lambda command=approve: len(said(command)))  # type: ignore[misc]
        found = said(["why", decision, "--json", "--home", str(home)])
        assert found["state"] == "approved"
        assert found["order"]["status"] == "filled"
        check_same_end(home, undisturbed)
