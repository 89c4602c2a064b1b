"""The live half of the wiring: which adapters tell of the market, of companies and of events.

Settings + keys ─┬→ pace (one per service) ─→ Alpaca ─────┐
                 ├→ Financial Modeling Prep ─ facts, rate ─┼→ AlpacaMarket
                 └→ calendar: file, fmp, embedded ─ windows ┘
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.market import MarketChoice
from pipeline.settings import Settings, check_alpaca_keys, read_keys
from tools.domain.errors import ConfigError, DataError
from tools.domain.fact import Fact
from tools.domain.market import Conditions, EventWindow, Snapshot, UnderlyingFacts
from tools.domain.mode import Mode

if TYPE_CHECKING:
    from tools.calendar.events import EventBook, EventKind, Width
    from tools.data.alpaca.api import AlpacaApi
    from tools.data.alpaca.market import AlpacaMarket
    from tools.data.alpaca.transport import PatientAdapter
    from tools.data.fmp.source import FmpSource
    from tools.data.limiter import RateLimiter
    from tools.data.provider import Progress
    from tools.portfolio.quoting import Requote

PER_MINUTE, DEADLINE = 200, 20.0
"""Alpaca's free plan, and how long one request may take, where no settings say otherwise."""


def present() -> datetime:
    """The time on the wall, in New York."""
    from tools.calendar.sessions import NEW_YORK

    return datetime.now(UTC).astimezone(NEW_YORK)


@lru_cache
def pace(service: str, per_minute: int) -> RateLimiter:
    """The one limiter of a service in this process: data and orders take their turns in it."""
    from tools.data.limiter import RateLimiter

    return RateLimiter(requests=per_minute)


def alpaca_adapter(*, per_minute: int = PER_MINUTE, deadline: float = DEADLINE) -> PatientAdapter:
    """What requests to Alpaca travel through, data and orders alike, in the one pace they share."""
    from tools.data.alpaca.transport import PatientAdapter
    from tools.data.patience import Patience

    return PatientAdapter(limiter=pace("alpaca", per_minute), patience=Patience(deadline=deadline))


def alpaca_api(settings: Settings) -> AlpacaApi:
    """Alpaca with the user's keys; `ConfigError` where they are missing, disagree, or the package is."""
    from tools.data.alpaca.api import AlpacaApi

    check_alpaca_keys()
    keys, chosen = read_keys(), settings.market
    if not keys.alpaca.get_secret_value() or not keys.alpaca_secret.get_secret_value():
        raise ConfigError(
            'market.source is "alpaca" but its keys are not set; set APCA_API_KEY_ID and APCA_API_SECRET_KEY.'
        )
    return AlpacaApi(
        key=keys.alpaca.get_secret_value(),
        secret=keys.alpaca_secret.get_secret_value(),
        adapter=alpaca_adapter(per_minute=chosen.requests_per_minute, deadline=chosen.timeout_seconds),
        feed=chosen.feed,
        stock_feed=chosen.stock_feed,
        paper=settings.mode is not Mode.LIVE,
        trading_url=chosen.trading_url,
        data_url=chosen.data_url,
    )


def live_market(settings: Settings, *, progress: Progress | None = None) -> AlpacaMarket:
    """The live market of the settings, with its fundamentals and its calendar."""
    from tools.data.alpaca.market import AlpacaMarket

    fundamentals = fmp_source(settings) if settings.fundamentals.source == "fmp" else None
    return AlpacaMarket(
        alpaca_api(settings),
        universe=settings.market.universe,
        now=present,
        blackouts=lambda as_of: blackouts(settings, as_of, fundamentals),
        fundamentals=fundamentals,
        rate=settings.market.rate,
        progress=progress or (lambda step, done, total: None),
    )


def live_quotes(settings: Settings) -> Requote:
    """The live market asked again for one order's legs."""
    from tools.data.alpaca.requoting import requoting

    return requoting(alpaca_api(settings), now=present)


def fmp_source(settings: Settings) -> FmpSource:
    from tools.data.fmp.client import FmpClient
    from tools.data.fmp.source import FmpSource
    from tools.data.patience import Patience

    key, chosen = read_keys().fmp.get_secret_value(), settings.fundamentals
    if not key:
        raise ConfigError("Financial Modeling Prep is chosen but FMP_API_KEY is not set; set it, or choose none.")
    limiter = pace("fmp", chosen.requests_per_minute)
    return FmpSource(FmpClient(key=key, limiter=limiter, patience=Patience(), url=chosen.url))


def blackouts(
    settings: Settings, as_of: datetime, fundamentals: FmpSource | None = None
) -> Fact[tuple[EventWindow, ...]]:
    """The windows around releases as they were known at `as_of`; unknown where the calendar does not tell."""
    try:
        return event_book(settings, as_of, fundamentals).blackouts(as_of, widths(settings))
    except DataError as error:
        return Fact.unknown(str(error))


def event_book(settings: Settings, as_of: datetime, fundamentals: FmpSource | None) -> EventBook:
    """The calendar of the settings: a file, Financial Modeling Prep, or the one that ships."""
    if settings.events.file is not None:
        return _events_of(settings.events.file.expanduser(), settings.events.layout)
    if settings.events.source == "fmp":
        return (fundamentals or fmp_source(settings)).releases(as_of)
    from tools.data.events.embedded import embedded_events

    return embedded_events()


