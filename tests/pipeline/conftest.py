"""The command line as a user runs it, inside this process or in one of its own."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from pipeline.cli.app import run_app
from pipeline.home import Home


@dataclass(frozen=True)
class Said:
    """What a verb did: exit code, stdout, stderr."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Verb = Callable[..., Said]


@pytest.fixture(autouse=True)
def quick(one_market: None) -> None:
    """Every test of this folder opens the same few markets."""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture(scope="session")
def traded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home after one run: trades approved, refused, and waiting for a person."""
    home = tmp_path_factory.mktemp("traded") / "home"
    assert run_app(["run", "--json", "--home", str(home)]) == 0
    return home


@pytest.fixture
def asking(traded: Path, home: Path) -> Path:
    """A copy of it that a test may change."""
    shutil.copytree(traded, home)
    return home


@pytest.fixture
def verb(home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Verb:
    """Run one verb in this process on the test's home."""
    monkeypatch.setenv("COLUMNS", "200")

    def call(*arguments: str | Path) -> Said:
        capsys.readouterr()
        where = () if "--home" in arguments else ("--home", str(home))
        code = run_app([*map(str, arguments), *where])
        captured = capsys.readouterr()
        return Said(code, captured.out, captured.err)

    return call


def later(home: Path, *, minutes: int = 10) -> None:
    """Let the home's clock go on, so that a run sees another snapshot."""
    market = Home(home).read_market()
    assert market is not None
    assert market.as_of is not None
    Home(home).write_market(market.at(market.as_of + timedelta(minutes=minutes)))


def start(*arguments: str | Path, home: Path, **options: Any) -> subprocess.Popen[str]:
    """One verb in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "pipeline.cli", *map(str, arguments), "--home", str(home)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **options,
    )
