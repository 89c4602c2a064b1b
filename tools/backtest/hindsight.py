"""What whoever answered could already know of a trade when they answered.

asked_at ─┐
          ├─→ the earlier of both ─→ against the decision and the trade's end ─→ none | part | whole
cutoff ───┘
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from tools.calendar.expiries import expiry_instant, settlement_of
from tools.calendar.sessions import NEW_YORK
from tools.domain.candidate import Candidate
from tools.domain.chain import new_york_date
from tools.domain.contract import ShareContract


class Hindsight(StrEnum):
    """Of the days between the decision and the trade's end, ascending in gravity.

    none     the answer could know nothing of them
    part     some of them had passed
    unknown  a person answered, or nobody wrote down when a model did
    whole    the trade had ended: the answer could know how
    """

    NONE = "none"
    PART = "part"
    UNKNOWN = "unknown"
    WHOLE = "whole"


def hindsight(candidate: Candidate, *, asked_at: datetime | None, cutoff: date | None = None) -> Hindsight:
    """What an answer given at `asked_at` could know; None is not known when.

    cutoff  the last day of which the model was taught anything, None where that is not known. The question carries
            no search and no tool, so that a model knows nothing of later days, whenever it is asked.
    """
    if asked_at is None:
        return Hindsight.UNKNOWN
    known = asked_at if cutoff is None else min(asked_at, _end_of(cutoff))
    if known <= candidate.as_of:
        return Hindsight.NONE
    end = _end(candidate)
    if end is not None and known >= end:
        return Hindsight.WHOLE
    # The look and its question are of one session, minutes or hours apart.
    same_day = new_york_date(known) == new_york_date(candidate.as_of)
    return Hindsight.NONE if same_day else Hindsight.PART


def gravest(labels: Iterable[Hindsight]) -> Hindsight:
    """Of several calls behind one answer."""
    return max(labels, key=tuple(Hindsight).index)


def _end_of(day: date) -> datetime:
    return datetime.combine(day + timedelta(days=1), time(), tzinfo=NEW_YORK)


def _end(candidate: Candidate) -> datetime | None:
    """When its last option settles; shares end when somebody sells them."""
    roots = {leg.contract.root for leg in candidate.legs if not isinstance(leg.contract, ShareContract)}
    return max((expiry_instant(candidate.expiry, settlement_of(root)) for root in roots), default=None)
