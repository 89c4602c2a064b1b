"""One file goes into the history, whole or not at all, and once.

file + format → digest → there already? → nothing changes
              → chain format → rows → Intake → snapshots ┐
              → daily format → Daily → series            ┴→ parts → catalog, one transaction
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from difflib import get_close_matches
from pathlib import Path

from tools.data.files.daily import Daily
from tools.data.files.daily_formats import DAILY_FORMATS, DailyMap, load_daily_map, read_daily
from tools.data.files.formats import COLUMN_MAP, FORMATS
from tools.data.files.reading import chain_rows, unread
from tools.data.quality import Fate
from tools.data.store.entries import Entry, Import, Series
from tools.data.store.history import History, Progress, quiet
from tools.data.store.intake import Intake, Taken
from tools.domain.chain import SourceCounts
from tools.domain.errors import ChainError, InputError
from tools.domain.value import digest

_READING = 1
"""Part of an import's identity: raised when the same file gives other rows than it did."""


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of a file. `repeated`: it was there already, and nothing changed.

    `snapshots` and `series` are what is new; `mended` counts used daily bars by the rule that took part of them.
    """

    done: Import
    repeated: bool
    snapshots: tuple[Entry, ...] = ()
    series: tuple[Series, ...] = ()
    mended: tuple[tuple[str, int], ...] = ()


def import_file(
    history: History,
    path: Path,
    *,
    format: str,  # noqa: A002 - the word of the command line
    now: datetime,
    as_of: datetime | None = None,
    name: str | None = None,
    progress: Progress = quiet,
) -> Imported:
    """Import one file. `name` names a daily series.

    `as_of` (aware) says when an undated chain was quoted, and of a dated one leaves out what came later.
    `ChainError` where the file cannot be read as `format` or none of its rows has a place; `DataError` where the
    history cannot be written or another process is writing.
    """
    if as_of is not None and as_of.tzinfo is None:
        raise InputError(f"The as-of time {as_of.isoformat()} carries no time zone; name one.")
    daily_map = load_daily_map(Path(format)) if format.lower().endswith(".toml") else None
    _check_format(format)
    daily = daily_map or (format if format in DAILY_FORMATS else None)
    if daily is None and name is not None:
        raise InputError("A chain file names its own underlyings; leave --symbol out.")
    if daily is not None and as_of is not None:
        raise InputError("A daily history has its own dates; leave --as-of out.")
    content = _sha256(path)
    identity = digest(
        [_READING, content, _format_identity(format), as_of and as_of.astimezone(UTC).isoformat(), name]
    )
    with history.writing():
        known = history.catalog.import_of(identity)
        if known is not None and not known.superseded:
            return Imported(known, repeated=True)
        stamp = _Stamp(identity, path, Path(format).name, content, now)
        if daily is not None:
            return _import_daily(history, stamp, daily, name)
        return _import_chain(history, stamp, format, as_of, progress)


@dataclass(frozen=True, slots=True)
class _Stamp:
    identity: str
    path: Path
    format: str
    sha256: str
    now: datetime

    def of(self, kind: str, counts: SourceCounts, notes: tuple[str, ...], unplaced: str | None = None) -> Import:
        return Import(
            self.identity, kind, self.path.name, self.format, self.sha256, self.now, counts, notes, unplaced
        )


def _import_chain(
    history: History,
    stamp: _Stamp,
    format: str,  # noqa: A002
    as_of: datetime | None,
    progress: Progress,
) -> Imported:
    path = stamp.path
    progress("file", 0, 1)
    rows, feed = chain_rows(path, format=format)
    if not len(rows):
        raise ChainError(f"{path.name} has a heading and no rows.")
    if not rows.dated and as_of is None:
        raise ChainError(f"{path.name} does not say when it was quoted; give the time with --as-of.")
    with unread(path, feed):
        intake = Intake.of(rows, path=path, feed=feed, as_of=as_of)
        progress("file", 1, 1)
        if not len(intake):
            raise ChainError(
                f"{path.name}: none of its {len(rows):,} rows names a day and an underlying by "
                f"{as_of.isoformat() if as_of else 'any date'}; check the format."
            )
        evidence = intake.evidence()
        unplaced = None if evidence is None else history.parts.write("unplaced", evidence)
        tally: Counter[str] = Counter()
        staged = history.stage(
            _watched(intake, tally),
            source=path.name,
            import_id=stamp.identity,
            feed=feed,
            total=len(intake),
            progress=progress,
        )
    counts = _counts(len(rows), tally)
    if not counts.used:
        raise ChainError(f"{path.name}: none of its {counts.rows:,} rows can be used ({_reasons(counts)}).")
    done = stamp.of("quotes", counts, rows.notes, unplaced)
    return Imported(done, repeated=False, snapshots=tuple(history.publish(done, staged)))


def _import_daily(history: History, stamp: _Stamp, daily: str | DailyMap, name: str | None) -> Imported:
    with unread(stamp.path, stamp.format):
        found = read_daily(stamp.path, format=daily, name=name)
        written = [history.daily.write(each, import_id=stamp.identity) for each in found if each.counts.used]
    counts = _sum(found)
    if not written:
        raise ChainError(f"{stamp.path.name}: none of its {counts.rows:,} rows can be used ({_reasons(counts)}).")
    done = stamp.of(found[0].kind.value, counts, tuple(note for each in found for note in each.notes))
    history.parts.settle()
    history.catalog.add(done, daily=written)
    mended: dict[str, int] = {}
    for each in found:
        for rule, days in each.mended.items():
            mended[rule] = mended.get(rule, 0) + days
    return Imported(done, repeated=False, series=tuple(written), mended=tuple(sorted(mended.items())))


def _watched(intake: Intake, tally: Counter[str]) -> Iterator[tuple[Taken, ...]]:
    """The snapshots as they pass, their rows counted: one that a later instant carries on counts once."""
    tally[Fate.UNPARSEABLE.value] += len(intake.unplaced)
    tally[Fate.AFTER_AS_OF.value] += intake.late
    for day in intake:
        for taken in day:
            tally.update(taken.own.dropped)
            tally[Fate.USED.value] += taken.own.used
        yield day


def _counts(rows: int, tally: Counter[str]) -> SourceCounts:
    dropped = {reason: size for reason, size in sorted(tally.items()) if size and reason != Fate.USED.value}
    return SourceCounts(rows, tally[Fate.USED.value], dropped)


def _sum(found: Iterable[Daily]) -> SourceCounts:
    tally: Counter[str] = Counter()
    rows = 0
    for each in found:
        rows += each.counts.rows
        tally.update(each.counts.dropped)
        tally[Fate.USED.value] += each.counts.used
    return _counts(rows, tally)


def _reasons(counts: SourceCounts) -> str:
    most = sorted(counts.dropped.items(), key=lambda item: -item[1])
    return ", ".join(f"{size:,} {reason}" for reason, size in most)


def _format_identity(format: str) -> str:  # noqa: A002
    """A shipped format by its name, a map by its content."""
    return _sha256(Path(format)) if format.lower().endswith(".toml") else format


def _check_format(format: str) -> None:  # noqa: A002
    known = [*(name for name in FORMATS if name != COLUMN_MAP), *DAILY_FORMATS]
    if format in known or format.lower().endswith(".toml"):
        return
    near = get_close_matches(format.lower(), known, n=1)
    hint = f"did you mean {near[0]}?" if near else f"choose one of {', '.join(known)}, or a MAP.toml."
    raise ChainError(f"There is no format {format!r}: {hint}")


def _sha256(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError:
        raise ChainError(f"There is no file {path}.") from None
    except IsADirectoryError:
        raise ChainError(f"{path} is a folder; name one file in it.") from None
    except OSError as error:
        raise ChainError(f"{path} cannot be read: {error.strerror or error}.") from None
