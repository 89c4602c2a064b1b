"""What a limit is made of: readings of the case, a bound, and words.

A limit is a declared object and holds no logic of its own; `tools.risk.judge` is the one rule that turns
any of them into a result.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from tools.risk.case import Case


class Unit(StrEnum):
    NAV = "share of NAV"
    MID = "share of mid"
    COUNT = "underlyings"
    MONEY = "account currency"
    SHARES = "shares"


class Reading(NamedTuple):
    """One measure before and after the trade in the limit's unit, `nan` where unknown.

    added    what the whole trade contributes; `nan` where unknown
    subject  which one of many (a sector, a broker); empty for the whole account
    doubt    the part of before and after that may not belong to the subject (its sector is unknown)
    missing  why a value is unknown, where it is
    """

    before: float
    after: float
    added: float
    subject: str = ""
    doubt: float = 0.0
    missing: str = "an input is missing"


class Bound(NamedTuple):
    """The limit that holds for a case, `nan` where unknown.

    because  what moved the limit, or why it is unknown
    advice   the bound warns and never vetoes
    """

    limit: float
    alert: float | None = None
    because: str = ""
    advice: bool = False


@dataclass(frozen=True, slots=True)
class Limit:
    """One declared limit.

    rule      the rule's id in the profile's weights and sources
    read      readings of a case, or the reason why the limit does not apply to it
    bound     the limit and alert that hold for a case
    setting   the configuration key named in refusals; empty where nothing can be edited
    signed    the measure is a net of both signs and |measure| is held; otherwise only additions worsen it
    linear    the measure grows with each contract, so that a smaller trade can fit
    per       what the money in texts is per, e.g. ` per volatility point`
    remedy    what to do where fewer contracts do not help
    scored    its headroom enters the fit score; what merely secures a trade may be used up
    """

    rule: str
    name: str
    read: Callable[[Case], tuple[Reading, ...] | str]
    bound: Callable[[Case], Bound]
    setting: str = ""
    unit: Unit = Unit.NAV
    signed: bool = False
    linear: bool = True
    per: str = ""
    remedy: str = "close or reduce other positions first"
    scored: bool = True
