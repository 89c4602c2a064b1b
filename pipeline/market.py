"""Which market a run looks at, as plain data: stored with every scan, so that it can be opened again."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from tools.domain.value import Value


class MarketChoice(Value):
    """The embedded market, one chain file (`path`), or the imported history in a folder (`history`).

    `as_of` None: the source's own latest instant.
    """

    path: str | None = None
    history: str | None = None
    format: str = ""
    column_map: str | None = None
    as_of: datetime | None = None
    seed: int | None = None
    shocks: dict[str, float] = Field(default_factory=dict)

    @property
    def is_file(self) -> bool:
        return self.path is not None

    @property
    def is_stored(self) -> bool:
        return self.history is not None

    @property
    def is_embedded(self) -> bool:
        return not self.is_file and not self.is_stored

    def trades_like(self, other: MarketChoice) -> bool:
        """Whether an account may move from one to the other: both embedded, both files, or both history."""
        return (self.is_file, self.is_stored) == (other.is_file, other.is_stored)

    def at(self, now: datetime) -> MarketChoice:
        return self.model_copy(update={"as_of": now})
