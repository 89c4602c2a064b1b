"""The measured value of every rule, a column at a time.

    rows (chain, facts, conditions, holdings, Greeks) → rule → Measured (values, applicable, reasons)

A column has length n, or 1 where every row of the underlying shares the value. nan is unknown.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import date

import numpy as np

from tools.domain.chain import Chain, FloatArray, new_york_date
from tools.domain.contract import ExerciseStyle, Right
from tools.domain.market import InstrumentKind
from tools.screening.account_measures import ACCOUNT_MEASURES
from tools.screening.economics import annual_yield
from tools.screening.measured import Measured, exempt, missing, shared
from tools.screening.ratings import notch
from tools.screening.rows import Rows
from tools.screening.rules import Rule

SESSIONS_PER_YEAR = 252.0
# The 95 % quantile of the standard normal distribution.
Z_95 = 1.6448536269514722


def measure(rule: Rule, rows: Rows) -> Measured:
    """The column of one rule."""
    return MEASURES[rule](rows)


_NO_COMPANIES = {
    InstrumentKind.ETF: "a fund",
    InstrumentKind.INDEX: "an index",
    InstrumentKind.BILLS: "a fund of bills",
    InstrumentKind.COIN: "a coin",
}


def _no_company(rows: Rows) -> str | None:
    """What the underlying is where it is no company: those report no earnings and have no rating."""
    return _NO_COMPANIES.get(rows.facts.kind)


# --- the quote ---------------------------------------------------------------------------------------


def _quoted(rows: Rows) -> Measured:
    return Measured(
        (~rows.chain.filled).astype(np.float64),
        holds="the quote comes from the source",
        breaks="the quote is gap-filled and may never be traded on",
    )


def _bid(rows: Rows) -> Measured:
    """1 where somebody bids and the ask is not below: without two sides there is no price to propose."""
    offered = (rows.chain.bid > 0) & (rows.chain.ask >= rows.chain.bid)
    return Measured(offered.astype(np.float64), holds="two-sided", breaks="none, or a quote without two sides")


def _spread(rows: Rows) -> Measured:
    return Measured(rows.chain.spread_fraction, unknown="the quote has no two sides")


def _open_interest(rows: Rows) -> Measured:
    return Measured(rows.chain.open_interest, unknown="the source has none")


def _volume(rows: Rows) -> Measured:
    return Measured(rows.chain.volume, unknown="the source has none")


def _dte(rows: Rows) -> Measured:
    return Measured(rows.chain.dte.astype(np.float64))


def _premium_yield(rows: Rows) -> Measured:
    return Measured(annual_yield(rows.credit, rows.collateral, rows.dte), unknown="there is no mid price")


def _premium_to_target(rows: Rows) -> Measured:
    """Mid premium over what the book aims at for the trading time the contract lives (spec B5)."""
    return Measured(rows.strikes.premium_share(rows.chain), unknown="there is no mid price or no time is left")


# --- the unit ----------------------------------------------------------------------------------------


def _credit(rows: Rows) -> Measured:
    """1 where the mid credit is positive and below the width: anything else is no quote to trade on."""
    credit = rows.credit
    sound = np.where(np.isnan(credit), np.nan, (credit > 0) & (credit < rows.width))
    return Measured(
        sound.astype(np.float64),
        unknown="there is no mid price",
        holds="positive and less than what can be lost",
        breaks="not positive, or more than the strikes are apart",
    )


def _credit_to_width(rows: Rows) -> Measured:
    return Measured(rows.credit / rows.width, unknown="there is no mid price")


def _net_delta(rows: Rows) -> Measured:
    """The size of the unit's delta per share, whichever side it leans to."""
    return Measured(np.abs(rows.held(rows.greek("delta"))), unknown=_NO_GREEKS)


# --- the priced contract -----------------------------------------------------------------------------

_NO_GREEKS = "no volatility explains the quote"


def _delta(rows: Rows) -> Measured:
    """The size of the short option's delta: puts are screened on the same scale as calls."""
    return Measured(np.abs(rows.greek("delta")), unknown=_NO_GREEKS)


