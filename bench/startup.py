"""What a person waits for: the help text, and the demo from the shell's prompt to its table.

Beside each stands what its interpreter costs before any work of ours: bare Python, and the demo's imports.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.measurement import Bar, Kind, Measurement, Timed, in_turns, timed

THETAGATE = Path(sys.executable).with_name("thetagate")
IMPORTS = (
    "import pipeline.cli.running, pipeline.graph, pipeline.cycle, agents.chain, agents.offline, "
    "tools.data.simulated, tools.execution.simulated, tools.ledger.store, exchange_calendars, alembic.command"
)


def measure_help(rounds: int) -> Iterator[Measurement]:
    bare, shown = in_turns(
        lambda: command(sys.executable, "-c", "pass"), lambda: command(str(THETAGATE), "--help"), rounds=rounds
    )
    yield Measurement(
        name="help",
        base=Timed("bare Python", bare),
        real=Timed("thetagate --help", shown),
        bar=Bar(Kind.SECONDS, 0.6),
    )


def measure_demo(rounds: int) -> Iterator[Measurement]:
    imports, table = in_turns(lambda: command(sys.executable, "-c", IMPORTS), demo, rounds=rounds)
    yield Measurement(
        name="demo",
        base=Timed("imports alone", imports),
        real=Timed("thetagate demo", table),
        bar=Bar(Kind.SECONDS, 10.0),
        note="a fresh home each time, compiled kernels cached",
    )


def demo() -> float:
    with TemporaryDirectory() as folder:
        return command(str(THETAGATE), "demo", "--home", folder)


def command(*arguments: str) -> float:
    """Seconds of a process; `CalledProcessError` with what it said where it fails."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("THETAGATE_")}
    return timed(lambda: subprocess.run(arguments, check=True, capture_output=True, env=environment))
