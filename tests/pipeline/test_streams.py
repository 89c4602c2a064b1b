"""Readers that leave early, closed streams, a full disk behind stdout: the work and its exit code stay."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.pipeline.conftest import start

VERB = f"{sys.executable} -m pipeline.cli"


def shell(line: str, home: Path) -> subprocess.CompletedProcess[str]:
    """One line of a shell, its exit code that of the verb."""
    script = f"set -o pipefail; {line.format(verb=VERB, home=home)}"
    return subprocess.run(["bash", "-c", script], capture_output=True, text=True, timeout=60, check=False)


def test_a_reader_who_leaves_early_changes_nothing(home: Path) -> None:
    process = start("run", "--json", home=home)
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    assert process.wait(timeout=60) == 0
    assert "Traceback" not in process.stderr.read()
    assert (home / "ledger.sqlite").exists()


@pytest.mark.parametrize(
    "line",
    [
        "{verb} graph --json --home {home} >&-",
        "{verb} graph --home {home} <&- >&- 2>&-",
        "{verb} doctor --home {home} <&- >&- 2>&-",
        "{verb} config show --home {home} | head -c 1",
        "{verb} config show --home {home} | true",
    ],
)
def test_nobody_has_to_listen(line: str, home: Path) -> None:
    done = shell(line, home)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_a_full_disk_behind_stdout_is_said(home: Path) -> None:
    for verb in ("graph", "graph --json"):
        done = shell(f"{{verb}} {verb} --home {{home}} > /dev/full", home)
        assert done.returncode == 1
        assert "disk space" in done.stderr
        assert "Traceback" not in done.stderr
