"""The brief: what an analyst is told about one candidate, and nothing else.

    candidate + facts of the underlying + conditions → rounded facts with unit and source → plain JSON

A brief is deterministic (the same inputs give the same bytes) and rounded, so that a change in a last digit
does not ask a different question. Names and reasons that others may have written are told in the house's own
words, so that nothing in it can ask for anything. It holds no portfolio state: no cash, no holdings, no filter
that depends on the account. What is unknown is said to be unknown, with its reason.

Every fact is an entry of one of three shapes:
    {"value": 8.4, "unit": "percent", "source": …}    known; `source` only where it is not the chain itself
    {"unknown": reason}                               missing
    {"not_applicable": reason}                        cannot exist
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from agents.house_words import LEFT_OUT, in_house_words, rating, sector, ticker
from agents.letters import plain
from tools.domain.candidate import Candidate
from tools.domain.chain import new_york_date
from tools.domain.fact import Fact, FactState
from tools.domain.market import Conditions, EventWindow, UnderlyingFacts
from tools.domain.mode import Mode
from tools.domain.past_trade import PastTrade, SimilarTrade
from tools.domain.score import FilterResult, FilterState
from tools.domain.structure import StructureKind

SCHEMA = "thetagate.brief/1"
MAX_TEXT = 120

# Filters that read the account: an analyst judges the trade, the fit judges the portfolio.
ACCOUNT_RULES = frozenset({
    "sector_after_trade", "shares_owned", "cash_secured", "buying_power",
    "not_held", "none_open", "portfolio_vega", "portfolio_iv_rank",
})  # fmt: skip

STRUCTURES = {
    StructureKind.COVERED_CALL: "covered call: short call against shares held",
    StructureKind.CASH_SECURED_PUT: "cash-secured put: short put, strike notional held in cash",
    StructureKind.PUT_CREDIT_SPREAD: "put credit spread",
    StructureKind.CALL_CREDIT_SPREAD: "call credit spread",
    StructureKind.IRON_CONDOR: "iron condor",
    StructureKind.STRANGLE: "short strangle",
    StructureKind.INDEX_PUT: "short index put, European, cash-settled",
    StructureKind.LONG_SHARES: "shares bought outright",
    StructureKind.VIX_CALL: "VIX call bought, a hedge of the volatility that is sold",
}

# Filters measure yields and spreads as fractions; the brief says percent.
PERCENTS = {"fraction": "percent", "fraction per year": "percent/year"}

# Filters that measure a fact of the brief are rounded like it: unit → decimals.
DECIMALS = {"delta": 2, "ratio": 2, "percentile": 0, "days": 0}

# Filters whose value is a code and not a quantity: the state says it all.
WORDS = frozenset({"yes/no", "notches above D"})

Entry = dict[str, Any]
T = TypeVar("T")


def brief(
    candidate: Candidate, facts: UnderlyingFacts, conditions: Conditions, similar: Sequence[SimilarTrade] = ()
) -> dict[str, Any]:
    """Everything the analyst is given, as plain JSON-able data; `similar` are past trades, the nearest first."""
    return {
        "schema": SCHEMA,
        "label": _label(candidate),
        "as_of": _instant(candidate.as_of),
        "trade": _trade(candidate),
        "underlying": _underlying(candidate, facts),
        "market": _market(candidate, conditions),
        "filters": [_filter(result) for result in candidate.filters if result.rule not in ACCOUNT_RULES],
        "similar_trades": [_past(each.trade, each.distance) for each in similar],
    }


def places(value: float, digits: int) -> float:
    """`value` to `digits` decimals; ties to even on nine digits, so that float noise never tips a tie."""
    return _number(Decimal(f"{value:.9g}").quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_EVEN))


def figures(value: float, digits: int) -> float:
    """`value` to `digits` significant digits, ties as in `places`."""
    exact = Decimal(f"{value:.9g}")
    step = Decimal(1).scaleb(exact.adjusted() - digits + 1)
    return _number(exact if exact == 0 else exact.quantize(step, rounding=ROUND_HALF_EVEN))


def known(value: float | str, unit: str, source: str = "") -> Entry:
    entry: Entry = {"value": _clean(value) if isinstance(value, str) else value, "unit": unit}
    said = _told(source)
    return entry | {"source": said} if said else entry


def unknown(reason: str) -> Entry:
    return {"unknown": _told(reason) or "no reason given"}


def _number(value: Decimal) -> float:
    """Whole numbers without a decimal point; zero without a sign."""
    return int(value) if value == value.to_integral_value() else float(value)


def _clean(text: str) -> str:
    """A text of the house as one short line that cannot close the envelope it is put into."""
    line = plain(text)
    return line if len(line) <= MAX_TEXT else line[: MAX_TEXT - 3] + "..."


def _told(text: str) -> str:
    """A name or a reason that others may have written, in the house's words alone."""
    return _clean(in_house_words(text))


