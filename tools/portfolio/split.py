"""A split of n shares for m: what is held is restated, and what that cannot express is closed and counted.

    shares   n/m as many at m/n the price; those that do not divide are sold at the last price, in place of the
             cash that a company pays for fractions
    options  n-for-1: n contracts for each, strike / n to the cent (OCC By-Laws, Article VI, Section 11A)
             any other ratio: the exchange makes an adjusted contract of it, which is neither traded nor quoted
             here; in history it is closed at its last mark, at a broker it is held and a person is told
    special  a cash dividend beyond what is usual lowers strikes by what is paid, from $.125 a share on (OCC
             By-Laws, Article VI, Section 11A, Interpretations and Policies .01: $12.50 per contract)

The day's prices after the split are those of the new shares: restate first, then mark.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from math import gcd

from tools.domain.contract import OptionContract, parse_occ
from tools.domain.errors import InputError
from tools.domain.money import CENT, exact
from tools.domain.order import Fill
from tools.portfolio.posting import Entries, Posting
from tools.portfolio.statement import Line

SPECIAL = Decimal("0.125")
"""Cash per share from which a special dividend adjusts options."""

ADJUSTED = "1"
"""What the exchange adds to the root of the first contract that it adjusts."""


@dataclass(frozen=True, slots=True)
class Split:
    """Enter `entries`, then `Books.restate(renamed, n=n, m=m)`; n and m have no common factor.

    contracts  the new options by OCC symbol
    closed     lines whose adjusted contract could not be expressed; `unknown` those of them without a mark, which
               stay as they are
    rounded    strikes that took a rounding to the cent
    """

    n: int
    m: int
    renamed: Mapping[str, str]
    contracts: Mapping[str, OptionContract]
    entries: Entries
    closed: tuple[Line, ...]
    unknown: tuple[Line, ...]
    rounded: int


def split(
    lines: Iterable[Line],
    *,
    underlying: str,
    n: int,
    m: int,
    contracts: Mapping[str, OptionContract],
    marks: Mapping[str, float],
    at: datetime,
) -> Split:
    """What an n-for-m split of `underlying` makes of `lines`; contracts and marks (before it) by symbol.

    `InputError` for a ratio that is none, and for shares without a mark that do not divide.
    """
    if n < 1 or m < 1 or n == m:
        raise InputError(f"{n}-for-{m} is no split; name how many shares come for how many.")
    n, m = n // gcd(n, m), m // gcd(n, m)
    event = f"split/{underlying}/{at.date()}"
    renamed: dict[str, str] = {}
    new_ones: dict[str, OptionContract] = {}
    closed: list[Line] = []
    unknown: list[Line] = []
    entries: list[Entries] = []
    rounded: set[str] = set()
    for line in lines:
        contract = contracts.get(line.symbol)
        if line.symbol == underlying:
            renamed[line.symbol] = line.symbol
            entries.append(_odd_shares(line, marks, m=m, at=at, event=event))
        elif contract is None or contract.underlying != underlying:
            continue
        elif m == 1:
            new = restated(contract, n=n)
            renamed[line.symbol], new_ones[new.occ] = new.occ, new
            if exact(new.strike) * n != exact(contract.strike):
                rounded.add(line.symbol)
        elif line.symbol in marks:
            entries.append(_closing(line, line.quantity, marks[line.symbol], at=at, event=event))
            closed.append(line)
        else:
            unknown.append(line)
    return Split(n, m, renamed, new_ones, Entries.joined(entries), tuple(closed), tuple(unknown), len(rounded))


def restated(contract: OptionContract, *, n: int, m: int = 1) -> OptionContract:
    """What an n-for-m split makes of one: n of these for each where m divides n, else one that is adjusted."""
    if n % m:
        return contract.model_copy(update={"root": contract.root + ADJUSTED})
    strike = float((exact(contract.strike) * m / n).quantize(CENT))
    return contract.model_copy(update={"strike": strike})


def after_special(contract: OptionContract, cash: Decimal) -> OptionContract:
    """What a special dividend of `cash` per share makes of one: itself, where that is too small to adjust it."""
    if cash < SPECIAL or cash >= exact(contract.strike):
        return contract
    return contract.model_copy(update={"strike": float(exact(contract.strike) - cash)})


def follows(old: str, new: str, *, each: Fraction) -> bool:
    """Whether the exchange would make `each` of option `new` of one `old`, by a split or by a special dividend."""
    root, expiry, right, strike = parse_occ(old)
    to_root, to_expiry, to_right, to_strike = parse_occ(new)
    if (expiry, right) != (to_expiry, to_right):
        return False
    if to_root != root:
        return to_root.rstrip("0123456789") == root.rstrip("0123456789") and each == 1 and strike == to_strike
    if each == 1:
        return exact(strike) - exact(to_strike) >= SPECIAL
    whole = each.denominator == 1 and each > 1
    return whole and (exact(strike) / each.numerator).quantize(CENT) == exact(to_strike)


def _odd_shares(line: Line, marks: Mapping[str, float], *, m: int, at: datetime, event: str) -> Entries:
    """The shares that are left when the rest is a multiple of m, sold (or bought back) at the last price."""
    odd = abs(line.quantity) % m * (1 if line.quantity > 0 else -1)
    if not odd:
        return Entries()
    if line.symbol not in marks:
        raise InputError(f"{odd} {line.symbol} do not divide in the split and have no mark to be sold at.")
    return _closing(line, odd, marks[line.symbol], at=at, event=event)


def _closing(line: Line, quantity: int, price: float, *, at: datetime, event: str) -> Entries:
    fill = Fill(
        fill_id=f"{event}/{line.book}/{line.trade}/{line.symbol}",
        client_order_id=event,
        symbol=line.symbol,
        quantity=-quantity,
        price=exact(price),
        at=at,
    )
    return Entries((Posting(fill, line.book, line.multiplier, line.trade),))
