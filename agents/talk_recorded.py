"""Replays recorded conversations, step by step; what was never recorded is an error and never a guess.

    Talk → wire body of the Anthropic adapter → key → recorded message → its text in pieces, then what was said

A step is found by its whole body: the record, the question, what was said and called before, the rules, the tools,
the model and the effort. Change any of them and it is another step.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from agents.anthropic import DEFAULT_EFFORT, DEFAULT_MODEL
from agents.cassette import Origin, Recording, read_cassette
from agents.conversation import Said, Talk, ToolCall
from agents.recorded import NO_MODEL
from agents.talk_anthropic import said, wire_body
from tools.domain.errors import ConfigError, ModelError, RecordingMissing
from tools.domain.rationale import AnalysisSource
from tools.domain.value import digest

CONVERSATIONS = Path(__file__).parent / "recordings" / "conversations.yaml"

PIECE = 24
"""Characters that come at a time: a replay reads as it was heard."""

_SOURCES = {Origin.AUTHORED: AnalysisSource.AUTHORED, Origin.LIVE: AnalysisSource.RECORDED}


class RecordedTalker:
    """Speaks from cassettes, byte for byte what was recorded for that very step."""

    provider = "recorded"

    def __init__(self, *cassettes: Path, model: str = DEFAULT_MODEL, effort: str = DEFAULT_EFFORT) -> None:
        self.model = model
        self._effort = effort
        self._files = tuple(cassette.name for cassette in cassettes)
        self._recordings = _by_key(cassettes)

    def holds(self, talk: Talk) -> bool:
        return self.key(talk) in self._recordings

    def key(self, talk: Talk) -> str:
        """SHA-256 of the request body as it would go over the wire."""
        return digest(wire_body(talk, model=self.model, effort=self._effort))

    def talk(self, talk: Talk) -> Iterator[str | Said]:
        recording = self._recordings.get(self.key(talk))
        if recording is None:
            raise RecordingMissing(
                f"No recorded answer about {talk.label} (step {self.key(talk)[:12]}) in "
                f"{', '.join(self._files) or 'no file'}: question, record, rules or tools differ from those "
                "recorded. Ask another one, or choose another provider.",
                provider=self.provider,
                model=self.model,
            )
        spoken = _read(recording)
        text = spoken.answered.text
        yield from (text[start : start + PIECE] for start in range(0, len(text), PIECE))
        yield spoken


def authored_message(
    body: Mapping[str, Any], text: str, calls: Sequence[ToolCall] = (), *, origin: Origin = Origin.AUTHORED
) -> Recording:
    """What a person wrote as the model's answer to a wire body: text, or calls of tools."""
    content: list[dict[str, Any]] = [{"type": "text", "text": text}] if text else []
    content += [
        {"type": "tool_use", "id": call.id, "name": call.name, "input": call.arguments or {}} for call in calls
    ]
    reply = {
        "id": f"msg_{origin.value}_{digest(body)[:16]}",
        "type": "message",
        "role": "assistant",
        "model": body["model"],
        "content": content,
        "stop_reason": "tool_use" if calls else "end_turn",
        "stop_sequence": None,
        "usage": {"input_tokens": 0, "output_tokens": 0},
    }
    return Recording(request=dict(body), reply=reply, origin=origin)


def _by_key(cassettes: Sequence[Path]) -> dict[str, Recording]:
    recordings: dict[str, Recording] = {}
    for cassette in cassettes:
        for recording in read_cassette(cassette):
            key = digest(recording.request)
            if recordings.setdefault(key, recording) != recording:
                raise ConfigError(f"{cassette.name} answers step {key[:12]} a second time, and differently.")
            try:
                _read(recording)
            except ModelError as error:
                raise ConfigError(f"{cassette.name} holds a reply that is no message: {error}") from error
    return recordings


def _read(recording: Recording) -> Said:
    """A person's words are not those of the model whose step they answer."""
    spoken = said(recording.reply, source=_SOURCES[recording.origin], seconds=recording.seconds, at=recording.at)
    if recording.origin is Origin.AUTHORED:
        return spoken.model_copy(update={"provider": RecordedTalker.provider, "model": NO_MODEL})
    return spoken
