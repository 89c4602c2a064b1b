"""The demonstration account: a round net asset value, mostly cash, with shares to write calls on."""

from __future__ import annotations

from decimal import Decimal

from tools.data.simulated.parameters import load_parameters
from tools.domain.account import Account, Position
from tools.domain.market import Snapshot


def demo_account(snapshot: Snapshot) -> Account:
    """Net asset value exactly 1,000,000 at the marks of `snapshot`: shares at spot, the rest in cash."""
    endowment = load_parameters().account
    positions = tuple(
        Position(symbol=symbol, quantity=shares, price=spot, average_price=spot)
        for symbol, shares in endowment.shares.items()
        for spot in [snapshot.chains[symbol].spot]
    )
    worth = sum((each.quantity * Decimal(str(each.price)) for each in positions), Decimal(0))
    return Account(cash=float(endowment.nav - worth), positions=positions)