def _one_day_loss(rows: Rows) -> Measured:
    """Loss of stock and short call in a 95 % one-day fall, as a share of their value.

    The fall is ΔS = 1.645·σ·S/√252 with the contract's own volatility; the call is revalued by delta and
    gamma (the delta-gamma method of the RiskMetrics Technical Document, 4th ed. 1996, §6.3.3), so that the
    loss is ΔS·(1 - δ) + ½·γ·ΔS² on a position worth S - C.
    """
    spot = rows.chain.spot
    fall = Z_95 * rows.greek("iv") * spot / math.sqrt(SESSIONS_PER_YEAR)
    loss = fall * (1.0 - rows.greek("delta")) + 0.5 * rows.greek("gamma") * fall * fall
    return Measured(loss / (spot - rows.chain.mid), unknown=_NO_GREEKS)


# --- the underlying ----------------------------------------------------------------------------------


def _iv_percentile(rows: Rows) -> Measured:
    fact = rows.facts.iv_percentile
    return missing(fact) if fact.value is None else Measured(shared(fact.value))


def _iv_rank(rows: Rows) -> Measured:
    fact = rows.facts.iv_rank
    return missing(fact) if fact.value is None else Measured(shared(fact.value))


def _direction(rows: Rows) -> Measured:
    """1 where momentum and trend agree with the structure: puts are sold into strength, calls into weakness.

    Up is RSI > 50 with the price above its 20-day average, down the opposite of both (spec B3). A structure of
    both rights needs either of them (decision D9: the literal reading).
    """
    strength, average = rows.facts.rsi_14, rows.facts.sma_20
    if strength.value is None or average.value is None:
        return missing(strength if strength.value is None else average)
    above = rows.chain.spot - average.value
    up, down = strength.value > 50 and above > 0, strength.value < 50 and above < 0
    sides = {role.right for role in rows.structure.roles if role.is_short}
    agrees = (up and Right.PUT in sides) or (down and Right.CALL in sides)
    said = f"RSI {strength.value:.1f}, price {abs(above):,.2f} {'above' if above >= 0 else 'below'} SMA-20"
    return Measured(shared(agrees), holds=said, breaks=said)


def _macd(rows: Rows) -> Measured:
    fact = rows.facts.macd
    return missing(fact) if fact.value is None else Measured(shared(fact.value))


def _rsi(rows: Rows) -> Measured:
    fact = rows.facts.rsi_14
    return missing(fact) if fact.value is None else Measured(shared(fact.value))


def _over_average(rows: Rows) -> Measured:
    fact = rows.facts.sma_20
    return missing(fact) if not fact.value else Measured(shared(rows.chain.spot / fact.value - 1))


def _weekday(rows: Rows) -> Measured:
    """Of the New York date."""
    return Measured(shared(new_york_date(rows.chain.as_of).isoweekday()))


def _day_move(rows: Rows) -> Measured:
    """The size of the move, up or down."""
    fact = rows.facts.day_change
    return missing(fact) if fact.value is None else Measured(shared(abs(fact.value)))


def _cash_settled(rows: Rows) -> Measured:
    european = rows.chain.style is ExerciseStyle.EUROPEAN
    return Measured(
        shared(european), holds="European, in cash", breaks="American, so that shares may be delivered any day"
    )


def _put_call_ratio(rows: Rows) -> Measured:
    """The underlying's ratio, to be held against its sector's."""
    fund = _no_company(rows)
    if fund is not None:
        return exempt(f"{fund} has no sector to compare with")
    own, sector = rows.facts.put_call_ratio, rows.facts.sector_put_call_ratio
    reason = own.reason if not own.is_known else f"sector ratio: {sector.reason}"
    return Measured(shared(own.value), unknown=reason, threshold=sector.value)


def _rating(rows: Rows) -> Measured:
    fund = _no_company(rows)
    if fund is not None:
        return exempt(f"{fund} has none")
    fact = rows.facts.rating
    if fact.value is None:
        return Measured(shared(None), unknown=fact.reason or "no rating is given")
    return Measured(shared(notch(fact.value)), unknown=f"{fact.value!r} is no long-term rating")


def _earnings_distance(rows: Rows) -> Measured:
    """Calendar days between expiry and the nearest announced earnings date, before or after."""
    fund = _no_company(rows)
    if fund is not None:
        return exempt(f"{fund} has none")
    announced = np.array(_announced(rows), dtype="datetime64[D]")
    if announced.size == 0:
        return Measured(shared(None), unknown=_earnings_reason(rows))
    gaps = np.abs(rows.chain.expiry[:, None] - announced[None, :]).astype(np.int64)
    return Measured(gaps.min(axis=1).astype(np.float64))


