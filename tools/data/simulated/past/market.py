"""The simulated past: a market over every session of a driver's years.

    driver, seed ─► path (once)
    as_of ─► moment ─► chains ─► facts ─► snapshot, fingerprinted

Only the path is kept; a chain is made from it whenever it is asked for, the same in whatever order.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from datetime import date, datetime
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from tools.calendar.events import EventBook
from tools.calendar.expiries import Settlement, settlement_of
from tools.calendar.sessions import session_close, session_open
from tools.data.fingerprint import market_fingerprint
from tools.data.reference import lookup
from tools.data.simulated.facts import FactBook, Outlook
from tools.data.simulated.noise import FloatArray
from tools.data.simulated.past.agenda import Agenda
from tools.data.simulated.past.chain import SOURCE, build_chain
from tools.data.simulated.past.driver import Driver, sp500
from tools.data.simulated.past.hours import Moment, moment
from tools.data.simulated.past.listing import Listing
from tools.data.simulated.past.parameters import load_parameters
from tools.data.simulated.past.path import PastPath, build_path
from tools.data.simulated.path import DailyPath
from tools.domain.chain import Chain, Dividend, SourceCounts
from tools.domain.errors import InputError
from tools.domain.fact import Fact
from tools.domain.market import EventWindow, Snapshot

PAST_SEED = 23
WINDOW = 504  # sessions that facts look back: twice what rank, beta and correlation need
Sessions: TypeAlias = npt.NDArray[np.datetime64]


class SimulatedPast:
    """An invented market whose index follows the driver, by default the real S&P 500 of 1999-2018.

    The same (seed, driver, instant) is the same market everywhere, and nothing in it depends on the driver's
    later sessions. `symbols` narrows snapshots, not the paths behind them; a sector's put/call ratio is then
    over the listed ones. `InputError` for symbols that are not there and where no driver is at hand.
    """

    name = SOURCE
    simulated = True

    def __init__(
        self, *, seed: int = PAST_SEED, driver: Driver | None = None, symbols: tuple[str, ...] | None = None
    ) -> None:
        if seed < 0:
            raise InputError(f"The seed of the simulated past must be 0 or more, not {seed}.")
        self._parameters, self._seed = load_parameters(), seed
        self._symbols = symbols or self._parameters.symbols
        for symbol in self._symbols:
            self._known(symbol)
        self._driver = driver or sp500()
        self._path = build_path(self._driver, self._parameters, seed=seed)
        self._listing = Listing(self._path, self._parameters)
        first, last = (date.fromisoformat(str(self.sessions[row])) for row in (0, -1))
        self._agenda = Agenda(self._parameters, first=first, last=last)

    @property
    def made_of(self) -> dict[str, object]:
        """What decides everything in it, beside the code."""
        return {"source": SOURCE, "seed": self._seed, "symbols": list(self._symbols), "driver": self._driver.digest}

    @property
    def path(self) -> PastPath:
        """Every column behind the market."""
        return self._path

    @property
    def symbols(self) -> tuple[str, ...]:
        return self._symbols

    @property
    def releases(self) -> EventBook:
        """Every release of its years, known a year ahead."""
        return self._agenda.book

    @property
    def sessions(self) -> Sessions:
        """The sessions of the driver, datetime64[D]; a chain can be had from the second one on."""
        return self._path.sessions

    def closes(self, symbol: str) -> FloatArray:
        """Closing prices, one per session; what they paid out is in `payments`."""
        return self._column(self._path.close, symbol)

    def vols(self, symbol: str) -> FloatArray:
        """30-day at-the-money implied volatilities at the close, one per session."""
        return self._column(self._path.vol, symbol)

    def rates(self) -> FloatArray:
        """The bill rate, continuously compounded, one per session."""
        return self._path.rate.copy()

    def payments(self, symbol: str) -> tuple[Dividend, ...]:
        """Cash dividends per share that went ex, in order."""
        return self._path.payments(self._known(symbol))

    def chain(self, symbol: str, session: date | datetime) -> Chain:
        """One underlying's chain at the closing bell of a session, or at an aware instant."""
        listed = self._parameters.listed[self._known(symbol)]
        return build_chain(listed, self._moment(_bell(session)), self._listing)

    def settlement(self, symbol: str, expiry: date) -> float:
        """What options of `expiry` settle against: the opening price for am-settled roots, else the close."""
        root = lookup(self._known(symbol)).root(expiry)
        morning = settlement_of(root) is Settlement.AM
        return self._moment(session_open(expiry) if morning else session_close(expiry)).price(symbol)

    def snapshot(self, as_of: datetime | None = None) -> Snapshot:
        """All symbols at `as_of` (aware), by default the last closing bell; `DataError` outside its years."""
        now = self._moment(as_of or _bell(date.fromisoformat(str(self.sessions[-1]))))
        listed = {symbol: self._parameters.listed[symbol] for symbol in self._symbols}
        chains = {symbol: build_chain(each, now, self._listing) for symbol, each in listed.items()}
        book = FactBook(self._outlook(now), chains)
        facts = {symbol: book.underlying(each) for symbol, each in listed.items()}
        conditions = book.conditions()
        rows = sum(len(chain) for chain in chains.values())
        return Snapshot(
            as_of=now.as_of,
            source=SOURCE,
            simulated=True,
            embedded=False,
            chains=chains,
            facts=facts,
            conditions=conditions,
            counts=SourceCounts(rows=rows, used=rows),
            fingerprint=market_fingerprint(
                as_of=now.as_of, source=SOURCE, chains=chains, facts=facts, conditions=conditions
            ),
            notes=(
                f"Simulated market: every quote, volatility, dividend and date is invented; "
                f"its index follows {self._driver.description}.",
            ),
        )

    def closing_bells(self, first: date | None = None, last: date | None = None) -> Iterator[Snapshot]:
        """The snapshot of every closing bell from `first` to `last`, both included, oldest first; by default all.

        Each is made when it is asked for and kept by nobody, so that memory does not grow with the years; what a
        day costs is stated in docs/simulated-past.md. `symbols` makes it cheaper in proportion to their contracts.
        """
        days = self.sessions[1:]
        begin = 0 if first is None else int(np.searchsorted(days, np.datetime64(first)))
        end = len(days) if last is None else int(np.searchsorted(days, np.datetime64(last), side="right"))
        for day in days[begin:end]:
            yield self.snapshot(_bell(date.fromisoformat(str(day))))

    def _moment(self, as_of: datetime) -> Moment:
        return moment(as_of, self._path, self._parameters, seed=self._seed)

    def _outlook(self, now: Moment) -> Outlook:
        listed = {symbol: self._parameters.listed[symbol] for symbol in self._symbols}
        return Outlook(
            as_of=now.as_of,
            source=SOURCE,
            path=_so_far(now),
            listed=listed,
            peers=self._parameters.sector_peers,
            horizon=self._parameters.announcement_horizon,
            vix=now.price("VIX"),
            blackouts=Fact[tuple[EventWindow, ...]].known(
                self._agenda.after(now.as_of), source=SOURCE, as_of=now.as_of
            ),
        )

    def _column(self, table: FloatArray, symbol: str) -> FloatArray:
        return np.ascontiguousarray(table[:, self._path.column(self._known(symbol))])

    def _known(self, symbol: str) -> str:
        symbols = self._parameters.symbols
        if symbol not in symbols:
            near = difflib.get_close_matches(symbol, symbols, n=1)
            hint = f"; did you mean {near[0]}?" if near else "."
            raise InputError(f"{symbol} is not in the simulated past{hint}")
        return symbol


def _so_far(now: Moment) -> DailyPath:
    """Closes and volatilities of the window before, the present in the last row."""
    path = now.path
    first = max(now.row - WINDOW, 0)
    rows = slice(first, now.row + 1)
    close, vol = path.close[rows].copy(), path.vol[rows].copy()
    close[-1] = [now.price(symbol) for symbol in path.symbols]
    vol[-1] = [now.vol(symbol) for symbol in path.symbols]
    return DailyPath(path.symbols, path.sessions[rows], close, vol)


def _bell(session: date | datetime) -> datetime:
    return session if isinstance(session, datetime) else session_close(session)
