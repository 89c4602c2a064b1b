"""Our contracts and TWS's.

shares            Stock on SMART; BRK.B is "BRK B" there
options           by their OCC symbol, which is unique: TWS's own date is the last day of trading, and that of an
                  index option which settles at the open is the day before its expiry
futures options   by underlying, expiry, strike, exchange, multiplier and trading class (our root)
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from tools.domain.contract import OptionContract, Right, ShareContract, is_occ, occ_symbol, parse_occ, shares_of
from tools.domain.errors import BrokerError

if TYPE_CHECKING:
    from ib_async import Contract

SMART, CURRENCY = "SMART", "USD"

FUTURES = {
    ("ES", 50): "CME", ("MES", 5): "CME", ("NQ", 20): "CME", ("MNQ", 2): "CME", ("RTY", 50): "CME",
    ("CL", 1_000): "NYMEX", ("NG", 10_000): "NYMEX", ("SI", 5_000): "COMEX",
    ("ZB", 1_000): "CBOT", ("ZN", 1_000): "CBOT",
}  # fmt: skip
"""Futures with options, by symbol and multiplier: ES at 100 is a share's. CME Group, contract specifications."""

OPTIONS = frozenset({"OPT", "FOP"})


def wanted(contract: ShareContract | OptionContract) -> Contract:
    """What TWS is asked for; it answers with one contract that has a number, or none."""
    from ib_async import Contract, FuturesOption, Stock

    if isinstance(contract, ShareContract):
        return Stock(contract.underlying.replace(".", " "), SMART, CURRENCY)
    exchange = FUTURES.get((contract.underlying, contract.multiplier))
    if exchange is None:
        root, rest = contract.root, contract.occ[len(contract.root) :]
        return Contract(secType="OPT", localSymbol=f"{root:<6}{rest}", exchange=SMART, currency=CURRENCY)
    return FuturesOption(
        symbol=contract.underlying,
        lastTradeDateOrContractMonth=f"{contract.expiry:%Y%m%d}",
        strike=contract.strike,
        right="C" if contract.right is Right.CALL else "P",
        exchange=exchange,
        multiplier=str(contract.multiplier),
        currency=CURRENCY,
        tradingClass=contract.root,
    )


def agrees(found: Contract, contract: ShareContract | OptionContract) -> bool:
    """Whether TWS means the same thing: the symbol, and what one of it delivers."""
    return symbol_of(found) == contract.occ and multiplier_of(found) == contract.multiplier


def symbol_of(contract: Contract) -> str:
    """The OCC symbol of an option, the ticker of shares, TWS's own symbol of anything else."""
    if contract.secType == "STK":
        return contract.symbol.replace(" ", ".")
    if contract.secType in OPTIONS:
        return occ_symbol(*_named(contract))
    return contract.localSymbol or contract.symbol


def multiplier_of(contract: Contract) -> int:
    if contract.secType not in OPTIONS:
        return 1
    try:
        return int(contract.multiplier)
    except ValueError:
        raise BrokerError(f"TWS tells no multiplier of {contract.localSymbol!r}; look there.") from None


def contract_of(contract: Contract) -> ShareContract | OptionContract | None:
    """The house's contract; None for what it has no type for."""
    if contract.secType == "STK":
        return shares_of(symbol_of(contract))
    if contract.secType not in OPTIONS:
        return None
    root, expiry, right, strike = _named(contract)
    return OptionContract(
        underlying=contract.symbol.replace(" ", "."),
        root=root,
        expiry=expiry,
        right=right,
        strike=strike,
        multiplier=multiplier_of(contract),
    )


def _named(contract: Contract) -> tuple[str, date, Right, float]:
    """Root, expiry, right and strike: of options by the OCC symbol that TWS calls the local one."""
    local = contract.localSymbol.replace(" ", "")
    if contract.secType == "OPT" and is_occ(local):
        return parse_occ(local)
    try:
        expiry = date.fromisoformat(contract.lastTradeDateOrContractMonth[:8])
    except ValueError:
        raise BrokerError(f"TWS tells no expiry of {local!r}; look there before trading on.") from None
    right = Right.CALL if contract.right.startswith("C") else Right.PUT
    return contract.tradingClass or contract.symbol, expiry, right, float(contract.strike)
