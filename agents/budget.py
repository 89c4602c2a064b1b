"""Caps in dollars, per candidate, per day and per month, that fail closed.

    worst cost of the call → set aside, within every cap? → ask → settle what it cost (or the worst, if unknown)

What a call can cost at worst is written down before it is made and counts from then on, so that calls side by
side, in one process or in several, cannot pass a cap together, and a process that dies leaves it counted. A cost
that stays unknown (a timeout, a lost connection) is settled at its worst. Without a known price, or without the
record of what was spent, nothing is asked. A call that cost more than it can is no answer to build on.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Protocol

from agents.exchange import ATTEMPTS
from agents.model import Completion, Model, ModelRequest
from agents.price import ceiling
from tools.domain.errors import LedgerError, ModelError
from tools.domain.rationale import Usage
from tools.domain.spending import CallOutcome, Caps, Intended, Settlement, Shortfall
from tools.domain.value import digest


class SpendStore(Protocol):
    """Where spending is remembered; both steps are atomic across everybody who spends."""

    def set_aside(self, call: Intended, caps: Caps) -> int | Shortfall:
        """The ticket of a call that may be made, or which cap stands against it."""

    def settle(self, ticket: int, settlement: Settlement) -> None:
        """How the call of a ticket ended."""


class MemorySpend:
    """Spending of this process, for the lifetime of the object, as if it were one day."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._calls: list[tuple[str, float]] = []

    def set_aside(self, call: Intended, caps: Caps) -> int | Shortfall:
        with self._lock:
            for scope, spent, cap in (
                ("this candidate", self.spent(call.candidate), caps.per_candidate),
                ("today", self.spent(), caps.per_day),
                ("this month", self.spent(), caps.per_month),
            ):
                if not spent + call.worst <= cap:  # a spending of NaN is no reason to go on
                    return Shortfall(scope=scope, spent=spent, cap=cap)
            self._calls.append((call.candidate, call.worst))
            return len(self._calls) - 1

    def settle(self, ticket: int, settlement: Settlement) -> None:
        with self._lock:
            self._calls[ticket] = (self._calls[ticket][0], settlement.charged)

    def spent(self, candidate: str | None = None) -> float:
        """In all, or on one candidate."""
        return sum(dollars for who, dollars in self._calls if candidate in {None, who})


NOTHING = Usage(cost_usd=0.0, seconds=0.0)
"""What a question takes that nobody was asked."""

Ceiling = Callable[[str, str, ModelRequest], float | None]


class BudgetedModel:
    """A model under caps; refuses with `ModelError` before a call that could break one."""

    def __init__(self, model: Model, *, caps: Caps, store: SpendStore, worst: Ceiling = ceiling) -> None:
        self.provider = model.provider
        self.model = model.model
        self._model = model
        self._caps = caps
        self._store = store
        self._worst = worst

    def complete(self, request: ModelRequest) -> Completion:
        worst = self._worst(self.provider, self.model, request)
        if worst is None:
            raise self._refused(f"No price is known for {self.model}, so its budget cannot be kept; set a price.")
        ticket = self._set_aside(request, worst * ATTEMPTS)
        try:
            completion = self._model.complete(request)
        except ModelError as error:
            usage = error.usage or Usage(calls=1)
            self._settle(ticket, CallOutcome.FAILED, usage, worst, reason=str(error))
            raise
        completion = self._within_worst(completion, worst)
        outcome = CallOutcome.UNUSABLE if completion.problem else CallOutcome.ANSWERED
        self._settle(ticket, outcome, completion.usage, worst, reason=completion.problem)
        return completion

    def _set_aside(self, request: ModelRequest, worst: float) -> int:
        call = Intended(
            candidate=request.candidate or digest(request.brief),
            provider=self.provider,
            model=self.model,
            worst=worst,
        )
        try:
            found = self._store.set_aside(call, self._caps)
        except LedgerError as error:
            raise self._refused(f"What was spent on models is unreadable, so nothing is asked: {error}") from error
        if isinstance(found, Shortfall):
            raise self._refused(
                f"The model budget for {found.scope} is used up: ${found.spent:.4f} of ${found.cap:.2f} spent and "
                f"the next call may cost ${worst:.4f}. Raise the cap or decide by hand."
            )
        return found

    def _settle(self, ticket: int, outcome: CallOutcome, usage: Usage, worst: float, *, reason: str) -> None:
        settlement = Settlement(outcome=outcome, usage=usage, charged=charge(usage, worst), reason=reason)
        try:
            self._store.settle(ticket, settlement)
        except LedgerError as error:
            message = f"The cost of a model call could not be recorded: {error}"
            raise ModelError(message, provider=self.provider, model=self.model, usage=usage) from error

    def _within_worst(self, completion: Completion, worst: float) -> Completion:
        """The answer, unusable where it cost what none can: then something else was asked, or is charged."""
        cost = completion.usage.cost_usd
        if cost is None or cost <= worst:
            return completion
        problem = (
            f"{self.provider} charges ${cost:.4f} for a call that can cost ${worst:.4f} at most; "
            "look into the account before anything is asked again."
        )
        return completion.model_copy(update={"problem": f"{completion.problem} {problem}".lstrip()})

    def _refused(self, message: str) -> ModelError:
        return ModelError(message, provider=self.provider, model=self.model, usage=NOTHING)


def charge(usage: Usage, worst: float) -> float:
    """What a question cost: its answer's price, and the worst for every attempt whose cost nobody can say."""
    if usage.cost_usd is None:
        return worst * max(1, usage.calls)
    return usage.cost_usd + worst * max(0, usage.calls - 1)
