"""People's words on waiting decisions: approve, reject, expire, twice, at once, too late, against a limit."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from pipeline import wiring
from pipeline.home import Home
from pipeline.market import MarketChoice
from pipeline.wiring import open_ledger
from tests.pipeline.conftest import Verb, start
from tools.calendar.trading_time import Clock
from tools.desk.entering import as_quoted
from tools.domain.decision import Reason
from tools.domain.market import Snapshot


@pytest.fixture
def waiting(verb: Verb) -> str:
    verb("run", "--json")
    return str(verb("approvals", "--json").json["approvals"][0]["id"])


def orders(home: Path) -> int:
    with open_ledger(Home(home)) as ledger:
        return sum(1 for row in ledger.decisions() if ledger.record(row.id).order is not None)


def test_approve_sends_one_order(verb: Verb, waiting: str, home: Path) -> None:
    before = orders(home)
    said = verb("approve", waiting, "--reason", "looks right", "--json")
    assert said.code == 0
    assert said.json["outcome"] == "approved"
    assert said.json["order"]["status"] == "filled"
    assert orders(home) == before + 1
    record = verb("why", waiting, "--json").json
    assert record["approval"]["reason"] == "looks right"
    assert record["client_order_id"] == record["order"]["client_order_id"] == said.json["order"]["client_order_id"]
    assert json.dumps(record).count('"client_order_id"') >= 1


def test_approve_twice_is_one_order_and_exit_one(verb: Verb, waiting: str, home: Path) -> None:
    assert verb("approve", waiting).code == 0
    before = orders(home)
    again = verb("approve", waiting, "--json")
    assert again.code == 1
    assert again.json["outcome"] == "approved"
    assert "already approved" in again.err
    assert orders(home) == before


@pytest.mark.timeout(120)
def test_two_processes_at_once_give_one_winner(verb: Verb, waiting: str, home: Path) -> None:
    before = orders(home)
    racers = [start("approve", waiting, "--json", home=home) for _ in range(2)]
    finished = [(racer, *racer.communicate(timeout=100)) for racer in racers]
    assert sorted(racer.returncode for racer, _, _ in finished) == [0, 1], [err for _, _, err in finished]
    assert orders(home) == before + 1


def test_reject_releases_what_was_held(verb: Verb, waiting: str, home: Path) -> None:
    with open_ledger(Home(home)) as ledger:
        assert waiting in {each.decision_id for each in ledger.reservations()}
    said = verb("reject", waiting, "--reason", "earnings too close", "--json")
    assert (said.code, said.json["outcome"]) == (0, "rejected")
    with open_ledger(Home(home)) as ledger:
        assert waiting not in {each.decision_id for each in ledger.reservations()}
    late = verb("approve", waiting)
    assert late.code == 1
    assert "already rejected" in late.err


def test_a_deadline_expires_into_a_state_of_its_own(verb: Verb, waiting: str, home: Path) -> None:
    later = verb("run", "--as-of", "2026-11-23T11:00", "--json")
    assert later.code == 0
    said = verb("approve", waiting, "--json")
    assert said.code == 1
    assert said.json["outcome"] == "expired"
    assert waiting not in {each["id"] for each in verb("approvals", "--json").json["approvals"]}


def test_the_clock_never_runs_backwards(verb: Verb, waiting: str) -> None:
    verb("run", "--as-of", "2026-11-23T11:00")
    back = verb("run", "--as-of", "2026-11-20T15:45")
    assert back.code == 2
    assert "never runs backwards" in back.err


def test_a_limit_vetoes_an_approval(verb: Verb, waiting: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THETAGATE_RISK__NET_DELTA", "0.001")
    said = verb("approve", waiting, "--json")
    assert said.code == 3
    assert said.json["outcome"] == "refused"
    assert "F3" in {reason["rule"] for reason in said.json["reasons"]}
    assert said.json["order"] is None


def test_every_waiting_trade_can_be_answered(verb: Verb, waiting: str) -> None:
    ids = [each["id"] for each in verb("approvals", "--json").json["approvals"]]
    for decision in ids:
        assert verb("approve", decision).code in {0, 3}
    assert verb("approvals", "--json").json["approvals"] == []
    assert "Nothing waits" in verb("approvals").out


def test_an_unambiguous_beginning_is_enough_and_an_unknown_id_is_said(verb: Verb, waiting: str) -> None:
    assert verb("why", waiting[:10], "--json").json["id"] == waiting
    missing = verb("why", "d-ffffffffffff")
    assert missing.code == 1
    assert "d-ffffffffffff" in missing.err
    assert verb("approve", "d-ffffffffffff").code == 1


def test_wait_exits_four_while_somebody_must_decide(verb: Verb) -> None:
    assert verb("run", "--wait").code == 4


def test_a_dry_run_sends_and_keeps_nothing(verb: Verb, home: Path) -> None:
    said = verb("run", "--dry-run", "--json")
    assert said.code == 0
    assert said.json["mode"] == "dry-run"
    assert all(decision["order"] is None for decision in said.json["decisions"])
    assert not Home(home).is_initialised
    approved = next(d["id"] for d in said.json["decisions"] if d["outcome"] == "approved")
    assert verb("why", approved).code == 0
    assert "dry run" in verb("approve", approved).err
    assert verb("approvals", "--json").json["approvals"] == []


@pytest.fixture
def low(verb: Verb, monkeypatch: pytest.MonkeyPatch) -> str:
    """A decision that only its score refused."""
    monkeypatch.setenv("THETAGATE_SCORE__HUMAN", "7.5")
    decisions = verb("run", "--json").json["decisions"]
    return str(
        next(
            d["id"]
            for d in decisions
            if {r["rule"] for r in d["reasons"]} == {"score"} and d["outcome"] == "refused"
        )
    )


def test_a_person_overrides_a_score_with_a_reason(verb: Verb, low: str, home: Path) -> None:
    assert verb("approve", low).code == 1, "without --override it stays refused"
    assert verb("approve", low, "--override").code == 2, "an override without a reason is none"
    before = orders(home)
    said = verb("approve", low, "--override", "--reason", "I know this company", "--json")
    assert (said.code, said.json["outcome"]) == (0, "approved")
    assert said.json["order"]["status"] == "filled"
    assert orders(home) == before + 1
    assert verb("approve", low, "--override", "--reason", "again").code == 1
    assert orders(home) == before + 1
    with open_ledger(Home(home)) as ledger:
        assert ledger.verify() == []
        assert low not in {each.decision_id for each in ledger.reservations()}


def test_nobody_overrides_a_limit_or_missing_data(verb: Verb, home: Path) -> None:
    decisions = verb("run", "--json").json["decisions"]
    for rule in ("F1", "rating"):
        refused = next(d for d in decisions if rule in {r["rule"] for r in d["reasons"]})
        before = orders(home)
        said = verb("approve", refused["id"], "--override", "--reason", "trust me")
        assert said.code == (3 if rule == "F1" else 1)
        assert orders(home) == before


def test_a_spread_that_has_widened_vetoes_the_approval(
    verb: Verb, waiting: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = wiring.open_snapshot

    def widened(choice: MarketChoice) -> Snapshot:
        snapshot = usual(choice)
        chains = {
            name: replace(chain, bid=chain.mid * 0.9, ask=chain.mid * 1.1)
            for name, chain in snapshot.chains.items()
        }
        return replace(snapshot, chains=chains)

    monkeypatch.setattr(wiring, "open_snapshot", widened)
    said = verb("approve", waiting, "--json")
    assert said.code == 3
    assert "F9" in {reason["rule"] for reason in said.json["reasons"]}
    assert said.json["order"] is None


def test_a_split_announced_meanwhile_refuses_what_lives_to_see_it(
    verb: Verb, waiting: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    legs = verb("why", waiting, "--json").json["candidate"]["legs"]
    underlying, expiry = legs[0]["contract"]["underlying"], date.fromisoformat(legs[0]["contract"]["expiry"])
    usual = wiring.open_snapshot
    monkeypatch.setattr(
        wiring, "open_snapshot", lambda choice: replace(usual(choice), adjustments={underlying: expiry})
    )
    said = verb("approve", waiting, "--json")
    assert said.code == 3
    assert {reason["rule"] for reason in said.json["reasons"]} == {"adjusted_before_expiry"}
    assert said.json["order"] is None


def test_an_approval_whose_order_is_turned_away_says_so(
    verb: Verb, waiting: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pipeline import ordering

    gone = (Reason(rule="quote", text="the market has moved away"),)
    monkeypatch.setattr(ordering, "check", lambda *_, **__: gone)
    said = verb("approve", waiting, "--json")
    assert (said.code, said.json["outcome"], said.json["order"]["status"]) == (5, "approved", "rejected")
    assert "rejected: " in said.err
    assert "moved away" in said.err


def test_a_waiting_trade_is_measured_with_the_greeks_of_now(verb: Verb, waiting: str, home: Path) -> None:
    with open_ledger(Home(home)) as ledger:
        candidate = ledger.record(waiting).candidate
    market = Home(home).read_market()
    assert market is not None
    before, after = (wiring.open_snapshot(each) for each in (market, market.at(market.as_of + timedelta(days=5))))
    again = as_quoted(candidate, replace(before, fingerprint="another"), clock=Clock.CALENDAR_365)
    assert again.iv == pytest.approx(candidate.iv)
    assert again.greeks == candidate.greeks
    later = as_quoted(candidate, after, clock=Clock.CALENDAR_365)
    assert later.greeks is not None
    assert candidate.greeks is not None
    assert later.greeks.gamma != candidate.greeks.gamma
    gone = as_quoted(candidate, replace(after, chains={}), clock=Clock.CALENDAR_365)
    assert (gone.greeks, gone.iv) == (None, None)
    assert math.isnan(gone.spot)


@pytest.mark.parametrize("closed", ["2026-11-28", "2026-11-26T12:00", "2026-11-27T15:00", "2026-11-23T23:30"])
def test_nothing_is_ordered_while_the_exchange_is_closed(verb: Verb, closed: str, home: Path) -> None:
    said = verb("run", "--as-of", closed, "--json")
    assert said.code == 2
    assert "closed" in said.err
    assert not Home(home).is_initialised
    assert verb("run", "--as-of", closed, "--dry-run").code == 0


def test_sizes_are_what_one_order_may_carry(verb: Verb, tmp_path: Path) -> None:
    portfolio = tmp_path / "big.json"
    portfolio.write_text(json.dumps({"cash": 1e8, "positions": [{"symbol": "IWM", "quantity": 30000}]}))
    decisions = verb("run", "--portfolio", portfolio, "--json").json["decisions"]
    approved = [decision for decision in decisions if decision["outcome"] == "approved"]
    assert approved
    assert all(decision["contracts"] <= 100 for decision in approved)
    assert all(decision["order"]["status"] != "rejected" for decision in approved)


def test_a_books_sector_cap_holds_for_the_sized_trade(verb: Verb, tmp_path: Path) -> None:
    portfolio = tmp_path / "energy.json"
    held = [{"symbol": "CVX", "quantity": 1270}, {"symbol": "QQQ", "quantity": -200}]
    portfolio.write_text(json.dumps({"cash": 932_000, "positions": held}))
    decisions = verb("run", "--portfolio", portfolio, "--json").json["decisions"]
    for decision in decisions:
        if decision["outcome"] == "approved" and decision["structure"] == "cash_secured_put":
            limits = verb("why", decision["id"], "--json").json["fit"]["limits"]
            sectors = [limit["after"] for limit in limits if limit["rule"] == "F6" and limit["after"] is not None]
            assert all(share <= 0.20 for share in sectors)
