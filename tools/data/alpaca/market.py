"""The market as Alpaca shows it now.

    universe ─┬→ underlyings, bars, dividends (once a day)
              └→ contracts + chain, name by name, side by side ─→ as-of ─→ rules ─→ chains ─→ facts ─→ Snapshot

A name that fails is left out and said; the rest stands. No name at all, or quotes that stopped moving while the
exchange is open, is a failed source: old prices never pass for today's.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np

from tools.calendar.sessions import NEW_YORK, session_open
from tools.data.alpaca.api import AlpacaApi, Row
from tools.data.alpaca.assembly import SOURCE, Built, Terms, build_chain
from tools.data.alpaca.dividends import read_dividends
from tools.data.alpaca.facts import underlying_facts
from tools.data.alpaca.history import CALENDAR_DAYS, MARKET, Figures, History
from tools.data.alpaca.judging import fates, in_session, live_clock
from tools.data.alpaca.rows import OptionRow, read_rows
from tools.data.alpaca.splits import Split, adjustments, in_shares_of, read_splits
from tools.data.alpaca.underlying import Underlying, read_underlying
from tools.data.company import Company
from tools.data.dividends import ahead
from tools.data.fingerprint import market_fingerprint
from tools.data.provider import Fundamentals, Progress
from tools.data.quality import CodeArray, counts
from tools.data.reference import Instrument, lookup
from tools.domain.chain import Chain, Dividend, new_york_date
from tools.domain.errors import DataError, InputError
from tools.domain.fact import Fact
from tools.domain.market import Conditions, EventWindow, InstrumentKind, Snapshot, UnderlyingFacts

ASSUMED_RATE = 0.04
# Quotes carry the exchange's time; ours may be behind by a little, and then the newest are not from the future.
CLOCKS_DIFFER = timedelta(seconds=5)
# The newest of thousands of quotes is seconds old in a session; indicative ones may lag by a quarter of an hour.
FRESH_WITHIN = timedelta(minutes=20)
ASK_AGAIN = timedelta(minutes=30)
_RATE_YEARS = 0.25
_DIVIDEND_YEARS = timedelta(days=3 * 366)

Blackouts = Callable[[datetime], Fact[tuple[EventWindow, ...]]]


@dataclass(frozen=True, slots=True)
class Day:
    """What changes from day to day, and not within one; `notes` say what could not be had."""

    day: date
    history: History
    dividends: Mapping[str, list[tuple[Dividend, bool]]] | None
    no_history: str
    splits: tuple[Split, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """What came of one name: its rows, or why none did."""

    rows: Sequence[OptionRow] = ()
    failure: str = ""


class AlpacaMarket:
    """A live market; every look is the present, `now()` tells the time."""

    name = SOURCE
    simulated = False

    def __init__(
        self,
        api: AlpacaApi,
        *,
        universe: Sequence[str],
        now: Callable[[], datetime],
        blackouts: Blackouts,
        fundamentals: Fundamentals | None = None,
        rate: float | None = None,
        progress: Progress = lambda step, done, total: None,
        workers: int = 8,
    ) -> None:
        if not universe:
            raise InputError("market.universe is empty; name the underlyings to look at, for example SPY.")
        self._api, self._universe = api, tuple(dict.fromkeys(symbol.upper() for symbol in universe))
        self._now, self._blackouts, self._fundamentals = now, blackouts, fundamentals
        self._rate, self._progress, self._workers = rate, progress, workers
        self._day: Day | None = None
        self._companies: dict[str, tuple[datetime, Company]] = {}
        self._lock = threading.Lock()

    def snapshot(self, as_of: datetime | None = None) -> Snapshot:
        """The market now. `InputError` for another time, `DataError` where Alpaca gives nothing usable."""
        if as_of is not None:
            raise InputError(
                "alpaca tells the present only; leave --as-of out, or read a stored or embedded market."
            )
        today = new_york_date(self._now())
        instruments = {symbol: lookup(symbol) for symbol in self._universe}
        quoted = [symbol for symbol, each in instruments.items() if each.kind is not InstrumentKind.INDEX]
        underlyings = self._api.underlyings(quoted) if quoted else {}
        day = self._today(today)
        answers = self._answers(today)
        moment = self._moment(answers)
        prices = {
            symbol: read_underlying(underlyings.get(symbol, {}), as_of=moment, stock_feed=self._api.stock_feed)
            for symbol in answers
        }
        return self._assembled(instruments, answers, prices, day, moment)

    def _assembled(
        self,
        instruments: Mapping[str, Instrument],
        answers: Mapping[str, Answer],
        prices: Mapping[str, Underlying],
        day: Day,
        as_of: datetime,
    ) -> Snapshot:
        notes = [*day.notes, *(each.words for each in day.splits if each.ex_date > day.day)]
        rate = self._riskless(as_of, notes)
        chains: dict[str, Chain] = {}
        facts: dict[str, UnderlyingFacts] = {}
        codes: list[CodeArray] = []
        for symbol, answer in answers.items():
            if answer.failure:
                notes.append(f"{symbol}: {answer.failure}")
                continue
            found, judged = self._chain(instruments[symbol], answer.rows, prices[symbol], rate, day, as_of)
            codes.append(judged)
            notes += found.notes
            if found.chain is not None:
                chains[symbol] = found.chain
                facts[symbol] = self._facts(instruments[symbol], found.chain, day)
        if not chains:
            raise DataError(_nothing_left(answers, notes))
        conditions = self._conditions(chains, day, as_of)
        adjusted = adjustments(day.day, day.dividends or {}, day.splits)
        return Snapshot(
            as_of=as_of,
            source=SOURCE,
            simulated=False,
            embedded=False,
            chains=chains,
            facts=facts,
            conditions=conditions,
            counts=counts(np.concatenate(codes)),
            fingerprint=market_fingerprint(
                as_of=as_of, source=SOURCE, chains=chains, facts=facts, conditions=conditions, adjustments=adjusted
            ),
            notes=tuple(notes),
            adjustments=adjusted,
            halted=frozenset(symbol for symbol, price in prices.items() if price.halted),
        )

    def _answers(self, today: date) -> dict[str, Answer]:
        """Every name's rows, several names at a time."""
        with ThreadPoolExecutor(max_workers=self._workers) as pool:
            answers = pool.map(lambda symbol: self._answer(symbol, today), self._universe)
            return dict(zip(self._universe, answers, strict=True))

    def _answer(self, symbol: str, today: date) -> Answer:
        done = 0

        def on_page(rows: int) -> None:
            nonlocal done
            done += rows
            self._progress(symbol, done, 0)

        try:
            contracts = self._api.contracts(symbol, today=today, on_page=lambda rows: None)
            snapshots = self._api.chain(symbol, on_page=on_page)
        except DataError as error:
            return Answer(failure=str(error))
        rows = read_rows(symbol, contracts, snapshots, today)
        self._progress(symbol, len(rows), len(rows))
        self._company(lookup(symbol), self._now())  # beside the other names' chains; the facts find it kept
        return Answer(rows) if rows else Answer(failure="alpaca lists no options of it")

    def _moment(self, answers: Mapping[str, Answer]) -> datetime:
        """The as-of: now, or the newest quote where our clock is a little behind; `DataError` for old quotes."""
        now = self._now().astimezone(NEW_YORK)
        times = [row.quoted for answer in answers.values() for row in answer.rows if row.quoted is not None]
        within = [time for time in times if time <= now + CLOCKS_DIFFER]
        if not within:
            return now
        newest = max(within).astimezone(NEW_YORK)
        if in_session(now) and now - session_open(now.date()) > FRESH_WITHIN and now - newest > FRESH_WITHIN:
            raise DataError(
                f"alpaca answers, but its newest quote is of {newest:%Y-%m-%d %H:%M}, and the exchange is open;"
                " nothing of it is used."
            )
        return max(now, newest)

    def _chain(
        self,
        instrument: Instrument,
        rows: Sequence[OptionRow],
        price: Underlying,
        rate: float,
        day: Day,
        as_of: datetime,
    ) -> tuple[Built, CodeArray]:
        judged = fates(rows, live_clock(as_of), halted=bool(price.halted))
        paid, notes = self._dividends(instrument, day)
        terms = Terms(as_of=as_of, spot=price.spot, rate=rate, dividends=paid, feed=self._api.feed)
        if price.halted:
            notes.append(f"{instrument.symbol}: {price.halted}")
        built = build_chain(instrument, rows, judged, terms)
        return Built(built.chain, (*notes, *built.notes)), judged

    def _dividends(self, instrument: Instrument, day: Day) -> tuple[tuple[Dividend, ...] | None, list[str]]:
        """The cash dividends to come; None where nobody tells. An index pays none in cash."""
        if day.dividends is None or instrument.kind is InstrumentKind.INDEX:
            return None, []
        paid = day.dividends.get(instrument.symbol, [])
        found, expected = ahead(paid, today=day.day, until=day.day + _DIVIDEND_YEARS)
        said = f"{instrument.symbol}: {expected} of {len(found)} dividends ahead are expected from last year's"
        return found, [said] if expected else []

    def _facts(self, instrument: Instrument, chain: Chain, day: Day) -> UnderlyingFacts:
        figures = Figures() if day.no_history else day.history.figures(instrument.symbol, chain.spot)
        company = self._company(instrument, chain.as_of)
        return underlying_facts(instrument, chain, figures, company, no_figures=day.no_history)

    def _company(self, instrument: Instrument, as_of: datetime) -> Company | None:
        """What is known of a company: kept for the day, and for half an hour where something was not to be had."""
        if self._fundamentals is None or instrument.kind is not InstrumentKind.STOCK:
            return None
        asked, company = self._companies.get(instrument.symbol, (None, None))
        if asked is not None and company is not None and new_york_date(asked) == new_york_date(as_of):
            known = company.sector.is_known and company.beta.is_known and company.earnings.is_known
            if known or as_of - asked < ASK_AGAIN:
                return company
        company = self._fundamentals.company(instrument.symbol, as_of)
        self._companies[instrument.symbol] = (as_of, company)
        return company

    def _conditions(self, chains: Mapping[str, Chain], day: Day, as_of: datetime) -> Conditions:
        correlation = math.nan if day.no_history else day.history.average_correlation(chains)
        vix = self._fundamentals.vix(as_of) if self._fundamentals else None
        source = self._fundamentals.name if self._fundamentals else ""
        return Conditions(
            vix=Fact[float].unknown("alpaca tells no VIX, and no source of fundamentals does")
            if vix is None
            else Fact[float].known(vix, source=source, as_of=as_of),
            average_correlation=Fact[float].unknown(day.no_history or "fewer than two names have a year of history")
            if math.isnan(correlation)
            else Fact[float].known(correlation, source=f"{SOURCE} daily bars", as_of=as_of),
            blackouts=self._blackouts(as_of),
        )

    def _riskless(self, as_of: datetime, notes: list[str]) -> float:
        if self._rate is not None:
            return self._rate
        told = self._fundamentals.rate(as_of, _RATE_YEARS) if self._fundamentals else None
        if told is None:
            notes.append(f"no source tells a rate; {ASSUMED_RATE:.0%} is assumed (set market.rate)")
        return ASSUMED_RATE if told is None else told

    def _today(self, today: date) -> Day:
        """The day's slow data, asked for once a day; what could not be had is asked for again."""
        with self._lock:
            if self._day is None or self._day.day != today or self._day.notes:
                self._day = self._read_day(today)
            return self._day

    def _read_day(self, today: date) -> Day:
        notes: list[str] = []
        names = [symbol for symbol in self._universe if lookup(symbol).kind is not InstrumentKind.INDEX]
        bars: dict[str, list[Row]] = {}
        dividends: Mapping[str, list[tuple[Dividend, bool]]] | None = None
        past = today - timedelta(days=CALENDAR_DAYS)
        splits: tuple[Split, ...] = ()
        no_history = ""
        try:
            bars = self._api.bars(sorted({*names, MARKET}), start=past, end=today)
        except DataError as error:
            no_history = str(error)
            notes.append(f"no daily history: {error}")
        try:
            told = self._api.corporate_actions(names, start=past, end=today + _DIVIDEND_YEARS) if names else {}
            splits = read_splits([*told.get("forward_splits", ()), *told.get("reverse_splits", ())])
            dividends = in_shares_of(today, read_dividends(told.get("cash_dividends", ())), splits)
        except DataError as error:
            notes.append(f"no dividends: {error}")
        return Day(today, History(bars, before=today), dividends, no_history, splits, tuple(notes))


def _nothing_left(answers: Mapping[str, Answer], notes: Sequence[str]) -> str:
    first = next((answer.failure for answer in answers.values() if answer.failure), "")
    if first and all(answer.failure for answer in answers.values()):
        return first
    return f"alpaca gives no usable chain of {', '.join(answers)}: {'; '.join(notes)}."
