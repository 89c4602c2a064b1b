"""How an account stands against its limits, with no trade proposed.

    measures of all positions → a reading per limit (the gravest of its sectors, brokers, trades) → the same judge
    VaR and ES, where they were measured → alerts F10, F11

The bounds are those that a trade would meet; what no account can tell (a spread, a trade's own size) is left out.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

from tools.domain.account import Exposure
from tools.domain.decision import LimitResult, LimitState
from tools.risk.case import Case
from tools.risk.judge import judge
from tools.risk.limit import Bound, Limit, Reading
from tools.risk.limits import LIMITS
from tools.risk.measure import UNKNOWN_SECTOR

NOTHING = Exposure(
    underlying="", dollar_delta=0.0, gamma_1pct=0.0, vega_point=0.0, theta_day=0.0, collateral=0.0, max_loss=0.0,
    notional=0.0, overnight_loss=0.0, rise_loss=0.0,
)  # fmt: skip
VAR_ALERT, ES_ALERT = 0.015, 0.05
"""F10 and F11: shares of NAV from which one-day VaR 95 % and weekly ES 97.5 % are told to a person."""


@dataclass(frozen=True)
class Tails:
    """Money, positive; `nan` unknown."""

    var_95_1d: float = math.nan
    es_975_1w: float = math.nan


def standing(case: Case, tails: Tails) -> tuple[LimitResult, ...]:
    """Every limit that an account has by itself, in the order of the rules; `case` proposes `NOTHING`."""
    told = [judge(replace(limit, read=_READ.get(limit.rule, limit.read)), case) for limit in LIMITS]
    alerts = [judge(limit, case) for limit in _tail_limits(tails)]
    found = [each for each in (*told, *alerts) if each.state is not LimitState.NOT_APPLICABLE]
    found.sort(key=lambda each: (int(each.rule[1:].split("-")[0]), each.rule))
    return tuple(each.result for each in found)


def _reading(case: Case, amount: float, *, subject: str = "", doubt: float = 0.0, why: str = "") -> Reading:
    share = case.share(amount)
    return Reading(before=share, after=share, added=0.0, subject=subject, doubt=doubt, missing=case.why(why))


def _trades(case: Case) -> tuple[Reading, ...] | str:
    """F1, one reading per position that ties anything up: its short legs carry a trade's collateral."""
    held = [row for row in case.held if row.collateral != 0]
    if not held:
        return "nothing that is held ties anything up"
    return tuple(_reading(case, row.collateral, subject=row.underlying, why="collateral") for row in held)


def _sectors(case: Case) -> tuple[Reading, ...] | str:
    held = case.before.sectors
    doubt = held.get(UNKNOWN_SECTOR, 0.0)
    named = {sector: amount for sector, amount in held.items() if sector != UNKNOWN_SECTOR}
    if not named and not doubt:
        return "nothing that is held belongs to a sector"
    found = {sector: amount + doubt for sector, amount in named.items()} or {UNKNOWN_SECTOR: doubt}
    return tuple(
        _reading(case, amount, subject=sector, doubt=case.share(doubt), why="sectors")
        for sector, amount in sorted(found.items())
    )


def _brokers(case: Case) -> tuple[Reading, ...] | str:
    held = case.before.brokers
    if not held:
        return "nothing is held"
    return tuple(_reading(case, held[broker], subject=broker, why="collateral") for broker in sorted(held))


def _opened_today(case: Case) -> tuple[Reading, ...]:
    return (_reading(case, case.day_opened_max_loss, why="day_opened"),)


_READ: dict[str, Callable[[Case], tuple[Reading, ...] | str]] = {
    "F1": _trades,
    "F6": _sectors,
    "F9": lambda _: "a spread is a trade's own",
    "F13": _brokers,
    "F14": _opened_today,
    "F15-stress": lambda _: "it is a trade's own",
}


def _tail_limits(tails: Tails) -> tuple[Limit, ...]:
    """F10, F11: alerts that never veto, so their limit and their alert are one."""
    return tuple(
        Limit(rule, name, lambda case, loss=loss: (_reading(case, loss, why="tail"),), _alert(share), scored=False)  # type: ignore[misc]
        for rule, name, loss, share in (
            ("F10", "one-day VaR 95 %", tails.var_95_1d, VAR_ALERT),
            ("F11", "one-week ES 97.5 %", tails.es_975_1w, ES_ALERT),
        )
    )


def _alert(share: float) -> Callable[[Case], Bound]:
    return lambda _: Bound(share, alert=share, advice=True)
