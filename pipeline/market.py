"""Which market a run looks at, as plain data: stored with every scan, so that it can be opened again."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from pydantic import Field

from tools.domain.value import Value


class MarketKind(StrEnum):
    EMBEDDED = "embedded"
    FILE = "file"
    STORE = "store"
    LIVE = "live"


class MarketChoice(Value):
    """The embedded market, one chain file (`path`), the imported history in a folder (`history`), or a live market
    (`provider`, the `universe` and its `feed`).

    `as_of` None is the source's own latest instant; for a live market it is the time of the last look.
    """

    provider: str = ""
    universe: tuple[str, ...] = ()
    feed: str = ""
    path: str | None = None
    history: str | None = None
    format: str = ""
    column_map: str | None = None
    as_of: datetime | None = None
    seed: int | None = None
    shocks: dict[str, float] = Field(default_factory=dict)

    @property
    def kind(self) -> MarketKind:
        if self.provider:
            return MarketKind.LIVE
        if self.history is not None:
            return MarketKind.STORE
        return MarketKind.EMBEDDED if self.path is None else MarketKind.FILE

    @property
    def is_file(self) -> bool:
        return self.kind is MarketKind.FILE

    @property
    def is_live(self) -> bool:
        return self.kind is MarketKind.LIVE

    @property
    def is_stored(self) -> bool:
        return self.kind is MarketKind.STORE

    @property
    def is_embedded(self) -> bool:
        return self.kind is MarketKind.EMBEDDED

    @property
    def is_past(self) -> bool:
        """Whether it only shows what was: nothing is sent there unless somebody says so."""
        return self.is_file or self.is_stored

    def at(self, now: datetime) -> MarketChoice:
        return self.model_copy(update={"as_of": now})
