"""Numeric grounding: every number a narrative states must be a fact it was given, in its unit and of its subject.

    text ─→ plain text ─→ tokens ─┬→ numbers (digits, words, dates, ranges; with the tolerance of their writing)
                                  └→ mentions (runs of words that name facts)
    numbers × mentions ─→ what each number is about ─→ a fact carries it, or a miss

>>> facts = {"credit": (1.05, "USD/share"), "iv_rank": (62.0, "percent"), "expiry": ("2026-12-18", "date")}
>>> check("Credit of $1.05, IV rank 62, gone on the 18th of December.", facts).grounded
True
>>> [miss.number for miss in check("IV rank of 61 for a credit of $1.05.", facts).misses]
['61']
"""

from agents.grounding.check import LONGEST, Grounding, Miss, check
from agents.grounding.facts import Facts, facts_of

__all__ = ["LONGEST", "Facts", "Grounding", "Miss", "check", "facts_of"]
