"""The measured value of every rule that asks the account: what it has free, and what is open in it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from tools.domain.structure import UNDEFINED_RISK
from tools.screening.measured import Measured, missing, shared
from tools.screening.rows import Rows
from tools.screening.rules import Rule
from tools.screening.sectors import largest_sector


def _shares_owned(rows: Rows) -> Measured:
    """Contracts the free shares cover."""
    free = rows.holdings.free_shares
    if free is None:
        return Measured(shared(None), unknown="the holdings are not known")
    return Measured(shared(free.get(rows.facts.symbol, 0) / rows.chain.multiplier))


def _cash_secured(rows: Rows) -> Measured:
    """Free cash over the strike notional of one contract; 1 is fully secured."""
    cash = rows.holdings.free_cash
    if cash is None:
        return Measured(shared(None), unknown="free cash is not known")
    return Measured(cash / rows.strike_notional)


def _buying_power(rows: Rows) -> Measured:
    """Free cash over what secures one unit; 1 is fully secured."""
    cash = rows.holdings.free_cash
    if cash is None:
        return Measured(shared(None), unknown="free cash is not known")
    if rows.structure.kind in UNDEFINED_RISK:
        cash += rows.holdings.pledged
    taken = rows.collateral * rows.chain.multiplier
    with np.errstate(divide="ignore", invalid="ignore"):
        return Measured(np.where(taken > 0, cash / taken, np.nan), unknown="what secures it is not known")


def _not_held(rows: Rows) -> Measured:
    """1 where the book that asks holds no shares of the underlying: it writes calls on those it has."""
    own = rows.holdings.own_shares
    if own is None:
        return Measured(shared(None), unknown="the holdings of the book are not known")
    held = own.get(rows.facts.symbol, 0)
    return Measured(shared(held <= 0), holds="none, so that puts are sold", breaks=f"{held} were delivered")


def _none_open(rows: Rows) -> Measured:
    """1 where the book that asks has nothing open: one trade at a time (spec H3)."""
    open_ = rows.holdings.own_open
    if open_ is None:
        return Measured(shared(None), unknown="the holdings of the book are not known")
    return Measured(shared(not open_), holds="none", breaks="one is open, and one is enough")


def _portfolio_vega(rows: Rows) -> Measured:
    return Measured(shared(rows.holdings.vega), unknown="the Greeks of a position are not known")


def _portfolio_iv_rank(rows: Rows) -> Measured:
    return Measured(
        shared(rows.holdings.iv_rank), unknown="no options are open, or the IV rank of one is not known"
    )


def _sector_after_trade(rows: Rows) -> Measured:
    """The largest sector the trade touches, with the strike notional of one contract added, over NAV."""
    weights = rows.facts.weights_by_sector
    if weights.value is None:
        return missing(weights)
    nav, exposure = rows.holdings.nav, rows.holdings.sector_exposure
    if nav is None or nav <= 0 or exposure is None:
        return Measured(shared(None), unknown="NAV or the sector exposure is not known")
    return Measured(largest_sector(weights.value, exposure, nav=nav, notional=rows.strike_notional))


ACCOUNT_MEASURES: dict[Rule, Callable[[Rows], Measured]] = {
    Rule.SECTOR_AFTER_TRADE: _sector_after_trade,
    Rule.SHARES_OWNED: _shares_owned,
    Rule.CASH_SECURED: _cash_secured,
    Rule.BUYING_POWER: _buying_power,
    Rule.NOT_HELD: _not_held,
    Rule.NONE_OPEN: _none_open,
    Rule.PORTFOLIO_VEGA: _portfolio_vega,
    Rule.PORTFOLIO_IV_RANK: _portfolio_iv_rank,
}
