"""A model behind a circuit breaker: whoever keeps failing is left alone for a while, and says so at once.

    closed ── `failures` outages in a row ──→ open ── `rest` seconds ──→ half open: one question is let through
      ↑                                        ↑                           │
      └───────────── it is answered ───────────┼───────────────────────────┤
                                               └────────── it fails ───────┘

Only outages count. A refusal, a cut-off or a junk answer is an answer: the provider is there.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from agents.model import Completion, Model, ModelRequest
from tools.domain.errors import ModelError, ModelOutage
from tools.domain.rationale import Usage

FAILURES = 5
REST_SECONDS = 30.0


class GuardedModel:
    """One provider's model; safe to share between threads. `clock` is monotonic, in seconds."""

    def __init__(
        self,
        model: Model,
        *,
        failures: int = FAILURES,
        rest: float = REST_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.provider = model.provider
        self.model = model.model
        self._model = model
        self._failures = failures
        self._rest = rest
        self._clock = clock
        self._lock = threading.Lock()
        self._in_a_row = 0
        self._last = ""
        self._opened: float | None = None
        self._probing = False

    def complete(self, request: ModelRequest) -> Completion:
        probes = self._admit()
        try:
            completion = self._model.complete(request)
        except ModelOutage as error:
            self._failed(str(error))
            raise
        except ModelError:
            raise  # of our own making, like a spent budget: it tells nothing of the provider
        else:
            self._answered()
            return completion
        finally:
            if probes:
                self._probing = False

    def _admit(self) -> bool:
        """Whether this question is the one that tries an open breaker; `ModelOutage` for all others then."""
        with self._lock:
            if self._opened is None:
                return False
            left = self._opened + self._rest - self._clock()
            if left > 0 or self._probing:
                raise self._left_alone(max(0.0, left))
            self._probing = True
            return True

    def _left_alone(self, left: float) -> ModelOutage:
        when = f"in {left:.0f} seconds" if left > 0 else "once a question on its way has come back"
        message = (
            f"{self.provider} is not asked after {self._in_a_row} failures in a row, the last one: {self._last} "
            f"It is tried again {when}."
        )
        usage = Usage(cost_usd=0.0, seconds=0.0)
        return ModelOutage(message, provider=self.provider, model=self.model, usage=usage)

    def _failed(self, reason: str) -> None:
        with self._lock:
            self._in_a_row += 1
            self._last = reason
            if self._in_a_row >= self._failures:
                self._opened = self._clock()

    def _answered(self) -> None:
        with self._lock:
            self._in_a_row = 0
            self._opened = None
