"""Who secures whom: shares cover calls, long options protect short ones, cash secures the rest.

    short calls → shares → long calls → margin;   short puts → long puts → strike notional in cash, or margin
    puts and calls of one expiry, all protected → the wider side secures both

A long option protects one that expires no later than itself. Shares go first, as at a broker: what they
cover is not free to cover anything else.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

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


_Key = tuple[str, date, Right]


@dataclass(frozen=True, slots=True)
class _Short:
    """A short position after its cover: money at risk of what long options protect, and contracts left bare."""

    contract: OptionContract
    width: float
    left: int

    @property
    def key(self) -> _Key:
        return self.contract.underlying, self.contract.expiry, self.contract.right


def secure(held: Sequence[Held], *, naked: Sequence[float]) -> Cover:
    """Match every short option with what secures it.

    `naked` is the collateral of one contract of each position if nothing covers it; `nan` for puts on cash.
    """
    shares: Counter[str] = Counter()
    for p in held:
        if p.contract is None and p.quantity > 0:
            shares[p.symbol] += p.quantity
    guards = [_Guard(p.contract, p.quantity) for p in held if p.contract is not None and p.quantity > 0]
    shorts = {i: _covered(position, contract, shares, guards) for i, position, contract in _short_options(held)}
    spared = _spared(shorts.values())
    secured = {i: _secured(short, naked=naked[i], spared=short.key in spared) for i, short in shorts.items()}
    return Cover(tuple(secured.get(i) or _plain(p) for i, p in enumerate(held)), dict(shares))


def _short_options(held: Sequence[Held]) -> list[tuple[int, Held, OptionContract]]:
    """Short options, the one nearest to (or deepest in) the money first: it needs the best cover."""
    found = [(i, p, p.contract) for i, p in enumerate(held) if p.contract is not None and p.quantity < 0]
    return sorted(found, key=lambda row: (row[2].strike * row[2].right.sign, row[2].expiry, row[1].symbol))


def _covered(position: Held, contract: OptionContract, shares: dict[str, int], guards: list[_Guard]) -> _Short:
    """What shares and long options take over of one short position."""
    contracts, is_call = -position.quantity, contract.right is Right.CALL
    covered = min(contracts, shares.get(position.underlying, 0) // contract.multiplier) if is_call else 0
    if covered:
        shares[position.underlying] -= covered * contract.multiplier
    width, left = _protected(contract, contracts - covered, guards, best=min if is_call else max)
    return _Short(contract, width, left)


def _spared(shorts: Iterable[_Short]) -> set[_Key]:
    """Sides of condors that ask for nothing: at expiry only one side can lose, so the wider one secures both.

    Cboe Margin Manual (April 2000), spreads of puts and calls with one expiry; a side counts where its short
    puts lie at or below the short calls and every one of them is protected.
    """
    sides: dict[_Key, list[_Short]] = {}
    for short in shorts:
        sides.setdefault(short.key, []).append(short)
    spared: set[_Key] = set()
    for key, puts in sides.items():
        other: _Key = (key[0], key[1], Right.CALL)
        calls = sides.get(other, [])
        if key[2] is not Right.PUT or not calls or any(short.left for short in (*puts, *calls)):
            continue
        if max(short.contract.strike for short in puts) <= min(short.contract.strike for short in calls):
            less = sum(short.width for short in puts) <= sum(short.width for short in calls)
            spared.add(key if less else other)
    return spared


def _secured(short: _Short, *, naked: float, spared: bool) -> Secured:
    """Bare puts take their strike in cash, those on margin and calls the naked collateral."""
    contract, width = short.contract, 0.0 if spared else short.width
    bare = short.left * contract.strike * contract.multiplier
    if contract.right is Right.PUT and math.isnan(naked):
        taken = width + short.left * put_collateral(strike=contract.strike, multiplier=contract.multiplier)
    else:
        taken = width + (short.left * naked if short.left else 0.0)
    return Secured(taken, taken, width + bare)


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
