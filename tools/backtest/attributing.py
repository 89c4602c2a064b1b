"""Where a run's profit came from, written down as it happens.

    fills, movements ─→ RecordedBooks ─┐
    look of the day ─→ Greeks, marks ──┴─→ rows of the day ─→ attribute ─→ one row per day, trade and book

A day lasts from one look to the next. Greeks are those of the quotes at its start, on calendar time; theta, shown
per close-to-close, is scaled to the hours between the two looks, three days of them over a weekend. What settled
during the day ends at its settlement value, its underlying at the settlement price, its volatility as it was.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

import numpy as np

from tools.backtest.settling import Settling
from tools.calendar.sessions import next_close, previous_close
from tools.calendar.trading_time import Clock
from tools.domain.cash import CashMovement
from tools.domain.chain import Chain
from tools.domain.contract import OptionContract
from tools.domain.market import Snapshot
from tools.domain.order import Fill
from tools.performance.attribution import Attribution, FillRows, HeldRows, attribute, cash_rows
from tools.portfolio.accounting import Books
from tools.portfolio.greeks import OptionGreeks, each_of, held_greeks
from tools.portfolio.posting import Entries, Posting
from tools.portfolio.quoting import rows_of
from tools.portfolio.settlement import Ended
from tools.portfolio.split import Split
from tools.portfolio.statement import Line
from tools.pricing.sheet import greeks_at

BATCH = 64
"""Days whose rows are summed at once, so that neither memory nor calls grow with the run."""

CLOCK = Clock.CALENDAR_365

KEYS = ("day", "book", "trade")


class RecordedBooks(Books):
    """Books that also remember what was entered since `taken` was last called."""

    def __init__(self, *, name: str = "main", broker: str = "simulated") -> None:
        super().__init__(name=name, broker=broker)
        self._filled: list[Posting] = []
        self._moved: list[CashMovement] = []

    def fill(self, fill: Fill, *, book: str, multiplier: int, trade: str = "") -> bool:
        new = super().fill(fill, book=book, multiplier=multiplier, trade=trade)
        if new:
            self._filled.append(Posting(fill, book, multiplier, trade))
        return new

    def move(self, movement: CashMovement) -> None:
        super().move(movement)
        self._moved.append(movement)

    def restate(self, renamed: Mapping[str, str], *, n: int, m: int) -> None:
        """What was entered today before a split is remembered as it stands after it."""
        super().restate(renamed, n=n, m=m)
        self._filled = [
            _restated(each, renamed, n=n, m=m) if each.fill.symbol in renamed else each for each in self._filled
        ]

    def enter_at_marks(self, entries: Entries) -> None:
        """What is booked at its last mark brings nothing, and is not remembered."""
        before = list(self._filled)
        self.enter(entries)
        self._filled = before

    def taken(self) -> tuple[list[Posting], list[CashMovement]]:
        """Fills and movements since the last call."""
        filled, moved = self._filled, self._moved
        self._filled, self._moved = [], []
        return filled, moved

    def last_mark(self, symbol: str) -> Decimal | None:
        """The last price per share that was told of a symbol, held or not."""
        return self._marks.get(symbol)


def _restated(posting: Posting, renamed: Mapping[str, str], *, n: int, m: int) -> Posting:
    fill = posting.fill
    changes = {"symbol": renamed[fill.symbol], "quantity": fill.quantity * n // m, "price": fill.price * m / n}
    return replace(posting, fill=fill.model_copy(update=changes))


class _Look(NamedTuple):
    """One option or share at one look; `nan` is unknown. Units as in `HeldRows`."""

    spot: float = math.nan
    iv: float = math.nan
    delta: float = math.nan
    gamma: float = math.nan
    vega: float = math.nan
    theta: float = math.nan

    def restated(self, ratio: float) -> _Look:
        """At `ratio` times the price: delta stays, gamma is per unit of a smaller price, what is money shrinks."""
        return _Look(
            self.spot * ratio, self.iv, self.delta, self.gamma / ratio, self.vega * ratio, self.theta * ratio
        )


class _Held(NamedTuple):
    book: str
    trade: str
    symbol: str
    units: int
    mark: float


_UNSEEN = _Look()


@dataclass(slots=True)
class Attributing:
    """`settled` is told what ended without an order, `evening` closes a day; `total` is the attribution so far."""

    books: RecordedBooks
    settling: Settling
    counts: Counter[str]
    _at: datetime | None = None
    _held: list[_Held] = field(default_factory=list)
    _looks: dict[str, _Look] = field(default_factory=dict)
    _ended: dict[str, Ended] = field(default_factory=dict)
    _held_rows: list[tuple[Any, ...]] = field(default_factory=list)
    _fill_rows: list[tuple[Any, ...]] = field(default_factory=list)
    _movements: list[CashMovement] = field(default_factory=list)
    _days: int = 0
    _parts: list[Attribution] = field(default_factory=list)

    def settled(self, ended: Iterable[Ended]) -> None:
        self._ended |= {each.line.symbol: each for each in ended}

    def restated(self, found: Split) -> None:
        """After a split: the start of the day on the new basis, without what was closed at its mark."""
        ratio = found.m / found.n
        units = {
            (line.book, line.trade, line.symbol): line.quantity * line.multiplier for line in self.books.lines()
        }
        gone = {line.symbol for line in found.closed}
        held: dict[tuple[str, str, str], _Held] = {}
        for each in self._held:
            if each.symbol not in found.renamed:
                kept = {} if each.symbol in gone else {(each.book, each.trade, each.symbol): each}
            else:
                place = each.book, each.trade, found.renamed[each.symbol]
                kept = {place: _Held(*place, units[place], each.mark * ratio)} if place in units else {}
            held |= kept
        self._held = list(held.values())
        self._looks = {
            found.renamed.get(symbol, symbol): look.restated(ratio) if symbol in found.renamed else look
            for symbol, look in self._looks.items()
        }

    def evening(self, snapshot: Snapshot, today: date) -> None:
        """Write the rows of the day that ends, and keep what stands at the start of the next."""
        filled, moved = self.books.taken()
        lines = tuple(self.books.lines())
        symbols = {held.symbol for held in self._held} | {line.symbol for line in lines}
        looks = self._look(snapshot, lines)
        marks = self._marks(symbols | {each.fill.symbol for each in filled}, filled)
        days = self._days_between(snapshot.as_of)
        for held in self._held:
            self._held_rows.append(self._held_row(held, marks[held.symbol], looks, days, today))
        for posting in filled:
            self._fill_rows.append(self._fill_row(posting, marks[posting.fill.symbol], today))
        self._movements += moved
        self._held = [
            _Held(line.book, line.trade, line.symbol, line.quantity * line.multiplier, marks[line.symbol])
            for line in lines
        ]
        self._looks, self._at = looks, snapshot.as_of
        self._ended.clear()
        self._days += 1
        if self._days % BATCH == 0:
            self._sum_up()

    def total(self) -> Attribution:
        """One row per day, book and trade; trade "" is the book's own, book "" the account's."""
        self._sum_up()
        return Attribution(
            {name: np.concatenate([part.keys[name] for part in self._parts]) for name in KEYS},
            np.concatenate([part.parts for part in self._parts]),
            np.concatenate([part.unknown for part in self._parts]),
        )

    def _sum_up(self) -> None:
        whole = attribute(
            held=_held_rows(self._held_rows), fills=_fill_rows(self._fill_rows), cash=cash_rows(self._movements)
        )
        self._parts.append(whole.by(*KEYS))
        self._held_rows, self._fill_rows, self._movements = [], [], []

    def _held_row(
        self, held: _Held, mark: float, looks: dict[str, _Look], days: float, today: date
    ) -> tuple[Any, ...]:
        before, after = self._looks.get(held.symbol, _UNSEEN), looks.get(held.symbol, _UNSEEN)
        spots, vols = (before.spot, after.spot), (before.iv, after.iv)
        ended = self._ended.get(held.symbol)
        if held.symbol not in self.settling.contracts:
            spots = (held.mark, mark)
        elif ended is not None:
            spots, vols = (before.spot, float(ended.price)), (before.iv, before.iv)
        theta = before.theta * days
        greeks = (before.delta, before.gamma, before.vega, theta)
        return (today, held.book, held.trade, held.units, held.mark, mark, *spots, *vols, *greeks)

    def _fill_row(self, posting: Posting, mark: float, today: date) -> tuple[Any, ...]:
        """Orders are filled at the look, so that the mark of the look is the mid of the moment."""
        fill = posting.fill
        look = self.books.last_mark(fill.symbol)
        by_order = not fill.client_order_id.startswith(_EVENTS)
        mid = float(look) if by_order and look is not None else float(fill.price)
        units = fill.quantity * posting.multiplier
        return (today, posting.book, posting.trade, units, float(fill.price), mid, mark, float(fill.commission))

    def _marks(self, symbols: Iterable[str], filled: Iterable[Posting]) -> dict[str, float]:
        """The day's last price of each: its settlement value, its mark, else what it was last filled at."""
        prices = {held.symbol: held.mark for held in self._held}
        prices |= {each.fill.symbol: float(each.fill.price) for each in filled}
        marks: dict[str, float] = {}
        for symbol in symbols:
            known = self.books.last_mark(symbol)
            ended = self._ended.get(symbol)
            if ended is not None:
                marks[symbol] = float(ended.value)
            elif known is not None:
                marks[symbol] = float(known)
            else:
                self.counts["positions counted at their fill price for want of a mark"] += 1
                marks[symbol] = prices[symbol]
        return marks

    def _days_between(self, now: datetime) -> float:
        """From the last look to this one, in close-to-closes of calendar time."""
        if self._at is None:
            return math.nan
        day = next_close(self._at) - previous_close(self._at)
        return (now - self._at) / day

    def _look(self, snapshot: Snapshot, lines: Sequence[Line]) -> dict[str, _Look]:
        """Spot, volatility and Greeks of all that is quoted and was held, before the day or after it."""
        before, after = {held.symbol for held in self._held}, {line.symbol for line in lines}
        greeks = held_greeks(before, snapshot, clock=CLOCK) | held_greeks(after, snapshot, clock=CLOCK)
        looks: dict[str, _Look] = {}
        rest: dict[str, list[OptionContract]] = {}
        for symbol in sorted(before | after):
            contract = self.settling.contracts.get(symbol)
            if contract is None:
                looks[symbol] = _Look(delta=1.0, gamma=0.0, vega=0.0, theta=0.0)
            elif symbol in greeks:
                looks[symbol] = _looked(snapshot.chains[contract.underlying], greeks[symbol])
            else:
                rest.setdefault(contract.underlying, []).append(contract)
        for underlying, contracts in rest.items():
            chain = snapshot.chains.get(underlying)
            if chain is not None:
                looks |= _filled(chain, contracts)
        return looks


