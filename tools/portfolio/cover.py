"""Who secures whom: shares cover calls, long options protect short ones, cash secures the rest.

    short calls → shares → long calls → margin;   short puts → long puts → strike notional in cash

A long option protects one that expires no later than itself. Shares go first, as at a broker: what they
cover is not free to cover anything else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from tools.domain.contract import OptionContract, Right
from tools.portfolio.held import Held
from tools.sizing.collateral import put_collateral

# Regulation T, 12 CFR 220.12(c): a short sale is margined at 150 % of its market value.
SHORT_SALE_MARGIN = 1.5


@dataclass(frozen=True, slots=True)
class Secured:
    """What one position ties up, account currency: collateral at risk, of it in cash, and F15 notional."""

    collateral: float
    cash: float
    notional: float


@dataclass(frozen=True, slots=True)
class Cover:
    """`secured` in the order of the positions; `free_shares` by symbol, those that cover no call."""

    secured: tuple[Secured, ...]
    free_shares: dict[str, int]


@dataclass(slots=True)
class _Guard:
    """What is left of a long option to protect short ones."""

    contract: OptionContract
    left: int


def secure(held: Sequence[Held], *, naked: Sequence[float]) -> Cover:
    """Match every short option with what secures it.

    `naked` is the collateral of one contract of each position if nothing covers it, read for short calls.
    """
    shares = {p.symbol: p.quantity for p in held if p.contract is None and p.quantity > 0}
    guards = [_Guard(p.contract, p.quantity) for p in held if p.contract is not None and p.quantity > 0]
    secured: dict[int, Secured] = {}
    for index, position, contract in _short_options(held):
        if contract.right is Right.CALL:
            secured[index] = _short_call(position, contract, shares, guards, naked=naked[index])
        else:
            secured[index] = _short_put(position, contract, guards)
    return Cover(tuple(secured.get(i) or _plain(p) for i, p in enumerate(held)), shares)


def _short_options(held: Sequence[Held]) -> list[tuple[int, Held, OptionContract]]:
    """Short options, the one nearest to (or deepest in) the money first: it needs the best cover."""
    found = [(i, p, p.contract) for i, p in enumerate(held) if p.contract is not None and p.quantity < 0]
    return sorted(found, key=lambda row: (row[2].strike * row[2].right.sign, row[2].expiry, row[1].symbol))


def _short_call(
    position: Held, contract: OptionContract, shares: dict[str, int], guards: list[_Guard], *, naked: float
) -> Secured:
    contracts = -position.quantity
    covered = min(contracts, shares.get(position.underlying, 0) // contract.multiplier)
    if covered:
        shares[position.underlying] -= covered * contract.multiplier
    width, left = _protected(contract, contracts - covered, guards, best=min)
    bare = left * naked if left else 0.0
    return Secured(width + bare, width + bare, width + left * contract.strike * contract.multiplier)


def _short_put(position: Held, contract: OptionContract, guards: list[_Guard]) -> Secured:
    width, left = _protected(contract, -position.quantity, guards, best=max)
    secured = width + left * put_collateral(strike=contract.strike, multiplier=contract.multiplier)
    return Secured(secured, secured, secured)


def _protected(
    short: OptionContract, contracts: int, guards: list[_Guard], *, best: Callable[[Iterable[float]], float]
) -> tuple[float, int]:
    """Width at risk of the contracts that long options protect, and how many remain without."""
    at_risk = 0.0
    while contracts and (fitting := [g for g in guards if g.left and _protects(g.contract, short)]):
        strike = best(g.contract.strike for g in fitting)
        guard = next(g for g in fitting if g.contract.strike == strike)
        used = min(contracts, guard.left)
        guard.left -= used
        contracts -= used
        at_risk += used * max(0.0, (guard.contract.strike - short.strike) * short.right.sign) * short.multiplier
    return at_risk, contracts


def _protects(long: OptionContract, short: OptionContract) -> bool:
    same = long.underlying == short.underlying and long.right is short.right and long.multiplier == short.multiplier
    return same and long.expiry >= short.expiry


def _plain(position: Held) -> Secured:
    """Shares and long options: their value is what they can lose. Options held long add no notional."""
    value = abs(position.value)
    if position.contract is not None:
        return Secured(value, 0.0, 0.0)
    return Secured(value, SHORT_SALE_MARGIN * value if position.quantity < 0 else 0.0, value)
