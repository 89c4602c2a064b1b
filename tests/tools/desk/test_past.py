"""Past trades are told from the ledger: what they brought, how long, what ended them."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.agents.examples import conditions, facts
from tests.tools.ledger.specimens import (
    AS_OF,
    approval,
    candidate,
    fill,
    gate,
    intent,
    leg,
    opening,
    reservation,
    round_trip,
    scan,
)
from tools.desk.past import ended_by, past_trades
from tools.domain.activity import Activity, ActivityKind, Booking
from tools.domain.decision import DecisionRecord, Outcome
from tools.domain.mode import Mode
from tools.domain.past_trade import Compared, SimilarTrade
from tools.ledger.store import Ledger
from tools.portfolio.similar import PastTrades, entry_features

FACTS = {
    "simulated": True,
    "underlying": facts().model_dump(mode="json"),
    "conditions": conditions().model_dump(mode="json"),
}


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    ledger = Ledger.open(f"sqlite:///{tmp_path / 'ledger.db'}", now=lambda: AS_OF)
    ledger.open_account(opening())
    return ledger


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every decision is proposed with the facts that a scan records."""

    def with_facts(*candidates: Any, key: str = "scan-1") -> dict[str, Any]:
        return scan(*candidates, key=key) | {"proposals": [(one, FACTS) for one in candidates]}

    monkeypatch.setattr("tests.tools.ledger.specimens.scan", with_facts)


def read(ledger: Ledger) -> PastTrades:
    ended = ledger.ended_trades()
    return past_trades(ended, ledger.records(each.decision_id for each in ended), ledger.modes())


@pytest.mark.usefixtures("told")
def test_what_is_over_and_nothing_else(ledger: Ledger) -> None:
    won = round_trip(ledger, strike=480, at=AS_OF, paid="1.00")
    lost = round_trip(ledger, strike=470, at=AS_OF + timedelta(days=1), paid="4.00")
    open_ = candidate(leg(460))
    ledger.propose(**scan(open_, key="open"))
    order = intent(open_)
    ledger.reserve(reservation(open_.id))
    ledger.settle(open_.id, gate(Outcome.APPROVED), intent=order, approval=approval(order, by="score"))
    ledger.record_fill(fill(order))
    first, second = read(ledger).trades
    assert (first.id, second.id) == (won, lost)
    assert (first.pnl, first.contracts, first.unit_pnl) == (297.40, 2, 148.70)
    assert first.return_on_collateral == pytest.approx(148.70 / 48_000)
    assert (first.opened_at, first.closed_at) == (AS_OF, AS_OF + timedelta(hours=1))
    assert (first.days, second.pnl, second.mode, second.simulated) == (0, -302.60, Mode.SIMULATED, True)
    assert first.features == entry_features(ledger.record(won).candidate, facts(), conditions())


@pytest.mark.usefixtures("told")
def test_the_same_ledger_gives_the_same_bytes_and_keeps_what_was_compared(ledger: Ledger) -> None:
    round_trip(ledger, strike=480, at=AS_OF, paid="1.00")
    round_trip(ledger, strike=470, at=AS_OF, paid="4.00")
    now = candidate(leg(450), as_of=AS_OF + timedelta(days=3))
    ledger.propose(**scan(now, key="later") | {"as_of": now.as_of})

    def compared() -> Compared:
        wanted = entry_features(now, facts(), conditions())
        return Compared(trades=read(ledger).nearest(wanted, before=now.as_of, count=3, simulated=True))

    assert compared().model_dump_json() == compared().model_dump_json()
    assert len(compared().trades) == 2
    assert ledger.record(now.id).similar == ()
    assert ledger.add_part(now.id, "similar", compared(), actor="analyst")
    assert ledger.record(now.id).similar == compared().trades
    assert not ledger.add_part(now.id, "similar", compared(), actor="analyst")
    assert ledger.verify() == []
    assert all(isinstance(each, SimilarTrade) for each in ledger.record(now.id).similar)


def test_records_of_many_are_the_records_of_each(ledger: Ledger) -> None:
    ids = [round_trip(ledger, strike=strike, at=AS_OF, paid="1.00") for strike in (480, 470, 460)]
    assert {each.id: each for each in ledger.records()} == {each: ledger.record(each) for each in ids}
    assert ledger.records(ids[:1]) == (ledger.record(ids[0]),)
    assert ledger.records([]) == ()


def test_what_ended_it_in_words(ledger: Ledger) -> None:
    record = ledger.record(round_trip(ledger, strike=480, at=AS_OF, paid="1.00"))
    (ending,) = record.endings

    def closed(action: dict[str, Any]) -> DecisionRecord:
        return record.model_copy(update={"endings": (ending.model_copy(update={"action": action}),)})

    signals = [{"rule": "time_stop", "text": "21 days left"}, {"rule": "delta", "text": "0.31"}]
    assert ended_by(closed({"action": {"kind": "close", "signals": signals}})) == "time stop"
    assert ended_by(record) == "closed"
    for kind, units, told in ((ActivityKind.EXPIRED, 1, "expired"), (ActivityKind.ASSIGNED, -1, "assigned")):
        activity = Activity(activity_id="a", kind=kind, quantity=2, at=AS_OF + timedelta(hours=2 * units))
        booking = Booking(activity=activity, line=0, book="cash_secured_put", quantity=2)
        assert ended_by(record.model_copy(update={"settlements": (booking,)})) == told
    early = booking.model_copy(update={"activity": activity.model_copy(update={"kind": ActivityKind.EXPIRED})})
    assert ended_by(record.model_copy(update={"settlements": (early,)})) == "closed"
