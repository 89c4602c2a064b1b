"""A small priced market and candidates from it: every quote is worth 25 % volatility, spreads are a cent."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np

from tests.tools.risk.cases import conditions
from tools.calendar.trading_time import Clock
from tools.domain.account import Account, Position
from tools.domain.candidate import Candidate, UnitGreeks
from tools.domain.chain import Chain, SourceCounts
from tools.domain.contract import ExerciseStyle, OptionContract, Right, occ_symbol
from tools.domain.fact import Fact
from tools.domain.market import Conditions, InstrumentKind, Snapshot, UnderlyingFacts
from tools.domain.structure import Leg, StructureKind
from tools.portfolio.greeks import option_greeks
from tools.portfolio.terms import Terms
from tools.pricing import american

AS_OF = datetime(2026, 1, 15, 15, 30, tzinfo=UTC)
EXPIRY = date(2026, 2, 20)
LATER = date(2026, 3, 20)
CLOCK = Clock.CALENDAR_365
VOL = 0.25
RATE = 0.04


def chain(symbol: str = "XOM", *, spot: float = 100.0, style: ExerciseStyle = ExerciseStyle.AMERICAN) -> Chain:
    """Both rights, strikes at 80 % to 120 % of spot, two expiries."""
    grid = [
        (expiry, right, round(spot * percent / 100, 2))
        for expiry in (EXPIRY, LATER)
        for right in (-1, 1)
        for percent in range(80, 121, 5)
    ]
    expiry, right, strike = (np.array(column) for column in zip(*grid, strict=True))
    mid = price(right, strike, expiry.astype("datetime64[D]"), spot)
    n, none = len(grid), np.full(len(grid), np.nan)
    return Chain(
        underlying=symbol, as_of=AS_OF, spot=spot, rate=RATE, dividend_yield=0.0, style=style, source="test",
        feed="test", root=np.full(n, symbol), expiry=expiry.astype("datetime64[D]"), right=right.astype(np.int8),
        strike=strike, bid=mid - 0.005, ask=mid + 0.005, last=none, volume=none.copy(), open_interest=none.copy(),
        feed_iv=none.copy(), feed_delta=none.copy(), filled=np.zeros(n, dtype=np.bool_),
    )  # fmt: skip


def price(right: Any, strike: Any, expiry: Any, spot: float) -> Any:
    days = (np.asarray(expiry, dtype="datetime64[D]") - np.datetime64(AS_OF.date(), "D")).astype(np.float64)
    return american.value(
        right=right, spot=spot, strike=strike, years=(days + 5.5 / 24) / 365, rate=RATE, dividend_yield=0.0, vol=VOL
    ).price


def facts(symbol: str, **changes: Any) -> UnderlyingFacts:
    unknown: dict[str, Any] = {
        name: Fact.unknown("not in this test")
        for name in (
            "sector", "rating", "earnings", "iv_rank", "iv_percentile", "put_call_ratio", "sector_put_call_ratio",
            "sma_20", "rsi_14", "realised_vol", "beta",
        )
    }  # fmt: skip
    sector = Fact[str].known("Energy", source="test")
    base = {"symbol": symbol, "name": symbol, "kind": InstrumentKind.STOCK, **unknown, "sector": sector}
    return UnderlyingFacts(**(base | changes))


def index_facts(symbol: str) -> UnderlyingFacts:
    none = Fact[str].not_applicable("an index")
    return facts(symbol, kind=InstrumentKind.INDEX, broad_index=True, sector=none)


def snapshot(
    *chains: Chain, known: dict[str, UnderlyingFacts] | None = None, day: Conditions | None = None
) -> Snapshot:
    held = chains or (chain(),)
    return Snapshot(
        as_of=AS_OF,
        source="test",
        simulated=True,
        embedded=False,
        chains={each.underlying: each for each in held},
        facts={each.underlying: facts(each.underlying) for each in held} | (known or {}),
        conditions=day or conditions(),
        counts=SourceCounts(rows=0, used=0),
        fingerprint="f" * 64,
    )


def account(*positions: tuple[str, int] | Position, cash: float = 1_000_000.0, **changes: Any) -> Account:
    """Positions as (symbol, quantity) at their marks in the snapshot, or as given."""
    held = tuple(
        p if isinstance(p, Position) else Position(symbol=p[0], quantity=p[1], price=None) for p in positions
    )
    return Account(cash=cash, positions=held, **changes)


def occ(right: Right, strike: float, *, symbol: str = "XOM", expiry: date = EXPIRY) -> str:
    return occ_symbol(symbol, expiry, right, strike)


def put(
    strike: float = 90.0, *, symbol: str = "XOM", spot: float = 100.0, book: str = "wheel", **changes: Any
) -> Candidate:
    """A cash-secured put of the sample market."""
    contract = OptionContract(underlying=symbol, root=symbol, expiry=EXPIRY, right=Right.PUT, strike=strike)
    return candidate(
        contract, StructureKind.CASH_SECURED_PUT, spot=spot, book=book,
        collateral=strike * 100, cash_required=strike * 100, **changes,
    )  # fmt: skip


def call(strike: float = 110.0, *, symbol: str = "XOM", spot: float = 100.0, **changes: Any) -> Candidate:
    """A call on shares already held."""
    contract = OptionContract(underlying=symbol, root=symbol, expiry=EXPIRY, right=Right.CALL, strike=strike)
    return candidate(
        contract, StructureKind.COVERED_CALL, spot=spot, collateral=spot * 100, cash_required=0.0,
        shares_required=100, **changes,
    )  # fmt: skip


def candidate(contract: OptionContract, structure: StructureKind, *, spot: float, **changes: Any) -> Candidate:
    mid = float(price(contract.right.sign, contract.strike, contract.expiry, spot))
    terms = Terms.of_chain(chain(contract.underlying, spot=spot))
    greeks = option_greeks([contract], [mid], terms=terms, clock=CLOCK)[0]
    base: dict[str, Any] = {
        "as_of": AS_OF,
        "snapshot": "f" * 64,
        "book": "wheel",
        "underlying": contract.underlying,
        "structure": structure,
        "legs": (Leg(contract=contract, quantity=-1),),
        "spot": spot,
        "expiry": contract.expiry,
        "dte": (contract.expiry - AS_OF.date()).days,
        "bid": mid - 0.01,
        "ask": mid + 0.01,
        "credit": mid,
        "natural": mid - 0.01,
        "premium_yield": 0.08,
        "pop": 0.8,
        "expected_move": 8.0,
        "breakevens": (contract.strike - mid,),
        "max_loss": changes["collateral"] - 100 * mid,
        "max_profit": 100 * mid,
        "shares_required": 0,
        "multiplier": 100,
        "iv": greeks.iv,
        "greeks": UnitGreeks(
            delta=-greeks.delta, gamma=-greeks.gamma, vega=-greeks.vega, theta=-greeks.theta, rho=0.0
        ),
        "spread": 0.02,
        "open_interest": 500.0,
        "volume": 100.0,
        "feed": "test",
        "source": "test",
        "filters": (),
        "quantitative": 8.0,
    }
    return Candidate(**(base | changes))


def earlier(days: int) -> date:
    return AS_OF.date() - timedelta(days=days)
