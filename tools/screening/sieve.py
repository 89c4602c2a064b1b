"""What the market alone leaves of a chain for a book, before the account is asked and anything is priced.

    chain, facts, conditions, criteria → every contract that can be a leg → whom they refuse, and how many each does

A look never changes, and what is asked of the market does not depend on what the account holds: a chain that was
sifted once for these criteria is not sifted again, whoever asks and whatever became of the trades in between. What
was found out lives as long as its chain.
"""

from __future__ import annotations

from dataclasses import dataclass
from weakref import WeakKeyDictionary

from tools.domain.chain import BoolArray, Chain
from tools.domain.market import Conditions, UnderlyingFacts
from tools.screening.filter_column import Asked, refused_by
from tools.screening.holdings import NOTHING_KNOWN
from tools.screening.rows import Rows
from tools.screening.rules import Subject
from tools.screening.stages import Stages


@dataclass(frozen=True, eq=False, slots=True)
class Sifted:
    """One structure's contracts in a chain (n), by the criteria that ask the market alone.

    refused   those that fail a required one
    unusable  those that fail one of every leg: they do not even protect
    counts    how many each rule refuses, where it refuses any
    """

    facts: UnderlyingFacts
    conditions: Conditions
    refused: BoolArray
    unusable: BoolArray
    counts: dict[str, int]


_SIFTED: WeakKeyDictionary[Chain, dict[str, Sifted]] = WeakKeyDictionary()


def sifted_of(chain: Chain) -> dict[str, Sifted]:
    """What a chain was sifted by, under `Stages.key`."""
    found = _SIFTED.get(chain)
    if found is None:
        found = _SIFTED[chain] = {}
    return found


def sift(chain: Chain, stages: Stages, *, facts: UnderlyingFacts, conditions: Conditions) -> Sifted:
    """The contracts of the structure as its criteria leave them, from memory where they were asked before."""
    known = sifted_of(chain)
    found = known.get(stages.key)
    if found is None or found.facts is not facts or found.conditions is not conditions:
        found = known[stages.key] = _sift(chain, stages, facts, conditions)
    return found


def _sift(chain: Chain, stages: Stages, facts: UnderlyingFacts, conditions: Conditions) -> Sifted:
    side = chain.side(stages.rights)
    rows = Rows(side.chain, stages.structure, facts, conditions, NOTHING_KNOWN, strikes=stages.strikes)
    asked = [Asked.of(criterion, rows) for criterion in stages.market]
    counts = {each.criterion.rule.value: each.count(len(rows)) for each in asked}
    return Sifted(
        facts=facts,
        conditions=conditions,
        refused=refused_by(asked, len(rows)),
        unusable=refused_by((each for each in asked if each.subject is Subject.EVERY_LEG), len(rows)),
        counts={rule: count for rule, count in counts.items() if count},
    )
