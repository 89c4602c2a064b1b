"""A home whose ledger and threads are in PostgreSQL: one settings line, the same road."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import create_engine, inspect
from sqlalchemy.engine import make_url

from pipeline.cli.exits import Exit
from tests.pipeline.conftest import Verb, later


@pytest.fixture(autouse=True)
def in_postgres(few_underlyings: None, postgres: str, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("THETAGATE_MODEL__PROVIDER", "offline")
    address = make_url(postgres).set(drivername="postgresql").render_as_string(hide_password=False)
    monkeypatch.setenv("DATABASE_URL", address)
    return address


def test_a_day_is_decided_approved_and_told_without_a_file_of_ours(
    verb: Verb, home: Path, in_postgres: str
) -> None:
    first = verb("run", "--json").json
    assert any(each["order"] for each in first["decisions"])
    waiting = verb("approvals", "--json").json["approvals"][0]["id"]
    assert verb("approve", waiting).code == Exit.OK
    assert verb("why", waiting).code == Exit.OK
    assert verb("reconcile").code == Exit.OK
    assert verb("audit", "verify").code == Exit.OK
    later(home)
    again = verb("run", "--json").json
    assert again["as_of"] > first["as_of"]
    assert not (home / "ledger.sqlite").exists()
    assert not (home / "checkpoints.sqlite").exists()
    engine = create_engine(make_url(in_postgres).set(drivername="postgresql+psycopg"))
    assert {"events", "checkpoints"} <= set(inspect(engine).get_table_names())
    engine.dispose()


def test_a_dry_run_rehearses_on_a_copy_of_the_books(verb: Verb, home: Path) -> None:
    verb("run")
    events = verb("audit", "verify", "--json").json["events"]
    later(home)
    rehearsed = verb("run", "--dry-run", "--json").json
    assert len(rehearsed["trades"]) > 0
    assert verb("audit", "verify", "--json").json["events"] == events
    assert verb("audit", "verify", "--home", home / "dry-run", "--json").json["events"] >= events


def test_a_server_that_is_away_is_one_sentence(verb: Verb, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    said = verb("run")
    assert said.code == Exit.FAILED
    assert len(said.err.strip().splitlines()) <= 2
    assert "127.0.0.1" in said.err
