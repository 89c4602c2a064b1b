"""`python -m bench [NAME …] [--rounds N] [--json]`: measures, then prints the table."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator

from rich.console import Console

from bench import (
    analyst,
    backtest,
    orders,
    overhead,
    past,
    pricing,
    refresh,
    replay,
    risk,
    screening,
    startup,
    store,
    surface,
)
from bench.machine import machine
from bench.measurement import Measurement
from bench.race import Race
from bench.report import as_json, print_table

ALL: dict[str, tuple[Callable[[int], Iterator[Measurement | Race]], int]] = {
    "screening": (screening.measure, 9),
    "surface": (surface.measure, 5),
    "store": (store.measure, 9),
    "refresh": (refresh.measure, 3),
    "past": (past.measure, 5),
    "backtest": (backtest.measure, 9),
    "replay": (replay.measure, 3),
    "orders": (orders.measure, 3),
    "risk": (risk.measure, 3),
    "overhead": (overhead.measure, 9),
    "analyst": (analyst.measure, 9),
    "help": (startup.measure_help, 9),
    "demo": (startup.measure_demo, 5),
    "pricing": (pricing.measure, 7),
}
"""What is measured, and in how many rounds unless the command line says so."""


def main() -> None:
    arguments = _arguments()
    status = Console(stderr=True).status("")
    found: list[Measurement | Race] = []
    note = machine()
    with status:
        for name in arguments.names or ALL:
            measure, rounds = ALL[name]
            status.update(f"measuring {name}")
            found += measure(arguments.rounds or rounds)
    if arguments.json:
        json.dump(as_json(note, found), sys.stdout, indent=2)
        sys.stdout.write("\n")
    else:
        print_table(note, found)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench", description="Measure what the bars of speed are about.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(ALL)}; all when none is named")
    parser.add_argument("--rounds", type=int, help="rounds of each side, at least 1")
    parser.add_argument("--json", action="store_true", help="every round, as JSON on stdout")
    arguments = parser.parse_args()
    unknown = [name for name in arguments.names if name not in ALL]
    if unknown:
        parser.error(f"no measurement is called {', '.join(unknown)}; there are {', '.join(ALL)}")
    if arguments.rounds is not None and arguments.rounds < 1:
        parser.error("--rounds must be at least 1")
    return arguments


if __name__ == "__main__":
    main()
