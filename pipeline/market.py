"""Which market a run looks at, as plain data: stored with every scan, so that it can be opened again."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from tools.domain.errors import InputError
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


def parse_instant(text: str) -> datetime:
    """An instant a person typed: a date means that day's close in New York, a naive time is New York time."""
    from zoneinfo import ZoneInfo

    new_york = ZoneInfo("America/New_York")
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise InputError(
            f"{text!r} is not a time; write 2026-11-20 (that day's close) or 2026-11-20T15:45 (New York)."
        ) from None
    if len(text) <= 10:
        instant = instant.replace(hour=16)
    return instant if instant.tzinfo else instant.replace(tzinfo=new_york)
