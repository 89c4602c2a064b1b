"""Bad input on the command line: one clear sentence, the right exit code, nothing lost, no order, no traceback."""

from __future__ import annotations

import json
import os
import resource
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.pipeline.conftest import Verb, start

YFINANCE = "date,ticker,expiration,option_type,strike,bid,ask,last,implied_vol,volume,open_interest\n"
ROW = "2024-06-14,XYZ,2024-07-26,{},{},{},{},1,0.3,50,500\n"


@pytest.fixture
def chain(tmp_path: Path) -> Path:
    """A small sane chain around 100."""
    path = tmp_path / "chain.csv"
    rows = []
    for strike in range(80, 121, 2):
        call = max(100 - strike, 0) + 3 * 0.93 ** abs(strike - 100)
        put = max(strike - 100, 0) + 3 * 0.93 ** abs(strike - 100)
        rows.append(ROW.format("call", strike, f"{call - 0.02:.2f}", f"{call + 0.02:.2f}"))
        rows.append(ROW.format("put", strike, f"{put - 0.02:.2f}", f"{put + 0.02:.2f}"))
    path.write_text(YFINANCE + "".join(rows))
    return path


def test_the_sane_chain_is_screened(verb: Verb, chain: Path) -> None:
    said = verb("screen", "--chain", chain, "--format", "yfinance", "--as-of", "2024-06-14", "--json")
    assert said.code == 0, said.err
    assert said.json["source"]["used"] == 42
    assert said.json["underlyings"][0]["spot"] == pytest.approx(100, abs=0.5)


@pytest.mark.parametrize(
    ("arguments", "code", "word"),
    [
        (["screen", "--chain", "nowhere.csv", "--format", "yfinance"], 5, "nowhere.csv"),
        (["screen", "--chain", "CHAIN", "--format", "yfinanse"], 5, "yfinance"),
        (["screen", "--chain", "CHAIN"], 2, "--format"),
        (["screen", "--format", "yfinance"], 2, "--chain"),
        (["screen", "--chain", "CHAIN", "--format", "cboe-eod"], 5, "column"),
        (["screen", "--chain", "CHAIN", "--format", "yfinance", "--seed", "3"], 2, "--seed"),
        (["screen", "--chain", "CHAIN", "--format", "yfinance", "--as-of", "1999-01-04"], 5, "1999"),
        (["run", "--as-of", "someday"], 2, "someday"),
        (["run", "--as-of", "1990-01-02"], 5, "1990"),
        (["run", "--as-of", "2999-01-02"], 2, "between"),
        (["run", "--seed", "-1"], 2, "--seed"),
        (["run", "--portfolio", "nowhere.json"], 2, "nowhere.json"),
        (["frobnicate"], 2, "frobnicate"),
        (["run", "--frobnicate"], 2, "frobnicate"),
        (["approve"], 2, "DECISION"),
        (["reject", "d-1"], 2, "--reason"),
        (["why", "d-000000000000"], 1, "demo"),
    ],
)
def test_a_wrong_call_is_one_sentence(verb: Verb, chain: Path, arguments: list[str], code: int, word: str) -> None:
    said = verb(*[str(chain) if argument == "CHAIN" else argument for argument in arguments])
    assert said.code == code, said.err
    assert word.lower() in said.err.lower()
    assert "Traceback" not in said.err
    assert said.out == ""


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\x00\x01\x02 binary",
        YFINANCE,
        YFINANCE + ROW.format("put", "nan", "nan", "nan"),
        YFINANCE + ROW.format("put", 0, 1, 1.1),
        YFINANCE + ROW.format("put", 90, 2, 1),
        YFINANCE + ROW.format("put", 90, -2, -1),
        YFINANCE + "2024-06-14,XYZ,2023-01-20,put,90,1,1.1,1,0.3,50,500\n",
        "a,b\n1,2\n",
    ],
    ids=["empty", "binary", "header only", "nan", "strike 0", "crossed", "negative", "expired", "other columns"],
)
def test_an_unusable_chain_makes_no_candidate(verb: Verb, tmp_path: Path, text: str) -> None:
    path = tmp_path / "bad.csv"
    path.write_text(text)
    for command in ("screen", "run"):
        said = verb(command, "--chain", path, "--format", "yfinance", "--as-of", "2024-06-14", "--json")
        assert said.code == 5
        assert said.err.count("thetagate:") == 1
        assert "Traceback" not in said.err
        assert said.out == ""


@pytest.mark.parametrize(
    ("portfolio", "word"),
    [
        ('{"cash": -1}', "cash"),
        ('{"positions": []}', "cash"),
        ('{"cash": NaN}', "cash"),
        ('{"cash": 1e5, "position": []}', "positions"),
        ('{"cash": 1e5, "positions": [{"symbol": "SPY", "quantity": 1.5, "price": 500}]}', "quantity"),
        ('{"cash": 1e5, "positions": [{"symbol": "no symbol", "quantity": 1}]}', "symbol"),
        ("{", "json"),
    ],
)
def test_a_bad_portfolio_is_named(verb: Verb, tmp_path: Path, chain: Path, portfolio: str, word: str) -> None:
    path = tmp_path / "account.json"
    path.write_text(portfolio)
    said = verb("screen", "--chain", chain, "--format", "yfinance", "--as-of", "2024-06-14", "--portfolio", path)
    assert said.code == 2
    assert word in said.err.lower()
    assert "Traceback" not in said.err


