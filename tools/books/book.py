"""A book: universe, structure, entry, strikes, sizing, exits, rolls and its own limits, as one frozen value."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cached_property
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, StringConstraints, model_validator

from tools.books.consistency import contradictions
from tools.calendar.trading_time import Clock
from tools.domain.account import Account
from tools.domain.structure import UNDEFINED_RISK, StructureKind
from tools.domain.value import Value
from tools.portfolio.exit_rules import ExitRules
from tools.portfolio.rolls import RollRules
from tools.portfolio.sequence import Step, Turn, turn
from tools.risk.profile import BookLimits
from tools.screening.criteria import Criterion
from tools.screening.impossible import refuse
from tools.screening.rules import Rule
from tools.screening.stages import Stages, stages_of
from tools.screening.strikes import StrikeChoice
from tools.sizing.rule import SizingRule

BookName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=40)]
Symbol = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9.]{0,9}$")]
Score = Annotated[float, Field(ge=0, le=10)]


def _as_several(structure: Any) -> Any:
    return (structure,) if isinstance(structure, str) else structure


def _named_by_their_tables(entry: Any) -> Any:
    if not isinstance(entry, Mapping):
        return entry
    return {rule: {"rule": rule, **body} if isinstance(body, Mapping) else body for rule, body in entry.items()}


Entry = Annotated[dict[Rule, Criterion], BeforeValidator(_named_by_their_tables)]


class ApprovalThresholds(Value):
    """Total score from which a trade needs nobody, and from which it may wait for a person (spec D)."""

    automatic: Score = 7.5
    human: Score = 6.0

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.human > self.automatic:
            text = f"must not lie above automatic ({self.automatic:g}); it is {self.human:g}"
            refuse(type(self).__name__, [(("human",), text)])
        return self


class Book(Value):
    """One mandate.

    structure  one kind or several; each underlying is screened for all of them
    universe   symbols, or "all": whatever the snapshot holds
    clock      which year fraction variance runs on
    strikes    which strikes of an expiry are sold, and how far away they are protected
    entry      criteria by rule, in the book's order, for every structure
    only       criteria of one structure: they replace the rule of `entry`, or stand after the others
    best_k     candidates proposed per underlying, over all structures
    step       where in the day it stands (spec J): earlier steps take what they need first
    rank       books of one step with a lower rank are fitted first
    exits      when an open trade is left; what is not named is the house's (spec F7) or none
    rolls      which of these exits are answered by a roll, and to what
    limits     the per-trade limits this book replaces (F1, F4, F14, F17)
    approval   thresholds in place of the house's
    """

    name: BookName
    title: str
    structure: Annotated[tuple[StructureKind, ...], BeforeValidator(_as_several)]
    universe: Literal["all"] | tuple[Symbol, ...] = "all"
    clock: Clock
    best_k: int = Field(default=1, ge=1)
    step: Step = Step.OPTIONS
    rank: int = Field(default=1, ge=1)
    strikes: StrikeChoice = StrikeChoice()
    entry: Entry
    only: dict[StructureKind, Entry] = Field(default_factory=dict)
    sizing: SizingRule
    exits: ExitRules = ExitRules()
    rolls: RollRules = RollRules()
    limits: BookLimits = BookLimits()
    approval: ApprovalThresholds | None = None

    @property
    def criteria(self) -> tuple[Criterion, ...]:
        """Every criterion of the book, those of a single structure last."""
        return (*self.entry.values(), *(c for own in self.only.values() for c in own.values()))

    @cached_property
    def stages(self) -> tuple[Stages, ...]:
        """What is asked of each structure, and when."""
        return tuple(stages_of(each, self.strikes, self.criteria_of(each)) for each in self.structure)

    def criteria_of(self, structure: StructureKind) -> tuple[Criterion, ...]:
        """What the book asks of one structure, in the book's order."""
        return tuple((self.entry | self.only.get(structure, {})).values())

    @property
    def is_margined(self) -> bool:
        """Whether margin, and not cash or a bought leg, secures what it sells."""
        return not UNDEFINED_RISK.isdisjoint(self.structure)

    @property
    def is_reserve(self) -> bool:
        """Whether what it holds still secures options on margin, after its haircut."""
        return self.step in {Step.SWEEP, Step.RESERVE} and self.structure == (StructureKind.LONG_SHARES,)

    @property
    def is_liquid(self) -> bool:
        """Whether it is sold as soon as books before it in the day lack cash."""
        return self.is_reserve and self.exits.cash_need

    @property
    def writes_calls(self) -> bool:
        """Whether it goes on with shares that are delivered to it."""
        return StructureKind.COVERED_CALL in self.structure

    @property
    def buys_volatility(self) -> bool:
        return StructureKind.VIX_CALL in self.structure

    def turn(self, structure: StructureKind | None = None) -> Turn:
        """When it is the book's turn: to open `structure`, or to see to what is open."""
        return turn(self.step, rank=self.rank, structure=structure)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        problems = list(contradictions(self))
        if problems:
            refuse(type(self).__name__, problems)
        return self


def seen_by(books: Iterable[Book], account: Account) -> Account:
    """The account with what its books say of theirs: which stand on margin, which secure others, which are sold."""
    chosen = tuple(books)
    return replace(
        account,
        margined=frozenset(book.name for book in chosen if book.is_margined),
        haircuts=tuple(sorted((book.name, book.sizing.haircut) for book in chosen if book.is_reserve)),
        liquid=frozenset(book.name for book in chosen if book.is_liquid),
    )
