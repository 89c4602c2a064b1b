from __future__ import annotations

from decimal import Decimal

import pytest

from tests.tools.ledger.specimens import candidate, intent, leg
from tools.domain.contract import Right
from tools.domain.mode import Mode
from tools.domain.order import OrderIntent
from tools.execution.gate import SendLimits, pre_trade

ORDER = intent(candidate(leg(480)))


def rules(order: OrderIntent = ORDER, price: str = "2.50", **changes: object) -> list[str]:
    arguments = {
        "quote": (2.48, 2.52),
        "others": (),
        "mode": Mode.SIMULATED,
        "broker": "simulated",
        "limits": SendLimits(),
        **changes,
    }
    return [reason.rule for reason in pre_trade(order, Decimal(price), **arguments)]  # type: ignore[arg-type]


def test_an_ordinary_order_passes() -> None:
    assert rules() == []
    assert rules(others=(ORDER, intent(candidate(leg(470))))) == []


@pytest.mark.parametrize(
    ("changes", "refused"),
    [
        ({"quote": None}, ["collar"]),
        ({"quote": (2.00, 2.04)}, ["collar"]),  # 2.50 against a mid of 2.02: 24 % away
        ({"price": "2.10"}, ["collar"]),
        ({"price": "2.26"}, []),  # 0.24 of 0.25 allowed
        ({"order": intent(candidate(leg(480)), quantity=101)}, ["contracts"]),
        ({"order": intent(candidate(leg(480)), quantity=0)}, ["contracts"]),
        ({"limits": SendLimits(max_notional=Decimal(95_999))}, ["notional"]),  # 2 × 100 × 480 = 96,000
        ({"limits": SendLimits(max_notional=Decimal(96_000))}, []),
        ({"order": intent(candidate(leg(480, root="SPY1")))}, ["adjusted"]),
        ({"others": (intent(candidate(leg(480), book="index_put")),)}, ["duplicate"]),
        ({"mode": Mode.LIVE}, ["mode"]),
        ({"mode": Mode.PAPER}, ["mode"]),
        ({"broker": "alpaca"}, ["mode"]),
        ({"mode": Mode.LIVE, "broker": "alpaca"}, []),
    ],
)
def test_each_control_refuses_what_it_is_for(changes: dict[str, object], refused: list[str]) -> None:
    assert rules(**changes) == refused  # type: ignore[arg-type]


def test_a_penny_option_keeps_two_ticks_of_collar() -> None:
    cheap = intent(candidate(leg(480)))
    assert rules(cheap, "0.05", quote=(0.02, 0.05)) == []
    assert rules(cheap, "0.07", quote=(0.02, 0.05)) == ["collar"]


def test_the_larger_side_of_a_spread_is_its_notional() -> None:
    spread = intent(candidate(leg(480, -1), leg(470, 1)), quantity=1)
    assert rules(spread, limits=SendLimits(max_notional=Decimal(48_000))) == []
    assert rules(spread, limits=SendLimits(max_notional=Decimal(47_999))) == ["notional"]


def test_a_condor_counts_both_of_its_short_strikes() -> None:
    legs = candidate(leg(470, 1), leg(480, -1), leg(520, -1, right=Right.CALL), leg(530, 1, right=Right.CALL))
    assert rules(intent(legs, quantity=1), limits=SendLimits(max_notional=Decimal(100_000))) == []
    assert rules(intent(legs, quantity=1), limits=SendLimits(max_notional=Decimal(99_999))) == ["notional"]
