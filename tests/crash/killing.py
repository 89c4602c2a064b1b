"""One command on a prepared home, killed at its durable writes, run again, and held beside the undisturbed end."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from tests.crash.conftest import Fuse, in_child, killed_at, said, wired
from tests.crash.ending import Ending, ending

Command = Callable[[Path], list[str]]
"""The arguments that run it on a home."""


def kill(home: Path, command: Command, *, stride: int) -> tuple[Ending, int]:
    """The undisturbed end, and how often the command was killed and then came to the same.

    At a stride of 1 it dies before and after every write, else before or after in turn.
    """
    undisturbed = home.with_name("undisturbed")
    shutil.copytree(home, undisturbed)
    fuse = Fuse(at=-1, after=False)
    with wired(fuse):
        said(command(undisturbed))
    expected, kills = ending(undisturbed), 0
    for turn, point in enumerate(range(1, fuse.seen + 1, stride)):
        for after in (False, True) if stride == 1 else (turn % 2 == 0,):
            killed = home.with_name(f"killed-{point}-{after}")
            shutil.copytree(home, killed)
            if killed_at(point, after=after, arguments=command(killed)):
                kills += 1
                in_child(lambda again=command(killed): len(said(again)))  # type: ignore[misc]
                assert ending(killed) == expected, (point, after)
            shutil.rmtree(killed)
    return expected, kills
