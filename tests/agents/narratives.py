"""Narratives about a brief: faithful ones in many manners of writing, and the same with one number corrupted."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from agents.brief import brief
from tests.agents.examples import FILTERS, candidate, conditions, facts, number
from tools.domain.candidate import UnitGreeks


@dataclass(frozen=True)
class Slot:
    """A number in a sentence: the fact's value and how it may be written."""

    value: float
    write: Callable[[float], str]


def random_brief(rng: random.Random) -> dict[str, Any]:
    spot = round(rng.uniform(20, 600), 2)
    strike = round(spot * rng.uniform(0.85, 0.97))
    credit = round(rng.uniform(0.3, 6.0), 2)
    iv = rng.uniform(0.12, 0.7)
    delta, premium_yield = rng.uniform(0.12, 0.36), rng.uniform(0.02, 0.25)
    measured = {"delta": delta, "premium_yield": premium_yield}
    subject = candidate(
        filters=tuple(
            f.model_copy(update={"value": measured[f.rule]}) if f.rule in measured else f for f in FILTERS
        ),
        spot=spot,
        credit=credit,
        natural=credit - 0.03,
        premium_yield=premium_yield,
        pop=rng.uniform(0.6, 0.92),
        expected_move=spot * iv * 0.35,
        breakevens=(strike - credit,),
        max_loss=strike * 100 - credit * 100,
        max_profit=credit * 100,
        collateral=strike * 100.0,
        iv=iv,
        spread=rng.uniform(0.005, 0.08),
        open_interest=float(rng.randint(100, 20_000)),
        volume=float(rng.randint(10, 5_000)),
        greeks=UnitGreeks(delta=delta, gamma=-0.02, vega=-rng.uniform(0.02, 0.6), theta=0.04, rho=0.0),
    )
    known = facts(
        iv_rank=number(rng.uniform(0, 100)),
        iv_percentile=number(rng.uniform(0, 100)),
        realised_vol=number(iv * rng.uniform(0.6, 1.1)),
        put_call_ratio=number(rng.uniform(0.4, 1.6)),
        rsi_14=number(rng.uniform(25, 75)),
        beta=number(rng.uniform(0.3, 2.0)),
        sma_20=number(spot * rng.uniform(0.93, 1.07)),
    )
    return brief(subject, known, conditions(vix=number(rng.uniform(11, 38))))


def sentences(given: dict[str, Any], rng: random.Random) -> list[tuple[str, list[Slot]]]:
    """Sentence patterns with `{}` for each slot."""
    trade, stock, market = (
        {name: entry.get("value") for name, entry in given[group].items()}
        for group in ("trade", "underlying", "market")
    )

    def money(value: float) -> str:
        return rng.choice([f"${value:,.2f}", f"{value:.2f} USD", f"${value:.2f} per share"])

    def dollars(value: float) -> str:
        return rng.choice([f"${value:,.0f}", f"{value:,.0f} dollars", f"${value / 1000:.1f}k", f"USD {value:.0f}"])

    def percent(value: float) -> str:
        return rng.choice([f"{value:g} %", f"{value:g}%", f"{value:g} percent", f"about {value:.0f} %"])

    def plain(value: float) -> str:
        return f"{value:g}"

    def count(value: float) -> str:
        return rng.choice([f"{value:,.0f} contracts", f"{value:,.0f}"])

    def days(value: float) -> str:
        return rng.choice([f"{value:.0f} days", f"{value:.0f} calendar days", f"about {value / 7:.0f} weeks"])

    table: list[tuple[str, list[Slot]]] = [
        ("The credit of {} is paid for a delta of {}.", [
            Slot(trade["credit"], money), Slot(trade["delta"], plain)]),
        ("It yields {} a year on {} of collateral.", [
            Slot(trade["premium_yield"], percent), Slot(trade["collateral"], dollars)]),
        ("IV rank of {} and IV percentile of {} are not extreme.", [
            Slot(stock["iv_rank"], plain), Slot(stock["iv_percentile"], plain)]),
        ("Implied volatility stands at {} against realised volatility of {}.", [
            Slot(trade["iv"], percent), Slot(stock["realised_vol"], percent)]),
        ("The breakeven of {} lies {} expected moves away.", [
            Slot(trade["breakeven"], plain), Slot(trade["breakeven_distance"], plain)]),
        ("With spot at {} the RSI reads {}.", [Slot(stock["spot"], plain), Slot(stock["rsi_14"], plain)]),
        ("Open interest of {} and a volume of {} allow an exit.", [
            Slot(trade["open_interest"], count), Slot(trade["volume"], count)]),
        ("The maximum loss is {}, with a probability of profit of {}.", [
            Slot(trade["max_loss"], dollars), Slot(trade["probability_of_profit"], percent)]),
        ("A VIX of {} and a beta of {} say calm.", [Slot(market["vix"], plain), Slot(stock["beta"], plain)]),
        ("Expiry is {} away, earnings come later.", [Slot(trade["days_to_expiry"], days)]),
        ("The put/call ratio of {} is ordinary.", [Slot(stock["put_call_ratio"], plain)]),
        ("Expiry is on 18 December 2026 and CPI on November 12.", []),
        ("RSI-14 and the 20-day average tell a quiet story; no 52-week extreme.", []),
        ("The spread of {} is paid twice in a bad week.", [Slot(trade["bid_ask_spread"], percent)]),
    ]  # fmt: skip
    return rng.sample(table, 7)


def write(parts: list[tuple[str, list[Slot]]], *, corrupt: int | None = None, rng: random.Random) -> str:
    """The narrative; `corrupt` is the index of the slot that is made wrong."""
    index, written = 0, []
    for pattern, slots in parts:
        texts = []
        for slot in slots:
            value = wrong(slot.value, rng) if index == corrupt else slot.value
            texts.append(slot.write(value))
            index += 1
        written.append(pattern.format(*texts))
    return " ".join(written)


def wrong(value: float, rng: random.Random) -> float:
    """A value that is off by more than any rounding: by a tenth at least, or by a slipped decimal point."""
    factor = rng.choice([0.1, 0.5, 0.7, 1.4, 2.0, 10.0, rng.uniform(1.15, 1.35), rng.uniform(0.65, 0.85)])
    moved = value * factor
    if isinstance(value, int) or value >= 20:
        moved = round(moved, 1) if value < 20 else float(round(moved))
        return moved if abs(moved - value) > max(3.0, 0.1 * abs(value)) else value + 0.3 * abs(value) + 7
    digits = 2 if value < 10 else 1
    moved = round(moved, digits)
    return moved if abs(moved - value) > max(0.1 * abs(value), 1.1 * 10**-digits) else value + 1.5
