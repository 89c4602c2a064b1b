"""Alpaca's rows of splits: shares by what was added and taken, options by what ended and what stands in its place.

SPLIT of a ticker, of one day       → by how much the holding changes, in one activity
SPLIT, OPCA of two options, one day → the old one is gone, the new one is there, if the exchange's rule makes it so
what has no pair                    → waits for a person, as anything without a rule does
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from decimal import Decimal
from fractions import Fraction
from itertools import permutations

from tools.domain.contract import is_occ
from tools.execution.alpaca.fields import Row, amount, text, whole
from tools.portfolio.split import follows

KINDS = frozenset({"SPLIT", "OPCA"})


def together(rows: Iterable[Row]) -> Iterator[tuple[Row, Row | None]]:
    """(row, what stands in its place); shares have a row of their sum, and an option without a pair has None."""
    shares: dict[tuple[str, str, str], list[Row]] = defaultdict(list)
    options: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        symbol = text(row, "symbol")
        if is_occ(symbol):
            options[text(row, "group_id") or _day(row)].append(row)
        else:
            shares[text(row, "activity_type"), symbol, _day(row)].append(row)
    for same in shares.values():
        net = sum((amount(row, "net_amount") or Decimal(0) for row in same), Decimal(0))
        yield {**same[-1], "qty": str(sum(whole(row, "qty", 0) for row in same)), "net_amount": str(net)}, None
    for left in options.values():
        yield from _pairs(left)


def _pairs(left: list[Row]) -> Iterator[tuple[Row, Row | None]]:
    while left:
        pair = next(((old, new) for old, new in permutations(left, 2) if _follows(old, new)), None)
        if pair is None:
            yield from ((row, None) for row in left)
            return
        yield pair
        for row in pair:
            left.remove(row)


def _follows(old: Row, new: Row) -> bool:
    gone, come = whole(old, "qty", 0), whole(new, "qty", 0)
    return gone * come < 0 and follows(text(old, "symbol"), text(new, "symbol"), each=Fraction(-come, gone))


def _day(row: Row) -> str:
    return (text(row, "date") or text(row, "transaction_time") or text(row, "created_at"))[:10]
