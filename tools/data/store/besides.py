"""What the history knows beside a snapshot's quotes: a published rate, and the cash dividends to come.

    snapshot → was its rate assumed?        → rate series known at the instant    ┐
             → told its source no dividends? → daily prices known at the instant  ┴→ Beside

It is asked when a chain is read, not when it is imported, so that the order of imports does not matter; what was
not known at the instant is left out.
"""

from __future__ import annotations

from datetime import date, datetime

from tools.data.files.daily import DayKind
from tools.data.files.parity import Quotes
from tools.data.files.terms import Beside, assumed_rate_note, middle_years
from tools.data.reference import lookup
from tools.data.store.daily import DailyStore
from tools.data.store.entries import Entry
from tools.data.store.payments import expected
from tools.data.store.riskless import published_rate, riskless_names
from tools.domain.chain import Dividend
from tools.domain.market import InstrumentKind


def may_know(daily: DailyStore, entry: Entry) -> bool:
    """Whether the history holds anything that the snapshot's source did not tell."""
    return (_rate_assumed(entry) and bool(riskless_names(daily))) or (
        _dividends_untold(entry) and entry.underlying in daily.names(DayKind.BARS)
    )


def besides(daily: DailyStore, entry: Entry, quotes: Quotes) -> Beside:
    """What is known at the instant of `quotes`, those of `entry`."""
    found = published_rate(daily, as_of=quotes.as_of, years=middle_years(quotes))
    dividends, note = entry.dividends, ""
    if dividends is None and _dividends_untold(entry) and entry.spot is not None and len(quotes.expiry):
        last: date = quotes.expiry.max().astype("datetime64[D]").astype(object)
        dividends, note = _dividends(daily, entry.underlying, quotes.as_of, until=last, spot=entry.spot)
    return Beside(
        rate=None if found is None else found.rate,
        rate_source="" if found is None else f"{found.name} of {found.day} at {_tenor(found.tenor)}",
        dividends=dividends,
        dividend_note=note,
    )


def _dividends(
    daily: DailyStore, symbol: str, as_of: datetime, *, until: date, spot: float
) -> tuple[tuple[Dividend, ...] | None, str]:
    """The dividends to be expected with the sentence that says so; none of it where daily prices do not tell."""
    bars = daily.bars(symbol, until=as_of)
    ahead = None if bars is None else expected(bars, as_of=as_of, until=until, spot=spot)
    if ahead is None:
        return None, ""
    if not ahead:
        return ahead, "its daily prices show no dividend of the last year; none is expected"
    said = "1 cash dividend is" if len(ahead) == 1 else f"{len(ahead)} cash dividends are"
    first = ahead[0]
    return ahead, f"{said} expected by last year's rhythm until {until}, {first.cash:.2f} on {first.ex_date} first"


def _rate_assumed(entry: Entry) -> bool:
    return assumed_rate_note(lookup(entry.underlying).symbol) in entry.notes


def _dividends_untold(entry: Entry) -> bool:
    """An index pays none in cash."""
    return entry.dividends is None and lookup(entry.underlying).kind is not InstrumentKind.INDEX


def _tenor(years: float) -> str:
    return "one night" if years == 0 else f"{years * 12:.1f} months"
