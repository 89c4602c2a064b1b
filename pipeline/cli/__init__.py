"""The command line: verbs in `app.py`, one module per family of verbs, exit codes in `exits.py`."""

from __future__ import annotations

import sys


def main() -> None:
    """Entry point of `thetagate`. A failure is one sentence and an exit code; `--debug` shows the traceback."""
    from pipeline.cli.app import run_app
    from pipeline.cli.streams import keep_talking

    keep_talking()
    sys.exit(run_app(sys.argv[1:]))
