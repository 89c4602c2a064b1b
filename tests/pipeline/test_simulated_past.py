"""Twenty simulated years from the command line: any day of them, traded through, labelled wherever shown."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from pipeline import past
from pipeline.market import DriverName, MarketChoice, MarketKind
from pipeline.wiring import open_snapshot
from tests.pipeline.conftest import Verb
from tools.calendar.expiries import ExpiryKind, Settlement, expiry_kind, settlement_of
from tools.calendar.sessions import session_close, sessions_between
from tools.data.files.instants import parse_as_of
from tools.domain.market import Snapshot

INVENTED = MarketChoice(driver=DriverName.INVENTED)
DAY = "2008-10-10"


@pytest.fixture(autouse=True)
def chosen(monkeypatch: pytest.MonkeyPatch, few_underlyings: None) -> None:
    """The past behind the settings, on an index that needs no package."""
    monkeypatch.setenv("THETAGATE_MARKET__SOURCE", "past")
    monkeypatch.setenv("THETAGATE_MARKET__DRIVER", "invented")


@pytest.fixture(scope="module")
def october() -> Snapshot:
    return open_snapshot(INVENTED.at(parse_as_of(DAY)))


def test_the_real_index_is_the_default(verb: Verb, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("arch", reason="arch, which carries the S&P 500 history, is not installed")
    monkeypatch.delenv("THETAGATE_MARKET__DRIVER")
    said = verb("screen", "SPX", "--as-of", DAY, "--json").json
    assert said["source"]["simulated"] is True
    assert said["underlyings"] == [{"symbol": "SPX", "spot": 899.22}]  # what the S&P 500 closed at that day
    assert "index follows the real S&P 500, daily closes 1999-2018" in said["notes"][0]


def test_without_the_package_the_way_out_is_told(verb: Verb, monkeypatch: pytest.MonkeyPatch) -> None:
    from tools.data.simulated.past import driver

    monkeypatch.setenv("THETAGATE_MARKET__DRIVER", "sp500")
    monkeypatch.setattr(driver, "find_spec", lambda name: None)
    past._opened.cache_clear()
    said = verb("screen", "--as-of", DAY)
    assert said.code == 2
    assert 'install it with: pip install "thetagate[past]"' in said.err
    assert 'market.driver to "history"' in said.err


def test_every_day_of_twenty_years_can_be_had(verb: Verb) -> None:
    for day in ("1999-01-05", "2001-09-17", "2018-12-31"):
        said = verb("screen", "--as-of", day, "--json")
        assert said.code == 0, said.err
        assert said.json["as_of"].startswith(day)
    early, late = verb("screen", "--as-of", "1998-10-13"), verb("screen", "--as-of", "2019-02-01")
    assert (early.code, late.code) == (5, 5)
    assert "begins after 1999-01-04" in early.err
    assert "ends with 2018-12-31" in late.err


def test_an_account_trades_on_through_the_past(verb: Verb, home: Path) -> None:
    first = verb("run", "--as-of", DAY, "--json").json
    assert first["source"] == {"name": "simulated-past", "simulated": True}
    filled = [each for each in first["decisions"] if each["order"]]
    assert filled
    story = verb("why", filled[0]["id"]).out
    assert "simulated-past, feed simulated" in story
    assert verb("positions").out.startswith("2008-10-10 16:00 New York · simulated-past\n")
    again = verb("run", "--as-of", "2008-11-03T11:00", "--json")
    assert again.code == 0, again.err
    assert json.loads((home / "market.json").read_text())["as_of"] == "2008-11-03T11:00:00-05:00"
    assert verb("positions", "--json").json["as_of"] == "2008-11-03T11:00:00-05:00"
    back = verb("run", "--as-of", "2008-10-20")
    assert (back.code, "never runs backwards" in back.err) == (2, True)


def test_an_account_stays_on_its_path(verb: Verb, monkeypatch: pytest.MonkeyPatch) -> None:
    assert verb("run", "--as-of", DAY).code == 0
    other = verb("run", "--seed", "3")
    assert (other.code, "trades on the market of seed 23, not 3" in other.err) == (2, True)
    monkeypatch.setenv("THETAGATE_MARKET__DRIVER", "sp500")
    driven = verb("run", "--as-of", "2008-12-01")
    assert (driven.code, 'driven by "invented", not "sp500"' in driven.err) == (2, True)
    monkeypatch.setenv("THETAGATE_MARKET__SOURCE", "embedded")
    elsewhere = verb("run")
    assert (elsewhere.code, "trades on another market" in elsewhere.err) == (2, True)


def test_a_dry_run_sees_the_accounts_own_holdings(verb: Verb) -> None:
    assert verb("run", "--as-of", DAY).code == 0
    dry = verb("run", "--dry-run", "--as-of", "2008-10-13", "--json")
    assert dry.code == 0, dry.err
    assert dry.json["mode"] == "dry-run"
    assert verb("positions", "--json").json["as_of"].startswith(DAY)


def test_what_makes_no_sense_there_is_refused(verb: Verb, monkeypatch: pytest.MonkeyPatch) -> None:
    watched = verb("data", "watch", "--rounds", "1")
    assert (watched.code, "nothing new happens" in watched.err) == (2, True)
    monkeypatch.setenv("THETAGATE_MARKET__SHOCKS", '{"SPY": -0.1}')
    shocked = verb("screen")
    assert (shocked.code, "move the embedded market alone" in shocked.err) == (2, True)


def test_the_doctor_opens_it(verb: Verb) -> None:
    said = verb("doctor")
    assert "✓ market     simulated-past, 33 underlyings" in said.out


def test_every_book_has_its_market(october: Snapshot) -> None:
    """VIX with options, bills, a REIT fund, coins, the index, six funds and twenty names, each with its facts."""
    funds = {"SPY", "QQQ", "IWM", "DIA", "XLE", "XLK"}
    assert (
        {"SPX", "XSP", "VIX", "VNQ", "BIL", "BTC", "ETH"} | funds <= october.chains.keys() == october.facts.keys()
    )
    assert sum(facts.kind == "stock" for facts in october.facts.values()) == 20
    assert {symbol for symbol, chain in october.chains.items() if not len(chain)} == {"BIL", "BTC", "ETH"}
    for symbol in ("SPX", "SPY", "XOM"):
        facts = october.facts[symbol]
        for name in ("iv_rank", "iv_percentile", "put_call_ratio", "sma_20", "rsi_14", "realised_vol", "beta"):
            assert getattr(facts, name).value is not None
    assert october.facts["XOM"].sector.value == "Energy"
    assert october.facts["XOM"].earnings.value
    assert october.facts["XOM"].rating.value
    assert october.chains["XOM"].dividends
    assert october.conditions.blackouts.value


def test_the_index_expires_in_the_morning_monthly_and_at_the_close_weekly_and_daily(october: Snapshot) -> None:
    chain = october.chains["SPX"]
    settled = {
        (str(root), day.astype(object)): settlement_of(str(root))
        for root, day in zip(chain.root, chain.expiry, strict=True)
    }
    kinds = {(each, expiry_kind(day)) for (_, day), each in settled.items()}
    assert (Settlement.AM, ExpiryKind.MONTHLY) in kinds
    assert (Settlement.PM, ExpiryKind.WEEKLY) in kinds
    assert {kind for each, kind in kinds if each is Settlement.AM} == {ExpiryKind.MONTHLY}
    near = {day for _, day in settled if 0 < (day - date(2008, 10, 10)).days <= 10}
    assert near == set(sessions_between(date(2008, 10, 13), date(2008, 10, 20)))  # an expiry on every session


def test_options_on_a_forward_are_not_screened_from_spot(verb: Verb, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a storm VIX stands far above its forwards: a put far below the one is deep in the money by the other."""
    monkeypatch.delenv("THETAGATE_BOOKS__FOLDER", raising=False)
    said = verb("screen", "--as-of", DAY, "--rejected", "--json").json
    assert "VIX" in {each["symbol"] for each in said["underlyings"]}
    assert [each["label"] for each in said["candidates"] if each["underlying"] == "VIX"] == []
    assert said["rejected"]["written_on_forward"] > 500


