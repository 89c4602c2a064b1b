"""A book's criteria by when they can be asked, and of whom.

    of a contract, before it is priced ─┬─ the market alone
                                        └─ the account as well
    of a priced contract
    of a whole unit

A structure of one leg has no unit but its contract: all its criteria are of contracts.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache

from tools.domain.contract import Right
from tools.domain.structure import StructureKind
from tools.domain.value import digest
from tools.screening.account_measures import ACCOUNT_MEASURES
from tools.screening.criteria import Criterion
from tools.screening.registry import STRUCTURES
from tools.screening.rules import SPECS, Subject
from tools.screening.strikes import StrikeChoice
from tools.screening.structure import Structure, is_protected, rights_of


@dataclass(frozen=True, eq=False)
class Stages:
    """The criteria of one structure, in the book's order, and those of each stage in theirs."""

    structure: Structure
    strikes: StrikeChoice
    criteria: tuple[Criterion, ...]

    @cached_property
    def market(self) -> tuple[Criterion, ...]:
        return tuple(each for each in self._of_contracts(priced=False) if each.rule not in ACCOUNT_MEASURES)

    @cached_property
    def account(self) -> tuple[Criterion, ...]:
        return tuple(each for each in self._of_contracts(priced=False) if each.rule in ACCOUNT_MEASURES)

    @cached_property
    def priced(self) -> tuple[Criterion, ...]:
        return tuple(self._of_contracts(priced=True))

    @cached_property
    def unit(self) -> tuple[Criterion, ...]:
        return tuple(each for each in self.criteria if self._is_whole(each))

    @cached_property
    def rights(self) -> frozenset[Right]:
        return rights_of(self.structure)

    @cached_property
    def is_protected(self) -> bool:
        return is_protected(self.structure)

    @cached_property
    def key(self) -> str:
        """What is asked of the market alone, the same for whoever asks the same."""
        asked = [each.model_dump(mode="json") for each in self.market]
        return digest([self.structure.kind, self.strikes.model_dump(mode="json"), asked])

    def _of_contracts(self, *, priced: bool) -> Iterator[Criterion]:
        return (c for c in self.criteria if not self._is_whole(c) and SPECS[c.rule].priced == priced)

    def _is_whole(self, criterion: Criterion) -> bool:
        return SPECS[criterion.rule].subject is Subject.UNIT and len(self.structure.roles) > 1


@lru_cache(maxsize=256)
def stages_of(structure: StructureKind, strikes: StrikeChoice, criteria: tuple[Criterion, ...]) -> Stages:
    """The same stages for the same criteria."""
    return Stages(STRUCTURES[structure], strikes, criteria)
