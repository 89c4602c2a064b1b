"""Screening one underlying for one structure.

    chain → contracts that can be a leg → cheap filters of the market (remembered), then of the account
          → our Greeks on what is left → priced filters → strike choice
          → units, every combination of the chosen at once → filters of the unit
          → weighted mean of the margins → best K → candidates, and a count per refusing rule

Filters that need no Greeks come first, so that only contracts still alive are priced. Those filters are
counted over every contract that can be the short leg, the priced ones over the contracts that reached them,
those of the unit over the units. A structure of one leg has no unit but its contract: all its filters are of
contracts.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from tools.calendar.trading_time import Clock
from tools.domain.candidate import Candidate
from tools.domain.chain import BoolArray, Chain, FloatArray, IntArray
from tools.domain.market import Conditions, UnderlyingFacts
from tools.domain.structure import StructureKind
from tools.pricing.sheet import greeks_at
from tools.screening.criteria import Criterion
from tools.screening.filter_column import Asked, FilterColumn, refused_by
from tools.screening.holdings import Holdings
from tools.screening.offer import Offer, wing_reach
from tools.screening.proposal import Proposal
from tools.screening.rows import NO_CHOICE, Rows
from tools.screening.rules import Subject
from tools.screening.sieve import Sifted, sift
from tools.screening.stages import Stages, stages_of
from tools.screening.strikes import StrikeChoice
from tools.screening.structure import Structure, is_protected, judged_places
from tools.screening.verdict import weighted_mean


@dataclass(frozen=True, eq=False, slots=True)
class ScreenResult:
    """The screen of one underlying by one book.

    considered   contracts that can be a leg: right, out of the money, standard deliverable
    units        combinations of the contracts that passed and were chosen
    passed       units that fail no required filter, unknown ones included
    rejected     contracts or units that fail each required rule; one may fail several
    candidates   the best K of `passed`, best first
    """

    book: str
    underlying: str
    structure: StructureKind
    rows: int
    considered: int
    units: int
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
    strikes: StrikeChoice = NO_CHOICE,
) -> ScreenResult:
    """`screen_by` the stages of these criteria."""
    return screen_by(
        stages_of(structure, strikes, tuple(criteria)),
        chain,
        facts=facts,
        conditions=conditions,
        holdings=holdings,
        clock=clock,
        book=book,
        snapshot=snapshot,
        best_k=best_k,
    )


def screen_by(
    stages: Stages,
    chain: Chain,
    *,
    facts: UnderlyingFacts,
    conditions: Conditions,
    holdings: Holdings,
    clock: Clock,
    book: str,
    snapshot: str,
    best_k: int = 1,
) -> ScreenResult:
    """The best `best_k` units of a chain that fail no required criterion.

    Order: fewest unknown filters first (what cannot be approved without a person never crowds out what
    can), then the highest weighted mean of the margins, then expiry, strikes, and the chain's own order.
    """
    sifted = sift(chain, stages, facts=facts, conditions=conditions)
    found = partial(
        ScreenResult,
        book=book,
        underlying=chain.underlying,
        structure=stages.structure.kind,
        rows=len(chain),
        considered=len(sifted.refused),
    )
    if sifted.refused.all() and not stages.account:
        return found(units=0, passed=0, rejected=dict(sifted.counts), candidates=())

    side = chain.side(stages.rights)
    contracts = Rows(side.chain, stages.structure, facts, conditions, holdings, strikes=stages.strikes)
    asked = _ask(stages.account, contracts)
    rejected = sifted.counts | _counts(asked, len(contracts))
    kept, sellable = _kept(contracts, sifted, asked)
    if not sellable.any():
        return found(units=0, passed=0, rejected=rejected, candidates=())

    alive = contracts.take(kept).priced(greeks_at(chain, side.rows[kept], clock=clock))
    priced = _ask(stages.priced, alive)
    rejected |= _counts(priced, len(alive), sellable)
    legs = _combined(alive, np.flatnonzero(sellable & ~refused_by(priced, len(alive))))
    if len(legs) == 0:
        return found(units=0, passed=0, rejected=rejected, candidates=())

    units = alive.units(legs)
    whole = _ask(stages.unit, units)
    rejected |= _counts(whole, len(units))
    passed = np.flatnonzero(~refused_by(whole, len(units)))
    found = partial(found, units=len(units), passed=len(passed), rejected=rejected)
    if len(passed) == 0:
        return found(candidates=())

    through = legs[passed]
    told = [each.at(kept) for each in asked] + [each.column for each in priced]
    spoken = [_spoken(column, stages.structure, through) for column in told]
    spoken += _of_market(stages, alive, through)
    columns = _in_order(stages.criteria, spoken + [each.at(passed) for each in whole])
    scored = [each for each in columns if each.criterion.has_margin]
    quantitative = weighted_mean(
        (each.margin for each in scored), (each.criterion.weight for each in scored), length=len(passed)
    )
    best = _best(alive.chain, through, columns, quantitative, best_k)
    proposal = Proposal(
        rows=units.take(passed[best]),
        filters=columns,
        places=best,
        quantitative=quantitative[best],
        book=book,
        snapshot=snapshot,
    )
    return found(candidates=proposal.candidates())


def _ask(criteria: Iterable[Criterion], rows: Rows) -> list[Asked]:
    return [Asked.of(criterion, rows) for criterion in criteria]


def _kept(contracts: Rows, sifted: Sifted, asked: Sequence[Asked]) -> tuple[IntArray, BoolArray]:
    """Contracts that can still be a leg, and which of them can be sold.

    What only protects need not have traded today, but must be quoted on both sides like every leg; it is kept
    for the expiries in which something can be sold.
    """
    sellable = ~(sifted.refused | refused_by(asked, len(contracts)))
    if not is_protected(contracts.structure) or not sellable.any():
        kept = np.flatnonzero(sellable)
        return kept, sellable[kept]
    of_every_leg = (each for each in asked if each.subject is Subject.EVERY_LEG)
    usable = ~(sifted.unusable | refused_by(of_every_leg, len(contracts)))
    days = contracts.chain.dte
    needed = np.zeros(days.max() + 1, dtype=np.bool_)
    needed[days[sellable]] = True
    kept = np.flatnonzero(sellable | (usable & needed[days]))
    return kept, sellable[kept]


def _combined(alive: Rows, passing: IntArray) -> IntArray:
    """The units that the strikes chosen among those `passing` make: (units, legs) rows of what is alive."""
    kind, strikes, chain = alive.structure, alive.strikes, alive.chain
    chosen = strikes.choose(chain, passing, delta=alive.greek("delta"))
    if len(chosen) == 0:
        return np.empty((0, len(kind.roles)), dtype=np.int64)
    long = np.arange(len(alive)) if is_protected(kind) else chosen[:0]
    return kind.combine(Offer(chain, chosen, long, wing_reach(chain.spot, strikes.width)))


def _of_market(stages: Stages, alive: Rows, legs: IntArray) -> list[FilterColumn]:
    """What the criteria of the market say of each unit: sifting kept no more of them than whom they refuse."""
    if legs.shape[1] == 1:
        alone = alive.take(legs[:, 0])
        return [FilterColumn.of(criterion, alone) for criterion in stages.market]
    every = (FilterColumn.of(criterion, alive) for criterion in stages.market)
    return [_spoken(column, stages.structure, legs) for column in every]


def _spoken(column: FilterColumn, structure: Structure, legs: IntArray) -> FilterColumn:
    """What a rule of contracts says of each unit: the word of the worst of the legs that it is about."""
    if legs.shape[1] == 1 or column.is_shared:
        return column.take(legs[:, 0])
    return column.take(column.worst(legs[:, list(judged_places(structure, column.subject))]))


def _in_order(criteria: Sequence[Criterion], columns: Sequence[FilterColumn]) -> list[FilterColumn]:
    """The columns in the book's own order."""
    by_rule = {each.criterion.rule: each for each in columns}
    return [by_rule[criterion.rule] for criterion in criteria]


def _counts(asked: Iterable[Asked], length: int, among: BoolArray | None = None) -> dict[str, int]:
    """How many of `length` rows, or of those `among` them, each rule refuses, where it refuses any."""
    counts = {each.criterion.rule.value: each.count(length, among) for each in asked}
    return {rule: count for rule, count in counts.items() if count}


def _best(
    chain: Chain, units: IntArray, columns: Iterable[FilterColumn], quantitative: FloatArray, count: int
) -> IntArray:
    """Places in `units` of the best `count`, best first; those without any margin come last among their equals."""
    unknown = np.zeros(len(units), dtype=np.int64)
    for column in columns:
        if not column.is_shared:  # what all share orders none
            unknown += column.unknown
    merit = np.where(np.isnan(quantitative), np.inf, -quantitative)
    near = _contenders(unknown, merit, count)
    legs = units[near]
    order = np.lexsort((*chain.strike[legs.T][::-1], chain.expiry[legs[:, 0]], merit[near], unknown[near]))
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
