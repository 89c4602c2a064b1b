"""So many questions at a time, whoever asks: the others wait for their turn."""

from __future__ import annotations

import threading

from agents.model import Completion, Model, ModelRequest


class BoundedModel:
    """A model that `most` threads may ask at once."""

    def __init__(self, model: Model, *, most: int) -> None:
        self.provider = model.provider
        self.model = model.model
        self._model = model
        self._turns = threading.BoundedSemaphore(most)

    def complete(self, request: ModelRequest) -> Completion:
        with self._turns:
            return self._model.complete(request)
