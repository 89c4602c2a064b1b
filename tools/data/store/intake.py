"""The rows of one file become snapshots, each judged at its own instant by the rules every file meets.

    rows → placed by underlying and New York day → instants of the day → fates (quality)
         → used rows in chain order, bad rows behind them → terms of the used ones → Taken
         → unplaced: no day or no underlying, kept as evidence

A day whose contracts are quoted once is one snapshot, at the latest of its quotes. Where a tenth of them or more
are quoted again, every instant is a snapshot; a contract that one of them leaves out keeps its last quote, as
it would for a reader of the file at that instant.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl

from tools.calendar.sessions import NEW_YORK
from tools.data.files.assembly import chain_order, chain_quotes, to_judge
from tools.data.files.coded import codes, texts
from tools.data.files.instants import clock
from tools.data.files.rows import ChainRows, together
from tools.data.files.terms import Terms, find_terms
from tools.data.quality import CodeArray, Fate, InstantArray, IntArray, QuoteRows, counts, judge
from tools.data.reference import Instrument, lookup
from tools.data.store.parts import CODED, conform
from tools.data.store.schema import QUOTES
from tools.domain.chain import Dividend, SourceCounts
from tools.domain.contract import ExerciseStyle
from tools.domain.errors import ChainError

_AGAIN = 0.1  # of a day's contracts quoted at several instants: a slip of fewer makes no second snapshot
_CROWD = 0.1  # of the fullest instant's rows make an instant a snapshot
_MOST_INSTANTS = 1_000  # of one day; a file of single ticks is read as its day's latest market
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FATES = pl.Series([fate.value for fate in Fate], dtype=pl.Enum([fate.value for fate in Fate]))
_JUDGED = [each.name for each in fields(QuoteRows)]


@dataclass(frozen=True, slots=True, eq=False)
class Taken:
    """One snapshot as it goes into the history: `frame` in the columns of `QUOTES`, used rows first.

    `own` counts the rows that are not carried on from an earlier instant of the day.
    """

    underlying: str
    as_of: datetime
    day: date
    frame: pl.DataFrame
    counts: SourceCounts
    own: SourceCounts
    style: ExerciseStyle
    multiplier: int
    quoted: bool
    terms: Terms | None
    dividends: tuple[Dividend, ...] | None = None
    simulated: bool = False
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Intake:
    """A file's rows, placed: iterate to get its snapshots, grouped by underlying and day."""

    rows: ChainRows
    judged: QuoteRows
    frame: pl.DataFrame
    root_rank: IntArray
    groups: tuple[tuple[str, date, IntArray], ...]
    unplaced: IntArray
    late: int

    @classmethod
    def of(cls, rows: ChainRows, *, path: Path, feed: str, as_of: datetime | None) -> Intake:
        """`as_of` says when an undated file was quoted; of a dated one it leaves out what came later."""
        judged = to_judge(rows, as_of, path)
        owner = codes(rows.underlying)
        known = (texts(rows.underlying) != "").to_numpy()[owner] & ~np.isnat(judged.quoted)
        late = known & (judged.quoted > clock(as_of).as_of) if as_of is not None else np.zeros_like(known)
        group = owner.astype(np.int64)
        group *= 100_000
        group += judged.quoted_day.astype("datetime64[D]", copy=False).view(np.int64)
        return cls(
            rows=rows,
            judged=judged,
            frame=_frame(rows, judged, source=path.name, feed=feed),
            root_rank=texts(rows.root).rank("ordinal").to_numpy().astype(np.int64),
            groups=tuple(_grouped(group, known & ~late, texts(rows.underlying).to_list())),
            unplaced=np.flatnonzero(~known),
            late=int(late.sum()),
        )

    def __len__(self) -> int:
        return len(self.groups)

    def __iter__(self) -> Iterator[tuple[Taken, ...]]:
        """The snapshots of one underlying and day after another."""
        for underlying, day, index in self.groups:
            yield tuple(self._taken(lookup(underlying), day, index))

    def evidence(self) -> pl.DataFrame | None:
        """The unplaced rows."""
        if not len(self.unplaced):
            return None
        fates = np.full(len(self.unplaced), Fate.UNPARSEABLE.code, dtype=np.int8)
        return _conformed(self.frame[self.unplaced], fates, as_of=None)

    def _taken(self, instrument: Instrument, day: date, index: IntArray) -> Iterator[Taken]:
        quoted, carried = self.judged.quoted[index], index[:0]
        instants = quoted[:1] if quoted.min() == quoted.max() else _instants(quoted, self.judged.contract[index])
        for before, instant in zip([None, *instants[:-1]], instants, strict=True):
            rows = index if len(instants) == 1 else index[quoted <= instant]
            if before is not None:
                rows = index[(quoted <= instant) & (quoted > before)]
            taken, carried = self._snapshot(instrument, day, rows, carried, _aware(instant))
            yield taken

    def _snapshot(
        self, instrument: Instrument, day: date, rows: IntArray, carried: IntArray, as_of: datetime
    ) -> tuple[Taken, IntArray]:
        """The snapshot, and the rows that count at it."""
        fates = judge(_select(self.judged, rows), clock(as_of))
        own = len(rows)
        rows = np.concatenate([rows, self._still_standing(carried, rows[fates == Fate.USED.code], as_of)])
        fates = np.concatenate([fates, np.zeros(len(rows) - len(fates), dtype=fates.dtype)])
        used = rows[fates == Fate.USED.code]
        terms, notes = self._terms(instrument, used, as_of)
        if terms is None:
            fates[fates == Fate.USED.code] = Fate.NO_SPOT.code
            used = used[:0]
        place = np.flatnonzero(fates == Fate.USED.code)
        sorts = chain_order(self.judged.contract[rows[place]], self.root_rank)
        place = place[np.argsort(sorts, kind="stable")]
        order = np.concatenate([place, np.flatnonzero(fates != Fate.USED.code)])
        tally = counts(fates)
        taken = Taken(
            underlying=instrument.symbol,
            as_of=as_of,
            day=day,
            frame=_conformed(_at(self.frame, rows[order]), fates[order], as_of=as_of),
            counts=tally,
            own=tally if own == len(fates) else counts(fates[:own]),
            style=self.rows.style or instrument.style,
            multiplier=self.rows.multiplier,
            quoted=self.rows.has_quotes,
            terms=terms,
            notes=notes,
        )
        return taken, used

    def _still_standing(self, carried: IntArray, used: IntArray, as_of: datetime) -> IntArray:
        """The earlier rows of contracts that this instant leaves out, as far as they are fresh and alive."""
        if not len(carried):
            return carried
        now = clock(as_of)
        alive = (self.judged.quoted[carried] >= now.last_close) & (self.judged.expires[carried] > now.as_of)
        repeated = np.isin(self.judged.contract[carried], self.judged.contract[used])
        return carried[alive & ~repeated]

    def _terms(
        self, instrument: Instrument, used: IntArray, as_of: datetime
    ) -> tuple[Terms | None, tuple[str, ...]]:
        if not len(used):
            return None, ()
        try:
            terms = find_terms(chain_quotes(self.rows, used, instrument, as_of), rate=None)
        except ChainError as contradiction:
            return None, (str(contradiction),)
        own = (instrument.note,) if instrument.note else ()
        return terms, own + terms.notes if terms is not None else own


