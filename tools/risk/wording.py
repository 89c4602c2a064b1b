"""What a limit says of a trade: what, why, what to do, in one sentence or two with units."""

from __future__ import annotations

import math

from tools.domain.decision import LimitState
from tools.domain.wording import told_apart
from tools.risk.case import Case
from tools.risk.limit import Bound, Limit, Reading, Unit


def sentence(
    limit: Limit, case: Case, bound: Bound, reading: Reading, *, state: LimitState, worse: bool, fits: int | None
) -> str:
    """`vega would be 2.1 % of NAV, $2,100 per volatility point (limit 2.0 %, $2,000). Reduce to 3 contracts …`."""
    name = f"{reading.subject} {limit.name}".strip()
    if state is LimitState.UNKNOWN:
        return _unknown(name, limit, case, bound, reading, worse=worse)
    would = amount(limit, case, reading.after, beside=bound.limit)
    said = f"{name} would be {would} ({_bound(limit, case, bound)})"
    if reading.doubt > 0:
        said += f", counting {amount(limit, case, reading.doubt)} of unknown sector"
    if state is LimitState.FAIL and not worse:
        return f"{said}. It is beyond its limit, and this trade does not worsen it."
    if state is LimitState.FAIL:
        return f"{said}. {_remedy(limit, case, fits)}"
    if bound.advice:
        return f"{said}. Advice only: it binds from {case.profile.broker_veto_from} configured brokers on."
    if state is LimitState.ALERT and bound.alert is not None:
        return f"{said}, past the alert at {_figure(limit, bound.alert)}."
    return f"{said}."


def amount(limit: Limit, case: Case, value: float, *, beside: float | None = None) -> str:
    """`23.0 % of NAV, $230,000`; `8 underlyings`; `4.2 % of mid`. Told apart from the figure it stands `beside`."""
    if limit.unit is Unit.COUNT and value == 1:
        return "1 underlying"
    said = f"{_figure(limit, value, beside=beside)}{_OF[limit.unit]}"
    if limit.unit is Unit.NAV and case.has_nav:
        said += f", {money(value * case.nav)}{limit.per}"
    return said


def money(value: float) -> str:
    """Whole units with their sign: `$1,260`, `-$1,260`."""
    whole = round(value)
    return f"-${-whole:,}" if whole < 0 else f"${whole:,}"


def _bound(limit: Limit, case: Case, bound: Bound) -> str:
    sign = "±" if limit.signed else ""
    said = f"limit {sign}{_figure(limit, bound.limit)}"
    if limit.unit is Unit.NAV and case.has_nav:
        said += f", {money(bound.limit * case.nav)}"
    return f"{said}: {bound.because}" if bound.because else said


def _figure(limit: Limit, value: float, *, beside: float | None = None) -> str:
    if limit.unit is Unit.MONEY:
        return money(value)
    if limit.unit in {Unit.COUNT, Unit.SHARES}:
        return f"{value:,.0f}"
    places = 1 if abs(value) >= 0.01 or value == 0 else 2
    return told_apart(value, value if beside is None else beside, _percent, places=places)


def _percent(value: float, places: int) -> str:
    return f"{round(100 * value, places) + 0.0:.{places}f} %"


def _unknown(name: str, limit: Limit, case: Case, bound: Bound, reading: Reading, *, worse: bool) -> str:
    if math.isnan(bound.limit):
        said = f"{name} has no limit to be held against: {bound.because}."
    elif math.isnan(reading.after):
        said = f"{name} cannot be measured ({_bound(limit, case, bound)}): {reading.missing}."
    else:
        said = (
            f"{name} could be {amount(limit, case, reading.after)} ({_bound(limit, case, bound)}), "
            f"because the sector of {amount(limit, case, reading.doubt)} is unknown."
        )
    if worse and case.opening and not bound.advice:
        return f"{said} An unknown hard limit refuses; supply what is missing."
    return f"{said} This trade is not held back by it."


def _remedy(limit: Limit, case: Case, fits: int | None) -> str:
    if fits is None:
        said = limit.remedy.capitalize()
    elif 0 < fits < case.contracts:
        said = f"Reduce to {fits} {'contract' if fits == 1 else 'contracts'}"
    else:
        said = f"Not even one contract fits: {limit.remedy}"
    return f"{said}, or edit {limit.setting}." if limit.setting else f"{said}."


_OF = {Unit.NAV: " of NAV", Unit.MID: " of mid", Unit.COUNT: " underlyings", Unit.MONEY: "", Unit.SHARES: " shares"}