_EVENTS = ("expiry/", "early/")
"""How settlements name themselves where an order has its id."""


def _filled(chain: Chain, contracts: Sequence[OptionContract]) -> dict[str, _Look]:
    """What the chain lists without a quote of the day, or prices on a forward."""
    rows = rows_of(chain, contracts)
    listed = rows >= 0
    if not listed.any():
        return {}
    greeks = each_of(greeks_at(chain, rows[listed], clock=CLOCK))
    found = [each for each, here in zip(contracts, listed, strict=True) if here]
    return {contract.occ: _looked(chain, each) for contract, each in zip(found, greeks, strict=True)}


def _looked(chain: Chain, greeks: OptionGreeks) -> _Look:
    return _Look(chain.spot, greeks.iv, greeks.delta, greeks.gamma, greeks.vega, greeks.theta)


def _held_rows(rows: list[tuple[Any, ...]]) -> HeldRows:
    keys, units, rest = _columns(rows, 10)
    names = (
        "mark_before",
        "mark_after",
        "spot_before",
        "spot_after",
        "iv_before",
        "iv_after",
        "delta",
        "gamma",
        "vega_point",
        "theta_day",
    )
    return HeldRows(**keys, units=units, **dict(zip(names, rest, strict=True)))


def _fill_rows(rows: list[tuple[Any, ...]]) -> FillRows:
    keys, units, rest = _columns(rows, 4)
    return FillRows(
        **keys, units=units, **dict(zip(("price", "mid", "mark_after", "commission"), rest, strict=True))
    )


def _columns(rows: list[tuple[Any, ...]], numbers: int) -> tuple[dict[str, Any], Any, Any]:
    """Keys, units and the columns of floats behind them."""
    keys = {
        "day": np.array([row[0] for row in rows], dtype="datetime64[D]"),
        "book": np.array([row[1] for row in rows], dtype=np.str_),
        "trade": np.array([row[2] for row in rows], dtype=np.str_),
    }
    units = np.array([row[3] for row in rows], dtype=np.int64)
    rest = np.array([row[4:] for row in rows], dtype=np.float64).reshape(len(rows), numbers)
    return keys, units, rest.T
