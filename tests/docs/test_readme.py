"""What README and docs claim, run."""

from __future__ import annotations

import json
import re
import tomllib
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from evals.program import whole
from pipeline.cli.app import run_app
from pipeline.cli.watching import told
from tools.calendar.sessions import NEW_YORK
from tools.data.files.column_map import load_column_map
from tools.data.files.daily import DayFate
from tools.data.files.daily_formats import DAILY_FORMATS
from tools.data.files.formats import COLUMN_MAP, FORMATS
from tools.data.files.portfolio import read_portfolio
from tools.data.quality import Fate
from tools.data.store.schema import BARS, QUOTES, RATES
from tools.data.watch import Freshness, Round
from tools.domain.chain import SourceCounts

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
MAPS = (ROOT / "docs" / "column-maps.md").read_text(encoding="utf-8")


def test_the_demo_prints_what_readme_shows(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "150")
    assert run_app(["demo", "--home", str(tmp_path)]) == 0
    printed = [line.rstrip() for line in capsys.readouterr().out.splitlines()]
    block = README.split("$ thetagate demo\n")[1].split("\n…\n")[0].splitlines()
    assert len(block) >= 6
    assert [line for line in block if line not in printed] == []


def test_the_past_decides_what_readme_shows(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("arch", reason="arch, which carries the S&P 500 history, is not installed")
    monkeypatch.setenv("COLUMNS", "150")
    command, *block = README.split("## Twenty simulated years\n\n```\n$ ")[1].split("\n…\n")[0].splitlines()
    setting, _, *arguments = command.split()
    monkeypatch.setenv(*setting.split("="))
    assert run_app([*arguments, "--home", str(tmp_path)]) == 0
    printed = [line.rstrip() for line in capsys.readouterr().out.splitlines()]
    assert block == printed[: len(block)]


def test_the_look_of_readme_is_how_a_look_is_told() -> None:
    """The three lines of `data watch`, made by the code that makes them."""
    due = datetime(2026, 11, 20, 11, tzinfo=NEW_YORK)
    counts = SourceCounts(rows=176, used=176)
    fresh = Round(due, Freshness.FRESH, 0.2, due, underlyings=2, written=counts)
    later = due + timedelta(minutes=5)
    stale = Round(later, Freshness.STALE, 1.0, due, problem="alpaca is failing (500); try again later.")
    block = README.split("$ thetagate data watch\n")[1].split("\n```")[0].splitlines()
    assert block[1:] == [told(fresh, age=None), told(stale, age=timedelta(minutes=5))]


def test_readme_names_every_verb_and_only_those() -> None:
    table = README.split("## Verbs")[1].split("Every verb takes")[0]
    named = {word.split()[0] for word in re.findall(r"`([a-z][a-z -]*?)(?: [A-Z\[-].*?)?`", table)}
    app = whole()
    verbs = {each.name or each.callback.__name__ for each in app.registered_commands if each.callback}
    verbs |= {group.name for group in app.registered_groups if group.name}
    assert verbs <= named
    assert named - verbs <= {"--chain"}


def test_the_history_prints_what_readme_shows(
    tmp_path: Path, shared: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "130")
    monkeypatch.chdir(tmp_path)
    data = shared / "data"
    (tmp_path / "SPX.parquet").symlink_to(data / "chains" / "SPX_cboe_eod_20190425_20190531.parquet")
    (tmp_path / "VIX_daily_ohlc.csv").symlink_to(data / "vix" / "VIX_daily_ohlc.csv")
    block = README.split("## The history\n\n```\n$ ")[1].split("\n…\n```")[0]
    for command in block.split("\n$ "):
        line, *shown = command.splitlines()
        assert run_app([*line.split()[1:], "--home", str(tmp_path / "home")]) == 0
        printed = [each.rstrip() for each in capsys.readouterr().out.splitlines()]
        assert shown == printed[: len(shown)]


def test_the_replication_prints_what_readme_shows(
    tmp_path: Path, shared: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    history = pytest.importorskip("arch.data.sp500", reason="no S&P 500 history: install thetagate[past]")
    monkeypatch.setenv("COLUMNS", "130")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "SPX.csv").write_text(history.load().to_csv())
    data = shared / "data"
    (tmp_path / "VIX.csv").symlink_to(data / "vix" / "VIX_daily_ohlc.csv")
    (tmp_path / "curve.csv.gz").symlink_to(data / "rates" / "us_treasury_par_curves_1990_2017.csv.gz")
    (tmp_path / "DTB3.csv").symlink_to(data / "rates" / "fred_DTB3_2016_2025.csv")
    command, *shown = README.split("## Replicated indices\n\n```\n$ ")[1].split("\n…\n```")[0].splitlines()
    assert run_app(command.split()[1:]) == 0
    printed = [each.rstrip() for each in capsys.readouterr().out.splitlines()]
    assert shown == printed[: len(shown)]


def test_the_comparison_prints_what_readme_shows(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("arch", reason="arch, which carries the S&P 500 history, is not installed")
    monkeypatch.setenv("COLUMNS", "150")
    block = README.split("$ thetagate compare")[1].split("\n```")[0]
    arguments, *shown = block.splitlines()
    assert run_app(["compare", *arguments.split(), "--home", str(tmp_path)]) == 0
    assert [each.rstrip() for each in capsys.readouterr().out.splitlines()] == shown


def test_readme_names_the_daily_formats() -> None:
    paragraph = README.split("Daily formats besides")[1].split("## ")[0]
    assert set(DAILY_FORMATS) <= set(re.findall(r"`([a-z-]+)`", paragraph))


def test_every_fate_of_a_day_is_documented() -> None:
    named = set(re.findall(r"`([a-z_]+)`", (ROOT / "docs" / "history.md").read_text(encoding="utf-8")))
    assert {fate.value for fate in DayFate} - named == set()
    assert set(QUOTES) | set(BARS) | set(RATES) <= named


def test_readme_names_the_formats() -> None:
    table = README.split("| `--format` | layout |")[1].split("Defective rows")[0]
    assert set(re.findall(r"^\| `([a-z-]+)`", table, flags=re.M)) == set(FORMATS) - {COLUMN_MAP}


def test_the_portfolio_of_readme_is_read(tmp_path: Path) -> None:
    text = README.split("```json\n")[1].split("```")[0]
    path = tmp_path / "account.json"
    path.write_text(text)
    account = read_portfolio(path)
    assert account.cash == json.loads(text)["cash"]
    assert [position.quantity for position in account.positions] == [300, -2]


def test_make_knows_what_is_promised() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), flags=re.M))
    promised = set(re.findall(r"`make ([a-z]+)`|^make ([a-z]+)", README, flags=re.M))
    assert {name for pair in promised for name in pair if name} <= targets


def test_the_documented_column_map_loads(tmp_path: Path) -> None:
    text = MAPS.split("```toml\n")[1].split("```")[0]
    assert tomllib.loads(text)["columns"]["symbol"] == "OPRA"
    path = tmp_path / "map.toml"
    path.write_text(text)
    assert load_column_map(path).columns.symbol == "OPRA"


def test_every_fate_is_documented() -> None:
    named = set(re.findall(r"`([a-z_]+)`", MAPS.split("## What becomes of a row")[1]))
    assert {fate.value for fate in Fate} - named <= {"used"}
