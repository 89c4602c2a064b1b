"""The home: one folder that holds all state of an account.

thetagate.toml    settings                     ledger.sqlite        decisions, orders, positions, audit
market.json       market and virtual clock     checkpoints.sqlite   decision threads
dry-run/          the last dry run             broker.sqlite        the simulated broker's own book
broker.json       the account at a real broker that this home trades in
ibkr.sqlite       what Interactive Brokers' TWS forgets of that account
history/          imported quotes, prices, rates   watch.json           what `data watch` has done
messages.log      what went to the broker lately
days/             made days, kept for the next backtest; may be removed at any time

With `database` the ledger and the threads are in PostgreSQL instead, and one home has them at a time.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pipeline.market import MarketChoice
from tools.domain.errors import InputError, LedgerError


@dataclass(frozen=True)
class Home:
    """Paths of one home folder. `database` is an address, empty for files of its own."""

    root: Path
    database: str = ""

    @property
    def ledger(self) -> Path:
        return self.root / "ledger.sqlite"

    @property
    def ledger_url(self) -> str:
        return self.database or f"sqlite:///{self.ledger}"

    @property
    def checkpoints(self) -> Path | str:
        """A file, or the address of a database that is none."""
        return self.database if self.database and not self.database.startswith("sqlite") else self._threads

    @property
    def _threads(self) -> Path:
        return self.root / "checkpoints.sqlite"

    @property
    def broker(self) -> Path:
        return self.root / "broker.sqlite"

    @property
    def bound(self) -> Path:
        return self.root / "broker.json"

    @property
    def journal(self) -> Path:
        return self.root / "ibkr.sqlite"

    @property
    def halt(self) -> Path:
        return self.root / "halt.json"

    @property
    def messages(self) -> Path:
        return self.root / "messages.log"

    @property
    def history(self) -> Path:
        return self.root / "history"

    @property
    def days(self) -> Path:
        return self.root / "days"

    @property
    def watch(self) -> Path:
        return self.root / "watch.json"

    @property
    def is_initialised(self) -> bool:
        return bool(self.database) or self.ledger.exists()

    def create(self) -> Home:
        """Make the folder; `InputError` where that is impossible."""
        try:
            self.root.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InputError(
                f"The home {self.root} cannot be created ({error.strerror}); choose another with --home."
            ) from None
        if not os.access(self.root, os.W_OK):
            raise InputError(f"The home {self.root} is not writable; choose another with --home.")
        return self

    @property
    def dry_run(self) -> Home:
        """Where the last dry run left its books."""
        return Home(self.root / "dry-run")

    def fresh_dry_run(self, *, copy: bool) -> Home:
        """An emptied dry-run home; with `copy` it begins with this home's books."""
        home = self.dry_run
        shutil.rmtree(home.root, ignore_errors=True)
        home.create()
        if copy and self.database:
            from tools.ledger.copying import copy_ledger

            copy_ledger(self.database, home.ledger_url)
        elif copy and self.is_initialised:
            copy_database(self.ledger, home.ledger)
        return home

    def clock(self) -> datetime:
        """The virtual now; `LedgerError` before the first run."""
        now = self.read_clock()
        if now is None:
            raise LedgerError(
                f"Nothing has run in {self.root} yet; start with `thetagate demo` or `thetagate run`."
            )
        return now

    def read_clock(self) -> datetime | None:
        """The virtual now, None before the first run."""
        market = self.read_market()
        return None if market is None else market.as_of

    def read_market(self) -> MarketChoice | None:
        """The market this account trades on, at the home's own now; None before the first run."""
        path = self.root / "market.json"
        try:
            return MarketChoice.model_validate_json(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        except (OSError, ValueError):
            raise LedgerError(f"The market file {path} cannot be read; delete it and run again.") from None

    def write_market(self, choice: MarketChoice) -> None:
        """Replace the market and its clock; the old or the new file survives a crash, never half of one."""
        path = self.root / "market.json"
        partial = path.with_suffix(f".{os.getpid()}.tmp")
        try:
            partial.write_text(choice.model_dump_json(), encoding="utf-8")
            os.replace(partial, path)
        except OSError as error:
            raise LedgerError(
                f"The market file {path} cannot be written ({error.strerror}); check the disk."
            ) from None


def copy_database(source: Path, target: Path) -> None:
    """A consistent copy of a SQLite file that may be in use."""
    try:
        with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(target)) as new:
            old.backup(new)
    except sqlite3.Error as error:
        raise LedgerError(
            f"{source} cannot be copied for the dry run ({error}); check the file and the disk."
        ) from None
