"""Databases that are copied as fast as files: what was prepared once is a kill's own a moment later."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Protocol

from sqlalchemy import create_engine, text
from sqlalchemy.engine import URL


class Store(Protocol):
    """Of one kind of database."""

    name: str

    def prepare(self, folder: Path, make: Callable[[str], None]) -> str:
        """The address of what `make` has made of an empty one; nobody may be connected to it afterwards."""
        ...

    def copy(self, prepared: str, folder: Path) -> str:
        """The address of a copy that a test may change."""
        ...

    def drop(self, copied: str) -> None: ...


@dataclass
class SqliteStore:
    name: str = "sqlite"

    def prepare(self, folder: Path, make: Callable[[str], None]) -> str:
        address = f"sqlite:///{folder / 'ledger.sqlite'}"
        make(address)
        return address

    def copy(self, prepared: str, folder: Path) -> str:
        shutil.copy(prepared.removeprefix("sqlite:///"), folder / "ledger.sqlite")
        return f"sqlite:///{folder / 'ledger.sqlite'}"

    def drop(self, copied: str) -> None:
        """Its folder goes with the test."""


@dataclass
class PostgresStore:
    server: URL
    name: str = "postgresql"
    numbers: count[int] = field(default_factory=count)

    def prepare(self, folder: Path, make: Callable[[str], None]) -> str:
        address = self._new("")
        make(address)
        return address

    def copy(self, prepared: str, folder: Path) -> str:
        return self._new(f"TEMPLATE {prepared.rpartition('/')[2].partition('?')[0]}")

    def drop(self, copied: str) -> None:
        self._say(f"DROP DATABASE {copied.rpartition('/')[2].partition('?')[0]} WITH (FORCE)")

    def _new(self, like: str) -> str:
        name = f"thetagate_crash_{os.getpid()}_{next(self.numbers)}"
        self._say(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        self._say(f"CREATE DATABASE {name} {like}")
        return self.server.set(database=name).render_as_string(hide_password=False)

    def _say(self, command: str) -> None:
        engine = create_engine(self.server, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(command))
        engine.dispose()
