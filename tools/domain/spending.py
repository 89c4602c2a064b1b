"""What models may cost, and what each call of one did: dollars are set aside before a call and settled after it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from pydantic import Field

from tools.domain.rationale import Usage
from tools.domain.value import Value


class Caps(Value):
    """US dollars for one candidate's analysis (spec C: under $0.01), for one New York day, and for one month."""

    per_candidate: float = Field(default=0.01, gt=0)
    per_day: float = Field(default=5.0, gt=0)
    per_month: float = Field(default=50.0, gt=0)


class CallOutcome(StrEnum):
    """`asked` is a call nobody has come back from: it runs, or whoever made it died."""

    ASKED = "asked"
    ANSWERED = "answered"
    UNUSABLE = "unusable"
    FAILED = "failed"


class Intended(Value):
    """A call that is about to be made, and the most it can cost in US dollars."""

    candidate: str
    provider: str
    model: str
    worst: float


@dataclass(frozen=True)
class Shortfall:
    """Why a call is not made: `spent` of `cap` US dollars are gone, set aside ones included."""

    scope: str
    spent: float
    cap: float


class Settlement(Value):
    """How a call ended. `charged` is what counts against the caps, the worst where nobody knows the cost."""

    outcome: CallOutcome
    usage: Usage
    charged: float
    reason: str = ""


class ModelCall(Value):
    """One call in the spend ledger. `charged` is its cost, or the worst it can be while that is unknown."""

    number: int
    at: datetime
    candidate: str
    provider: str
    model: str
    outcome: CallOutcome
    charged: float
    usage: Usage = Usage()
    reason: str = ""
