"""History is looked at with the same calendars and widths as the market of today."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from pipeline.histories import open_past
from pipeline.home import Home
from pipeline.market import DriverName, MarketChoice
from pipeline.past import simulated_past
from pipeline.settings import Settings, load_settings
from pipeline.wiring import open_market
from tools.books.load import shipped_book
from tools.calendar.sessions import session_close
from tools.data.store.history import History
from tools.data.store.recording import record
from tools.domain.market import Snapshot

pytest.importorskip("arch", reason="arch, which carries the S&P 500 history, is not installed")

DAY = date(2008, 9, 15)
CLOSE = session_close(DAY)
PAST = MarketChoice(driver=DriverName.SP500)
PRIMARY = shipped_book("primary")


def settings_of(home: Path, text: str) -> Settings:
    home.mkdir(exist_ok=True)
    (home / "thetagate.toml").write_text(text)
    return load_settings(home)


def look(home: Path, settings: Settings, *, stored: bool) -> Snapshot:
    with open_past(
        Home(home), settings, "store" if stored else "past",
        books=[PRIMARY], symbols=("SPY",), seed=None, window=(DAY, DAY), keep=True,
    ) as opened:  # fmt: skip
        return next(opened.market.looks(DAY, DAY))


def windows(snapshot: Snapshot) -> dict[str, timedelta]:
    told = snapshot.conditions.blackouts.value or ()
    return {each.name: each.end - each.start for each in told}


def test_a_stored_day_is_the_same_in_history_and_now(home: Path, tmp_path: Path) -> None:
    calendar = tmp_path / "releases.csv"
    rows = ("2008-09-16,fomc_decision,,14:15", "2008-10-16,cpi,,08:30", "2008-10-03,nfp,,08:30")
    calendar.write_text("\n".join(("date,event,ref_period,time_et", *rows)) + "\n")
    settings = settings_of(home, f'[events]\nfile = "{calendar}"\nbefore_hours = 5\nafter_hours = 1\n')
    kept = Home(home).history
    with History.open(kept) as history:
        record(history, simulated_past(PAST, symbols=("SPY",)).snapshot(CLOSE), now=CLOSE)
    then = look(home, settings, stored=True)
    now = open_market(MarketChoice(history=str(kept), as_of=then.as_of), settings, Home(home))
    assert windows(then)["FOMC 2008-09-16"] == timedelta(hours=6)
    assert (then.conditions, then.fingerprint) == (now.conditions, now.fingerprint)


def test_kept_days_of_a_made_market_know_their_widths(home: Path) -> None:
    usual = windows(look(home, settings_of(home, ""), stored=False))
    wide = windows(look(home, settings_of(home, "[events]\nbefore_hours = 30\n"), stored=False))
    assert usual
    assert {name: wide[name] - length for name, length in usual.items()} == dict.fromkeys(usual, timedelta(hours=6))
