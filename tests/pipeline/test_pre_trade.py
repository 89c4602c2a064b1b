"""The pre-trade gate as a user meets it: what it stops stands in the record, and `why` tells it."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from pipeline.cli.exits import Exit
from pipeline.home import Home
from tests.pipeline.conftest import Verb, later
from tools.domain.account import BrokerAccount
from tools.domain.errors import BrokerError
from tools.domain.mode import Mode
from tools.execution.simulated import SimulatedBroker


@pytest.fixture(autouse=True)
def few(few_underlyings: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THETAGATE_MODEL__PROVIDER", "offline")


def ordered(run: dict[str, Any]) -> list[dict[str, Any]]:
    return [each["order"] | {"id": each["id"]} for each in run["decisions"] if each["order"] is not None]


def tells(monkeypatch: pytest.MonkeyPatch, **account: Any) -> None:
    """From now on the broker tells this of its account."""
    told = BrokerAccount(**{"number": "simulated", "mode": Mode.SIMULATED, **account})
    monkeypatch.setattr(SimulatedBroker, "account", lambda _: told)


def stopped(verb: Verb, run: dict[str, Any], rule: str) -> None:
    """Every order was refused by this rule alone before it was sent, and its record tells why."""
    orders = ordered(run)
    assert orders
    assert {each["status"] for each in orders} == {"rejected"}
    assert verb("broker", "orders", "--json").json["orders"] == []
    for each in orders:
        record = verb("why", each["id"], "--json").json
        assert {reason["rule"] for refusal in record["refusals"] for reason in refusal["reasons"]} == {rule}
        told = verb("why", each["id"]).out
        assert "not sent" in told
        assert f"{rule}: " in told
    assert verb("audit", "verify").code == Exit.OK


def test_a_days_openings_are_capped(verb: Verb, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THETAGATE_EXECUTION__MAX_NOTIONAL_TODAY", "100")
    stopped(verb, verb("run", "--json").json, "entered_notional")


def test_the_brokers_buying_power_bounds_what_is_opened(verb: Verb, monkeypatch: pytest.MonkeyPatch) -> None:
    tells(monkeypatch, buying_power=Decimal(-1))
    run = verb("run", "--json").json
    stopped(verb, run, "buying_power")


def test_our_own_cash_rule_stands_in_where_the_broker_does_not_tell(
    verb: Verb, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline.raising.lacking", lambda *_, **__: 1234.0)
    stopped(verb, verb("run", "--json").json, "cash")


def test_a_broker_that_does_not_tell_of_its_account_gets_no_order(
    verb: Verb, monkeypatch: pytest.MonkeyPatch
) -> None:
    def silent(_broker: SimulatedBroker) -> BrokerAccount:
        raise BrokerError("no answer")

    monkeypatch.setattr(SimulatedBroker, "account", silent)
    stopped(verb, verb("run", "--json").json, "account")


def test_books_that_sent_to_one_account_send_to_no_other(
    verb: Verb, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = verb("run", "--json").json
    sent = len(verb("broker", "orders", "--json").json["orders"])
    assert sent > 0
    assert len(Home(home).messages.read_text().splitlines()) >= sent
    assert "filled" in {each["status"] for each in ordered(first)}
    tells(monkeypatch, number="another")
    later(home)
    orders = ordered(verb("run", "--json").json)
    assert {each["status"] for each in orders} <= {"rejected"}
    assert len(verb("broker", "orders", "--json").json["orders"]) == sent
