"""Replays recorded answers; a question that was never recorded is an error and never a guess.

    ModelRequest → wire body of the Anthropic adapter → key → recorded reply → the adapter's own reading

A recording is found by the whole request body: change a fact, a word of the prompt, the schema, the model or
the effort, and it is another question. Recordings written by a person are marked `authored` and stay so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from agents.anthropic import DEFAULT_EFFORT, DEFAULT_MODEL, completion, wire_body
from agents.cassette import Origin, Recording, read_cassette, write_cassette
from agents.model import Completion, ModelRequest
from agents.schemas import parse_answer
from tools.domain.errors import ConfigError, ModelError, RecordingMissing
from tools.domain.rationale import AnalysisSource
from tools.domain.value import canonical, digest

EMBEDDED_DAY = Path(__file__).parent / "recordings" / "embedded_day.yaml"

# Named as the model of an answer that a person wrote.
NO_MODEL = "no model"

_SOURCES = {Origin.AUTHORED: AnalysisSource.AUTHORED, Origin.LIVE: AnalysisSource.RECORDED}


class RecordedModel:
    """Answers from cassettes, byte for byte what was recorded for that very request."""

    provider = "recorded"

    def __init__(self, *cassettes: Path, model: str = DEFAULT_MODEL, effort: str = DEFAULT_EFFORT) -> None:
        self.model = model
        self._effort = effort
        self._files = tuple(cassette.name for cassette in cassettes)
        self._recordings = _by_key(cassettes)
        self._frames = {_frame(recording.request) for recording in self._recordings.values()}

    def holds(self, request: ModelRequest) -> bool:
        return self.find(request) is not None

    def find(self, request: ModelRequest) -> Recording | None:
        """The call that was recorded for this very request."""
        return self._recordings.get(self.key(request))

    def key(self, request: ModelRequest) -> str:
        """SHA-256 of the request body as it would go over the wire."""
        return digest(self._body(request))

    def complete(self, request: ModelRequest) -> Completion:
        recording = self.find(request)
        if recording is None:
            raise RecordingMissing(self._missing(request), provider=self.provider, model=self.model)
        answer = _read(recording)
        if recording.origin is Origin.AUTHORED:
            # A person's words are not those of the model whose question they answer.
            return answer.model_copy(update={"provider": self.provider, "model": NO_MODEL})
        return answer

    def _body(self, request: ModelRequest) -> dict[str, Any]:
        return wire_body(request, model=self.model, effort=self._effort)

    def why_missing(self, request: ModelRequest) -> str:
        """Why a question finds no recording, in words."""
        if not self._recordings:
            return "there are no recordings"
        if _frame(self._body(request)) in self._frames:
            return "its facts differ from those recorded"
        return "the prompt, schema, model or effort changed since"

    def _missing(self, request: ModelRequest) -> str:
        return (
            f"No recorded answer for {request.label} (request {self.key(request)[:12]}) in "
            f"{', '.join(self._files) or 'no file'}: {self.why_missing(request)}. "
            "Record it again, or choose another analyst."
        )


def author(path: Path, answers: Iterable[tuple[ModelRequest, Mapping[str, Any]]]) -> None:
    """Write a cassette of answers that a person wrote; each must read as a rationale."""
    write_cassette(path, [_authored(request, answer) for request, answer in answers])


def _authored(request: ModelRequest, answer: Mapping[str, Any]) -> Recording:
    text = canonical(answer)
    try:
        parse_answer(text)
    except ModelError as error:
        raise ConfigError(f"The authored answer for {request.label} is unusable: {error}") from error
    return authored(request, text)


def authored(request: ModelRequest, text: str, *, stop: str = "end_turn") -> Recording:
    """A recording of a text that no model wrote, usable or not, ended by the provider's word `stop`."""
    body = wire_body(request)
    reply = {
        "id": f"msg_authored_{digest(body)[:16]}",
        "type": "message",
        "role": "assistant",
        "model": body["model"],
        "content": [{"type": "text", "text": text}],
        "stop_reason": stop,
        "stop_sequence": None,
        "usage": {"input_tokens": 0, "output_tokens": 0},
    }
    return Recording(request=body, reply=reply, origin=Origin.AUTHORED)


def _by_key(cassettes: Iterable[Path]) -> dict[str, Recording]:
    recordings: dict[str, Recording] = {}
    for cassette in cassettes:
        for recording in read_cassette(cassette):
            key = digest(recording.request)
            if recordings.setdefault(key, recording) != recording:
                raise ConfigError(f"{cassette.name} answers request {key[:12]} a second time, and differently.")
            _check(cassette, recording)
    return recordings


def _check(cassette: Path, recording: Recording) -> None:
    """A cassette whose replies no adapter can read is a broken file, not an outage of a provider."""
    try:
        _read(recording)
    except ModelError as error:
        raise ConfigError(f"{cassette.name} holds a reply that is no message: {error}") from error


def _read(recording: Recording) -> Completion:
    return completion(
        recording.reply, source=_SOURCES[recording.origin], seconds=recording.seconds, at=recording.at
    )


def _frame(body: Mapping[str, Any]) -> str:
    """The identity of everything but the facts: prompt, schema, model, effort."""
    return digest({name: value for name, value in body.items() if name != "messages"})
