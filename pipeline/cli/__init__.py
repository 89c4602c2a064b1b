"""The command line: verbs in `app.py`, one module per family of verbs, exit codes in `exits.py`."""

from __future__ import annotations

import io
import sys


def main() -> None:
    """Entry point of `thetagate`. A failure is one sentence and an exit code; `--debug` shows the traceback."""
    from pipeline.cli.app import run_app

    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal without − or → shows ?, and nothing else changes
    sys.exit(run_app(sys.argv[1:]))
