"""When outcomes are enough to speak of at all.

Sold options win often and little, and lose seldom and much: thirty wins in a row are what a worthless opinion
brings about as well as a good one. So a figure needs enough outcomes, enough of the rarer kind among them, and
enough days they were decided on, since those of one day share its luck. `tests/tools/performance/test_ablation.py`
holds how often a figure that passes these is wrong.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence

OUTCOMES = 30
OF_EITHER = 5
CLUSTERS = 10


def lacking(won: Sequence[bool], clusters: Sequence[Hashable]) -> str:
    """What is missing, in words with the counts that are needed; empty where nothing is."""
    count, wins = len(won), sum(won)
    if count < OUTCOMES:
        return f"{count} of at least {OUTCOMES} outcomes"
    rarer, name = min((wins, "wins"), (count - wins, "losses"))
    if rarer < OF_EITHER:
        return f"{rarer} of at least {OF_EITHER} {name} among {count} outcomes"
    days = len(set(clusters))
    return f"outcomes of {days} of at least {CLUSTERS} days" if days < CLUSTERS else ""
