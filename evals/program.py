"""The program `thetagate`: every verb of the pipeline, and `eval` above them.

evals > pipeline: the pipeline knows no evaluation, so the room on top puts the two together
"""

from __future__ import annotations

import sys

import typer

from evals.verbs import eval_app
from pipeline.cli.app import app, run_app
from pipeline.cli.streams import keep_talking


def whole() -> typer.Typer:
    """The pipeline's verbs with `eval` beside them; asked twice, it is there once."""
    if all(group.name != "eval" for group in app.registered_groups):
        app.add_typer(eval_app, name="eval")
    return app


def main() -> None:
    """Entry point of `thetagate`."""
    whole()
    keep_talking()
    sys.exit(run_app(sys.argv[1:]))


if __name__ == "__main__":
    main()
