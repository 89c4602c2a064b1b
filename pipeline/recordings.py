"""Recorded answers over history: asked as live, answered as recorded, and labelled with what could be known.

candidate, snapshot ─→ the analyst's own question ─┬ recorded ─→ Analysis · hindsight of each call behind it
                                                   └ not ──────→ the assumed confidence, and why

A question is that of the live analyst to the byte: the same brief, prompt, schema, model and effort.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

from agents.analyst import Analyst
from agents.anthropic import DEFAULT_MODEL
from agents.cassette import Origin, Recording
from agents.cutoff import cutoff
from agents.model import Completion, ModelRequest
from agents.recorded import RecordedModel
from pipeline.settings import Settings
from tools.backtest.hindsight import Hindsight, gravest, hindsight
from tools.backtest.opinions import Opinion, assumed
from tools.domain.candidate import Candidate
from tools.domain.errors import ModelError, RecordingMissing
from tools.domain.market import Snapshot


def open_recordings(settings: Settings, paths: Sequence[Path], *, confidence: float) -> RecordedAnalyst | None:
    """The analyst who replays `paths`, None without any; `ConfigError` for what is no set of recordings."""
    if not paths:
        return None
    files = [path.expanduser() for path in paths]
    recorded = RecordedModel(*files, model=_model_of(settings))
    return RecordedAnalyst(recorded, files, confidence=confidence)


def _model_of(settings: Settings) -> str:
    """Who is asked live; cassettes hold calls of Anthropic's models alone."""
    return settings.model.anthropic.name or DEFAULT_MODEL


class RecordedAnalyst:
    """Speaks for the model from recordings, and with an assumed confidence where there is none."""

    def __init__(self, recorded: RecordedModel, files: Sequence[Path], *, confidence: float) -> None:
        self.recordings = tuple(dict.fromkeys(path.name for path in files))
        self._recorded, self._confidence = recorded, confidence
        self._replayed = _Replayed(recorded)
        self._analyst = Analyst(self._replayed)
        self._files = files

    @property
    def words(self) -> str:
        """Which recordings these are and what they are asked, the same for the same answers."""
        files = [f"{path.name} {sha256(path.read_bytes()).hexdigest()[:12]}" for path in self._files]
        return f"{', '.join(files)}; prompt {self._analyst.prompt_fingerprint[:12]}, {self._recorded.model}"

    def opinion(self, candidate: Candidate, snapshot: Snapshot) -> Opinion:
        facts, conditions = snapshot.facts[candidate.underlying], snapshot.conditions
        request = self._analyst.request(candidate, facts, conditions)
        if not self._recorded.holds(request):
            return assumed(self._confidence, self._recorded.why_missing(request))
        self._replayed.used.clear()
        analysis = self._analyst.analyse(candidate, facts, conditions)
        return Opinion(analysis, gravest(_hindsight(candidate, each) for each in self._replayed.used))


class _Replayed:
    """Recordings, noting which of them answered."""

    provider = RecordedModel.provider

    def __init__(self, recorded: RecordedModel) -> None:
        self._recorded, self.model = recorded, recorded.model
        self.used: list[Recording] = []

    def complete(self, request: ModelRequest) -> Completion:
        recording = self._recorded.find(request)
        try:
            completion = self._recorded.complete(request)
        except RecordingMissing as error:
            # The answer was recorded and its correction was not: as live, it stands with its misses named.
            raise ModelError(str(error), provider=error.provider, model=error.model) from error
        if recording is not None:
            self.used.append(recording)
        return completion


def _hindsight(candidate: Candidate, recording: Recording) -> Hindsight:
    if recording.origin is Origin.AUTHORED:
        return Hindsight.UNKNOWN
    taught = cutoff(str(recording.reply.get("model", "")))
    return hindsight(candidate, asked_at=recording.at, cutoff=taught)
