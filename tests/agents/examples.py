"""Candidates, facts and answers to try the analyst on."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from agents.brief import brief
from agents.model import ModelRequest
from agents.schemas import NAME, answer_schema
from tools.domain.candidate import Candidate, UnitGreeks
from tools.domain.contract import OptionContract, Right
from tools.domain.fact import Fact
from tools.domain.market import Conditions, EventWindow, InstrumentKind, UnderlyingFacts
from tools.domain.score import FilterResult, FilterState
from tools.domain.structure import Leg, StructureKind

NEW_YORK = ZoneInfo("America/New_York")
AS_OF = datetime(2026, 11, 3, 15, 45, tzinfo=NEW_YORK)
EXPIRY = date(2026, 12, 18)


def leg(right: Right, strike: float, quantity: int, underlying: str = "XOM") -> Leg:
    contract = OptionContract(underlying=underlying, root=underlying, expiry=EXPIRY, right=right, strike=strike)
    return Leg(contract=contract, quantity=quantity)


FILTERS = (
    FilterResult(
        rule="delta",
        state=FilterState.PASS,
        value=0.2214,
        band=(0.15, 0.35),
        margin=8.5,
        required=True,
        unit="delta",
        text="delta 0.2214 in 0.15 to 0.35",
    ),
    FilterResult(
        rule="premium_yield",
        state=FilterState.PASS,
        value=0.0753,
        threshold=0.03,
        margin=7.5,
        required=True,
        unit="fraction per year",
        text="premium yield 7.53 % > 3 %",
    ),
    FilterResult(
        rule="blackout", state=FilterState.PASS, value=1.0, required=True, unit="yes/no", text="no blackout now"
    ),
    FilterResult(
        rule="rating", state=FilterState.UNKNOWN, required=True, unit="notches above D", text="no rating source"
    ),
    FilterResult(
        rule="cash_secured",
        state=FilterState.PASS,
        value=3.2,
        threshold=1.0,
        required=True,
        unit="fraction",
        text="free cash 31,415 covers the strike",
    ),
    FilterResult(
        rule="sector_after_trade",
        state=FilterState.PASS,
        value=0.061,
        threshold=0.2,
        margin=8.5,
        required=True,
        unit="fraction",
        text="sector 6.1 % after the trade",
    ),
)


def candidate(**changes: Any) -> Candidate:
    """A cash-secured put on XOM, changed field by field."""
    fields: dict[str, Any] = {
        "as_of": AS_OF,
        "snapshot": "a" * 64,
        "book": "income",
        "underlying": "XOM",
        "structure": StructureKind.CASH_SECURED_PUT,
        "legs": (leg(Right.PUT, 98.0, -1),),
        "spot": 104.37,
        "expiry": EXPIRY,
        "dte": 45,
        "bid": 0.88,
        "ask": 0.94,
        "credit": 0.91,
        "natural": 0.88,
        "premium_yield": 0.0753,
        "pop": 0.812,
        "expected_move": 9.02,
        "breakevens": (97.09,),
        "max_loss": 9709.0,
        "max_profit": 91.0,
        "collateral": 9800.0,
        "cash_required": 9800.0,
        "shares_required": 0,
        "multiplier": 100,
        "iv": 0.2461,
        "greeks": UnitGreeks(delta=0.2214, gamma=-0.0312, vega=-0.1121, theta=0.0301, rho=-0.003),
        "spread": 0.0659,
        "open_interest": 640.0,
        "volume": 212.0,
        "feed": "indicative",
        "source": "embedded",
        "filters": FILTERS,
        "quantitative": 8.1,
    }
    return Candidate(**(fields | changes))


def number(value: float) -> Fact[float]:
    return Fact[float].known(value, source="embedded")


def facts(**changes: Any) -> UnderlyingFacts:
    fields: dict[str, Any] = {
        "symbol": "XOM",
        "name": "Exxon Mobil",
        "kind": InstrumentKind.STOCK,
        "sector": Fact[str].known("Energy", source="embedded"),
        "rating": Fact[str].unknown("no rating source"),
        "earnings": Fact[tuple[date, ...]].known((date(2027, 1, 29),), source="embedded"),
        "iv_rank": number(61.7),
        "iv_percentile": number(55.2),
        "put_call_ratio": number(0.71),
        "sector_put_call_ratio": number(0.9),
        "sma_20": number(103.1),
        "rsi_14": number(54.6),
        "realised_vol": number(0.203),
        "beta": number(0.87),
    }
    return UnderlyingFacts(**(fields | changes))


def conditions(**changes: Any) -> Conditions:
    cpi = EventWindow(
        name="CPI",
        start=datetime(2026, 11, 12, 8, tzinfo=NEW_YORK),
        end=datetime(2026, 11, 12, 10, tzinfo=NEW_YORK),
    )
    fields: dict[str, Any] = {
        "vix": number(17.42),
        "average_correlation": Fact[float].unknown("one name only"),
        "blackouts": Fact[tuple[EventWindow, ...]].known((cpi,), source="calendar"),
    }
    return Conditions(**(fields | changes))


def vertical() -> Candidate:
    return candidate(
        structure=StructureKind.PUT_CREDIT_SPREAD,
        legs=(leg(Right.PUT, 98.0, -1), leg(Right.PUT, 93.0, 1)),
        max_loss=409.0,
        collateral=500.0,
    )


def condor() -> Candidate:
    return candidate(
        structure=StructureKind.IRON_CONDOR,
        legs=(
            leg(Right.PUT, 98.0, -1),
            leg(Right.PUT, 93.0, 1),
            leg(Right.CALL, 112.0, -1),
            leg(Right.CALL, 117.0, 1),
        ),
        breakevens=(97.09, 112.91),
        max_loss=409.0,
        collateral=500.0,
    )


def bare() -> Candidate:
    """A candidate of which little is known."""
    return candidate(
        pop=None, expected_move=None, iv=None, greeks=None, open_interest=None, volume=None, filters=()
    )


def unknown_facts() -> UnderlyingFacts:
    nothing = Fact[float].unknown("a single chain file does not tell")
    return facts(
        sector=Fact[str].not_applicable("an index has no sector"),
        earnings=Fact[tuple[date, ...]].unknown("no calendar"),
        iv_rank=nothing,
        iv_percentile=nothing,
        put_call_ratio=nothing,
        sector_put_call_ratio=nothing,
        sma_20=nothing,
        rsi_14=nothing,
        realised_vol=nothing,
        beta=nothing,
    )


def answer(**changes: Any) -> dict[str, Any]:
    """A good answer to the brief of `candidate()`."""
    fields: dict[str, Any] = {
        "rationale": "The put pays 7.5 % a year for a strike 6.1 % below spot, with implied volatility 4.3 vol "
        "points above realised. Its weak point is a breakeven inside the expected move.",
        "risk_narrative": "A drop through $97.09 hurts first by volatility, then by delta. Leaving is slow.",
        "risk_factors": ["breakeven 0.8 expected moves away", "spread of 6.6 %", "rating unknown"],
        "catalysts": ["CPI on 2026-11-12"],
        "sentiment": "Put/call ratio 0.71 and RSI 55 are calm.",
        "earnings": "Next earnings on 2027-01-29 are 42 days after expiry.",
        "sector_and_macro": "Energy at a VIX of 17.4, no stress.",
        "scenarios": {
            "best": "It drifts up and the $91 are kept.",
            "base": "It decays at about $3 a day and is closed early.",
            "worst": "It falls far below $98 and most of $9,709 is at risk.",
        },
        "similar_trades": "None on record.",
        "exit_plan": "Buy back at half the credit; stop when it costs $1.82.",
        "verdict": "approve",
        "confidence": 6.5,
    }
    return fields | changes


def request(system: str = "You are an analyst.", prompt: str = "Analyse.", **changes: Any) -> ModelRequest:
    """A question with the real brief and schema and a short prompt."""
    fields: dict[str, Any] = {
        "system": system,
        "prompt": prompt,
        "schema_name": NAME,
        "answer_schema": answer_schema(),
        "prompt_fingerprint": "f" * 64,
        "brief": brief(candidate(), facts(), conditions()),
    }
    return ModelRequest(**(fields | changes))
