"""Which market a run looks at, as plain data: stored with every scan, so that it can be opened again."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from tools.domain.value import Value


class MarketChoice(Value):
    """The embedded market (`path` is None) or one chain file. `as_of` None: the source's own latest instant."""

    path: str | None = None
    format: str = ""
    column_map: str | None = None
    as_of: datetime | None = None
    seed: int | None = None
    shocks: dict[str, float] = Field(default_factory=dict)

    @property
    def is_file(self) -> bool:
        return self.path is not None

    def at(self, now: datetime) -> MarketChoice:
        return self.model_copy(update={"as_of": now})
