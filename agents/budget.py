"""Caps in dollars, per candidate and per day, that fail closed.

    worst cost of the call → within both caps? → ask → record what it cost (or the worst, where nobody can say)

The worst cost of a call is set aside before it is made and counts while it runs, so that concurrent calls
cannot pass a cap together. A cost that stays unknown (a timeout, a lost connection) is recorded at its worst.
Without a known price, or without the record of what was spent, nothing is asked.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

from agents.model import Completion, Model, ModelRequest
from agents.price import ceiling
from tools.domain.errors import LedgerError, ModelError
from tools.domain.rationale import Usage
from tools.domain.value import Value, digest


class Caps(Value):
    """Dollars that may be spent on one candidate's analysis (spec C: under $0.01), and on one day."""

    per_candidate: float = 0.01
    per_day: float = 5.0


class SpendStore(Protocol):
    """Where spending is remembered. `spent` is today's total, or that of one candidate."""

    def spent(self, candidate: str | None = None) -> float: ...

    def record(self, candidate: str, dollars: float) -> None: ...


class MemorySpend:
    """Spending of this process, for the lifetime of the object."""

    def __init__(self) -> None:
        self._candidates: dict[str, float] = {}

    def spent(self, candidate: str | None = None) -> float:
        return sum(self._candidates.values()) if candidate is None else self._candidates.get(candidate, 0.0)

    def record(self, candidate: str, dollars: float) -> None:
        self._candidates[candidate] = self._candidates.get(candidate, 0.0) + dollars


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
        self._lock = threading.Lock()
        self._set_aside: dict[str, float] = {}

    def complete(self, request: ModelRequest) -> Completion:
        worst = self._worst(self.provider, self.model, request)
        if worst is None:
            raise self._refused(f"No price is known for {self.model}, so its budget cannot be kept; set a price.")
        candidate = digest(request.brief)
        with self._reserved(candidate, worst):
            cost = worst
            try:
                completion = self._model.complete(request)
                cost = _charge(completion.usage, worst)
                return completion
            except ModelError as error:
                cost = _charge(error.usage, worst)
                raise
            finally:
                self._record(candidate, cost)

    @contextmanager
    def _reserved(self, candidate: str, worst: float) -> Iterator[None]:
        with self._lock:
            self._check(candidate, worst)
            self._set_aside[candidate] = self._set_aside.get(candidate, 0.0) + worst
        try:
            yield
        finally:
            with self._lock:
                self._set_aside[candidate] -= worst

    def _check(self, candidate: str, worst: float) -> None:
        try:
            on_candidate = self._store.spent(candidate) + self._set_aside.get(candidate, 0.0)
            today = self._store.spent() + sum(self._set_aside.values())
        except LedgerError as error:
            raise self._refused(f"What was spent on models is unreadable, so nothing is asked: {error}") from error
        for what, spent, cap in (
            ("this candidate", on_candidate, self._caps.per_candidate),
            ("today", today, self._caps.per_day),
        ):
            if not spent + worst <= cap:  # a spending of NaN is no reason to go on
                raise self._refused(
                    f"The model budget for {what} is used up: ${spent:.4f} of ${cap:.2f} spent and the next call "
                    f"may cost ${worst:.4f}. Raise the cap or decide by hand."
                )

    def _record(self, candidate: str, dollars: float) -> None:
        with self._lock:
            try:
                self._store.record(candidate, dollars)
            except LedgerError as error:
                raise self._refused(f"The cost of a model call could not be recorded: {error}") from error

    def _refused(self, message: str) -> ModelError:
        return ModelError(message, provider=self.provider, model=self.model)


def _charge(usage: Usage | None, worst: float) -> float:
    """What a question cost: its answer's price, and the worst for every attempt whose cost nobody can say."""
    if usage is None or usage.cost_usd is None:
        return worst * max(1, 0 if usage is None else usage.calls)
    return usage.cost_usd + worst * max(0, usage.calls - 1)