@lru_cache
def _events_of(path: Path, layout: str) -> EventBook:
    from tools.data.events.layout import load_layout
    from tools.data.events.reading import read_events

    return read_events(path, load_layout(layout)).book


def widths(settings: Settings) -> dict[EventKind, Width]:
    """How wide the blackout around each kind of release is."""
    from tools.calendar.events import BLACKED_OUT, EventKind, Width

    chosen = settings.events
    hours = dict.fromkeys(BLACKED_OUT, (chosen.before_hours, chosen.after_hours))
    hours |= {EventKind(name): each for name, each in chosen.widths.items()}
    return {
        kind: Width(before=timedelta(hours=before), after=timedelta(hours=after))
        for kind, (before, after) in hours.items()
    }


def with_widths(snapshot: Snapshot, settings: Settings, choice: MarketChoice) -> Snapshot:
    """A made market with windows as wide as the settings say, where those say something of their own."""
    from tools.calendar.events import DEFAULT_WIDTHS

    if widths(settings) == DEFAULT_WIDTHS:
        return snapshot
    told = _releases(choice).blackouts(snapshot.as_of, widths(settings))
    return _told(snapshot, snapshot.conditions.model_copy(update={"blackouts": told}), snapshot.facts)


def _releases(choice: MarketChoice) -> EventBook:
    """The releases of a made market."""
    if choice.is_simulated_past:
        from pipeline.past import simulated_past

        return simulated_past(choice).releases
    from tools.data.events.embedded import embedded_events

    return embedded_events()


def with_events(snapshot: Snapshot, settings: Settings) -> Snapshot:
    """The snapshot with what the user's own calendars tell and it does not, fingerprinted again."""
    conditions, facts = snapshot.conditions, snapshot.facts
    if settings.events.file is not None and conditions.blackouts.is_unknown:
        told = blackouts(settings, snapshot.as_of)
        conditions = conditions.model_copy(update={"blackouts": told})
    if settings.events.earnings is not None:
        facts = {symbol: _with_earnings(each, settings, snapshot.as_of) for symbol, each in facts.items()}
    if conditions is snapshot.conditions and facts is snapshot.facts:
        return snapshot
    return _told(snapshot, conditions, facts)


def with_standing(snapshot: Snapshot, folder: Path) -> Snapshot:
    """The snapshot with each underlying's IV rank and percentile in the year that `folder` has kept of it."""
    from tools.data.store.history import History
    from tools.data.store.vols import stand

    if not folder.is_dir():
        return snapshot
    with History.open(folder) as history:
        years = {
            symbol: stand(history, symbol, chain, simulated=snapshot.simulated)
            for symbol, chain in snapshot.chains.items()
        }
    facts = {
        symbol: each.model_copy(update={"iv_rank": years[symbol].rank, "iv_percentile": years[symbol].percentile})
        for symbol, each in snapshot.facts.items()
    }
    return _told(snapshot, snapshot.conditions, facts)


def _told(snapshot: Snapshot, conditions: Conditions, facts: dict[str, UnderlyingFacts]) -> Snapshot:
    from tools.data.fingerprint import market_fingerprint

    fingerprint = market_fingerprint(
        as_of=snapshot.as_of, source=snapshot.source, chains=snapshot.chains, facts=facts, conditions=conditions,
        adjustments=snapshot.adjustments,
    )  # fmt: skip
    return replace(snapshot, conditions=conditions, facts=facts, fingerprint=fingerprint)


def _with_earnings(facts: UnderlyingFacts, settings: Settings, as_of: datetime) -> UnderlyingFacts:
    """The facts of one name with its announced dates, where they were unknown and it is a company."""
    from tools.calendar.events import EventKind

    path = settings.events.earnings
    if path is None or not facts.earnings.is_unknown:
        return facts
    book = _events_of(path.expanduser(), settings.events.earnings_layout)
    return facts.model_copy(update={"earnings": book.dates(EventKind.EARNINGS, facts.symbol, as_of=as_of)})


def ping(settings: Settings) -> str:
    """What Alpaca says of its clock, its calendar and its quotes; `DataError` where it does not answer."""
    from tools.calendar.sessions import session_close, sessions_between
    from tools.data.alpaca.rows import instant

    api = alpaca_api(settings)
    body, now = api.clock(), present()
    told = instant(body.get("timestamp"))
    if told is None:
        raise DataError("alpaca's clock tells no time; check the URL.")
    today, ahead = now.date(), now.date() + timedelta(days=60)
    ours = {(str(day), f"{session_close(day):%H:%M}") for day in sessions_between(today, ahead)}
    theirs = {(str(row.get("date")), str(row.get("close"))) for row in api.calendar(start=today, end=ahead)}
    if ours != theirs:
        first = min(day for day, _ in ours ^ theirs)
        raise DataError(f"alpaca's calendar and the exchange's disagree about {date.fromisoformat(first)}.")
    state = "open" if body.get("is_open") else "closed"
    return f"answers, exchange {state}, its clock {(told - now).total_seconds():+.1f} s from ours, calendars agree"
