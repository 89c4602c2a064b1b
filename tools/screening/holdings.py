"""What the account can still commit, as the screen sees it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Holdings:
    """Free means after open positions and all reservations; None is unknown, never 0.

    nav              net asset value, account currency
    free_cash        cash that secures nothing yet, account currency
    free_shares      shares by symbol that cover no call and are not reserved; a symbol left out holds none
    sector_exposure  account currency by GICS sector, open positions and reservations together
    pledged          what securities secure beside cash, after their haircut, for what stands on margin
    own_shares       shares by symbol that belong to the book that asks, covering a call or not
    own_open         whether the book that asks has anything open or reserved
    vega             of all positions and reservations, account currency per volatility point
    iv_rank          mean over the underlyings in which options are open, 0-100
    """

    nav: float | None
    free_cash: float | None
    free_shares: Mapping[str, int] | None
    sector_exposure: Mapping[str, float] | None
    pledged: float = 0.0
    own_shares: Mapping[str, int] | None = None
    own_open: bool | None = None
    vega: float | None = None
    iv_rank: float | None = None


NOTHING_KNOWN = Holdings(nav=None, free_cash=None, free_shares=None, sector_exposure=None)