def test_ones_own_index_drives_it(verb: Verb, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THETAGATE_MARKET__DRIVER", "history")
    none = verb("screen")
    assert (none.code, "holds no daily prices of SPX" in none.err) == (2, True)
    past._opened.cache_clear()
    days = sessions_between(date(2020, 1, 2), date(2021, 6, 30))
    closes = 3200 * np.exp(np.cumsum(np.random.default_rng(7).normal(0, 0.01, len(days)))).round(5)
    for name, values in (("SPX", closes.round(2)), ("VIX", np.full(len(days), 25.0))):
        rows = [f"{day:%m/%d/%Y},{v:.2f},{v:.2f},{v:.2f},{v:.2f}" for day, v in zip(days, values, strict=True)]
        file = tmp_path / f"{name}.csv"
        file.write_text("DATE,OPEN,HIGH,LOW,CLOSE\n" + "\n".join(rows) + "\n")
        said = verb("data", "import", file, "--format", "cboe-index", "--symbol", name)
        assert said.code == 0, said.err
    found = open_snapshot(
        MarketChoice(driver=DriverName.HISTORY, history=str(home / "history"), as_of=session_close(days[-1]))
    )
    assert found.chains["SPX"].spot == pytest.approx(float(closes[-1]), abs=0.006)
    assert found.chains["VIX"].spot == 25.0
    assert "imported closes of SPX, 2020-2021" in found.notes[0]
    assert verb("screen", "SPY", "--as-of", str(days[-1]), "--json").json["source"]["simulated"] is True


def test_bills_are_those_published_before_the_day(tmp_path: Path, verb: Verb, home: Path) -> None:
    file = tmp_path / "DGS3MO.csv"
    file.write_text("observation_date,DGS3MO\n2020-01-03,1.50\n2020-01-06,1.60\n")
    said = verb("data", "import", file, "--format", "fred")
    assert said.code == 0, said.err
    from tools.data.store.history import History

    days = np.array(["2020-01-03", "2020-01-06", "2020-01-07"], dtype="datetime64[D]")
    with History.open(home / "history") as history:
        found = past._bills(history, days)
    assert found is not None
    np.testing.assert_allclose(found, [np.nan, 2 * np.log1p(0.0075), 2 * np.log1p(0.008)], equal_nan=True)


def test_the_choice_is_plain_data() -> None:
    choice = MarketChoice(driver=DriverName.SP500, seed=4).at(parse_as_of(DAY))
    assert MarketChoice.model_validate_json(choice.model_dump_json()) == choice
    assert (choice.kind, choice.is_made, choice.is_past, choice.is_embedded) == (
        MarketKind.PAST,
        True,
        False,
        False,
    )


def test_it_is_made_once_per_process() -> None:
    assert past.simulated_past(INVENTED) is past.simulated_past(INVENTED.at(parse_as_of(DAY)))