def _label(candidate: Candidate) -> str:
    """The candidate's label with a symbol that is one."""
    label = candidate.label
    return _clean(label.replace(candidate.underlying, ticker(candidate.underlying)))


def _trade(candidate: Candidate) -> dict[str, Entry]:
    credit = places(candidate.credit, 2)
    multiplier = candidate.multiplier
    return {
        "structure": known(STRUCTURES[candidate.structure], "text"),
        "book": known(candidate.book, "text"),
        **_legs(candidate),
        "expiry": known(candidate.expiry.isoformat(), "date"),
        "days_to_expiry": known(candidate.dte, "days"),
        "unit_of_the_trade": known(1, "contracts"),
        "shares_per_contract": known(multiplier, "shares"),
        "credit": known(credit, "USD/share"),
        "premium": known(places(credit * multiplier, 0), "USD/contract"),
        "natural_credit": known(places(candidate.natural, 2), "USD/share"),
        "bid_ask_spread": known(_percent(candidate.spread, 1), "percent"),
        "premium_yield": known(_percent(candidate.premium_yield, 1), "percent/year"),
        "credit_on_collateral": _ratio(credit * multiplier, candidate.collateral, 2),
        **_probability(candidate),
        **_expected_move(candidate),
        **_breakevens(candidate),
        "max_loss": known(figures(candidate.max_loss, 4), "USD/contract"),
        "max_profit": known(figures(candidate.max_profit, 4), "USD/contract"),
        "collateral": known(figures(candidate.collateral, 4), "USD/contract"),
        **_greeks(candidate),
        "open_interest": _count(candidate.open_interest, "open interest"),
        "volume": _count(candidate.volume, "volume"),
        "buy_back_at_half_credit": known(places(candidate.credit / 2, 2), "USD/share"),
        "buy_back_at_double_credit": known(places(candidate.credit * 2, 2), "USD/share"),
        "quote_feed": known(_told(candidate.feed) or LEFT_OUT, "text"),
        "quote_source": known(_told(_bare(candidate.source)) or LEFT_OUT, "text"),
    }


def _legs(candidate: Candidate) -> dict[str, Entry]:
    """`short_put_strike`, its distance from spot, and the same for every other leg."""
    entries: dict[str, Entry] = {}
    for leg in candidate.legs:
        side = "short" if leg.quantity < 0 else "long"
        name = f"{side}_{leg.contract.right.value}_strike"
        while name in entries:
            name += "_next"
        entries[name] = known(figures(leg.contract.strike, 8), "USD/share")
        entries[f"{name}_from_spot"] = _ratio(leg.contract.strike - candidate.spot, candidate.spot, 1)
    return entries


def _probability(candidate: Candidate) -> dict[str, Entry]:
    if candidate.pop is None:
        return {"probability_of_profit": unknown("no usable implied volatility")}
    profit = _percent(candidate.pop, 0)
    return {
        "probability_of_profit": known(profit, "percent"),
        "probability_of_loss": known(places(100 - profit, 0), "percent"),
    }


def _expected_move(candidate: Candidate) -> dict[str, Entry]:
    if candidate.expected_move is None:
        return {"expected_move": unknown("no usable implied volatility")}
    return {
        "expected_move": known(figures(candidate.expected_move, 3), "USD/share"),
        "expected_move_of_spot": _ratio(candidate.expected_move, candidate.spot, 1),
    }


def _breakevens(candidate: Candidate) -> dict[str, Entry]:
    """Each breakeven, its distance from spot, and that distance in expected moves."""
    entries: dict[str, Entry] = {}
    names = ("breakeven",) if len(candidate.breakevens) == 1 else ("lower_breakeven", "upper_breakeven")
    for name, level in zip(names, sorted(candidate.breakevens), strict=False):
        entries[name] = known(places(level, 2), "USD/share")
        entries[f"{name}_from_spot"] = _ratio(level - candidate.spot, candidate.spot, 1)
        if candidate.expected_move:
            moves = abs(level - candidate.spot) / candidate.expected_move
            entries[f"{name}_distance"] = known(places(moves, 1), "expected moves")
    return entries


