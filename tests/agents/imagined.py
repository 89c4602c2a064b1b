"""The facts of imagined trades, and how a trader may call each."""

from __future__ import annotations

import random
from datetime import date, timedelta

Facts = dict[str, tuple[float | str, str]]

# Fact → its unit and how a trader may call it.
SUBJECTS: dict[str, tuple[str, tuple[str, ...]]] = {
    "credit": ("USD/share", ("credit", "net credit", "credit received")),
    "iv_rank": ("percent", ("IV rank", "implied volatility rank")),
    "iv_percentile": ("percent", ("IV percentile", "implied volatility percentile")),
    "delta": ("per share", ("delta", "position delta")),
    "gamma": ("per share", ("gamma",)),
    "theta": ("USD/day", ("theta", "time decay")),
    "vega": ("USD/vol point", ("vega",)),
    "premium_yield": ("percent/year", ("premium yield", "yield")),
    "days_to_expiry": ("days", ("time to expiry", "DTE")),
    "max_loss": ("USD/contract", ("maximum loss", "max loss", "largest loss")),
    "max_profit": ("USD/contract", ("maximum profit", "max profit")),
    "collateral": ("USD/contract", ("collateral",)),
    "probability_of_profit": ("percent", ("probability of profit", "POP", "chance of profit")),
    "bid_ask_spread": ("percent", ("bid-ask spread", "bid/ask spread")),
    "open_interest": ("contracts", ("open interest",)),
    "volume": ("contracts", ("volume", "today's volume")),
    "iv": ("percent", ("implied volatility", "IV")),
    "realised_vol": ("percent", ("realised volatility", "realized vol")),
    "vix": ("points", ("VIX", "the VIX")),
    "rsi_14": ("points", ("RSI",)),
    "beta": ("ratio", ("beta",)),
    "put_call_ratio": ("ratio", ("put/call ratio", "put-call ratio")),
    "spot": ("USD/share", ("spot", "spot price")),
    "expected_move": ("USD/share", ("expected move",)),
    "short_put_strike": ("USD/share", ("short put strike", "short strike")),
    "breakeven": ("USD/share", ("breakeven", "break-even")),
    "expiry": ("date", ("expiry", "expiration")),
    "next_earnings": ("date", ("next earnings", "earnings")),
    "average_correlation": ("ratio", ("average correlation", "correlation")),
    "width": ("USD/share", ("width", "wing width")),
    "win_rate": ("percent", ("win rate",)),
    "dividend_yield": ("percent/year", ("dividend yield",)),
    "hedge_cost": ("USD/contract", ("hedge cost", "cost of the hedge")),
    "sector_weight": ("percent", ("sector weight",)),
    "skew": ("vol points", ("skew",)),
}


def random_facts(rng: random.Random) -> Facts:
    """The facts of one imagined trade; a structure decides which there are."""
    spot = rng.uniform(20, 640)
    today = date(2026, 1, 5) + timedelta(days=rng.randrange(700))
    dte = rng.randrange(7, 90)
    credit = round(rng.uniform(0.3, 9.0), 2)
    strike = round(spot * rng.uniform(0.85, 0.97), 1)
    values: dict[str, float | str] = {
        "credit": credit,
        "iv_rank": float(rng.randrange(5, 99)),
        "iv_percentile": float(rng.randrange(5, 99)),
        "delta": round(rng.uniform(0.1, 0.45), 2),
        "gamma": round(rng.uniform(0.002, 0.05), 3),
        "theta": round(rng.uniform(1.5, 40), 1),
        "vega": -round(rng.uniform(4, 90), 1),
        "premium_yield": round(rng.uniform(3, 28), 1),
        "days_to_expiry": dte,
        "max_loss": float(round(strike * 100 - credit * 100)),
        "max_profit": float(round(credit * 100)),
        "collateral": float(round(strike * 100)),
        "probability_of_profit": float(rng.randrange(55, 93)),
        "bid_ask_spread": round(rng.uniform(0.4, 7), 1),
        "open_interest": float(rng.randrange(110, 9800)),
        "volume": float(rng.randrange(12, 2200)),
        "iv": round(rng.uniform(11, 70), 1),
        "realised_vol": round(rng.uniform(9, 60), 1),
        "vix": round(rng.uniform(11, 39), 1),
        "rsi_14": float(rng.randrange(24, 77)),
        "beta": round(rng.uniform(0.35, 2.1), 2),
        "put_call_ratio": round(rng.uniform(0.4, 1.7), 2),
        "spot": round(spot, 2),
        "expected_move": round(spot * rng.uniform(0.03, 0.12), 2),
        "short_put_strike": strike,
        "breakeven": round(strike - credit, 2),
        "expiry": (today + timedelta(days=dte)).isoformat(),
        "next_earnings": (today + timedelta(days=rng.randrange(3, 140))).isoformat(),
        "average_correlation": round(rng.uniform(0.15, 0.8), 2),
        "width": float(rng.choice((2.5, 5, 10, 20))),
        "win_rate": float(rng.randrange(40, 95)),
        "dividend_yield": round(rng.uniform(0.4, 6), 1),
        "hedge_cost": float(rng.randrange(35, 900)),
        "sector_weight": round(rng.uniform(2, 24), 1),
        "skew": round(rng.uniform(1.1, 9), 1),
    }
    chosen = rng.sample(sorted(SUBJECTS), rng.randrange(9, 26))
    return {name: (values[name], SUBJECTS[name][0]) for name in chosen}
