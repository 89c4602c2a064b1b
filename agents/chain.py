"""The automatic analyst: a recording where there is one, else the configured model, else the template.

    recorded (holds the question?) → configured → offline

Only a question that was never recorded moves on. A configured model that fails is an outage, and an outage
is a person or no trade: it is never answered by a template in its place.
"""

from __future__ import annotations

from agents.model import Completion, Model, ModelRequest
from agents.recorded import RecordedModel
from tools.domain.errors import ModelError, RecordingMissing


class Chain:
    """Chooses who answers, question by question. A correction goes to whoever gave the answer."""

    def __init__(self, *, recorded: RecordedModel | None, configured: Model | None, offline: Model) -> None:
        self._recorded = recorded
        self._otherwise = offline if configured is None else configured
        self.provider = self._otherwise.provider
        self.model = self._otherwise.model

    def complete(self, request: ModelRequest) -> Completion:
        try:
            return self._who(request.correction_of or request).complete(request)
        except RecordingMissing as error:
            # The first answer was recorded and its correction was not: no other model may correct it.
            raise ModelError(str(error), provider=error.provider, model=error.model) from error

    def _who(self, request: ModelRequest) -> Model:
        if self._recorded is not None and self._recorded.holds(request):
            return self._recorded
        return self._otherwise
