"""Every race of the pricing room, and what one option and an import cost."""

from __future__ import annotations

from collections.abc import Iterator

from bench import pricing_american, pricing_european
from bench.race import Race


def measure(rounds: int) -> Iterator[Race]:
    yield from pricing_european.measure(rounds)
    yield from pricing_american.measure(rounds)
