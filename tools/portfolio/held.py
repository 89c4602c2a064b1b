"""Positions read as what they are: shares or contracts of one option, each at its mark."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tools.domain.account import Account, Position
from tools.domain.chain import Chain
from tools.domain.contract import ExerciseStyle, OptionContract, is_occ, parse_occ
from tools.domain.market import Snapshot

# Index by the OCC roots of its European options (Cboe and Nasdaq contract specifications).
INDEX_ROOTS = {
    "SPX": "SPX", "SPXW": "SPX", "XSP": "XSP", "NDX": "NDX", "NDXP": "NDX", "XND": "XND", "RUT": "RUT",
    "RUTW": "RUT", "MRUT": "MRUT", "DJX": "DJX", "XEO": "OEX", "VIX": "VIX", "VIXW": "VIX",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Held:
    """One position. `mark` per share, `nan` when unknown; `contract` None for shares.

    `quote` is the mid of the same contract in the snapshot's chain, `nan` where there is none.
    """

    symbol: str
    underlying: str
    quantity: int
    mark: float
    contract: OptionContract | None = None
    quote: float = math.nan
    book: str = ""

    @property
    def multiplier(self) -> int:
        return 1 if self.contract is None else self.contract.multiplier

    @property
    def value(self) -> float:
        """Signed market value, account currency."""
        return self.quantity * self.multiplier * self.mark


def read_held(account: Account, snapshot: Snapshot) -> tuple[Held, ...]:
    """Every position of the account; the position's own price is its mark, else the snapshot's."""
    roots = _roots(account, snapshot)
    return tuple(_held(position, snapshot, roots) for position in account.positions if position.quantity)


def net_asset_value(cash: float, held: Sequence[Held]) -> float:
    """Cash plus every position at its mark; `nan` when one is unknown."""
    return math.fsum((cash, *(position.value for position in held)))


def _roots(account: Account, snapshot: Snapshot) -> dict[str, str]:
    """Underlying by OCC root, where the two may differ: a share class loses its dot (BRK.B → BRKB)."""
    tickers = (position.symbol for position in account.positions if "." in position.symbol)
    quoted = {
        root: chain.underlying for chain in snapshot.chains.values() for root in np.unique(chain.root).tolist()
    }
    return {ticker.replace(".", ""): ticker for ticker in tickers} | INDEX_ROOTS | quoted


def _held(position: Position, snapshot: Snapshot, roots: dict[str, str]) -> Held:
    if not is_occ(position.symbol):
        chain = snapshot.chains.get(position.symbol)
        quote = math.nan if chain is None else chain.spot
        return Held(
            position.symbol, position.symbol, position.quantity, _mark(position, quote), quote=quote,
            book=position.book,
        )  # fmt: skip
    root, expiry, right, strike = parse_occ(position.symbol)
    plain = root.rstrip("0123456789")
    underlying = roots.get(root) or roots.get(plain, plain)
    chain = snapshot.chains.get(underlying)
    style = ExerciseStyle.EUROPEAN if root in INDEX_ROOTS else ExerciseStyle.AMERICAN
    contract = OptionContract(
        underlying=underlying, root=root, expiry=expiry, right=right, strike=strike, style=style
    )
    if chain is not None:
        contract = contract.model_copy(update={"multiplier": chain.multiplier, "style": chain.style})
    quote = math.nan if chain is None else _quote(chain, contract)
    return Held(
        position.symbol, underlying, position.quantity, _mark(position, quote), contract, quote, position.book
    )


def _mark(position: Position, quote: float) -> float:
    return quote if position.price is None else position.price


def _quote(chain: Chain, contract: OptionContract) -> float:
    """The contract's mid; a gap-filled row is no quote."""
    rows = np.flatnonzero(
        (chain.strike == contract.strike)
        & (chain.right == contract.right.sign)
        & (chain.expiry == np.datetime64(contract.expiry, "D"))
        & (chain.root == contract.root)
        & ~chain.filled
    )
    return float(chain.mid[rows[0]]) if rows.size else math.nan
