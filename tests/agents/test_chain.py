"""Who answers: a recording, else the configured model, else the template; an outage stays an outage."""

from __future__ import annotations

from pathlib import Path

import pytest

from agents.chain import Chain
from agents.model import Completion, ModelRequest
from agents.offline import OfflineModel
from agents.recorded import RecordedModel, author
from tests.agents.examples import answer, request
from tools.domain.errors import ModelError, RecordingMissing
from tools.domain.rationale import AnalysisSource, Usage

HELD, OTHER = request(prompt="held"), request(prompt="other")


class Configured:
    provider, model = "anthropic", "some-model"

    def __init__(self, error: ModelError | None = None) -> None:
        self.asked: list[str] = []
        self._error = error

    def complete(self, request: ModelRequest) -> Completion:
        self.asked.append(request.prompt)
        if self._error:
            raise self._error
        return Completion(
            text="{}", stop="end_turn", source=AnalysisSource.LIVE, provider="a", model="m", usage=Usage()
        )


@pytest.fixture
def recorded(tmp_path: Path) -> RecordedModel:
    author(tmp_path / "day.yaml", [(HELD, answer())])
    return RecordedModel(tmp_path / "day.yaml")


def test_a_recording_comes_first(recorded: RecordedModel) -> None:
    configured = Configured()
    chain = Chain(recorded=recorded, configured=configured, offline=OfflineModel())
    assert chain.complete(HELD).source is AnalysisSource.AUTHORED
    assert chain.complete(OTHER).source is AnalysisSource.LIVE
    assert configured.asked == ["other"]


def test_without_a_configured_model_the_template_answers(recorded: RecordedModel) -> None:
    chain = Chain(recorded=recorded, configured=None, offline=OfflineModel())
    assert chain.complete(OTHER).source is AnalysisSource.OFFLINE
    assert (chain.provider, chain.model) == ("offline", "template")


def test_without_recordings_the_configured_model_answers() -> None:
    chain = Chain(recorded=None, configured=Configured(), offline=OfflineModel())
    assert chain.complete(HELD).source is AnalysisSource.LIVE


def test_an_outage_is_never_answered_by_the_template(recorded: RecordedModel) -> None:
    chain = Chain(recorded=recorded, configured=Configured(ModelError("down")), offline=OfflineModel())
    with pytest.raises(ModelError, match="down"):
        chain.complete(OTHER)


def test_a_correction_goes_to_whoever_answered(recorded: RecordedModel) -> None:
    configured = Configured()
    chain = Chain(recorded=recorded, configured=configured, offline=OfflineModel())
    with pytest.raises(ModelError, match="No recorded answer") as caught:
        chain.complete(request(prompt="held, again", correction_of=HELD))
    assert not isinstance(caught.value, RecordingMissing)
    assert configured.asked == []
    chain.complete(request(prompt="other, again", correction_of=OTHER))
    assert configured.asked == ["other, again"]
