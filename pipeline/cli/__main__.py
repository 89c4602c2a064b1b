"""`python -m pipeline.cli` is `thetagate`."""

from pipeline.cli import main

main()
