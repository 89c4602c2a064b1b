"""The 30-day vols of stored days, and where the present stands among those of a year.

    last snapshot of each day → measured before? → the catalog's measures
                              → else its chain   → measures, kept in the catalog
    52 weeks of them + the present → IV rank, IV percentile

Nothing later than the day before the asked one is looked at: the present is the chain at hand.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta

import numpy as np

from tools.calendar.sessions import sessions_between
from tools.data import technicals
from tools.data.measures import Measures, measure
from tools.data.store.entries import Entry, Measured
from tools.data.store.history import History, Progress, quiet
from tools.domain.chain import Chain, FloatArray, new_york_date
from tools.domain.fact import Fact

YEAR = timedelta(weeks=52)
COVERAGE = 0.95
"""Share of a year's sessions whose vol must be known: extremes of fewer are no year's (spec A8's completeness)."""
_BATCH = 50  # days kept at a time, so that what was measured is not lost with the rest
_SOURCE = "30-day vols of the stored surfaces"


@dataclass(frozen=True, slots=True)
class Standing:
    """IV rank and IV percentile (0-100) of one underlying, with what they stand on."""

    rank: Fact[float]
    percentile: Fact[float]


def stand(
    history: History, underlying: str, chain: Chain, present: Measures | None = None, *, simulated: bool = False
) -> Standing:
    """Where `chain` stands in the year before it; unknown, saying why, without a year of stored days.

    `present` are its measures where they are known already.
    """
    as_of = chain.as_of
    today = new_york_date(as_of)
    since = today - YEAR
    sessions = len(sessions_between(since, today - timedelta(days=1)))
    days = _last_of_days(history, underlying, since, today, simulated=simulated)
    if len(days) < COVERAGE * sessions:
        return _unknown(f"the history has quotes of {len(days)} of the {sessions} sessions of the last 52 weeks")
    vol = (present or measure(chain)).vol_30
    if vol is None:
        return _unknown(f"the quotes of {underlying} give no 30-day vol at this time")
    vols = _known(measured(history, underlying, days))
    if len(vols) < COVERAGE * sessions:
        return _unknown(f"{len(vols)} of the {sessions} sessions of the last 52 weeks give a 30-day vol")
    year = np.append(vols, vol)
    rank = technicals.volatility_rank(vols=year, window=len(year))
    percentile = technicals.volatility_percentile(vols=year, window=len(vols))
    return Standing(_figure(rank, len(vols), as_of), _figure(percentile, len(vols), as_of))


def measure_all(history: History, underlying: str, *, progress: Progress = quiet) -> list[Measured]:
    """The measures of every stored day of an underlying, those that are new kept."""
    days = history.days(underlying)
    found: list[Measured] = []
    if days:
        until = days[-1] + timedelta(days=1)
        for simulated in (False, True):
            last = _last_of_days(history, underlying, days[0], until, simulated=simulated)
            found += measured(history, underlying, last, progress=progress)
    return sorted(found, key=lambda each: each.as_of)


def measured(
    history: History, underlying: str, entries: list[Entry], *, progress: Progress = quiet
) -> list[Measured]:
    """What each of these snapshots says, in their order; measured now where the catalog does not know it."""
    known = history.catalog.measures(underlying)
    found, fresh = [], []
    for number, entry in enumerate(entries, start=1):
        kept = known.get((entry.as_of, entry.feed))
        if kept is None or kept.content != entry.content:
            read = history.read(underlying, entry.as_of, feed=entry.feed)
            said = Measures() if read is None else measure(read.chain)
            kept = Measured(underlying, entry.as_of, entry.feed, entry.content, **asdict(said))
            fresh.append(kept)
        found.append(kept)
        if len(fresh) == _BATCH:
            history.catalog.keep(fresh)
            fresh = []
        progress("vols", number, len(entries))
    history.catalog.keep(fresh)
    return found


def _last_of_days(history: History, underlying: str, since: date, before: date, *, simulated: bool) -> list[Entry]:
    """The last snapshot with bid and ask of each day, of several feeds the fullest; invented and real apart."""
    last: dict[date, Entry] = {}
    for entry in history.catalog.entries(underlying):
        usable = entry.counts.used and entry.quoted and entry.simulated == simulated
        if not usable or not since <= entry.day < before:
            continue
        held = last.get(entry.day)
        if held is None or (entry.as_of, entry.counts.used) > (held.as_of, held.counts.used):
            last[entry.day] = entry
    return list(last.values())


def _known(found: list[Measured]) -> FloatArray:
    return np.array([each.vol_30 for each in found if each.vol_30 is not None])


def _figure(value: float, days: int, as_of: datetime) -> Fact[float]:
    if not np.isfinite(value):
        return Fact.unknown("the year's 30-day vols are all one")
    return Fact.known(float(value), source=f"{_SOURCE}, {days} days", as_of=as_of)


def _unknown(reason: str) -> Standing:
    return Standing(Fact.unknown(reason), Fact.unknown(reason))
