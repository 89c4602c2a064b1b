"""Our price as the wires of brokers have it: a credit is positive with us; there one leg has a price and a side."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from tools.domain.errors import BrokerRejected
from tools.domain.structure import Leg


def limit_of(credit: Decimal, legs: Sequence[Leg]) -> Decimal:
    """The limit to send: of several legs what is paid, negative for a credit; of one its price.

    `BrokerRejected` where one leg would be sold for a debit, or reversed.
    """
    if len(legs) > 1:
        return -credit
    price = credit if legs[0].quantity < 0 else -credit
    if price <= 0:
        word = "bought" if legs[0].quantity > 0 else "sold"
        raise BrokerRejected(
            f"{legs[0].contract.occ} cannot be {word} at a limit of {price}; the price is positive."
        )
    return price
