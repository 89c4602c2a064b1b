"""A book: universe, structure, entry criteria, strike choice, sizing and its own limits, as one frozen value."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import Field, StringConstraints, field_validator, model_validator

from tools.calendar.trading_time import Clock
from tools.domain.structure import StructureKind
from tools.domain.value import Value
from tools.risk.profile import BookLimits
from tools.screening.criteria import Criterion
from tools.screening.impossible import Problem, refuse
from tools.screening.registry import STRUCTURES
from tools.screening.rules import Rule
from tools.sizing.rule import SizingRule

BookName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=40)]
Symbol = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9.]{0,9}$")]
Score = Annotated[float, Field(ge=0, le=10)]


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

    universe   symbols, or "all": whatever the snapshot holds
    clock      which year fraction variance runs on
    entry      criteria by rule, in the book's order
    best_k     candidates proposed per underlying
    rank       books with a lower rank are fitted first
    limits     the per-trade limits this book replaces (F1, F4, F14, F17)
    approval   thresholds in place of the house's
    """

    name: BookName
    title: str
    structure: StructureKind
    universe: Literal["all"] | tuple[Symbol, ...] = "all"
    clock: Clock
    best_k: int = Field(default=1, ge=1)
    rank: int = Field(default=1, ge=1)
    entry: dict[Rule, Criterion]
    sizing: SizingRule
    limits: BookLimits = BookLimits()
    approval: ApprovalThresholds | None = None

    @property
    def criteria(self) -> tuple[Criterion, ...]:
        return tuple(self.entry.values())

    @field_validator("entry", mode="before")
    @classmethod
    def _named_by_its_table(cls, entry: Any) -> Any:
        if not isinstance(entry, Mapping):
            return entry
        return {rule: {"rule": rule, **body} if isinstance(body, Mapping) else body for rule, body in entry.items()}

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        problems = list(_problems(self))
        if problems:
            refuse(type(self).__name__, problems)
        return self


def _problems(book: Book) -> Iterator[Problem]:
    if not book.universe:
        yield ("universe",), 'is empty; name symbols or write "all"'
    structure = STRUCTURES.get(book.structure)
    if structure is None:
        yield ("structure",), f"cannot be screened; choose one of {', '.join(sorted(STRUCTURES))}"
        return
    for rule, criterion in book.entry.items():
        if criterion.rule is not rule:
            yield (
                ("entry", rule, "rule"),
                f"says {criterion.rule.value!r} in the table of {rule.value!r}",
            )
        if rule not in structure.rules:
            yield ("entry", rule), f"has no meaning for a {book.structure.value}"
        if rule in structure.mandatory and not criterion.required:
            yield ("entry", rule, "required"), f"must stay true: no {book.structure.value} is opened without it"
    for rule in sorted(structure.mandatory - book.entry.keys()):
        yield ("entry",), f"lacks {rule.value!r}, without which no {book.structure.value} is opened"
    if not any(c.has_margin and c.weight > 0 for c in book.criteria):
        yield ("entry",), "has no criterion with a margin and a weight, so that nothing could be scored"