def _greeks(candidate: Candidate) -> dict[str, Entry]:
    greeks, multiplier = candidate.greeks, candidate.multiplier
    iv = (
        unknown("not solvable from the quote")
        if candidate.iv is None
        else known(_percent(candidate.iv, 1), "percent")
    )
    if greeks is None:
        return {"iv": iv, "delta": unknown("no usable implied volatility")}
    return {
        "iv": iv,
        "delta": known(places(greeks.delta, 2), "per share"),
        "gamma": known(places(greeks.gamma, 3), "per share"),
        "vega": known(places(greeks.vega * multiplier, 1), "USD/vol point"),
        "theta": known(places(greeks.theta * multiplier, 1), "USD/day"),
    }


def _underlying(candidate: Candidate, facts: UnderlyingFacts) -> dict[str, Entry]:
    spot = candidate.spot
    today = new_york_date(candidate.as_of)
    return {
        "symbol": known(ticker(facts.symbol), "text"),
        "kind": known(facts.kind.value, "text"),
        "spot": known(figures(spot, 4), "USD/share"),
        "sector": _fact(facts.sector, sector, "text", today),
        "rating": _fact(facts.rating, rating, "text", today),
        **_earnings(candidate, facts.earnings),
        "iv_rank": _fact(facts.iv_rank, lambda v: places(v, 0), "percent", today),
        "iv_percentile": _fact(facts.iv_percentile, lambda v: places(v, 0), "percent", today),
        "realised_vol": _fact(facts.realised_vol, lambda v: _percent(v, 1), "percent", today),
        **_premium_over_realised(candidate, facts),
        "put_call_ratio": _fact(facts.put_call_ratio, lambda v: places(v, 2), "ratio", today),
        "sector_put_call_ratio": _fact(facts.sector_put_call_ratio, lambda v: places(v, 2), "ratio", today),
        "sma_20": _fact(facts.sma_20, lambda v: figures(v, 4), "USD/share", today),
        "spot_from_sma_20": _fact(facts.sma_20, lambda v: _percent(spot / v - 1, 1), "percent", today),
        "rsi_14": _fact(facts.rsi_14, lambda v: places(v, 0), "points", today),
        "beta": _fact(facts.beta, lambda v: places(v, 2), "ratio", today),
    }


def _premium_over_realised(candidate: Candidate, facts: UnderlyingFacts) -> dict[str, Entry]:
    """What the seller is paid above the volatility that was delivered, in volatility points."""
    if candidate.iv is None or facts.realised_vol.value is None:
        return {}
    return {"iv_above_realised": known(_percent(candidate.iv - facts.realised_vol.value, 1), "vol points")}


def _earnings(candidate: Candidate, fact: Fact[tuple[date, ...]]) -> dict[str, Entry]:
    today = new_york_date(candidate.as_of)
    if fact.value is None:
        return {"next_earnings": _fact(fact, lambda _: "", "date", today)}
    coming = sorted(day for day in fact.value if day >= today)
    if not coming:
        return {"next_earnings": known("none announced", "text", fact.source)}
    after = (coming[0] - candidate.expiry).days
    return {
        "next_earnings": known(coming[0].isoformat(), "date", fact.source),
        "earnings_in": known((coming[0] - today).days, "days"),
        "earnings_inside_the_trade": known("yes" if after <= 0 else "no", "text"),
        ("earnings_after_expiry" if after > 0 else "earnings_before_expiry"): known(abs(after), "days"),
    }


def _market(candidate: Candidate, conditions: Conditions) -> dict[str, Entry]:
    today = new_york_date(candidate.as_of)
    return {
        "vix": _fact(conditions.vix, lambda v: places(v, 1), "points", today),
        "average_correlation": _fact(conditions.average_correlation, lambda v: places(v, 2), "ratio", today),
        **_events(candidate, conditions.blackouts),
    }


def _events(candidate: Candidate, fact: Fact[tuple[EventWindow, ...]]) -> dict[str, Entry]:
    """The scheduled events between now and expiry, one entry each, in the order of the calendar."""
    today = new_york_date(candidate.as_of)
    if fact.value is None:
        return {"scheduled_events": _fact(fact, lambda _: "", "text", today)}
    inside = sorted(
        (new_york_date(window.end), window.name)
        for window in fact.value
        if window.end >= candidate.as_of and new_york_date(window.start) <= candidate.expiry
    )
    if not inside:
        return {"scheduled_events": known("none before expiry", "text", fact.source)}
    return {
        f"event {_dated(name, day)}": known(day.isoformat(), "date", _bare(fact.source)) for day, name in inside
    }


