"""Which rows of a source may be used, and why the others may not: data in, one fate per row out.

    unparseable → after_as_of → stale → other_date → mixed → adjusted → strike → expired → contradictory
                → nan → negative → zero → crossed → huge → duplicated → used

The rules are tried in that order and the first that holds is the row's fate, so that rows are always used
plus the sum of all dropped. Every rule is a pure function over whole columns, the same for every source.
A live source adds what only it can know: `no_spot`, `unquoted` (listed, and nobody quotes it), `halted` (the
contract or its underlying does not trade).

Kept on purpose: a locked quote (bid = ask), and a quote without a bid (bid 0, ask positive). The latter is
what the market says of a far wing; it cannot be sold, and the screen's credit and spread filters see that.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from tools.domain.chain import SourceCounts

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
IntArray = npt.NDArray[np.int64]
CodeArray = npt.NDArray[np.int8]
InstantArray = npt.NDArray[np.datetime64]

# An OCC symbol carries the strike × 1000 in eight digits (OCC, Options Symbology Initiative, 2010).
SMALLEST_STRIKE, LARGEST_STRIKE = 0.001, 99_999.999
# No listed option has ever cost a million; such a number is a slipped decimal or a stray identifier.
LARGEST_PRICE = 1_000_000.0


class Fate(StrEnum):
    """What becomes of a row. The value is the reason shown to people."""

    USED = "used"
    UNPARSEABLE = "unparseable"
    AFTER_AS_OF = "after_as_of"
    STALE = "stale"
    OTHER_DATE = "other_date"
    MIXED = "mixed"
    ADJUSTED = "adjusted"
    STRIKE = "strike"
    EXPIRED = "expired"
    CONTRADICTORY = "contradictory"
    NAN = "nan"
    NEGATIVE = "negative"
    ZERO = "zero"
    CROSSED = "crossed"
    HUGE = "huge"
    DUPLICATED = "duplicated"
    NO_SPOT = "no_spot"
    UNQUOTED = "unquoted"
    HALTED = "halted"

    @property
    def code(self) -> int:
        return _CODES[self]


_CODES = {fate: code for code, fate in enumerate(Fate)}


@dataclass(frozen=True, slots=True, eq=False)
class QuoteRows:
    """The columns the rules look at, each of length n; instants are datetime64[us] in UTC.

    unparseable    a number, date or right of the row could not be read, or its line was broken
    quoted         when the quote stood, NaT where unreadable
    quoted_day     the New York date of `quoted`, datetime64[D]
    in_session     the source dates its quotes by session and this date is one
    expires        when the contract stops trading
    contract       the same integer exactly for the same contract
    mixed          the row belongs to another underlying than its single-chain file
    adjusted       a non-standard deliverable
    contradictory  the option symbol disagrees with the row's own expiry, right or strike
    bid, ask       money per share, NaN where missing; a source without quotes gives its last price as both
    """

    unparseable: BoolArray
    quoted: InstantArray
    quoted_day: InstantArray
    in_session: BoolArray
    expires: InstantArray
    contract: IntArray
    mixed: BoolArray
    adjusted: BoolArray
    contradictory: BoolArray
    strike: FloatArray
    bid: FloatArray
    ask: FloatArray


@dataclass(frozen=True, slots=True)
class Clock:
    """The instants rows are judged against: `as_of` and the last session close before it (UTC)."""

    as_of: np.datetime64
    last_close: np.datetime64


def judge(rows: QuoteRows, clock: Clock) -> CodeArray:
    """The fate of every row as `Fate.code`."""
    codes = np.zeros(len(rows.strike), dtype=np.int8)
    _apply(_WHEN, rows, clock, codes)
    codes[_other_date(rows, codes == Fate.USED.code)] = Fate.OTHER_DATE.code
    _apply(_WHAT, rows, clock, codes)
    codes[_duplicated(rows, codes == Fate.USED.code)] = Fate.DUPLICATED.code
    return codes


def counts(codes: CodeArray) -> SourceCounts:
    """How many rows met which fate; `rows == used + sum(dropped)`."""
    tally = np.bincount(codes, minlength=len(Fate))
    dropped = {fate.value: int(tally[fate.code]) for fate in Fate if fate is not Fate.USED and tally[fate.code]}
    return SourceCounts(rows=len(codes), used=int(tally[Fate.USED.code]), dropped=dropped)


def unparseable(rows: QuoteRows, clock: Clock) -> BoolArray:
    return rows.unparseable


def after_as_of(rows: QuoteRows, clock: Clock) -> BoolArray:
    """Quoted later than as-of: using it would look ahead."""
    return rows.quoted > clock.as_of


def stale(rows: QuoteRows, clock: Clock) -> BoolArray:
    """Older than the last session close before as-of, or dated on a day the exchange was closed."""
    return (rows.quoted < clock.last_close) | ~rows.in_session


def mixed(rows: QuoteRows, clock: Clock) -> BoolArray:
    return rows.mixed


def adjusted(rows: QuoteRows, clock: Clock) -> BoolArray:
    return rows.adjusted


def impossible_strike(rows: QuoteRows, clock: Clock) -> BoolArray:
    """Zero, negative, not a number, or outside what an option symbol can say."""
    return ~((rows.strike >= SMALLEST_STRIKE) & (rows.strike <= LARGEST_STRIKE))


def expired(rows: QuoteRows, clock: Clock) -> BoolArray:
    return rows.expires <= clock.as_of


def contradictory(rows: QuoteRows, clock: Clock) -> BoolArray:
    return rows.contradictory


def not_a_number(rows: QuoteRows, clock: Clock) -> BoolArray:
    return ~(np.isfinite(rows.bid) & np.isfinite(rows.ask))


def negative(rows: QuoteRows, clock: Clock) -> BoolArray:
    return (rows.bid < 0) | (rows.ask < 0)


def zero(rows: QuoteRows, clock: Clock) -> BoolArray:
    """Nobody offers: the ask is zero, with or without a bid."""
    return rows.ask <= 0


def crossed(rows: QuoteRows, clock: Clock) -> BoolArray:
    return rows.bid > rows.ask


def huge(rows: QuoteRows, clock: Clock) -> BoolArray:
    return rows.ask > LARGEST_PRICE


def _other_date(rows: QuoteRows, candidates: BoolArray) -> BoolArray:
    """Fresh, but not of the latest day among the fresh: yesterday's close beside this morning's quotes."""
    if not candidates.any():
        return candidates
    last: np.datetime64 = rows.quoted_day[candidates].max()
    return candidates & (rows.quoted_day < last)


def _duplicated(rows: QuoteRows, candidates: BoolArray) -> BoolArray:
    """All but one of the rows of a contract: the latest quote stays, the first of equally late ones."""
    index = np.flatnonzero(candidates)
    contract = rows.contract[index]
    if (contract[1:] > contract[:-1]).all():
        return np.zeros(len(candidates), dtype=np.bool_)
    age = -rows.quoted[index].astype(np.int64)
    order = index[np.lexsort((index, age, rows.contract[index]))]
    repeated = np.zeros(len(candidates), dtype=np.bool_)
    repeated[order[1:]] = rows.contract[order[1:]] == rows.contract[order[:-1]]
    return repeated


def _apply(rules: Rules, rows: QuoteRows, clock: Clock, codes: CodeArray) -> None:
    for fate, rule in rules:
        codes[(codes == Fate.USED.code) & rule(rows, clock)] = fate.code


Rules = tuple[tuple[Fate, Callable[[QuoteRows, Clock], BoolArray]], ...]
_WHEN: Rules = (
    (Fate.UNPARSEABLE, unparseable),
    (Fate.AFTER_AS_OF, after_as_of),
    (Fate.STALE, stale),
)
_WHAT: Rules = (
    (Fate.MIXED, mixed),
    (Fate.ADJUSTED, adjusted),
    (Fate.STRIKE, impossible_strike),
    (Fate.EXPIRED, expired),
    (Fate.CONTRADICTORY, contradictory),
    (Fate.NAN, not_a_number),
    (Fate.NEGATIVE, negative),
    (Fate.ZERO, zero),
    (Fate.CROSSED, crossed),
    (Fate.HUGE, huge),
)
