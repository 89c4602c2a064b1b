"""The modelled options: against real chains, and free of arbitrage in their strikes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.backtest.replication.option_model import LEVEL, POWER, USUAL_VIX, at_the_money, option_values
from tools.pricing import european, implied_vol


def test_at_the_money_lies_below_vix_and_rises_with_it() -> None:
    vix = np.array([0.09, 0.12, 0.20, 0.40, 0.80])
    vol = at_the_money(vix)
    assert (np.diff(vol) > 0).all()
    assert (vol < vix).all()
    assert (vol / vix)[2] == pytest.approx(0.84)
    assert (np.diff(vol / vix) > 0).all(), "in a storm the skew is a smaller part of VIX"


@given(
    vix=st.floats(0.09, 0.85), days=st.floats(0.5, 36), rate=st.floats(0, 0.08), dividend_yield=st.floats(0, 0.04)
)
def test_strikes_offer_no_arbitrage(vix: float, days: float, rate: float, dividend_yield: float) -> None:
    """Calls fall with the strike by less than it rises, and are convex in it."""
    reach = 4 * vix * np.sqrt(days / 365)
    strike = 1000 * np.exp(np.linspace(-reach, reach, 200))
    market = {"spot": 1000.0, "years": days / 365, "rate": rate, "dividend_yield": dividend_yield, "vix": vix}
    price = option_values(right=1, strike=strike, **market).price
    slope = np.diff(price) / np.diff(strike)
    assert (slope <= 1e-9).all()
    assert (slope >= -1 - 1e-9).all()
    assert (np.diff(slope) >= -1e-7).all()


def test_puts_and_calls_agree() -> None:
    market = {"spot": 1000.0, "years": 0.08, "rate": 0.03, "dividend_yield": 0.02, "vix": 0.25}
    strike = np.array([900.0, 1000.0, 1100.0])
    call, put = (option_values(right=right, strike=strike, **market).price for right in (1, -1))
    forward = 1000.0 * np.exp(-0.02 * 0.08) - strike * np.exp(-0.03 * 0.08)
    assert call - put == pytest.approx(forward)


def test_condor_strikes_and_credit_are_those_of_real_chains(shared: Path) -> None:
    """SPX, 14 May 2019, 21 June: the strikes of four deltas, and what the condor fetches at mid."""
    path = shared / "data" / "chains" / "SPX_cboe_eod_20190425_20190531.parquet"
    chain = pl.read_parquet(path).filter(
        (pl.col("quotedate") == "05/14/2019")
        & (pl.col("expiration") == "06/21/2019")
        & pl.col("optionroot").str.starts_with("SPXW")
        & (pl.col("bid") > 0)
    )
    terms = {"spot": float(chain["underlying_last"][0]), "years": 38 / 365, "rate": 0.024, "dividend_yield": 0.019}
    right = np.where(chain["type"] == "call", 1, -1)
    strike, mid = chain["strike"].to_numpy(), ((chain["bid"] + chain["ask"]) / 2).to_numpy()
    vol = implied_vol.european(right=right, strike=strike, price=mid, **terms)
    delta = european.value(right=right, strike=strike, vol=vol, **terms).delta
    level = float(np.nanmedian(vol[np.abs(strike / terms["spot"] - 1) < 0.003]))
    vix = USUAL_VIX * (level / (LEVEL * USUAL_VIX)) ** (1 / (1 + POWER))
    made = option_values(right=right, strike=strike, vix=vix, **terms)

    def legs(deltas: np.ndarray) -> list[int]:
        wanted = [(-1, 0.20), (1, 0.20), (-1, 0.05), (1, 0.05)]
        return [int(np.nanargmin(np.where(right == side, np.abs(np.abs(deltas) - far), 9))) for side, far in wanted]

    real, ours = legs(delta), legs(made.delta)
    assert strike[ours] / strike[real] == pytest.approx(np.ones(4), abs=0.012)
    sides = np.array([1, 1, -1, -1])
    assert made.price[ours] @ sides == pytest.approx(mid[real] @ sides, rel=0.12)
