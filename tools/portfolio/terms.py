"""What held options are priced against: their chain in the snapshot, else what the account itself tells.

chain of the underlying                                   → its spot, rate, dividends
no chain, but the account has a mark of the underlying    → that spot, the snapshot's rate, no dividends
neither                                                   → no terms, unknown Greeks
written on the forward of its expiry (VIX)                → that forward as put-call parity tells it, else no terms
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import date, datetime
from statistics import median

import numpy as np

from tools.calendar.expiries import VIX_ROOTS
from tools.domain.account import Account
from tools.domain.chain import Chain, Dividend
from tools.domain.contract import OptionContract, is_occ
from tools.domain.market import Snapshot
from tools.pricing.surface.forwards import ForwardFlag, implied_forwards


@dataclass(frozen=True, slots=True)
class Terms:
    """Of one underlying at one instant; units as in `Chain`."""

    as_of: datetime
    spot: float
    rate: float
    dividend_yield: float = 0.0
    dividends: tuple[Dividend, ...] = ()

    @classmethod
    def of_chain(cls, chain: Chain) -> Terms:
        return cls(chain.as_of, chain.spot, chain.rate, chain.dividend_yield, chain.dividends)

    @classmethod
    def of_forward(cls, as_of: datetime, forward: float, rate: float) -> Terms:
        """Of options on a forward: it yields the rate, so that nothing is carried and the Greeks are the forward's.

        Black, "The pricing of commodity contracts", Journal of Financial Economics 3, 1976.
        """
        return cls(as_of, forward, rate, dividend_yield=rate)


def read_terms(account: Account, snapshot: Snapshot) -> dict[str, Terms]:
    """Terms by underlying, for all that options can be priced on."""
    told: dict[str, Terms] = {}
    rate = snapshot_rate(snapshot)
    if not math.isnan(rate):
        told = {symbol: Terms(snapshot.as_of, spot, rate) for symbol, spot in _marks(account).items()}
    return told | {symbol: Terms.of_chain(chain) for symbol, chain in snapshot.chains.items()}


def written_on_forward(contract: OptionContract) -> bool:
    """Whether the forward of the contract's expiry, and not the spot, is what it settles by.

    VIX cannot be carried, so that its forwards are prices of their own (Cboe, VIX options specifications).
    """
    return contract.root in VIX_ROOTS


def forward_terms(chain: Chain) -> dict[date, Terms]:
    """Terms by expiry for options on the forward, of the expiries whose quotes tell it by put-call parity."""
    found = implied_forwards(chain)
    told = zip(found.at.expiry.tolist(), found.forward.tolist(), found.rate.tolist(), found.flags, strict=True)
    return {
        expiry: Terms.of_forward(chain.as_of, forward, rate)
        for expiry, forward, rate, flags in told
        if ForwardFlag.CARRIED not in flags
    }


def on_forward(chain: Chain) -> tuple[Chain, ...]:
    """A chain of options on the forward as one chain per expiry that has it for its spot, nearest first.

    The forward yields the rate, as in `Terms.of_forward`; expiries whose quotes tell none are left out.
    """
    return tuple(
        replace(
            chain.take(np.flatnonzero(chain.expiry == np.datetime64(expiry, "D"))),
            spot=terms.spot,
            rate=terms.rate,
            dividend_yield=terms.rate,
            dividends=(),
        )
        for expiry, terms in sorted(forward_terms(chain).items())
    )


def snapshot_rate(snapshot: Snapshot) -> float:
    """The median rate of the chains, which in practice share one; `nan` where there is none."""
    rates = [chain.rate for chain in snapshot.chains.values() if math.isfinite(chain.rate)]
    return median(rates) if rates else math.nan


def _marks(account: Account) -> dict[str, float]:
    """What the account says one share of each ticker costs."""
    return {p.symbol: p.price for p in account.positions if p.price is not None and not is_occ(p.symbol)}
