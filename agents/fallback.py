"""Several models in an order: an outage of one is answered by the next.

    first ── outage ──→ second ── outage ──→ … ── outage ──→ `ModelOutage` with every reason

A refusal, a cut-off and a junk answer are answers and stay: asking around until somebody says something pleasant
would make the opinion worth less. A spent budget is no outage either, it holds for all.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence

from agents.model import Completion, Model, ModelRequest
from tools.domain.errors import ModelError, ModelOutage
from tools.domain.rationale import Usage
from tools.domain.value import digest

# Questions whose correction may still come; one that was forgotten goes to the first model again.
REMEMBERED = 1024


class FallbackModel:
    """Asks in order; safe to share between threads. A correction goes first to whoever gave the answer."""

    def __init__(self, models: Sequence[Model]) -> None:
        self.provider = models[0].provider
        self.model = models[0].model
        self._models = tuple(models)
        self._lock = threading.Lock()
        self._stood_in: OrderedDict[str, Model] = OrderedDict()

    def complete(self, request: ModelRequest) -> Completion:
        outages: list[ModelOutage] = []
        for model in self._order(request):
            try:
                completion = model.complete(request)
            except ModelOutage as error:
                outages.append(error)
                continue
            except ModelError as error:
                error.usage = _with(outages, error.usage)
                raise
            self._remember(request, model)
            return completion.model_copy(update={"usage": _with(outages, completion.usage)})
        reasons = " ".join(str(error) for error in outages)
        raise ModelOutage(reasons, provider=self.provider, model=self.model, usage=_with(outages, None))

    def _order(self, request: ModelRequest) -> tuple[Model, ...]:
        if request.correction_of is None:
            return self._models
        with self._lock:
            first = self._stood_in.pop(_key(request.correction_of), self._models[0])
        return (first, *(model for model in self._models if model is not first))

    def _remember(self, request: ModelRequest, model: Model) -> None:
        if model is self._models[0]:
            return
        with self._lock:
            self._stood_in[_key(request)] = model
            while len(self._stood_in) > REMEMBERED:
                self._stood_in.popitem(last=False)


def _key(request: ModelRequest) -> str:
    return digest([request.system, request.prompt])


def _with(outages: Sequence[ModelOutage], usage: Usage | None) -> Usage:
    """What the answer took together with what came to nothing before it."""
    total = Usage(cost_usd=0.0, seconds=0.0)
    for error in outages:
        total += error.usage or Usage()
    return total if usage is None else total + usage
