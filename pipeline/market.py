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
    PAST = "past"


class DriverName(StrEnum):
    """Whose closes the simulated past follows: the real S&P 500's, the user's imported ones, or invented ones."""

    SP500 = "sp500"
    HISTORY = "history"
    INVENTED = "invented"


class MarketChoice(Value):
    """The embedded market, the simulated past (`driver`), one chain file (`path`), the imported history in a folder
    (`history`), or a live market (`provider`, the `universe` and its `feed`).

    `as_of` None is the source's own latest instant; for a live market it is the time of the last look. `seed` is of
    a market that is made; a past driven by a history names its folder too.
    """

    provider: str = ""
    universe: tuple[str, ...] = ()
    feed: str = ""
    driver: DriverName | None = None
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
        if self.driver is not None:
            return MarketKind.PAST
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
    def is_simulated_past(self) -> bool:
        return self.kind is MarketKind.PAST

    @property
    def is_made(self) -> bool:
        """Whether it is made from a seed: it can be had at any time of its years, and traded on through them."""
        return self.is_embedded or self.is_simulated_past

    @property
    def is_past(self) -> bool:
        """Whether it only shows what was: nothing is sent there unless somebody says so."""
        return self.is_file or self.is_stored

    def at(self, now: datetime) -> MarketChoice:
        return self.model_copy(update={"as_of": now})