def _earnings_inside(rows: Rows) -> Measured:
    """1 where no announced date lies between today and expiry, both included."""
    fund = _no_company(rows)
    if fund is not None:
        return exempt(f"{fund} has none")
    announced = _announced(rows)
    if not announced:
        return Measured(shared(None), unknown=_earnings_reason(rows))
    clear = rows.chain.expiry < np.datetime64(announced[0], "D")
    return Measured(
        clear.astype(np.float64),
        holds=f"none, next on {announced[0]}",
        breaks=f"on {announced[0]}",
    )


def _announced(rows: Rows) -> list[date]:
    today = new_york_date(rows.chain.as_of)
    return sorted(day for day in rows.facts.earnings.value or () if day >= today)


def _earnings_reason(rows: Rows) -> str:
    return rows.facts.earnings.reason or "no coming date is announced"


def _blackout(rows: Rows) -> Measured:
    """1 outside every window; a window is half-open, start ≤ now < end."""
    fact = rows.conditions.blackouts
    if fact.value is None:
        return Measured(shared(None), unknown=fact.reason or "no calendar is configured")
    now = rows.chain.as_of
    active = next((window for window in fact.value if window.start <= now < window.end), None)
    if active is None:
        return Measured(shared(1.0), holds="no window is open")
    return Measured(shared(0.0), breaks=f"{active.name} stops new trades until {active.end:%Y-%m-%d %H:%M %Z}")


def _ex_dividend(rows: Rows) -> Measured:
    """1 where no dividend inside the trade exceeds the call's extrinsic value at the mid.

    The holder of an American call exercises just before an ex-date when the dividend is worth more than
    the time value given up (Merton 1973, "Theory of Rational Option Pricing", §4).
    """
    chain = rows.chain
    if chain.style is ExerciseStyle.EUROPEAN:
        return exempt("a European option cannot be exercised early")
    if not chain.dividends and (chain.dividend_yield != 0.0 or not chain.dividends_known):
        return Measured(shared(None), unknown="the dividend dates are not known")
    extrinsic = chain.mid - np.maximum(chain.spot - chain.strike, 0.0)
    worst = _largest_inside(chain)
    kept = (extrinsic >= worst) | (chain.right < 0)  # a dividend is no reason to exercise a put
    clear = np.where(np.isnan(extrinsic), np.nan, kept.astype(np.float64))
    return Measured(
        clear,
        unknown="there is no mid price",
        holds="none is worth an early exercise",
        breaks="one is worth more than the extrinsic value",
    )


def _largest_inside(chain: Chain) -> FloatArray:
    """The largest dividend that goes ex until each row's expiry, -inf where none does."""
    today = new_york_date(chain.as_of)
    ahead = sorted(((each.ex_date - today).days, each.cash) for each in chain.dividends)
    largest = np.maximum.accumulate([-np.inf, *(cash for _, cash in ahead)])
    return np.asarray(largest[np.searchsorted([day for day, _ in ahead], chain.dte, side="right")])


MEASURES: dict[Rule, Callable[[Rows], Measured]] = ACCOUNT_MEASURES | {
    Rule.QUOTED: _quoted,
    Rule.BID: _bid,
    Rule.BLACKOUT: _blackout,
    Rule.VOLUME: _volume,
    Rule.OPEN_INTEREST: _open_interest,
    Rule.SPREAD: _spread,
    Rule.DTE: _dte,
    Rule.PREMIUM_YIELD: _premium_yield,
    Rule.DELTA: _delta,
    Rule.IV_PERCENTILE: _iv_percentile,
    Rule.PUT_CALL_RATIO: _put_call_ratio,
    Rule.EARNINGS_DISTANCE: _earnings_distance,
    Rule.EARNINGS_INSIDE: _earnings_inside,
    Rule.RATING: _rating,
    Rule.ONE_DAY_LOSS: _one_day_loss,
    Rule.EX_DIVIDEND: _ex_dividend,
    Rule.IV_RANK: _iv_rank,
    Rule.DIRECTION: _direction,
    Rule.DAY_MOVE: _day_move,
    Rule.PREMIUM_TO_TARGET: _premium_to_target,
    Rule.CREDIT: _credit,
    Rule.CREDIT_TO_WIDTH: _credit_to_width,
    Rule.NET_DELTA: _net_delta,
    Rule.CASH_SETTLED: _cash_settled,
    Rule.MACD: _macd,
    Rule.RSI: _rsi,
    Rule.OVER_AVERAGE: _over_average,
    Rule.WEEKDAY: _weekday,
}
