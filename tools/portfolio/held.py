"""Positions read as what they are: shares or contracts of one option, each at its mark."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from tools.domain.account import Account, Position
from tools.domain.chain import Chain
from tools.domain.contract import SYMBOLS, ExerciseStyle, OptionContract, is_occ, parse_occ
from tools.domain.market import Snapshot
from tools.portfolio.quoting import row_of

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
    roots = _roots((position.symbol for position in account.positions), snapshot)
    return tuple(_held(position, snapshot, roots) for position in account.positions if position.quantity)


def held_options(symbols: Iterable[str], snapshot: Snapshot) -> dict[str, OptionContract]:
    """The contracts among the symbols an account holds; shares are none."""
    held = tuple(symbols)
    roots = _roots(held, snapshot)
    return {symbol: _option(symbol, snapshot, roots) for symbol in held if is_occ(symbol)}


def net_asset_value(cash: float, held: Sequence[Held]) -> float:
    """Cash plus every position at its mark; `nan` when one is unknown."""
    return math.fsum((cash, *(position.value for position in held)))


def _roots(symbols: Iterable[str], snapshot: Snapshot) -> dict[str, str]:
    """Underlying by OCC root, where the two may differ: a share class loses its dot (BRK.B → BRKB)."""
    tickers = (symbol for symbol in symbols if "." in symbol)
    quoted = {root: chains[-1].underlying for root, chains in snapshot.by_root.items()}
    return {ticker.replace(".", ""): ticker for ticker in tickers} | INDEX_ROOTS | quoted


def _held(position: Position, snapshot: Snapshot, roots: dict[str, str]) -> Held:
    symbol = position.symbol
    if not is_occ(symbol):
        chain = snapshot.chains.get(symbol)
        quote = math.nan if chain is None else chain.spot
        return Held(symbol, symbol, position.quantity, _mark(position, quote), quote=quote, book=position.book)
    contract = _option(symbol, snapshot, roots)
    chain = snapshot.chains.get(contract.underlying)
    quote = math.nan if chain is None else _quote(chain, contract)
    mark = _mark(position, quote)
    return Held(symbol, contract.underlying, position.quantity, mark, contract, quote, position.book)


def _option(symbol: str, snapshot: Snapshot, roots: Mapping[str, str]) -> OptionContract:
    root = parse_occ(symbol)[0]
    plain = root.rstrip("0123456789")
    underlying = roots.get(root) or roots.get(plain, plain)
    chain = snapshot.chains.get(underlying)
    if chain is not None:
        return _contract(symbol, underlying, chain.style, chain.multiplier)
    style = ExerciseStyle.EUROPEAN if root in INDEX_ROOTS else ExerciseStyle.AMERICAN
    return _contract(symbol, underlying, style)


@lru_cache(maxsize=SYMBOLS)
def _contract(symbol: str, underlying: str, style: ExerciseStyle, multiplier: int = 100) -> OptionContract:
    root, expiry, right, strike = parse_occ(symbol)
    return OptionContract(
        underlying=underlying,
        root=root,
        expiry=expiry,
        right=right,
        strike=strike,
        multiplier=multiplier,
        style=style,
    )


def _mark(position: Position, quote: float) -> float:
    return quote if position.price is None else position.price


def _quote(chain: Chain, contract: OptionContract) -> float:
    """The contract's mid; a gap-filled row is no quote."""
    row = row_of(chain, contract)
    return math.nan if row is None or chain.filled[row] else float(chain.mid[row])
