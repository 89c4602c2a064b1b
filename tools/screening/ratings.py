"""Long-term issuer ratings on one ladder, D (0) to AAA (21).

S&P and Fitch letters, with Moody's classes set notch for notch beside them (Baa1 = BBB+). Moody's has one
class between CC and default, so that its `Ca` counts as CC and its `C` shares the letter of S&P's C.
"""

from __future__ import annotations

LADDER = (
    "D", "C", "CC", "CCC-", "CCC", "CCC+", "B-", "B", "B+", "BB-", "BB", "BB+",
    "BBB-", "BBB", "BBB+", "A-", "A", "A+", "AA-", "AA", "AA+", "AAA",
)  # fmt: skip
_MOODYS = {
    "CA": "CC", "CAA3": "CCC-", "CAA2": "CCC", "CAA1": "CCC+", "B3": "B-", "B2": "B", "B1": "B+",
    "BA3": "BB-", "BA2": "BB", "BA1": "BB+", "BAA3": "BBB-", "BAA2": "BBB", "BAA1": "BBB+",
    "A3": "A-", "A2": "A", "A1": "A+", "AA3": "AA-", "AA2": "AA", "AA1": "AA+",
}  # fmt: skip
_DEFAULTED = frozenset({"SD", "RD"})
_NOTCH = {name: notch for notch, name in enumerate(LADDER)}


def notch(rating: str) -> int | None:
    """The rung of a rating, 0 (D) to 21 (AAA); None for a text that is no long-term rating (NR, WR, "good")."""
    name = rating.strip().upper().replace("−", "-")
    if name in _DEFAULTED:
        return 0
    return _NOTCH.get(_MOODYS.get(name, name))


def letters(rung: float) -> str:
    """The S&P letters of a rung."""
    return LADDER[int(rung)]