def _grouped(
    group: IntArray, placed: np.ndarray[tuple[int], np.dtype[np.bool_]], names: list[str]
) -> Iterator[tuple[str, date, IntArray]]:
    rows = np.flatnonzero(placed)
    numbers = group if len(rows) == len(group) else group[rows]
    if (numbers[1:] < numbers[:-1]).any():
        order = np.argsort(numbers, kind="stable")
        rows, numbers = rows[order], numbers[order]
    starts = [0, *(np.flatnonzero(numbers[1:] != numbers[:-1]) + 1)] if len(rows) else []
    for start, end in zip(starts, [*starts[1:], len(rows)], strict=True):
        number = int(numbers[start])
        yield names[number // 100_000], np.datetime64(number % 100_000, "D").astype(object), rows[start:end]


def _instants(quoted: InstantArray, contract: IntArray) -> InstantArray:
    """The instants of a day at which its market stands whole, the last one included."""
    times, place, sizes = np.unique(quoted, return_inverse=True, return_counts=True)
    order = np.lexsort((place, contract))
    one, at = contract[order], place[order]
    again = (one[1:] == one[:-1]) & (at[1:] != at[:-1])
    if len(np.unique(one[1:][again])) < _AGAIN * len(np.unique(contract)) or len(times) > _MOST_INSTANTS:
        return times[-1:]
    whole = sizes >= _CROWD * sizes.max()
    whole[-1] = True
    kept: InstantArray = times[whole]
    return kept


def _frame(rows: ChainRows, judged: QuoteRows, *, source: str, feed: str) -> pl.DataFrame:
    """All rows in the columns of `QUOTES`, but for the snapshot they belong to and their fate."""
    quoted = pl.Series(judged.quoted).dt.replace_time_zone("UTC")
    named = ("expiry", "right", "strike", "bid", "ask", "last", "volume", "open_interest", "iv", "delta", "spot")
    columns = {name: getattr(rows, name) for name in named}
    whole = pl.DataFrame({"quoted": quoted, "root": rows.root, **columns}).with_columns(
        as_of=None,
        fate=pl.lit(None, dtype=_FATES.dtype),
        filled=pl.lit(False),
        source=pl.lit(source, dtype=pl.Enum([source])),
        feed=pl.lit(feed, dtype=pl.Enum([feed])),
    )
    return conform(whole, {**QUOTES, **{name: whole.schema[name] for name in CODED}})


def _conformed(frame: pl.DataFrame, fates: CodeArray, *, as_of: datetime | None) -> pl.DataFrame:
    """The frame as rows of a snapshot; in place, since it is a selection of its own."""
    instant = None if as_of is None else (as_of - _EPOCH) // timedelta(microseconds=1)
    stamp = pl.Series("as_of", [instant], dtype=pl.Int64).new_from_index(0, frame.height)
    frame.replace_column(frame.get_column_index("as_of"), stamp.cast(QUOTES["as_of"]))
    return frame.replace_column(frame.get_column_index("fate"), _FATES[fates].alias("fate"))


def _at(frame: pl.DataFrame, rows: IntArray) -> pl.DataFrame:
    """The frame's rows in this order, which is mostly their own."""
    chosen = together(rows)
    return frame[chosen] if isinstance(chosen, slice) else frame[rows]


def _select(judged: QuoteRows, rows: IntArray) -> QuoteRows:
    chosen = together(rows)
    return QuoteRows(**{name: getattr(judged, name)[chosen] for name in _JUDGED})


def _aware(instant: np.datetime64) -> datetime:
    return (_EPOCH + timedelta(microseconds=int(instant.astype(np.int64)))).astimezone(NEW_YORK)
