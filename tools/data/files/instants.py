"""When rows were quoted, when contracts stop trading, and which instant a snapshot is of.

A quote that is dated by a day stands at that day's session close.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import numpy as np
import numpy.typing as npt
import polars as pl

from tools.calendar.expiries import expiry_instant, settlement_of
from tools.calendar.sessions import FIRST, LAST, NEW_YORK, is_session, previous_close, session_close
from tools.data.files.dates import read_moment
from tools.data.files.rows import ChainRows
from tools.data.quality import Clock
from tools.domain.errors import InputError

BoolArray = npt.NDArray[np.bool_]
InstantArray = npt.NDArray[np.datetime64]

# A day with fewer rows than this share of the fullest day is a slip of the pen, not the file's latest day.
_CROWD = 0.1
_REGULAR_CLOSE = time(16)


def parse_as_of(text: str) -> datetime:
    """An instant as a person writes it: a day is its session close, a time is New York's unless it names another.

    `InputError` where it is neither.
    """
    moment = read_moment(text)
    if moment is None:
        raise InputError(
            f"{text!r} is no date or time between {FIRST} and {LAST}; write 2019-05-31 or 2019-05-31T15:45."
        )
    return close_of(moment.day) if moment.instant is None else moment.instant.astimezone(NEW_YORK)


def close_of(day: date) -> datetime:
    """The session close of a day, the regular hour where the exchange is shut."""
    return session_close(day) if is_session(day) else datetime.combine(day, _REGULAR_CLOSE, NEW_YORK)


def quoted(rows: ChainRows, as_of: datetime | None) -> tuple[InstantArray, InstantArray, BoolArray]:
    """Instant and New York day of every quote, and whether its day is a session; NaT where unknown.

    Where the file dates nothing at all, its quotes are taken to be of `as_of`.
    """
    stated = rows.quoted_at.to_numpy().astype("datetime64[us]")
    if as_of is not None and not rows.dated:
        stated = np.full(len(rows), np.datetime64(utc(as_of), "us"))
    local = pl.Series(stated).dt.replace_time_zone("UTC").dt.convert_time_zone(NEW_YORK.key).dt.date()
    days = local.fill_null(rows.quoted_day)
    known = days.drop_nulls().unique().to_list()
    closes = days.replace_strict({day: utc(close_of(day)) for day in known}, return_dtype=pl.Datetime("us"))
    in_session = days.is_in([day for day in known if is_session(day)]).fill_null(False).to_numpy()
    instants = np.where(np.isnat(stated), closes.to_numpy().astype("datetime64[us]"), stated)
    if not rows.dated:
        in_session = np.ones(len(rows), dtype=np.bool_)
    return instants, days.to_numpy().astype("datetime64[D]"), in_session


def latest(instants: InstantArray, days: InstantArray, candidates: BoolArray) -> datetime | None:
    """The last instant of the latest well-filled day among the candidates, None where there is none."""
    if not candidates.any():
        return None
    filled, rows = np.unique(days[candidates], return_counts=True)
    day = filled[rows >= _CROWD * rows.max()][-1]
    instant = instants[candidates & (days == day)].max()
    return datetime.fromtimestamp(int(instant.astype(np.int64)) / 1e6, UTC).astimezone(NEW_YORK)


def expires(rows: ChainRows) -> InstantArray:
    """When each contract stops trading, datetime64[us] UTC; NaT where its expiry is unknown."""
    roots = rows.root.unique().to_list()
    settled = rows.root.replace_strict({root: settlement_of(root).value for root in roots}, return_dtype=pl.String)
    keys = pl.DataFrame({"expiry": rows.expiry, "settled": settled})
    known = keys.unique().drop_nulls()
    ends = [utc(expiry_instant(expiry, settled)) for expiry, settled in known.rows()]
    known = known.with_columns(ends=pl.Series(ends, dtype=pl.Datetime("us")))
    joined = keys.join(known, on=["expiry", "settled"], how="left", maintain_order="left")
    return joined["ends"].to_numpy().astype("datetime64[us]")


def clock(as_of: datetime) -> Clock:
    """The instants the rules compare with.

    The last close lies strictly before as-of: at a closing bell the quotes of that day still count, whatever
    their hour, and those of the session before are the latest where the day has none.
    """
    last_close = previous_close(as_of - timedelta(microseconds=1))
    return Clock(as_of=np.datetime64(utc(as_of), "us"), last_close=np.datetime64(utc(last_close), "us"))


def utc(instant: datetime) -> datetime:
    """The naive UTC time of an aware instant, as columns hold it."""
    return instant.astimezone(UTC).replace(tzinfo=None)
