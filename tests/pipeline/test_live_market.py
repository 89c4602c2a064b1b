"""A live market from the command line: keys, settings, doctor, screen, dry runs, and the watch over it."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from pipeline import sources, wiring
from pipeline.cli import tables, watching
from pipeline.cli.watching import folded
from pipeline.home import Home
from pipeline.market import MarketChoice
from pipeline.settings import load_settings
from tests.peers import fmp_server
from tests.peers.alpaca_server import KEY, SECRET, AlpacaServer, daily_bars, listing
from tests.peers.fmp_server import FmpServer
from tests.peers.service import Mode
from tests.pipeline.conftest import Verb
from tests.tools.data.store.test_catalog import DONE, ENTRY
from tools.calendar.sessions import NEW_YORK, sessions_between
from tools.data.measures import measure
from tools.data.store.entries import Measured
from tools.data.store.history import History
from tools.data.store.vols import YEAR
from tools.desk.scan import Progress

NOW = datetime(2026, 11, 20, 11, 2, tzinfo=NEW_YORK)
EXPIRIES = [date(2026, 12, 18), date(2027, 1, 15)]
STRIKES = [80.0 + step for step in range(0, 44, 2)]


@pytest.fixture
def alpaca(monkeypatch: pytest.MonkeyPatch) -> Iterator[AlpacaServer]:
    """A live market behind the settings, at a time of its own."""
    with AlpacaServer(today=NOW.date()) as server:
        for seed, symbol in enumerate(("SPY", "KO")):
            found = listing(symbol, at=NOW, spot=100.0, expiries=EXPIRIES, strikes=STRIKES)
            found.bars = daily_bars(until=NOW.date(), price=100.0, seed=seed)
            server.listings[symbol] = found
        settings = {
            "SOURCE": "alpaca",
            "UNIVERSE": '["spy", "KO"]',
            "TRADING_URL": server.url,
            "DATA_URL": server.url,
            "TIMEOUT_SECONDS": "15",
            "DEADLINE_SECONDS": "60",
        }
        for name, value in settings.items():
            monkeypatch.setenv(f"THETAGATE_MARKET__{name}", value)
        monkeypatch.setenv("APCA_API_KEY_ID", KEY)
        monkeypatch.setenv("APCA_API_SECRET_KEY", SECRET)
        monkeypatch.setattr(sources, "present", lambda: NOW)
        sources.pace.cache_clear()  # every test has its own minute
        yield server


@pytest.fixture
def fmp(monkeypatch: pytest.MonkeyPatch) -> Iterator[FmpServer]:
    with FmpServer() as server:
        server.tables["profile"] = [fmp_server.profile("KO", sector="Consumer Defensive", beta=0.6)]
        server.tables["earnings"] = [fmp_server.earnings("KO", "2027-02-10")]
        server.tables["treasury-rates"] = [fmp_server.yields("2026-11-19")]
        server.tables["quote"] = [{"symbol": "^VIX", "price": 17.35}]
        monkeypatch.setenv("THETAGATE_FUNDAMENTALS__SOURCE", "fmp")
        monkeypatch.setenv("THETAGATE_FUNDAMENTALS__URL", f"{server.url}/stable")
        monkeypatch.setenv("FMP_API_KEY", fmp_server.KEY)
        yield server


def test_the_screen_reads_the_live_market(verb: Verb, alpaca: AlpacaServer) -> None:
    said = verb("screen", "--json")
    assert said.code == 0, said.err
    source = said.json["source"]
    assert (source["rows"], source["used"]) == (2 * 2 * 2 * 22, 2 * 2 * 2 * 22)
    assert said.json["candidates"] or said.json["rejected"]
    told = verb("screen", "KO", "--rejected")
    assert "alpaca" in told.out
    assert "11:02" in told.out
    assert "4% is assumed" in told.out


def test_a_dry_run_decides_on_the_live_market(verb: Verb, alpaca: AlpacaServer, fmp: FmpServer, home: Path) -> None:
    said = verb("run", "--dry-run", "--json")
    assert said.code == 0, said.err
    assert "canary" not in (said.out + said.err).lower()
    assert not (home / "ledger.sqlite").exists()
    assert "/stable/profile" in fmp.paths()
    market = json.loads((home / "dry-run" / "market.json").read_text())
    assert (market["provider"], market["universe"], market["feed"]) == ("alpaca", ["SPY", "KO"], "indicative")


def test_a_year_that_was_kept_gives_the_live_market_its_ranks(alpaca: AlpacaServer, home: Path) -> None:
    settings, choice = load_settings(home), MarketChoice(provider="alpaca", universe=("SPY", "KO"))
    first = wiring.open_market(choice, settings, Home(home))
    assert first.facts["SPY"].iv_rank.reason == "a year of implied volatilities of it is not stored yet"
    assert first.facts["SPY"].macd.value is not None
    days = sessions_between(NOW.date() - YEAR, NOW.date() - timedelta(days=1))
    with History.open(home / "history") as history:
        of_spy = replace(ENTRY, underlying="SPY", simulated=False)
        seen = [
            replace(of_spy, as_of=datetime(day.year, day.month, day.day, 20, tzinfo=UTC), day=day) for day in days
        ]
        history.catalog.add(DONE, entries=seen)
        vols = np.linspace(0.01, 0.90, len(days)).tolist()
        history.catalog.keep(
            [Measured("SPY", e.as_of, e.feed, e.content, vol, vol, 0.0) for e, vol in zip(seen, vols, strict=True)]
        )
    found = wiring.open_market(choice, settings, Home(home))
    vol = measure(found.chains["SPY"]).vol_30
    assert vol is not None
    assert found.facts["SPY"].iv_rank.value == pytest.approx(100 * (vol - 0.01) / 0.89)
    assert found.facts["SPY"].iv_percentile.value == pytest.approx(100 * np.mean(np.array(vols) < vol))
    assert "the history has quotes of 0 of the" in (found.facts["KO"].iv_rank.reason or "")
    assert found.fingerprint != first.fingerprint


def test_a_home_trades_on_one_market(verb: Verb, alpaca: AlpacaServer, monkeypatch: pytest.MonkeyPatch) -> None:
    assert verb("run", "--json").code == 0
    assert verb("positions", "--json").json["as_of"].startswith("2026-11-20T11:02")
    monkeypatch.setenv("THETAGATE_MARKET__SOURCE", "embedded")
    said = verb("run")
    assert said.code == 2
    assert "another market" in said.err


@pytest.mark.parametrize("arguments", [["--as-of", "2026-11-19"], ["--seed", "7"]])
def test_a_live_market_has_neither_past_nor_seed(verb: Verb, alpaca: AlpacaServer, arguments: list[str]) -> None:
    said = verb("screen", *arguments)
    assert said.code == 2
    assert arguments[0] in said.err
    assert alpaca.seen == []


@pytest.fixture
def impatient(alpaca: AlpacaServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """A deadline that leaves little room for repeating, which is tested elsewhere."""
    monkeypatch.setenv("THETAGATE_MARKET__TIMEOUT_SECONDS", "1.2")


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("mode", [Mode.FAILING, Mode.GARBAGE, Mode.DROP])
def test_a_failing_market_is_one_sentence(verb: Verb, alpaca: AlpacaServer, mode: Mode) -> None:
    alpaca.otherwise = mode
    for arguments in (["screen"], ["run", "--dry-run"]):
        said = verb(*arguments)
        assert said.code == 5
        assert "thetagate: alpaca " in said.err
        assert "Traceback" not in said.err
        assert "canary" not in (said.out + said.err).lower()


def test_keys_by_either_name_and_conflicts_refused(
    verb: Verb, alpaca: AlpacaServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("APCA_API_KEY_ID")
    monkeypatch.delenv("APCA_API_SECRET_KEY")
    said = verb("screen")
    assert said.code == 2
    assert "APCA_API_KEY_ID and APCA_API_SECRET_KEY" in said.err
    monkeypatch.setenv("ALPACA_API_KEY", KEY)
    monkeypatch.setenv("ALPACA_SECRET_KEY", SECRET)
    assert verb("screen").code == 0
    monkeypatch.setenv("APCA_API_KEY_ID", KEY)
    assert verb("screen").code == 0  # twice the same key is no conflict
    monkeypatch.setenv("APCA_API_KEY_ID", "PKANOTHERCANARY")
    said = verb("screen")
    assert said.code == 2
    assert "APCA_API_KEY_ID and ALPACA_API_KEY name different keys" in said.err
    assert "CANARY" not in said.err


def test_a_missing_package_is_one_sentence(
    verb: Verb, alpaca: AlpacaServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "alpaca.trading.client", None)
    said = verb("screen")
    assert said.code == 2
    assert 'pip install "thetagate[alpaca]"' in said.err


def test_the_doctor_asks_only_when_told(
    verb: Verb, alpaca: AlpacaServer, fmp: FmpServer, impatient: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    quiet = verb("doctor")
    assert quiet.code == 0, quiet.out
    assert "alpaca, 2 underlyings, feed indicative; not asked" in quiet.out
    assert alpaca.seen == fmp.seen == []
    asked = verb("doctor", "--online")
    assert asked.code == 1  # the server knows no half days
    assert "disagree about 2026-11-27" in asked.out
    alpaca.half_days = {date(2026, 11, 27): "13:00", date(2026, 12, 24): "13:00"}
    asked = verb("doctor", "--online")
    assert asked.code == 0, asked.out
    assert "calendars agree" in asked.out
    assert "riskless rate 3.96%" in asked.out
    alpaca.otherwise = Mode.GARBAGE
    monkeypatch.delenv("FMP_API_KEY")
    failing = verb("doctor", "--online", "--json").json
    assert {check["name"] for check in failing["checks"] if not check["ok"]} == {"market", "companies"}


def test_config_show_redacts_the_keys(verb: Verb, alpaca: AlpacaServer, fmp: FmpServer) -> None:
    said = verb("config", "show")
    assert "canary" not in (said.out + said.err).lower()
    assert "alpaca key: configured" in said.out
    assert "fmp key: configured" in said.out


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[market]\nuniverse = []\n", ["market.universe", "line 2"]),
        ('[market]\nuniverse = ["S P"]\n', ["market.universe", "'S P'"]),
        ('[market]\nfeed = "free"\n', ["market.feed", "indicative", "opra"]),
        ('[market]\nsource = "alpace"\n', ["market.source", "alpaca"]),
        ("[market]\nrequests_per_minute = 0\n", ["market.requests_per_minute"]),
        ("[events]\nwidths = { FOMC = [1] }\n", ["events.widths"]),
        ("[events]\nwidths = { FOMC = [-1, 2] }\n", ["events", "FOMC"]),
        ("[events]\nwidths = { GDP = [1, 2] }\n", ["events.widths.GDP"]),
        ("[events]\nbefore = 3\n", ["events.before", "'before_hours'"]),
    ],
)
def test_a_wrong_setting_names_its_place(home: Path, text: str, words: list[str]) -> None:
    from tools.domain.errors import ConfigError

    home.mkdir()
    (home / "thetagate.toml").write_text(text)
    with pytest.raises(ConfigError) as caught:
        load_settings(home)
    assert [word for word in words if word not in str(caught.value)] == []


def test_blackouts_are_as_wide_as_the_settings_say(home: Path, tmp_path: Path) -> None:
    home.mkdir()
    calendar = tmp_path / "mine.csv"
    rows = ["2026-12-09,fomc_decision,,14:00", "2026-12-10,cpi,,08:30", "2026-12-04,nfp,,08:30"]
    calendar.write_text("date,event,ref_period,time_et\n" + "\n".join(rows) + "\n")
    (home / "thetagate.toml").write_text(
        f'[events]\nfile = "{calendar}"\nbefore_hours = 1\nafter_hours = 3\nwidths = {{ FOMC = [48, 4] }}\n'
    )
    found = sources.blackouts(load_settings(home), NOW)
    assert found.source == "mine.csv"
    windows = {window.name: (window.start, window.end) for window in found.value or ()}
    fomc = datetime(2026, 12, 9, 14, tzinfo=NEW_YORK)
    assert windows["FOMC 2026-12-09"] == (fomc - timedelta(hours=48), fomc + timedelta(hours=4))
    cpi = datetime(2026, 12, 10, 8, 30, tzinfo=NEW_YORK)
    assert windows["CPI 2026-12-10"] == (cpi - timedelta(hours=1), cpi + timedelta(hours=3))


def test_a_missing_calendar_is_one_sentence(
    verb: Verb, alpaca: AlpacaServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("THETAGATE_EVENTS__FILE", "/nowhere/events.csv")
    said = verb("screen")
    assert said.code == 2
    assert "no calendar file" in said.err


def test_the_watch_tells_each_look(verb: Verb, alpaca: AlpacaServer, home: Path) -> None:
    said = verb("data", "watch", "--rounds", "1")
    assert said.code == 0, said.err
    assert "11:00 fresh  2 underlyings, 176 quotes, 176 new" in said.out
    assert json.loads((home / "watch.json").read_text())["last_due"] == "2026-11-20T11:00:00-05:00"


def test_a_failed_look_is_stale_and_says_since_when(
    verb: Verb, alpaca: AlpacaServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert verb("data", "watch", "--rounds", "1", "--json").json["state"] == "fresh"
    monkeypatch.setenv("THETAGATE_MARKET__TIMEOUT_SECONDS", "1.2")
    monkeypatch.setattr(sources, "present", lambda: NOW + timedelta(minutes=5))
    alpaca.otherwise = Mode.FAILING
    said = verb("data", "watch", "--rounds", "1")
    assert said.code == 5
    assert "11:05 STALE  last seen 0:05:00 ago: alpaca is failing (500)" in said.out
    monkeypatch.setattr(sources, "present", lambda: NOW + timedelta(minutes=25))
    again = verb("data", "watch", "--rounds", "1", "--json").json
    assert (again["state"], again["missed"], again["last_fresh"]) == ("stale", 3, NOW.isoformat())


def test_a_line_is_folded_under_its_words_on_a_terminal_and_whole_in_a_file(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    line = "11:10 STALE  last seen 0:05:26 ago: alpaca did not answer within 1.5 seconds; try again later."
    assert folded(line) == line
    narrow = Console(force_terminal=True, width=80)
    monkeypatch.setattr(tables, "console", lambda: narrow)
    assert folded(line).splitlines() == [line[:77], " " * 13 + line[78:]]


def test_bars_stand_only_while_a_look_takes(
    verb: Verb, alpaca: AlpacaServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[str] = []

    @contextmanager
    def bar(*, quiet: bool, transient: bool = False) -> Iterator[Progress]:
        shown.append(f"begin {transient}")
        yield lambda step, done, total: shown.append(step)
        shown.append("end")

    monkeypatch.setattr(watching, "progress_on_terminal", bar)
    assert verb("data", "watch", "--rounds", "1").code == 0
    assert (shown[0], shown[-1]) == ("begin True", "end")
    assert {"SPY", "KO"} <= set(shown)


def test_a_hung_source_is_given_up_after_its_deadline(
    verb: Verb, alpaca: AlpacaServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("THETAGATE_MARKET__DEADLINE_SECONDS", "0.3")
    alpaca.otherwise = Mode.SLOW
    said = verb("data", "watch", "--rounds", "1", "--json")
    assert said.code == 5
    assert "did not answer within 0.3 seconds and was given up" in said.json["problem"]
    assert said.json["written"] is None


def test_the_embedded_market_can_be_watched_too(verb: Verb, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "present", lambda: NOW)
    said = verb("data", "watch", "--rounds", "1", "--json")
    assert (said.code, said.json["state"]) == (0, "fresh")


def test_calendars_of_the_user_serve_what_a_file_does_not_tell(
    verb: Verb, home: Path, tmp_path: Path, shared: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A real AAPL chain of 2014 knows neither releases nor earnings; the user's calendars do."""
    earnings = tmp_path / "earnings.csv"
    earnings.write_text("announcement_date,announcement_time,ticker\n2014-07-22,AMC,AAPL US Equity\n")
    chain = shared / "data" / "chains" / "lean" / "option_universes" / "aapl" / "20140613.csv.gz"
    choice = MarketChoice(path=str(chain), format="lean-universe")
    for name, path in (("FILE", shared / "data" / "calendars" / "macro_events.csv"), ("EARNINGS", earnings)):
        monkeypatch.setenv(f"THETAGATE_EVENTS__{name}", str(path))
    told = wiring.open_market(choice, load_settings(home), Home(home))
    silent = wiring.open_snapshot(choice)
    assert silent.conditions.blackouts.is_unknown
    assert (told.conditions.blackouts.value or ())[0].name == "CPI 2014-06-17"
    assert silent.facts["AAPL"].earnings.is_unknown
    assert told.facts["AAPL"].earnings.is_unknown  # six weeks ahead the date was not announced
    assert told.facts["AAPL"].earnings.reason == "earnings.csv knows no earnings date of AAPL from 2014-06-13 on"
    earnings.write_text("announcement_date,announcement_time,ticker\n2014-06-25,AMC,AAPL US Equity\n")
    sources._events_of.cache_clear()
    again = wiring.open_market(choice, load_settings(home), Home(home))
    assert again.facts["AAPL"].earnings.value == (date(2014, 6, 25),)
    assert len({silent.fingerprint, told.fingerprint, again.fingerprint}) == 3


def test_ctrl_c_ends_the_watch_and_says_what_it_means(verb: Verb, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(wiring, "open_watch", interrupted)
    said = verb("data", "watch")
    assert said.code == 130
    assert "run the same command again to go on" in said.err
