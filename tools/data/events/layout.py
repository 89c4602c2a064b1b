"""A calendar's layout as data: which column holds what, and what its words mean.

The shipped layouts are such maps; a TOML file makes another one:

    zone           = "America/New_York"
    announced_days = 90          # how long before an event its date is public
    unscheduled    = ["fomc_intermeeting"]   # known only once they have happened
    kind           = "earnings"  # where every row is of one kind; else columns.kind

    [columns]
    date     = "date"            # the day, YYYY-MM-DD; or a whole instant
    kind     = "event"
    time     = "time_et"         # HH:MM in `zone`, or a word of [times]; an empty one is a whole day
    period   = "ref_period"      # "December 2025": a release cannot come before its period is over
    subject  = "ticker"          # whose earnings; its first word counts
    known_at = "announced"       # since when the date was known; else `announced_days` before it

    [kinds]                      # the file's words; rows of other words are counted and left out
    fomc_decision = "FOMC"

    [times]
    AMC = "16:15"
"""

from __future__ import annotations

import tomllib
from difflib import get_close_matches
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, ValidationError, field_validator

from tools.calendar.events import EventKind
from tools.domain.errors import InputError
from tools.domain.value import Value


class EventColumns(Value):
    """The file's heading for each of our columns; None where the file has no such column."""

    date: str
    kind: str | None = None
    time: str | None = None
    period: str | None = None
    subject: str | None = None
    known_at: str | None = None


class EventLayout(Value):
    """How one calendar is read; the module's docstring explains the keys."""

    columns: EventColumns
    kinds: dict[str, EventKind] = Field(default_factory=dict)
    kind: EventKind | None = None
    times: dict[str, str] = Field(default_factory=dict)
    zone: str = "America/New_York"
    announced_days: float = Field(default=90, ge=0)
    unscheduled: tuple[str, ...] = ()

    @field_validator("zone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError):
            raise ValueError(f"{name!r} is no time zone") from None
        return name


MACRO = EventLayout(
    columns=EventColumns(date="date", kind="event", time="time_et", period="ref_period"),
    kinds={
        "fomc_decision": EventKind.FOMC,
        "fomc_intermeeting": EventKind.FOMC,
        "fomc": EventKind.FOMC,
        "cpi": EventKind.CPI,
        "nfp": EventKind.NFP,
        "ppi": EventKind.PPI,
    },
    unscheduled=("fomc_intermeeting",),
)
"""Releases of the Federal Reserve and the Bureau of Labor Statistics, whose dates stand a year ahead."""

EARNINGS = EventLayout(
    columns=EventColumns(date="announcement_date", time="announcement_time", subject="ticker"),
    kind=EventKind.EARNINGS,
    times={"BMO": "08:00", "AMC": "16:15"},
    announced_days=14,
)
"""Earnings before the market opens or after it closes; companies name the day some two weeks ahead."""

LAYOUTS = {"macro": MACRO, "earnings": EARNINGS}


def load_layout(name: str) -> EventLayout:
    """A shipped layout by its name, or the one in a TOML file; `InputError` naming what is wrong."""
    if not name.endswith(".toml"):
        return _shipped(name)
    path = Path(name)
    try:
        return EventLayout.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        raise InputError(f"There is no calendar layout {path}.") from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InputError(f"{path} cannot be read as a TOML layout: {error}.") from None
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise InputError(f"{path.name}: {place} is wrong: {first['msg']}.") from None


def _shipped(name: str) -> EventLayout:
    if name in LAYOUTS:
        return LAYOUTS[name]
    near = get_close_matches(name, LAYOUTS, n=1)
    hint = f"did you mean {near[0]}?" if near else f"choose {' or '.join(LAYOUTS)}, or name a .toml file."
    raise InputError(f"There is no calendar layout {name!r}: {hint}")
