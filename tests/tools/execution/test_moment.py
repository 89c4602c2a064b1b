"""What is so at the moment of sending: each control refuses what it is for, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tools.ledger.specimens import AS_OF, candidate, intent, leg, order
from tools.domain.account import BrokerAccount
from tools.domain.contract import shares_of
from tools.domain.entered import Entered
from tools.domain.mode import Mode
from tools.domain.order import OrderStatus
from tools.domain.structure import Leg
from tools.execution.gate import SendLimits
from tools.execution.moment import Moment, at_this_moment

ORDER = intent(candidate(leg(480)))
OTHER = intent(candidate(leg(470)))
ACCOUNT = BrokerAccount(number="PA-7731", mode=Mode.PAPER)
OWN = Entered(intent=ORDER, unit_cash=48_000.0)
CALM = Moment(
    now=AS_OF, quoted_at=AS_OF, halted=frozenset(), messages=0, account=ACCOUNT, bound=ACCOUNT, entered=(OWN,)
)


def rules(*, price: str = "2.50", mode: Mode = Mode.PAPER, own: Entered | None = OWN, **changes: Any) -> list[str]:
    limits = changes.pop("limits", SendLimits())
    moment = replace(CALM, **changes)
    return [each.rule for each in at_this_moment(ORDER, Decimal(price), moment, own=own, mode=mode, limits=limits)]


def told(power: str | None = None, **changes: Any) -> BrokerAccount:
    return ACCOUNT.model_copy(update={"buying_power": None if power is None else Decimal(power), **changes})


def test_an_ordinary_moment_passes() -> None:
    assert rules() == []
    assert rules(bound=None) == []


@pytest.mark.parametrize(
    ("when", "refused"),
    [
        ("2026-11-20 14:29:59", ["session"]),  # New York is five hours behind
        ("2026-11-20 14:30:00", []),
        ("2026-11-20 21:00:00", []),
        ("2026-11-20 21:00:01", ["session"]),
        ("2026-11-21 16:00:00", ["session"]),  # a Saturday
        ("2026-11-26 16:00:00", ["session"]),  # Thanksgiving
        ("2026-11-27 18:00:00", []),  # the half day after it ends at 13:00
        ("2026-11-27 18:00:01", ["session"]),
        ("2026-10-30 13:30:00", []),  # summer time: four hours
        ("2026-11-02 13:30:00", ["session"]),  # the Monday after the clocks went back
        ("2026-11-02 14:30:00", []),
    ],
)
def test_orders_go_out_in_a_session_alone(when: str, refused: list[str]) -> None:
    now = datetime.fromisoformat(when).replace(tzinfo=UTC)
    assert rules(now=now, quoted_at=now) == refused


def test_what_is_halted_is_not_ordered_and_what_nobody_tells_of_is() -> None:
    assert rules(halted=frozenset({"SPY"})) == ["halted"]
    assert rules(halted=frozenset({"XOM"})) == []


@pytest.mark.parametrize(
    ("age", "mode", "refused"),
    [
        (60, Mode.PAPER, []),
        (61, Mode.PAPER, ["quote_age"]),
        (61, Mode.LIVE, ["quote_age"]),
        (-60, Mode.PAPER, []),
        (-61, Mode.PAPER, ["quote_age"]),
        (None, Mode.PAPER, ["quote_age"]),
        (None, Mode.LIVE, ["quote_age"]),
        (None, Mode.SIMULATED, []),
        (61, Mode.SIMULATED, ["quote_age"]),
    ],
)
def test_an_old_quote_and_one_from_the_future_let_nothing_out(
    age: int | None, mode: Mode, refused: list[str]
) -> None:
    quoted = None if age is None else AS_OF - timedelta(seconds=age)
    account = ACCOUNT.model_copy(update={"mode": mode})
    assert rules(quoted_at=quoted, mode=mode, account=account, bound=account) == refused


def test_messages_are_bounded_where_time_passes() -> None:
    assert rules(messages=59) == []
    assert rules(messages=60) == ["message_rate"]
    invented = ACCOUNT.model_copy(update={"mode": Mode.SIMULATED})
    assert rules(messages=600, mode=Mode.SIMULATED, account=invented, bound=invented) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"account": None},
        {"account": told(blocked="pattern day trader")},
        {"account": told(mode=Mode.LIVE)},
        {"account": told(number="PA-7732")},
        {"bound": ACCOUNT.model_copy(update={"mode": Mode.LIVE})},
    ],
)
def test_another_account_a_blocked_one_and_an_unknown_one_get_no_order(changes: dict[str, Any]) -> None:
    assert rules(**changes) == ["account"]


def test_no_more_of_an_account_number_is_told_than_its_tail() -> None:
    reasons = at_this_moment(
        ORDER,
        Decimal("2.50"),
        replace(CALM, account=told(number="987654321")),
        own=OWN,
        mode=Mode.PAPER,
        limits=SendLimits(),
    )
    assert [each.text for each in reasons] == ["our books are of account …7731, the broker's is …4321"]


def test_buying_power_holds_the_worst_price_of_the_whole_order() -> None:
    worst = 2 * 48_000 + 2 * 5  # the walk may give up 0.05 per share of two contracts
    assert OWN.worst_cash == pytest.approx(worst)
    assert rules(account=told(str(worst))) == []
    assert rules(account=told(str(worst - 1))) == ["buying_power"]
    assert rules(account=told(None)) == []  # our own cash rule is asked then


def test_other_orders_at_work_count_in_full_until_they_end() -> None:
    other = Entered(intent=OTHER, unit_cash=47_000.0)
    power = told("190020")
    assert rules(account=power, entered=(OWN, other)) == []
    assert rules(account=told("190019"), entered=(OWN, other)) == ["buying_power"]
    half = other.model_copy(update={"order": order(OTHER, OrderStatus.PARTIALLY_FILLED, filled=1)})
    assert rules(account=told("143015"), entered=(OWN, half)) == []
    ended = other.model_copy(update={"order": order(OTHER, OrderStatus.CANCELLED, filled=1)})
    assert rules(account=told("96010"), entered=(OWN, ended)) == []


def test_moving_what_the_broker_holds_takes_only_the_worse_price() -> None:
    resting = OWN.model_copy(update={"order": order(ORDER, OrderStatus.ACCEPTED, filled=0)})
    assert rules(own=resting, price="2.47", account=told("6")) == []  # 0.03 of two contracts
    assert rules(own=resting, price="2.47", account=told("5.99")) == ["buying_power"]
    lost = OWN.model_copy(update={"order": order(ORDER, OrderStatus.UNKNOWN, filled=0, broker_order_id=None)})
    assert rules(own=lost, account=told("6")) == ["buying_power"]


def test_a_closing_order_is_not_held_up_by_what_openings_may_take() -> None:
    assert rules(own=None, account=told("0"), entered=(OWN,)) == []


@pytest.mark.parametrize(
    ("limits", "refused"),
    [
        ({"max_premium_entered": Decimal(1000)}, []),  # 2 × 2.50 × 100 each
        ({"max_premium_entered": Decimal(999)}, ["entered_premium"]),
        ({"max_notional_entered": Decimal(190_000)}, []),  # 2 × 100 × (480 + 470)
        ({"max_notional_entered": Decimal(189_999)}, ["entered_notional"]),
    ],
)
def test_a_days_openings_are_capped_filled_or_not(limits: dict[str, Decimal], refused: list[str]) -> None:
    for ended in (OrderStatus.FILLED, OrderStatus.CANCELLED, OrderStatus.ACCEPTED):
        other = Entered(intent=OTHER, unit_cash=0.0, order=order(OTHER, ended, filled=0))
        assert rules(entered=(OWN, other), limits=SendLimits(**limits)) == refused
        assert rules(entered=(other,), limits=SendLimits(**limits)) == refused


def test_shares_are_value_and_no_premium() -> None:
    legs = (Leg(contract=shares_of("SPY"), quantity=1),)
    bought = ORDER.model_copy(
        update={"legs": legs, "limit_price": Decimal("-500"), "multiplier": 1, "quantity": 10}
    )
    own = Entered(intent=bought, unit_cash=500.0)
    caps = SendLimits(max_premium_entered=Decimal(1), max_notional_entered=Decimal(5000))
    assert rules(own=own, entered=(own,), limits=caps) == []
    tighter = SendLimits(max_notional_entered=Decimal(4999))
    assert rules(own=own, entered=(own,), limits=tighter) == ["entered_notional"]


@given(st.floats(0, 1e6), st.floats(0, 1e6), st.integers(1, 50))
def test_more_buying_power_never_refuses_what_less_let_through(less: float, more: float, units: int) -> None:
    less, more = sorted((less, more))
    own = OWN.model_copy(update={"intent": ORDER.model_copy(update={"quantity": units})})
    if not rules(own=own, entered=(own,), account=told(str(less))):
        assert rules(own=own, entered=(own,), account=told(str(more))) == []
