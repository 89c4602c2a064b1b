"""What happens to holdings without an order: income, expiry, early assignment.

morning(day): interest since the last look · dividends that go ex · series that settle at the open
evening(day): series that settle at the close · American options their holders would exercise tonight
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime

from tools.backtest.history import HistoricalMarket
from tools.calendar.expiries import Settlement, expiration
from tools.calendar.sessions import next_session, session_open
from tools.domain.contract import OptionContract, ShareContract, is_occ
from tools.domain.market import Snapshot
from tools.portfolio.accounting import Books
from tools.portfolio.early_assignment import Close, early_assignments
from tools.portfolio.income import dividends, interest
from tools.portfolio.posting import Entries
from tools.portfolio.quoting import marks
from tools.portfolio.settlement import End, Ended, settle_expired
from tools.portfolio.settlement_price import Basis, ExpiryPrices
from tools.portfolio.statement import Line


@dataclass(slots=True)
class Settling:
    """Enters in `books` what the calendar brings. `contracts` are those ever traded, by OCC symbol."""

    market: HistoricalMarket
    books: Books
    contracts: dict[str, OptionContract] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)

    def learn(self, contracts: Iterable[OptionContract]) -> None:
        """Options to be settled one day; shares never are."""
        found = (contract for contract in contracts if not isinstance(contract, ShareContract))
        self.contracts |= {contract.occ: contract for contract in found}

    def accrue(self, *, rate: float, start: date, end: date) -> None:
        """Interest on the account's cash since the last look, earned by no book."""
        self._enter(Entries((), interest({"": self.books.cash}, rate=rate, start=start, end=end, at=_opening(end))))

    def morning(self, today: date) -> tuple[Ended, ...]:
        lines = tuple(self.books.lines())
        self._pay(lines, today)
        return self._settle(lines, today, Settlement.AM)

    def evening(self, today: date, snapshot: Snapshot) -> tuple[Ended, ...]:
        ended = self._settle(tuple(self.books.lines()), today, Settlement.PM)
        return (*ended, *self._assign(today, snapshot))

    def overdue(self, day: date) -> tuple[Ended, ...]:
        """What ended before `day` and met no look since: it settles in the shares of its own time."""
        return self._settle(tuple(self.books.lines()), day, None)

    def _pay(self, lines: tuple[Line, ...], today: date) -> None:
        symbols = {line.symbol for line in lines if not is_occ(line.symbol)}
        payments = {symbol: self.market.going_ex(symbol, today) for symbol in sorted(symbols)}
        for symbol in [symbol for symbol, cash in payments.items() if math.isnan(cash)]:
            self.counts["days on which nobody told of dividends"] += 1
            del payments[symbol]
        self._enter(Entries((), dividends(lines, payments=payments, ex_date=today, at=_opening(today))))

    def _settle(self, lines: tuple[Line, ...], today: date, settlement: Settlement | None) -> tuple[Ended, ...]:
        due = [line for line in lines if self._is_due(line, today, settlement)]
        if not due:
            return ()
        settled = settle_expired(due, contracts=self.contracts, prices=self._prices(due), today=today)
        for why in settled.unsettled.values():
            self.counts[f"not settled: {why}"] += 1
        for each in settled.ended:
            if each.basis in (Basis.OPENING, Basis.EARLIER_CLOSE):
                self.counts[f"settled at the {each.basis.value.replace('_', ' ')}"] += 1
        self._enter(settled.entries)
        self._mark_delivered(settled.ended)
        return settled.ended

    def _is_due(self, line: Line, today: date, settlement: Settlement | None) -> bool:
        contract = self.contracts.get(line.symbol)
        if contract is None:
            return False
        end = expiration(contract.root, contract.expiry)
        return end.session < today or (end.session == today and end.settlement is settlement)

    def _prices(self, lines: Iterable[Line]) -> dict[tuple[str, date], ExpiryPrices]:
        series = {(c.underlying, c.expiry) for c in (self.contracts[line.symbol] for line in lines)}
        return {key: self.market.expiry_prices(*key) for key in sorted(series)}

    def _assign(self, today: date, snapshot: Snapshot) -> tuple[Ended, ...]:
        short = [line for line in self.books.lines() if line.quantity < 0 and line.symbol in self.contracts]
        if not short:
            return ()
        tomorrow = next_session(today)
        closes = {
            symbol: Close(price=self.market.close(symbol, today), dividend=self.market.going_ex(symbol, tomorrow))
            for symbol in sorted({self.contracts[line.symbol].underlying for line in short})
        }
        known = {symbol: each for symbol, each in closes.items() if not math.isnan(each.dividend)}
        judged = early_assignments(
            short,
            contracts=self.contracts,
            closes=known,
            marks=marks(snapshot, (line.symbol for line in short)),
            rate=_rate(snapshot),
            session=today,
        )
        if judged.unknown:
            self.counts["short options in the money without a price at the close"] += len(judged.unknown)
        self._enter(judged.entries)
        self._mark_delivered(judged.ended)
        return judged.ended

    def _mark_delivered(self, ended: Iterable[Ended]) -> None:
        """Shares that were delivered are worth what their option settled against, until the next look."""
        delivered = (each for each in ended if each.end in (End.ASSIGNED, End.EXERCISED))
        self.books.mark({self.contracts[each.line.symbol].underlying: each.price for each in delivered})

    def _enter(self, entries: Entries) -> None:
        for posting in entries.postings:
            self.books.fill(posting.fill, book=posting.book, multiplier=posting.multiplier, trade=posting.trade)
        for movement in entries.movements:
            self.books.move(movement)


def _opening(day: date) -> datetime:
    return session_open(day)


def _rate(snapshot: Snapshot) -> float:
    """The rate of the first chain; 0 where there is none, so that nothing is exercised for interest."""
    return next((chain.rate for chain in snapshot.chains.values()), 0.0)