def test_a_portfolio_is_measured(verb: Verb, tmp_path: Path, chain: Path) -> None:
    path = tmp_path / "account.json"
    held = [
        {"symbol": "XYZ", "quantity": 300, "price": 100.0},
        {"symbol": "SPY270115P00480000", "quantity": -2, "price": 3.1},
    ]
    path.write_text(json.dumps({"cash": 250_000, "positions": held}))
    arguments = ["--chain", chain, "--format", "yfinance", "--as-of", "2024-06-14", "--portfolio", path, "--json"]
    candidates = verb("screen", *arguments).json["candidates"]
    assert "covered_call" in {candidate["structure"] for candidate in candidates}
    decisions = verb("run", *arguments).json["decisions"]
    assert {decision["outcome"] for decision in decisions} <= {"waiting", "refused"}


@pytest.mark.parametrize("name", ["ledger.sqlite", "checkpoints.sqlite", "broker.sqlite", "market.json"])
def test_a_corrupt_store_is_said_and_left_alone(verb: Verb, home: Path, name: str) -> None:
    assert verb("run").code == 0
    (home / name).write_bytes(b"this is no database" * 100)
    for extra in ("-wal", "-shm"):
        (home / f"{name}{extra}").unlink(missing_ok=True)
    said = verb("run", "--json")
    assert said.code in {1, 5}
    assert name in said.err
    assert "Traceback" not in said.err
    assert (home / name).read_bytes().startswith(b"this is no database")


def test_a_locked_ledger_is_waited_for_and_then_said(
    verb: Verb, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert verb("run").code == 0
    monkeypatch.setattr("tools.ledger.store.RUNNER_SECONDS", 0.2)
    holder = sqlite3.connect(home / "ledger.sqlite", isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    try:
        said = start("approvals", "--json", home=home)
        _, err = said.communicate(timeout=60)
    finally:
        holder.execute("ROLLBACK")
        holder.close()
    assert said.returncode == 1
    assert "Traceback" not in err
    assert "ledger" in err


def test_a_full_disk_is_one_sentence(home: Path) -> None:
    def small_files() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))

    process = start("run", "--json", home=home, preexec_fn=small_files)
    out, err = process.communicate(timeout=100)
    assert process.returncode == 1, err
    assert "Traceback" not in err
    assert out == ""
    assert start("run", "--json", home=home).wait(timeout=100) == 0, "with room again, the same command goes on"


@pytest.mark.timeout(120)
def test_ctrl_c_loses_nothing(home: Path) -> None:
    process = start("run", "--json", home=home)
    time.sleep(4)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode in {130, 0}, err
    assert "Traceback" not in err
    again = start("run", "--json", home=home)
    out, _ = again.communicate(timeout=100)
    assert again.returncode == 0
    assert json.loads(out)["decisions"]


def test_a_home_that_cannot_be(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("")
    process = subprocess.run(
        [sys.executable, "-m", "pipeline.cli", "run", "--home", str(file / "home")],
        capture_output=True,
        text=True,
        env=dict(os.environ),
        check=False,
    )
    assert process.returncode == 2
    assert "--home" in process.stderr
    assert "Traceback" not in process.stderr


def test_a_chain_file_can_be_traded_on_in_simulation(verb: Verb, chain: Path, home: Path) -> None:
    arguments = ["--chain", chain, "--format", "yfinance", "--as-of", "2024-06-14"]
    first = verb("run", *arguments, "--no-dry-run", "--json")
    assert first.code == 0, first.err
    assert first.json["mode"] == "simulated"
    waiting = verb("approvals", "--json").json["approvals"]
    for each in waiting:
        assert verb("approve", each["id"]).code in {0, 3}
    assert verb("run", *arguments, "--no-dry-run", "--json").code == 0
    assert verb("screen", "--json").code == 0, "the embedded market can still be looked at"
    other = verb("run", "--json")
    assert other.code == 2
    assert "another market" in other.err


def test_a_file_that_tells_no_dividends_leaves_the_ex_dividend_rule_unknown(
    verb: Verb, tmp_path: Path, chain: Path
) -> None:
    path = tmp_path / "account.json"
    held = [{"symbol": "XYZ", "quantity": 300, "price": 100.0}]
    path.write_text(json.dumps({"cash": 250_000, "positions": held}))
    arguments = ["--chain", chain, "--format", "yfinance", "--as-of", "2024-06-14", "--portfolio", path, "--json"]
    calls = [c for c in verb("screen", *arguments).json["candidates"] if c["structure"] == "covered_call"]
    assert calls
    for candidate in calls:
        states = {result["rule"]: result["state"] for result in candidate["filters"]}
        assert states["ex_dividend"] == "unknown"
