"""A fact about the market: known with its source, unknown with a reason, or not applicable.

Missing data is a value of its own. Nothing in the house turns `unknown` into a number.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Generic, Self, TypeVar

from tools.domain.value import Value

T = TypeVar("T")


class FactState(StrEnum):
    KNOWN = "known"
    UNKNOWN = "unknown"
    NOT_APPLICABLE = "not_applicable"


class Fact(Value, Generic[T]):
    """One fact. `value` is set exactly when `state` is known; otherwise `reason` says why not."""

    state: FactState
    value: T | None = None
    source: str = ""
    as_of: datetime | None = None
    reason: str = ""

    @classmethod
    def known(cls, value: T, *, source: str, as_of: datetime | None = None) -> Self:
        return cls(state=FactState.KNOWN, value=value, source=source, as_of=as_of)

    @classmethod
    def unknown(cls, reason: str) -> Self:
        return cls(state=FactState.UNKNOWN, reason=reason)

    @classmethod
    def not_applicable(cls, reason: str) -> Self:
        return cls(state=FactState.NOT_APPLICABLE, reason=reason)

    @property
    def is_known(self) -> bool:
        return self.state is FactState.KNOWN

    @property
    def is_unknown(self) -> bool:
        return self.state is FactState.UNKNOWN
