"""The shared speed workload: its program, the file it makes, what a contestant answers in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.peers import PeerError, environment

PROGRAM = Path(__file__).parents[2] / "shared" / "bench" / "backtest_workload.py"
GENERATOR = "pyarrow"
"""The environment with what the generator and the plain oracle need."""


@dataclass(frozen=True)
class Answer:
    """`seconds` from Parquet to the result, without imports and compilation."""

    trades: int
    profit: float
    seconds: float


def chain_file(folder: Path) -> Path:
    """The workload's Parquet file, made on first use."""
    file = folder / "chain.parquet"
    if not file.exists():
        folder.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=folder) as place:  # a run that is cut off leaves no half a file
            _program(GENERATOR, Path(place), "gen")
            (Path(place) / file.name).rename(file)
    return file


def answer_of(contestant: str, *, package: str, file: Path) -> Answer:
    """One run from Parquet to the result in the environment of `package`; `PeerError` where there is none."""
    for line in _program(package, file.parent, "one", contestant).splitlines():
        if line.startswith("JSON"):
            said = json.loads(line.removeprefix("JSON"))
            return Answer(said["trades"], said.get("pnl", float("nan")), said["total_s"])
    raise PeerError(f"{contestant} gives no answer here.")


def _program(package: str, folder: Path, *words: str) -> str:
    done = subprocess.run(
        (environment(package), PROGRAM, *words),
        env=os.environ | {"WORKLOAD_DIR": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise PeerError(f"{words[-1]} does not run here: {done.stderr.strip().rpartition(chr(10))[2]}")
    return done.stdout
