"""Screening one underlying for one structure.

    chain → admissible rows → cheap filters → our Greeks on what is left → priced filters
          → weighted mean of the margins → best K → candidates, and a count per refusing rule

Filters that need no Greeks come first, so that only contracts still alive are priced. Those filters are
counted over every admissible row; the priced ones over the rows that reached them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from tools.calendar.trading_time import Clock
from tools.domain.candidate import Candidate
from tools.domain.chain import BoolArray, Chain, FloatArray, IntArray
from tools.domain.market import Conditions, UnderlyingFacts
from tools.domain.structure import StructureKind
from tools.pricing.quotes import quote_greeks
from tools.screening.criteria import Criterion
from tools.screening.filter_column import FilterColumn, Reached
from tools.screening.holdings import Holdings
from tools.screening.proposal import Proposal
from tools.screening.registry import STRUCTURES
from tools.screening.rows import Rows
from tools.screening.rules import SPECS
from tools.screening.verdict import weighted_mean


@dataclass(frozen=True, eq=False, slots=True)
class ScreenResult:
    """The screen of one underlying by one book.

    considered   rows that can be the short leg: right, out of the money, standard deliverable
    passed       rows that fail no required filter, unknown ones included
    rejected     contracts that fail each required rule; one contract may fail several
    candidates   the best K of `passed`, best first
    """

    book: str
    underlying: str
    structure: StructureKind
    rows: int
    considered: int
    passed: int
    rejected: dict[str, int]
    candidates: tuple[Candidate, ...]


def screen(
    chain: Chain,
    *,
    facts: UnderlyingFacts,
    conditions: Conditions,
    holdings: Holdings,
    structure: StructureKind,
    criteria: Sequence[Criterion],
    clock: Clock,
    book: str,
    snapshot: str,
    best_k: int = 1,
) -> ScreenResult:
    """The best `best_k` contracts of a chain that fail no required criterion.

    Order: fewest unknown filters first (what cannot be approved without a person never crowds out what
    can), then the highest weighted mean of the margins, then expiry, strike, and the chain's own order.
    """
    kind = STRUCTURES[structure]
    admissible = np.flatnonzero(kind.admissible(chain))
    rows = Rows(chain.take(admissible), kind, facts, conditions, holdings)
    cheap = _evaluate((c for c in criteria if not SPECS[c.rule].priced), rows)
    alive = np.flatnonzero(~_refused(cheap, len(rows)))
    survivors = rows.take(alive)
    survivors = survivors.priced(quote_greeks(survivors.chain, clock=clock))
    priced = _evaluate((c for c in criteria if SPECS[c.rule].priced), survivors)
    passed = np.flatnonzero(~_refused(priced, len(survivors)))

    columns = _in_order(criteria, [Reached(c, alive[passed]) for c in cheap] + [Reached(c, passed) for c in priced])
    quantitative = weighted_mean(
        (c.margin for c in columns), (c.column.criterion.weight for c in columns), length=len(passed)
    )
    best = _best(survivors.chain, passed, columns, quantitative, best_k)
    proposal = Proposal(
        rows=survivors.take(passed[best]),
        filters=[c.take(best) for c in columns],
        quantitative=quantitative[best],
        book=book,
        snapshot=snapshot,
    )
    return ScreenResult(
        book=book,
        underlying=chain.underlying,
        structure=structure,
        rows=len(chain),
        considered=len(rows),
        passed=len(passed),
        rejected=_counts(cheap, len(rows)) | _counts(priced, len(survivors)),
        candidates=proposal.candidates(),
    )


def _evaluate(criteria: Iterable[Criterion], rows: Rows) -> list[FilterColumn]:
    return [FilterColumn.of(criterion, rows) for criterion in criteria]


def _in_order(criteria: Sequence[Criterion], columns: Sequence[Reached]) -> list[Reached]:
    """The columns in the book's own order."""
    by_rule = {each.column.criterion.rule: each for each in columns}
    return [by_rule[criterion.rule] for criterion in criteria]


def _refused(columns: Iterable[FilterColumn], length: int) -> BoolArray:
    refused = np.zeros(length, dtype=np.bool_)
    for column in columns:
        refused |= column.refused
    return refused


def _counts(columns: Iterable[FilterColumn], length: int) -> dict[str, int]:
    counts = {c.criterion.rule.value: int(np.broadcast_to(c.refused, length).sum()) for c in columns}
    return {rule: count for rule, count in counts.items() if count}


def _best(
    chain: Chain, passed: IntArray, columns: Iterable[Reached], quantitative: FloatArray, count: int
) -> IntArray:
    """Places in `passed` of the best `count`, best first; those without any margin come last among their equals."""
    unknown = np.zeros(len(passed), dtype=np.int64)
    for column in columns:
        unknown += column.unknown
    merit = np.where(np.isnan(quantitative), np.inf, -quantitative)
    near = _contenders(unknown, merit, count)
    rows = passed[near]
    order = np.lexsort((chain.strike[rows], chain.expiry[rows], merit[near], unknown[near]))
    best: IntArray = near[order][:count]
    return best


def _contenders(unknown: IntArray, merit: FloatArray, count: int) -> IntArray:
    """Rows that can be among the best `count`: sorting a whole chain to name one contract is not worth it."""
    known = np.flatnonzero(unknown == unknown.min()) if len(unknown) else np.arange(0)
    if len(known) <= count:
        return np.arange(len(unknown))
    worst = np.partition(merit[known], count - 1)[count - 1]
    near: IntArray = known[merit[known] <= worst]
    return near
