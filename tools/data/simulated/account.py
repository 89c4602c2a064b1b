"""The demonstration account: a round net asset value, mostly cash, with shares to write calls on."""

from __future__ import annotations

from decimal import Decimal

from tools.data.simulated.parameters import load_parameters
from tools.domain.account import Account, Position
from tools.domain.errors import InputError
from tools.domain.market import Snapshot


def demo_account(snapshot: Snapshot, *, worth: float = 1_000_000.0) -> Account:
    """Net asset value exactly `worth` at the marks of `snapshot`: shares at spot, the rest in cash.

    `InputError` where the shares alone are worth more.
    """
    endowment = load_parameters().account
    positions = tuple(
        Position(symbol=symbol, quantity=shares, price=spot, average_price=spot)
        for symbol, shares in endowment.shares.items()
        for spot in [snapshot.chains[symbol].spot]
    )
    invested = sum((each.quantity * Decimal(str(each.price)) for each in positions), Decimal(0))
    cash = Decimal(str(worth)) - invested
    if cash < 0:
        raise InputError(
            f"The embedded account holds shares worth {invested:,.2f}, over account.cash {worth:,.2f}; raise it."
        )
    return Account(cash=float(cash), positions=positions)
