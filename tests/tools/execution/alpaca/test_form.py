"""An intent in Alpaca's terms: signs, sides, and whether a leg opens or closes."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.tools.ledger.specimens import candidate, intent, leg
from tools.domain.contract import Right, shares_of
from tools.domain.errors import BrokerRejected
from tools.domain.order import OrderIntent, Purpose
from tools.domain.structure import Leg
from tools.execution.alpaca.chain import credit_of
from tools.execution.alpaca.form import order_form

P480, P470 = leg(480).contract.occ, leg(470).contract.occ


def of(*legs: Leg, **changes: Any) -> OrderIntent:
    return intent(candidate(*legs), **{"quantity": 2, "floor_price": Decimal("-9"), **changes})


def fields(promised: OrderIntent, held: dict[str, int] | None = None) -> dict[str, Any]:
    return order_form(promised, held or {}).to_request_fields()


def stances(promised: OrderIntent, held: dict[str, int] | None = None) -> list[str]:
    sent = fields(promised, held)
    return [str(each["position_intent"].value) for each in sent.get("legs", [sent])]


@pytest.mark.parametrize(
    ("legs", "credit", "limit", "side"),
    [
        ((leg(480, -1),), "2.50", 2.5, "sell"),
        ((leg(480, 1),), "-2.50", 2.5, "buy"),
        ((leg(480, -1), leg(470, 1)), "1.25", -1.25, None),
        ((leg(480, 1), leg(470, -1)), "-1.25", 1.25, None),
    ],
)
def test_the_limit_has_alpacas_sign(legs: tuple[Leg, ...], credit: str, limit: float, side: str | None) -> None:
    sent = fields(of(*legs, limit_price=Decimal(credit)))
    assert (sent["limit_price"], sent["qty"], sent["type"].value) == (limit, 2, "limit")
    assert (sent["side"].value if "side" in sent else None) == side


def test_a_limit_is_read_back_as_the_credit_it_was() -> None:
    for row, limit in (({"side": "sell"}, "2.5"), ({"side": "buy"}, "2.5"), ({"legs": [{}]}, "-1.25")):
        assert credit_of(row, credit_of(row, Decimal(limit))) == Decimal(limit)


@pytest.mark.parametrize(
    ("purpose", "legs", "held", "expected"),
    [
        (Purpose.OPEN, (leg(480, -1),), {}, ["sell_to_open"]),
        (Purpose.OPEN, (leg(480, -1),), {P480: -4}, ["sell_to_open"]),
        (Purpose.OPEN, (leg(480, -1),), {P480: 4}, ["sell_to_close"]),
        (Purpose.OPEN, (leg(480, -1),), {P480: 1}, ["sell_to_open"]),
        (Purpose.OPEN, (leg(480, -1), leg(470, 1)), {}, ["sell_to_open", "buy_to_open"]),
        (Purpose.CLOSE, (leg(480, 1),), {}, ["buy_to_close"]),
        (Purpose.CLOSE, (leg(480, 1), leg(470, -1)), {}, ["buy_to_close", "sell_to_close"]),
        (Purpose.ROLL, (leg(480, 1), leg(470, -1)), {P480: -2}, ["buy_to_close", "sell_to_open"]),
        (
            Purpose.ROLL,
            (leg(480, 1), leg(470, -1), leg(460, -1), leg(450, 1)),
            {P480: -2, P470: 2},
            ["buy_to_close", "sell_to_close", "sell_to_open", "buy_to_open"],
        ),
    ],
)
def test_a_leg_closes_what_the_account_holds_against_it(
    purpose: Purpose, legs: tuple[Leg, ...], held: dict[str, int], expected: list[str]
) -> None:
    sold = sum(each.quantity for each in legs) < 0 or len(legs) > 1
    promised = of(*legs, purpose=purpose, limit_price=Decimal("2.50") if sold else Decimal("-2.50"))
    assert stances(promised, held) == expected


def test_shares_have_a_side_and_no_stance() -> None:
    bought = of(Leg(contract=shares_of("BRK.B"), quantity=1), limit_price=Decimal("-480.10"))
    sent = fields(bought)
    assert (sent["symbol"], sent["side"].value, sent["limit_price"]) == ("BRK.B", "buy", 480.1)
    assert "position_intent" not in sent


@pytest.mark.parametrize(
    ("promised", "words"),
    [
        (of(leg(480, -1), limit_price=Decimal("-2.50")), "the price is positive"),
        (of(leg(480, 1), limit_price=Decimal("2.50")), "the price is positive"),
        (of(leg(480, -2)), "count the units"),
        (of(*(leg(480 + n, -1) for n in range(5))), "4 at most"),
        (of(leg(480, -1, right=Right.CALL), Leg(contract=shares_of("SPY"), quantity=1)), "mixes shares"),
        (of(leg(480, 1), leg(470, -1), purpose=Purpose.ROLL), "does not hold"),
    ],
)
def test_what_alpaca_takes_in_no_form_is_refused_before_it_is_sent(promised: OrderIntent, words: str) -> None:
    with pytest.raises(BrokerRejected, match=words):
        order_form(promised, {})
