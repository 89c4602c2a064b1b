"""The embedded market: one seed, one instant, one snapshot.

    as_of ─► session and its fraction ─► path (price, vol) ─► chains ─► facts ─► snapshot, fingerprinted

Nothing is cached: a snapshot is made from its three inputs whenever it is asked for.
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from types import MappingProxyType

from tools.calendar.sessions import NEW_YORK, next_close, previous_close, session_open, sessions_between
from tools.data.fingerprint import market_fingerprint
from tools.data.simulated.chain import SOURCE, Instant, build_chain
from tools.data.simulated.facts import FactBook, embedded_outlook
from tools.data.simulated.parameters import load_parameters
from tools.data.simulated.path import DailyPath, build_path
from tools.data.simulated.schedule import dividends
from tools.domain.chain import Chain, SourceCounts
from tools.domain.errors import DataError, InputError
from tools.domain.market import Snapshot

EMBEDDED_AS_OF = datetime(2026, 11, 20, 15, 45, tzinfo=NEW_YORK)
EMBEDDED_SEED = 23
ONE_DAY = timedelta(days=1)
NO_SHOCKS: Mapping[str, float] = MappingProxyType({})


class EmbeddedMarket:
    """An invented market that needs no key. The same (seed, instant, shocks) is the same market everywhere.

    `shocks` moves prices relatively (`{"XOM": -0.05}` is 5 % down) at the instant itself: the past, the
    volatilities, open interest and volume stay, quotes and price-based figures follow. Within a session
    prices run straight from the close before to the close of the day; outside it the last close stands.
    """

    name = SOURCE
    simulated = True

    def __init__(
        self,
        *,
        seed: int = EMBEDDED_SEED,
        shocks: Mapping[str, float] = NO_SHOCKS,
        as_of: datetime = EMBEDDED_AS_OF,
    ) -> None:
        self._parameters = load_parameters()
        _check_shocks(shocks, self._parameters.symbols)
        if seed < 0:
            raise InputError(f"The seed of the embedded market must be 0 or more, not {seed}.")
        self._seed, self._shocks, self._as_of = seed, dict(shocks), as_of

    def snapshot(self, as_of: datetime | None = None) -> Snapshot:
        """All underlyings at `as_of` (aware), by default the embedded day; `DataError` before the market begins."""
        instant = self._instant(as_of or self._as_of)
        listed = self._parameters.underlying
        chains = self._chains(instant, listed)
        book = FactBook(embedded_outlook(instant), chains)
        facts = {symbol: book.underlying(each) for symbol, each in listed.items()}
        conditions = book.conditions()
        rows = sum(len(chain) for chain in chains.values())
        return Snapshot(
            as_of=instant.as_of,
            source=SOURCE,
            simulated=True,
            embedded=self._seed == EMBEDDED_SEED and not self._shocks and instant.as_of == EMBEDDED_AS_OF,
            chains=chains,
            facts=facts,
            conditions=conditions,
            counts=SourceCounts(rows=rows, used=rows),
            fingerprint=market_fingerprint(
                as_of=instant.as_of, source=SOURCE, chains=chains, facts=facts, conditions=conditions
            ),
            notes=("Simulated market: every level, quote, date and rating is invented.",),
        )

    def chains(self, symbols: Iterable[str], as_of: datetime) -> dict[str, Chain]:
        """Of the listed ones among these underlyings, as the snapshot of that instant has them."""
        return self._chains(self._instant(as_of), symbols)

    def history(self, as_of: datetime | None = None) -> DailyPath:
        """Daily closes and 30-day volatilities up to `as_of`, before any shock."""
        return self._instant(as_of or self._as_of).path

    def price(self, symbol: str, as_of: datetime) -> float:
        """Of one underlying, per share; `nan` for one that is not listed here."""
        return self._spot(symbol, self._instant(as_of)) if symbol in self._parameters.symbols else math.nan

    def going_ex(self, symbol: str, day: date) -> float:
        """Cash per share that goes ex at the open of `day`; `nan` for an underlying that is not listed here."""
        listed = self._parameters.underlying.get(symbol)
        if listed is None:
            return math.nan
        return math.fsum(each.cash for each in dividends(listed.dividend, after=day - ONE_DAY, until=day))

    def _instant(self, as_of: datetime) -> Instant:
        if as_of.tzinfo is None:
            raise InputError("The instant of a snapshot needs a time zone, for example America/New_York.")
        as_of = as_of.astimezone(NEW_YORK)
        day, fraction = _session_of(as_of)
        first, base = self._parameters.first_session, self._parameters.base_date
        if day <= first:
            raise DataError(f"The embedded market begins after {first:%Y-%m-%d}; {day:%Y-%m-%d} is too early.")
        days = sessions_between(first, max(day, base))
        path = build_path(self._parameters, seed=self._seed, sessions=days).until(day, fraction)
        return Instant(parameters=self._parameters, seed=self._seed, as_of=as_of, fraction=fraction, path=path)

    def _chains(self, instant: Instant, symbols: Iterable[str]) -> dict[str, Chain]:
        listed = self._parameters.underlying
        return {
            symbol: build_chain(listed[symbol], instant, spot=self._spot(symbol, instant))
            for symbol in symbols
            if symbol in listed
        }

    def _spot(self, symbol: str, instant: Instant) -> float:
        close = float(instant.path.close[-1, instant.path.column(symbol)])
        return round(close * (1 + self._shocks.get(symbol, 0.0)), 2)


def _check_shocks(shocks: Mapping[str, float], symbols: tuple[str, ...]) -> None:
    for symbol, shock in shocks.items():
        if symbol not in symbols:
            near = difflib.get_close_matches(symbol, symbols, n=1)
            hint = f"; did you mean {near[0]}?" if near else "."
            raise InputError(f"{symbol} is not in the embedded market{hint}")
        if not math.isfinite(shock) or shock <= -1:
            raise InputError(f"A shock of {shock} to {symbol} leaves no price; give a relative move above -1.")


def _session_of(as_of: datetime) -> tuple[date, float]:
    """The session that prices at `as_of` belong to, and the share of it that has passed."""
    close = next_close(as_of)
    opening = session_open(close.date())
    if as_of < opening:
        return previous_close(as_of).date(), 1.0
    return close.date(), (as_of - opening) / (close - opening)
