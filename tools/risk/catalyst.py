"""What tightens limits for a while (F16): data, detected by rule where the market tells, else flagged with dates.

catalysts.toml ─┬ VIX, calendar, announced earnings, kind of fund ─→ detected ─┐
                └ dated flags of the settings ────────────────────→ flagged  ──┴→ active ─→ profile they leave

high_volatility  VIX above 30; an unknown VIX counts as above
earnings         announced within seven days; unknown dates are a matter of the screen, which says so
holiday_week     a weekday of this New York week on which the exchange stays closed
international    by the table of funds below
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from tools.calendar.sessions import sessions_between
from tools.domain.chain import new_york_date
from tools.domain.market import Snapshot, UnderlyingFacts
from tools.domain.value import Value
from tools.risk.profile import LimitProfile

TABLE = Path(__file__).parent / "catalysts.toml"
EARNINGS_DAYS = 7
WEEKDAYS = 5

INTERNATIONAL = frozenset({
    "ACWI", "ACWX", "EEM", "EFA", "EWA", "EWC", "EWG", "EWH", "EWJ", "EWT", "EWU", "EWW", "EWY", "EWZ", "FXI",
    "IEFA", "IEMG", "INDA", "KWEB", "MCHI", "RSX", "VEA", "VEU", "VGK", "VWO", "VXUS",
})  # fmt: skip
"""US-listed funds of shares of other countries that options trade on."""

TOGETHER = {
    "underlyings": ("underlyings", "underlyings_high", "underlyings_calm", "underlyings_extreme"),
    "sector": ("sector", "sector_alert", "sector_high_vix", "sector_uncorrelated"),
    "vega": ("vega", "vega_alert"),
}
"""Settings of which none may lie above the one that is moved."""

RULES = {
    "allocation": "F1", "underlyings": "F2", "net_delta": "F3", "gamma": "F4", "vega": "F5", "sector": "F6",
}  # fmt: skip


class Move(Value):
    """One setting of the profile: to a number of its own, or by a factor of what the base says."""

    setting: Literal["allocation", "underlyings", "net_delta", "gamma", "vega", "sector"]
    to: float | None = None
    times: float | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Move:
        if (self.to is None) == (self.times is None):
            raise ValueError(f"a move of {self.setting} says either `to` or `times`")
        return self

    def applied(self, base: float) -> float:
        return base * self.times if self.times is not None else float(self.to or 0.0)


class Catalyst(Value):
    """One row of the table."""

    name: str
    says: str
    scope: Literal["account", "name", "sector"]
    moves: tuple[Move, ...]
    detected: bool = False
    relax: bool = False


class Flag(Value):
    """What data cannot tell, said by a person: from `since` to `until`, both included; None without an end.

    `sector` where the catalyst is of one, `underlying` where it is of one name.
    """

    catalyst: str
    since: date
    until: date | None = None
    reason: str = Field(min_length=1)
    sector: str = ""
    underlying: str = ""

    @model_validator(mode="after")
    def _of_the_table(self) -> Flag:
        known = by_name()
        if self.catalyst not in known:
            raise ValueError(f"there is no catalyst {self.catalyst!r}; there are {', '.join(known)}")
        scope = known[self.catalyst].scope
        if (scope == "sector") != bool(self.sector) or (scope == "name") != bool(self.underlying):
            wanted = {"account": "neither sector nor underlying", "sector": "a sector", "name": "an underlying"}
            raise ValueError(f"{self.catalyst} needs {wanted[scope]}")
        if self.until is not None and self.until < self.since:
            raise ValueError(f"it ends on {self.until}, before it begins on {self.since}")
        return self

    def holds(self, day: date) -> bool:
        return self.since <= day and (self.until is None or day <= self.until)


class Active(Value):
    """A catalyst that is on: since when (None where only today tells), why, and for what, "" for everything."""

    catalyst: Catalyst
    because: str
    since: date | None = None
    subject: str = ""


@lru_cache
def by_name(path: Path = TABLE) -> dict[str, Catalyst]:
    """The table, in its order."""
    rows = tomllib.loads(path.read_text(encoding="utf-8"))["catalyst"]
    return {each.name: each for each in map(Catalyst.model_validate, rows)}


def of_account(
    snapshot: Snapshot, flags: Iterable[Flag] = (), *, vix_high: float = LimitProfile().vix_high
) -> tuple[Active, ...]:
    """What holds for every trade on this market."""
    table, today = by_name(), new_york_date(snapshot.as_of)
    vix, found = snapshot.conditions.vix.value, []
    if vix is None or vix > vix_high:
        because = "VIX is unknown and counts as high" if vix is None else f"VIX is {vix:.1f}"
        found.append(Active(catalyst=table["high_volatility"], because=because))
    closed = _closed(today)
    if closed:
        told = f"the exchange is closed on {closed[0]}"
        monday = today - timedelta(days=today.weekday())
        found.append(Active(catalyst=table["holiday_week"], because=told, since=monday))
    return (*found, *(each for each in _flagged(today, flags) if each.catalyst.scope == "account"))


def of_name(facts: UnderlyingFacts, snapshot: Snapshot, flags: Iterable[Flag] = ()) -> tuple[Active, ...]:
    """What holds for trades on one underlying alone: its earnings, its kind, its sector."""
    table, today, found = by_name(), new_york_date(snapshot.as_of), []
    soon = [day for day in facts.earnings.value or () if 0 <= (day - today).days <= EARNINGS_DAYS]
    if soon:
        told = f"{facts.symbol} reports on {min(soon)}"
        since = min(soon) - timedelta(days=EARNINGS_DAYS)
        found.append(Active(catalyst=table["earnings"], because=told, since=since, subject=facts.symbol))
    if facts.symbol in INTERNATIONAL:
        told = f"{facts.symbol} is a fund of foreign shares"
        found.append(Active(catalyst=table["international"], because=told, subject=facts.symbol))
    mine = {facts.symbol, facts.sector.value} - {None}
    return (*found, *(each for each in _flagged(today, flags) if each.subject in mine))


def under(profile: LimitProfile, active: Iterable[Active]) -> LimitProfile:
    """The profile that active catalysts leave: the tightest holds, and results name who set their limit."""
    held: dict[str, float] = {}
    sources = dict(profile.sources)
    for each in active:
        for move in each.catalyst.moves:
            value = move.applied(getattr(profile, move.setting))
            for setting in TOGETHER.get(move.setting, (move.setting,)):
                now = held.get(setting, getattr(profile, setting))
                if each.catalyst.relax or value < now:
                    held[setting] = int(value) if isinstance(now, int) else value
                    if setting == move.setting:
                        sources[RULES[setting]] = each.catalyst.name
    return profile if not held else profile.model_copy(update=held | {"sources": sources})


def _flagged(today: date, flags: Iterable[Flag]) -> Iterable[Active]:
    table = by_name()
    return (
        Active(
            catalyst=table[flag.catalyst],
            because=flag.reason,
            since=flag.since,
            subject=flag.sector or flag.underlying,
        )
        for flag in flags
        if flag.holds(today)
    )


@lru_cache(maxsize=512)
def _closed(today: date) -> tuple[date, ...]:
    """Weekdays of this week on which the exchange stays closed."""
    monday = today - timedelta(days=today.weekday())
    week = [monday + timedelta(days=step) for step in range(WEEKDAYS)]
    traded = set(sessions_between(week[0], week[-1]))
    return tuple(day for day in week if day not in traded)
