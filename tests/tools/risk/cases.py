"""Cases in front of the limits: an account of a million with nothing in it, changed by what a test is about."""

from __future__ import annotations

import math
from typing import Any

from tools.domain.account import Exposure
from tools.domain.decision import LimitResult
from tools.domain.fact import Fact
from tools.domain.market import Conditions
from tools.risk.case import Case
from tools.risk.limits import evaluate
from tools.risk.profile import INCOME

NAV = 1_000_000.0


def exposure(underlying: str = "XLE", /, **amounts: Any) -> Exposure:
    """Nothing but what is named: every amount 0, one sector, known."""
    base: dict[str, Any] = dict.fromkeys(
        ("dollar_delta", "gamma_1pct", "vega_point", "theta_day", "collateral", "max_loss", "notional",
         "overnight_loss", "rise_loss"), 0.0,
    )  # fmt: skip
    return Exposure(
        **({"underlying": underlying, "broker": "simulated", "sectors": {"Energy": 0.0}} | base | amounts)
    )


def conditions(*, vix: float | None = 18.0, correlation: float | None = 0.45) -> Conditions:
    return Conditions(
        vix=Fact[float].unknown("no VIX in this file") if vix is None else Fact[float].known(vix, source="test"),
        average_correlation=Fact[float].unknown("too short")
        if correlation is None
        else Fact[float].known(correlation, source="test"),
        blackouts=Fact.unknown("no calendar"),
    )


def case(**changes: Any) -> Case:
    base: dict[str, Any] = {
        "nav": NAV,
        "held": (),
        "proposal": exposure(),
        "profile": INCOME,
        "conditions": conditions(),
        "spread": 0.02,
    }
    return Case(**(base | changes))


def results(**changes: Any) -> dict[str, LimitResult]:
    """Every limit's result by rule."""
    return {result.rule: result for result in evaluate(case(**changes))}


def vetoed(**changes: Any) -> set[str]:
    return {rule for rule, result in results(**changes).items() if result.vetoes}


UNKNOWN = math.nan
