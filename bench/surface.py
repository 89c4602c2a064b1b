"""Quote checks, surface fit and Greeks of a 10,000-contract American chain, against its vols and Greeks alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import numpy as np

from bench.measurement import Bar, Kind, Measurement, Timed, in_turns, timed
from tools.domain.chain import Chain, Dividend
from tools.domain.contract import ExerciseStyle
from tools.pricing import american
from tools.pricing.dividends import present_value, upcoming
from tools.pricing.quotes import quote_greeks
from tools.pricing.surface.arbitrage import violations
from tools.pricing.surface.fit import Fit, fit_surface
from tools.pricing.surface.maturities import maturities
from tools.pricing.surface.ssvi import Shape, total_variance

AS_OF = datetime(2026, 7, 8, 19, 0, tzinfo=UTC)
SPOT, RATE, VARIANCE = 600.0, 0.04, 0.03
SHAPE = Shape(rho=-0.7, eta=0.9, gamma=0.45)
EXPIRIES, STRIKES = 40, 125
BAR = Bar(Kind.RATIO, 2.5)


def measure(rounds: int) -> Iterator[Measurement]:
    paid = tuple(Dividend(date(2026, 9, 18) + timedelta(days=91 * n), 1.9) for n in range(3))
    for name, dividends in (("yield", ()), ("cash dividends", paid)):
        yield one_chain(name, american_chain(dividends), rounds=rounds)


def one_chain(name: str, chain: Chain, *, rounds: int) -> Measurement:
    alone, whole = in_turns(
        lambda: timed(lambda: quote_greeks(chain)), lambda: timed(lambda: surfaced(chain)), rounds=rounds
    )
    fit = surfaced(chain)
    return Measurement(
        name=f"surface, {name}",
        base=Timed("vols and Greeks alone", alone),
        real=Timed("checks, fit and Greeks", whole),
        bar=BAR,
        note=f"{len(chain):,} rows, {len(fit.surface)} maturities, {fit.error_points:.2f} vol points off",
        reason="the fit settles one maturity after another on one core, while vols and Greeks alone use both",
    )


def surfaced(chain: Chain) -> Fit:
    greeks = quote_greeks(chain)
    fit = fit_surface(chain, vols=greeks.iv)
    violations(chain, fit.forwards, maturities(chain)[1])
    return fit


def american_chain(dividends: tuple[Dividend, ...]) -> Chain:
    """Forty weekly expiries of 125 strikes, calls and puts, quoted a hundredth of their vega around SSVI."""
    strikes = np.round(SPOT * np.exp(np.linspace(-0.5, 0.3, STRIKES)))
    days = np.array([np.datetime64("2026-07-10") + 7 * n for n in range(EXPIRIES)])
    n = 2 * EXPIRIES * STRIKES
    unknown = np.full(n, np.nan)
    chain = Chain(
        underlying="SPY",
        as_of=AS_OF,
        spot=SPOT,
        rate=RATE,
        dividend_yield=0.0 if dividends else 0.012,
        style=ExerciseStyle.AMERICAN,
        source="bench",
        feed="bench",
        root=np.full(n, "SPY"),
        expiry=np.repeat(days, 2 * STRIKES),
        right=np.tile(np.repeat(np.array([1, -1], dtype=np.int8), STRIKES), EXPIRIES),
        strike=np.tile(strikes, 2 * EXPIRIES),
        bid=unknown.copy(),
        ask=unknown.copy(),
        last=unknown.copy(),
        volume=unknown.copy(),
        open_interest=unknown.copy(),
        feed_iv=unknown.copy(),
        feed_delta=unknown.copy(),
        filled=np.zeros(n, dtype=np.bool_),
        dividends=dividends,
    )
    return quoted(chain)


def quoted(chain: Chain) -> Chain:
    at, place = maturities(chain)
    years = at.calendar_years[place]
    paid = present_value(chain.dividends, as_of=chain.as_of, rate=RATE, years=years)
    forward = (SPOT - paid) * np.exp((RATE - chain.dividend_yield) * years)
    vol = np.sqrt(total_variance(SHAPE, k=np.log(chain.strike / forward), theta=VARIANCE * years) / years)
    worth = american.value(
        right=chain.right,
        spot=SPOT,
        strike=chain.strike,
        years=years,
        rate=RATE,
        dividend_yield=chain.dividend_yield,
        vol=vol,
        **upcoming(chain.dividends, as_of=chain.as_of),
    )
    half = np.maximum(0.005, 0.005 * worth.vega * vol)
    bid, ask = np.floor((worth.price - half) * 100) / 100, np.ceil((worth.price + half) * 100) / 100
    return replace(chain, bid=np.maximum(bid, 0.0).round(2), ask=ask.round(2))
