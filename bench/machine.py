"""The machine a measurement was taken on, in a few words: what its seconds mean."""

from __future__ import annotations

import os
import platform
import sqlite3
import statistics
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.measurement import timed

COMMITS = 50


def machine() -> dict[str, str | int | float]:
    """Processor, cores, load, Python, and what one durable commit costs on the disk the homes are made on."""
    return {
        "processor": _processor(),
        "cores": os.cpu_count() or 1,
        "load": round(os.getloadavg()[0], 1),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "commit_ms": round(1e3 * durable_commit(), 2),
    }


def durable_commit() -> float:
    """Median seconds of a synced SQLite commit of one small row."""
    with TemporaryDirectory() as folder, closing(sqlite3.connect(Path(folder) / "commit.sqlite")) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("CREATE TABLE rows (body TEXT)")

        def commit() -> None:
            connection.execute("INSERT INTO rows VALUES (?)", ("x" * 500,))
            connection.commit()

        return statistics.median(timed(commit) for _ in range(COMMITS))


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or "unknown"
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), "unknown")
