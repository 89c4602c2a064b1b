"""Every race of the pricing room, one thread each, and what one option, a second thread and an import cost."""

from __future__ import annotations

from collections.abc import Iterator

from bench import pricing_american, pricing_european
from bench.race import Race
from bench.threads import threads


def measure(rounds: int) -> Iterator[Race]:
    with threads(1):
        yield from pricing_european.measure(rounds)
        yield from pricing_american.measure(rounds)
