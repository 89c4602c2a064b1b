"""An answer held against its brief: what past trades brought may be claimed only where they are spoken of.

    answer ─→ lines that speak of past trades ─→ against every fact of the brief ─────┐
           └→ all other lines ────────────────→ against the facts of the candidate ───┴→ misses

Else the result of an old trade would vouch for a wrong number about the new one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from agents.grounding import Grounding, check, facts_of
from agents.schemas import narrative
from tools.domain.rationale import Rationale

PAST = "past trade"
_SPOKEN_OF = re.compile(r"\b(?:past|similar|earlier|previous|prior|comparable|precedents?)\b", re.IGNORECASE)


def check_answer(answer: Rationale, brief: Mapping[str, Any]) -> Grounding:
    """Every number of an answer, each line held against what it may speak of."""
    return check_text(narrative(answer), brief)


def check_text(text: str, brief: Mapping[str, Any]) -> Grounding:
    """Lines that speak of past trades may mean any of them: there only the kind of a number and its value count."""
    facts = facts_of(brief)
    labels = [str(trade["past_trade"]["value"]) for trade in brief["similar_trades"]]
    if not labels:
        return check(text, facts)

    def spoken_of(line: str) -> bool:
        return _SPOKEN_OF.search(line) is not None or any(label in line for label in labels)

    own = {name: fact for name, fact in facts.items() if not name.startswith(PAST)}
    misses = (
        *check(_lines(text, spoken_of), facts, subjects=False).misses,
        *check(_lines(text, lambda line: not spoken_of(line)), own).misses,
    )
    return Grounding(tuple(sorted(misses, key=lambda miss: miss.span)))


def _lines(text: str, wanted: Callable[[str], bool]) -> str:
    """The text with every other line blank, so that what is found stands where it stood."""
    return "\n".join(line if wanted(line) else " " * len(line) for line in text.split("\n"))
