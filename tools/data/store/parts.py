"""Parquet files that are written once: named after their content, whole or absent, gone when nobody names them.

frame → bytes → SHA-256 → temporary file → rename ┐ ×n → settle: fsync of the files, then of their folders

What `settle` has not made durable no catalog names yet; the next writer sweeps it away.
"""

from __future__ import annotations

import fcntl
import hashlib
import io
import os
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import polars as pl

from tools.data.files.coded import coded, narrowed
from tools.domain.errors import DataError

ROW_GROUP = 1 << 18
_LEVEL = 1  # of zstd: a day's quotes take 3 % more room than at the usual 3, and a fifth less time
CODED = ("root", "fate", "source", "feed")  # columns whose few texts a day's file keeps coded
_SYNCING = 16
_FOLDERS = ("quotes", "contracts", "bars", "rates", "unplaced")


class Parts:
    """The Parquet files under one folder, by their path relative to it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._written: set[Path] = set()
        self._touched: set[Path] = set()

    def write(self, folder: str, frame: pl.DataFrame, *, row_group: int | None = None) -> str:
        """The relative path of a file with these rows; the same rows are the same file. `settle` ends a batch.

        `row_group`: so many rows stand together and are skipped together by who looks for other ones.
        """
        buffer = io.BytesIO()
        frame.write_parquet(
            buffer,
            compression="zstd",
            compression_level=_LEVEL,
            row_group_size=row_group or ROW_GROUP,
            statistics=row_group is not None,
        )
        content = buffer.getbuffer()
        name = f"{folder}/{hashlib.sha256(content).hexdigest()[:24]}.parquet"
        path = self.root / name
        if not path.exists():
            with told(path):
                self._make(path.parent)
                _place(path, content)
            self._written.add(path)
            self._touched.add(path.parent)
        return name

    def settle(self) -> None:
        """After this every written file survives a power cut."""
        # Side by side, since the disk makes many of them durable in the time of one.
        with ThreadPoolExecutor(max_workers=_SYNCING) as pool:
            for paths in (self._written, self._touched):
                deque(pool.map(_sync, paths), maxlen=0)
                paths.clear()

    def path(self, name: str) -> Path:
        return self.root / name

    def sweep(self, named: Iterable[str]) -> int:
        """Remove what no catalog names; how many files went. Only for who holds the writer's lock."""
        keep = set(named)
        gone = 0
        for folder in _FOLDERS:
            for path in (self.root / folder).rglob("*.parquet*"):
                if str(path.relative_to(self.root)) not in keep:
                    path.unlink(missing_ok=True)
                    gone += 1
        return gone

    @contextmanager
    def writer(self) -> Iterator[None]:
        """Alone: a second writer is told so. The lock is gone when its process is gone."""
        path = self.root / "writer.lock"
        with told(path):
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            raise DataError(
                f"Another process is importing into {self.root}; wait until it is done and run again."
            ) from None
        try:
            yield
        finally:
            os.close(descriptor)  # closing releases

    def _make(self, folder: Path) -> None:
        if not folder.is_dir():
            folder.mkdir(parents=True, exist_ok=True)
            self._touched.update(each for each in folder.parents if each.is_relative_to(self.root))


@contextmanager
def told(path: Path) -> Iterator[None]:
    """Inside, what the system refuses is one sentence about the history."""
    try:
        yield
    except OSError as error:
        raise DataError(
            f"The history at {path} cannot be used ({error.strerror or error}); check disk space and permissions."
        ) from None


def conform(frame: pl.DataFrame, schema: Mapping[str, pl.DataType]) -> pl.DataFrame:
    """The frame in exactly these columns and types, NaN as null."""
    return frame.select(pl.col(name).cast(kind) for name, kind in schema.items()).fill_nan(None)


def by_code(frame: pl.DataFrame) -> pl.DataFrame:
    """The frame with its few texts coded, as day files keep them: nobody has to look at each row's."""
    for name in CODED:
        column = frame[name]
        # Of a file's many roots a day has some; other texts that are coded already are few.
        if name == "root" or column.dtype == pl.String:
            frame.replace_column(frame.get_column_index(name), narrowed(coded(column)))
    return frame


def _place(path: Path, content: memoryview) -> None:
    partial = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    with partial.open("wb") as file:
        file.write(content)
        file.flush()
        if hasattr(os, "posix_fadvise"):  # the disk starts now, so that `settle` has little to wait for
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    partial.replace(path)


def _sync(path: Path) -> None:
    with told(path):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
