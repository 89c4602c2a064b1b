"""Open trades, and a market as a test wants it: every quote worth one volatility and at most a cent wide."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import numpy as np

from tests.tools.portfolio.samples import AS_OF, CLOCK, RATE, VOL, snapshot
from tests.tools.risk.cases import conditions
from tools.domain.chain import Chain, Dividend
from tools.domain.contract import ExerciseStyle, OptionContract, Right
from tools.domain.market import Conditions, Snapshot
from tools.domain.structure import Leg, StructureKind
from tools.domain.trade import EntryMarks, Trade
from tools.portfolio.quoting import row_of
from tools.portfolio.trade_view import TradeView, read_trades
from tools.pricing import american

NEAR, FAR = date(2026, 2, 20), date(2026, 3, 20)  # 36 and 64 days away
PUT, CALL = Right.PUT, Right.CALL


def market(*, spot: float = 100.0, vol: float = VOL, step: float = 1.0, **changes: Any) -> Chain:
    """Both rights of XOM, strikes 70 to 130, three expiries."""
    strikes = np.arange(70.0, 130.0 + step, step)
    expiries = np.array([date(2026, 1, 30), NEAR, FAR], dtype="datetime64[D]")
    right, expiry, strike = (
        each.ravel() for each in np.meshgrid(np.array([-1, 1], dtype=np.int8), expiries, strikes, indexing="ij")
    )
    days = (expiry - np.datetime64(AS_OF.date(), "D")).astype(np.float64)
    mid = american.value(
        right=right, spot=spot, strike=strike, years=(days + 5.5 / 24) / 365, rate=RATE, dividend_yield=0.0, vol=vol
    ).price
    n = len(strike)
    half = np.minimum(0.005, mid / 100)
    base: dict[str, Any] = {
        "underlying": "XOM", "as_of": AS_OF, "spot": spot, "rate": RATE, "dividend_yield": 0.0,
        "style": ExerciseStyle.AMERICAN, "source": "test", "feed": "test", "root": np.full(n, "XOM"),
        "expiry": expiry, "right": right, "strike": strike, "bid": mid - half, "ask": mid + half,
        "filled": np.zeros(n, dtype=np.bool_),
        **{name: np.full(n, np.nan) for name in ("last", "volume", "open_interest", "feed_iv", "feed_delta")},
    }  # fmt: skip
    return Chain(**(base | changes))


def quoted(chain: Chain, contract: OptionContract, *, bid: float, ask: float, filled: bool = False) -> Chain:
    """The market with one quote of its own."""
    row = row_of(chain, contract)
    columns = {name: getattr(chain, name).copy() for name in ("bid", "ask", "filled")}
    columns["bid"][row], columns["ask"][row], columns["filled"][row] = bid, ask, filled
    return replace(chain, **columns)


def without(chain: Chain, contract: OptionContract) -> Chain:
    return chain.take(np.arange(len(chain)) != row_of(chain, contract))


def option(right: Right, strike: float, expiry: date = NEAR, **changes: Any) -> OptionContract:
    base = {"underlying": "XOM", "root": "XOM", "expiry": expiry, "right": right, "strike": strike}
    return OptionContract(**(base | changes))


def legs(*those: tuple[Right, float, int], expiry: date = NEAR) -> tuple[Leg, ...]:
    return tuple(Leg(contract=option(right, strike, expiry), quantity=n) for right, strike, n in those)


def trade(*those: Leg, credit: float = 1.0, **changes: Any) -> Trade:
    """An open trade; a put credit spread where no legs are named."""
    opened = AS_OF - timedelta(days=9)
    base: dict[str, Any] = {
        "id": "d-000000000001", "book": "primary", "underlying": "XOM",
        "structure": StructureKind.PUT_CREDIT_SPREAD, "legs": those or legs((PUT, 90, -1), (PUT, 85, 1)),
        "contracts": 2, "multiplier": 100, "opened_at": opened, "legs_at": opened, "credit": credit,
        "entry": EntryMarks(spot=100.0, vix=18.0, iv=0.25, spread=0.02),
    }  # fmt: skip
    return Trade(**(base | changes))


def strangle(put: float = 92.0, call: float = 110.0, **changes: Any) -> Trade:
    return trade(*legs((PUT, put, -1), (CALL, call, -1)), structure=StructureKind.STRANGLE, **changes)


def short_call(strike: float, **changes: Any) -> Trade:
    return trade(*legs((CALL, strike, -1)), structure=StructureKind.COVERED_CALL, **changes)


def seen(
    open_trade: Trade, chain: Chain | None = None, *, day: Conditions | None = None, **given: Any
) -> TradeView:
    """The trade's view in a market."""
    where = market_day(chain, day=day)
    return read_trades((open_trade,), where, clock=CLOCK, **given)[0]


def market_day(chain: Chain | None = None, *, day: Conditions | None = None) -> Snapshot:
    return snapshot(market() if chain is None else chain, day=day or conditions())


def paying(cash: float, ex_date: date) -> dict[str, Any]:
    return {"dividends": (Dividend(ex_date=ex_date, cash=cash),)}
