"""`python -m tests.simulation SEED …`: one day each, its trace hash and what is wrong with it."""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.simulation.day import trade
from tests.simulation.opening import opened_ledger
from tests.simulation.questions import wrongs


def main() -> int:
    broken = 0
    with TemporaryDirectory() as folder:
        template = opened_ledger(Path(folder))
        for seed in map(int, sys.argv[1:]):
            home = Path(folder) / str(seed)
            home.mkdir()
            world = trade(home, template, seed)
            found = wrongs(world)
            broken += bool(found)
            weather = world.weather
            told = f"{world.trace.calls} calls, {weather.fallen} faults, {weather.deaths} deaths"
            sys.stdout.write("\n  ".join([f"{seed} {world.trace.hash} {told}", *found]) + "\n")
            world.close()
    return broken


if __name__ == "__main__":
    sys.exit(main())