def _dated(name: str, day: date) -> str:
    """`CPI 2026-12-10`, whether or not the calendar writes the day into the name."""
    bare = _told(name.replace(day.isoformat(), "")) or "release"
    return f"{bare} {day.isoformat()}"


def _filter(result: FilterResult) -> dict[str, Any]:
    """One rule of the screen. Its sentence stays out where it may carry unrounded numbers."""
    entry: dict[str, Any] = {"rule": result.rule, "state": result.state.value, "required": result.required}
    if result.state in (FilterState.UNKNOWN, FilterState.NOT_APPLICABLE):
        return entry | {"reason": _told(result.text)}
    if result.unit in WORDS:
        return entry
    numbers: dict[str, float | None] = {"value": result.value, "threshold": result.threshold}
    if result.band is not None:
        numbers |= {"low": result.band[0], "high": result.band[1]}
    unit = PERCENTS.get(result.unit, result.unit or "number")
    entry |= {name: _measure(value, result.unit) for name, value in numbers.items() if value is not None}
    if result.margin is not None:
        entry["margin"] = places(result.margin, 1)
    return entry | {"unit": unit}


def _measure(value: float, unit: str) -> float:
    """A filter's number, rounded as the same fact is elsewhere in the brief."""
    if unit in PERCENTS:
        return _percent(value, 1)
    if unit in DECIMALS:
        return places(value, DECIMALS[unit])
    return figures(value, 3)


def _past(trade: PastTrade, distance: float) -> dict[str, Entry]:
    """A trade that is over, per one unit of it; `made` says where its orders went, if not to a live market."""
    earned = trade.return_on_collateral
    made = {} if trade.mode is Mode.LIVE else {"made": known(f"in {trade.mode.value} trading", "text")}
    return {
        "past_trade": known(trade.label, "text"),
        "opened": known(new_york_date(trade.opened_at).isoformat(), "date"),
        "closed": known(new_york_date(trade.closed_at).isoformat(), "date"),
        "held": known(trade.days, "days"),
        "result": known(places(trade.unit_pnl, 0), "USD/contract"),
        "result_on_collateral": (
            unknown("nothing secured it") if earned is None else known(_percent(earned, 2), "percent")
        ),
        "ended_by": known(trade.ended_by, "text"),
        **made,
        "distance": known(places(distance, 2), "ratio"),
    }


def _fact(fact: Fact[T], convert: Callable[[T], float | str], unit: str, today: date) -> Entry:
    """A fact as an entry: its value converted, its source with the day of measurement when that is not today."""
    if fact.state is FactState.NOT_APPLICABLE:
        return {"not_applicable": _told(fact.reason)}
    if fact.value is None:
        return unknown(fact.reason)
    measured = "" if fact.as_of is None else new_york_date(fact.as_of).isoformat()
    source = _bare(fact.source)
    if measured and measured != today.isoformat():
        source = f"{source}, {measured}".lstrip(", ")
    return known(convert(fact.value), unit, source)


def _ratio(part: float, whole: float, digits: int) -> Entry:
    return unknown("nothing to divide by") if whole == 0 else known(_percent(part / whole, digits), "percent")


def _percent(value: float, digits: int) -> float:
    return places(value * 100, digits)


def _count(value: float | None, name: str) -> Entry:
    return unknown(f"the source gives no {name}") if value is None else known(figures(value, 3), "contracts")


def _bare(source: str) -> str:
    """A file's name without its folder: the same brief on every machine."""
    return source.replace("\\", "/").rsplit("/", 1)[-1]


def _instant(moment: datetime) -> str:
    return f"{moment.astimezone(ZoneInfo('America/New_York')):%Y-%m-%d %H:%M} New York"


def entries(facts: Mapping[str, Any]) -> list[tuple[str, Entry]]:
    """Every named entry of a brief, group by group; of past trades their count and `past trade 1 result`."""
    found = [(name, entry) for group in ("trade", "underlying", "market") for name, entry in facts[group].items()]
    past = facts["similar_trades"]
    if past:
        found.append(("past trades", known(len(past), "trades")))
    for place, trade in enumerate(past, start=1):
        found.extend((f"past trade {place} {name}", entry) for name, entry in trade.items())
    return found
