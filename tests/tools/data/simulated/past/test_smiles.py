"""Skew and term structure of the past against real SPX option chains of spring 2019."""

from __future__ import annotations

from datetime import date
from functools import cache

import numpy as np
from scipy.special import ndtr

from tests.tools.data.simulated.past.samples import at_hand, expiries, interpolated, nearest, past
from tools.data.files.instants import parse_as_of
from tools.data.files.reading import read_chain
from tools.domain.chain import Chain
from tools.pricing import implied_vol
from tools.pricing.rates import parity_forward

MARKET = "SPX"


@cache
def real_chains() -> dict[str, Chain]:
    path = at_hand("chains", "SPX_cboe_eod_20190425_20190531.parquet")
    days = ("2019-05-02", "2019-05-14", "2019-05-29")
    return {day: read_chain(path, format="cboe-eod", as_of=parse_as_of(day)).chains[MARKET] for day in days}


def _smile(chain: Chain) -> tuple[np.ndarray, np.ndarray]:
    """Log-moneyness and implied volatility of the quoted out-of-the-money options of one expiry."""
    chain = chain.take((chain.root == chain.root[0]) & (chain.bid > 0.05))
    puts, calls = chain.take(chain.right < 0), chain.take(chain.right > 0)
    strike, put, call = np.intersect1d(puts.strike, calls.strike, return_indices=True)
    years = float(chain.dte[0]) / 365
    forward = parity_forward(strike=strike, call=calls.mid[call], put=puts.mid[put], years=years, rate=chain.rate)
    out = chain.take(np.where(chain.right < 0, chain.strike < forward, chain.strike >= forward))
    vol = implied_vol.european(
        right=out.right, price=out.mid, spot=forward, strike=out.strike, years=years, rate=chain.rate,
        dividend_yield=chain.rate,
    )  # fmt: skip
    order = np.argsort(out.strike)
    moneyness, vol = np.log(out.strike / forward)[order], vol[order]
    return moneyness[np.isfinite(vol)], vol[np.isfinite(vol)]


def _money(chain: Chain) -> float:
    moneyness, vol = _smile(chain)
    return float(np.interp(0.0, moneyness, vol))


def _skew(chain: Chain) -> float:
    """(25-delta put - 25-delta call) / at the money, deltas read off the smile itself."""
    moneyness, vol = _smile(chain)
    root = np.sqrt(float(chain.dte[0]) / 365)
    delta = ndtr(-moneyness / (vol * root) + vol * root / 2)
    at = {target: float(vol[nearest(delta, target)]) for target in (0.75, 0.25)}
    return (at[0.75] - at[0.25]) / _money(chain)


def figures(chain: Chain) -> dict[str, float]:
    near = chain.take((chain.dte >= 12) & (chain.dte <= 250) & (np.abs(np.log(chain.strike / chain.spot)) < 0.35))
    near = near.take(np.isin(near.expiry, [each.expiry[0] for each in expiries(near) if len(each) > 30]))
    month = interpolated(_money, near, 30)
    return {
        "money": month,
        "skew 30": interpolated(_skew, near, 30),
        "skew 90": interpolated(_skew, near, 90),
        "term 90": interpolated(_money, near, 90) / month,
        "term 180": interpolated(_money, near, 180) / month,
    }


def matching_days(vol: float, count: int = 6) -> list[date]:
    """Days of the past's last five years whose at-the-money volatility is nearest."""
    recent = past().vols(MARKET)[-1260:]
    rows = np.argsort(np.abs(recent - vol), kind="stable")[:count]
    return [date.fromisoformat(str(past().sessions[-1260:][row])) for row in rows]


def test_skew_and_term_structure_are_those_of_real_spx_chains() -> None:
    """Three days of spring 2019 against days of the past with the same volatility, figure by figure.

    The real 30-day skew lies between 0.32 and 0.47 over those weeks, 0.05 either side of any one volatility;
    the term structure to 90 days between 0.92 and 1.18. The bounds are half those ranges.
    """
    gaps: dict[str, list[float]] = {}
    for real in map(figures, real_chains().values()):
        made = [figures(past().chain(MARKET, day)) for day in matching_days(real["money"], 2)]
        for name in real:
            gaps.setdefault(name, []).append(float(np.mean([each[name] for each in made])) - real[name])
    assert abs(np.mean(gaps["skew 30"])) < 0.07
    assert abs(np.mean(gaps["skew 90"])) < 0.07
    assert abs(np.mean(gaps["term 90"])) < 0.06
    assert abs(np.mean(gaps["term 180"])) < 0.08
    assert max(abs(each) for each in gaps["skew 30"]) < 0.13
    assert max(abs(each) for each in gaps["term 90"]) < 0.13


def test_term_structure_and_skew_move_with_the_level() -> None:
    """Calm: upward and steep; storm: inverted and flatter relative to its volatility."""
    calm, storm = (figures(past().chain(MARKET, day)) for day in (date(2017, 11, 1), date(2008, 11, 20)))
    assert calm["term 180"] > 1.15
    assert storm["term 180"] < 0.9
    assert calm["skew 30"] > 1.5 * storm["skew 30"]
