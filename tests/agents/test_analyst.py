"""The analyst turns whatever a model does into an analysis with a reason; only a missing recording is an error."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from agents.analyst import Analyst
from agents.anthropic import AnthropicModel
from agents.chain import Chain
from agents.grounding import check, facts_of
from agents.model import Completion, ModelRequest
from agents.offline import OfflineModel
from agents.recorded import RecordedModel, author
from agents.schemas import narrative, parse_answer
from prompts.library import FOLDER, load
from tests.agents.examples import answer, candidate, conditions, facts
from tests.peers.anthropic_server import AnthropicServer
from tests.peers.provider import Mode
from tools.domain.errors import ConfigError, ModelError, RecordingMissing
from tools.domain.rationale import Analysis, AnalysisSource, Usage, Verdict

pytestmark = pytest.mark.block_network(allowed_hosts=["127.0.0.1"])

GOOD = answer()
INVENTED = answer(sentiment="Shorts hold 37 % of the float.")
ONE_CALL = Usage(input_tokens=3000, output_tokens=500, cost_usd=0.0004, seconds=1.5, calls=1)


class Scripted:
    """A model that answers from a list, and keeps the questions."""

    provider, model = "anthropic", "claude-haiku-5-5"

    def __init__(self, *answers: dict[str, Any] | str | Completion | ModelError) -> None:
        self._answers = list(answers)
        self.asked: list[ModelRequest] = []

    def complete(self, request: ModelRequest) -> Completion:
        self.asked.append(request)
        next_ = self._answers.pop(0)
        if isinstance(next_, ModelError):
            raise next_
        if isinstance(next_, Completion):
            return next_
        text = next_ if isinstance(next_, str) else json.dumps(next_)
        return completion(text)


def completion(text: str, problem: str = "", usage: Usage = ONE_CALL) -> Completion:
    return Completion(
        text=text,
        stop="end_turn",
        problem=problem,
        source=AnalysisSource.LIVE,
        provider="anthropic",
        model="claude-haiku-5-5",
        usage=usage,
    )


def analyse(model: Scripted) -> Analysis:
    return Analyst(model).analyse(candidate(), facts(), conditions())


def test_a_good_answer_becomes_an_analysis_with_its_provenance() -> None:
    model = Scripted(GOOD)
    analysis = analyse(model)
    assert analysis.rationale
    assert analysis.rationale.verdict is Verdict.APPROVE
    assert (analysis.grounded, analysis.problem, analysis.misses) == (True, "", ())
    assert analysis.usage == ONE_CALL
    assert analysis.prompt_fingerprint == load("analyst").fingerprint
    assert len(analysis.brief_digest) == 64
    assert Analysis.model_validate_json(analysis.model_dump_json()) == analysis


def test_the_question_is_the_same_every_time_with_its_stable_part_first() -> None:
    analyst = Analyst(OfflineModel())
    first = analyst.request(candidate(), facts(), conditions())
    assert first == Analyst(OfflineModel()).request(candidate(), facts(), conditions())
    other = analyst.request(candidate(credit=1.23), facts(), conditions())
    assert other.system == first.system
    assert other.prompt != first.prompt
    assert first.prompt.startswith("<brief>")


def test_the_prompt_states_every_known_fact_and_every_unknown() -> None:
    question = Analyst(OfflineModel()).request(candidate(), facts(), conditions())
    for line in (
        "- credit: 0.91 USD/share",
        "- iv_rank: 62 percent [embedded]",
        "- next_earnings: 2027-01-29 [embedded]",
        "- rating: unknown (no rating source)",
        "- average_correlation: unknown (one name only)",
        "- delta: pass, 0.22 in 0.15 to 0.35 delta, margin 8.5, required",
        "- premium_yield: pass, 7.5 against 3 percent/year, margin 7.5, required",
        "- blackout: pass, required",
        "- none on record",
    ):
        assert line in question.prompt.splitlines(), line


def test_the_brief_s_own_text_is_grounded_in_its_facts() -> None:
    question = Analyst(OfflineModel()).request(candidate(), facts(), conditions())
    assert check(question.prompt, facts_of(question.brief)).misses == ()


def test_a_broken_prompt_is_a_configuration_error(tmp_path: Path) -> None:
    shutil.copytree(FOLDER / "analyst", tmp_path / "analyst")
    part = tmp_path / "analyst" / "brief.md"
    part.write_text(part.read_text().replace('brief["label"]', 'brief["lable"]'))
    analyst = Analyst(OfflineModel(), prompt=load("analyst", folder=tmp_path))
    with pytest.raises(ConfigError, match=r"analyst/brief\.md.*lable"):
        analyst.analyse(candidate(), facts(), conditions())


def test_an_invented_number_is_asked_about_once() -> None:
    model = Scripted(INVENTED, GOOD)
    analysis = analyse(model)
    assert analysis.grounded
    assert analysis.rationale == parse_answer(json.dumps(GOOD))
    first, second = model.asked
    assert second.correction_of == first
    assert second.prompt.startswith(first.prompt)
    assert '"37 %"' in second.prompt
    assert analysis.usage == Usage(input_tokens=6000, output_tokens=1000, cost_usd=0.0008, seconds=3.0, calls=2)


def test_an_invented_number_twice_is_marked() -> None:
    analysis = analyse(Scripted(INVENTED, INVENTED))
    assert analysis.rationale
    assert not analysis.grounded
    assert analysis.misses[0].startswith("37 %: ")
    assert analysis.usage.calls == 2


@pytest.mark.parametrize(
    ("second", "word"),
    [
        (ModelError("anthropic is down.", usage=Usage(calls=1)), "down"),
        ("junk", "not JSON"),
        (completion("", problem="The model refused to answer."), "refused"),
    ],
)
def test_a_failed_second_question_leaves_the_first_answer_marked(
    second: ModelError | str | Completion, word: str
) -> None:
    analysis = analyse(Scripted(INVENTED, second))
    assert analysis.rationale == parse_answer(json.dumps(INVENTED))
    assert not analysis.grounded
    assert word in analysis.problem
    assert analysis.usage.calls == 2


def test_a_cost_unknown_once_is_unknown_in_sum() -> None:
    analysis = analyse(Scripted(INVENTED, completion(json.dumps(GOOD), usage=Usage(calls=1))))
    assert analysis.usage.cost_usd is None
    assert analysis.usage.input_tokens == 3000


@pytest.mark.parametrize(
    ("outcome", "word"),
    [
        ("I would buy it.", "not JSON"),
        ("", "empty"),
        ({**GOOD, "confidence": 11}, "confidence"),
        (json.dumps(GOOD)[:200], "not JSON"),
        (completion(json.dumps(GOOD), problem="The answer was cut off (max_tokens)."), "cut off"),
        (completion("", problem="The model refused to answer (general_harms)."), "refused"),
    ],
)
def test_no_usable_answer_is_a_reason_and_the_usage_is_kept(outcome: Any, word: str) -> None:
    model = Scripted(outcome)
    analysis = analyse(model)
    assert analysis.rationale is None
    assert analysis.confidence is None
    assert not analysis.grounded
    assert word in analysis.problem
    assert analysis.usage == ONE_CALL
    assert len(model.asked) == 1, "junk is not asked again"


def test_an_outage_is_a_reason_and_names_who_failed() -> None:
    spent = Usage(calls=2, seconds=20.0)
    analysis = analyse(Scripted(ModelError("openai is down.", provider="openai", model="gpt-6-luna", usage=spent)))
    assert analysis.rationale is None
    assert analysis.problem == "openai is down."
    assert (analysis.source, analysis.provider, analysis.model) == (AnalysisSource.LIVE, "openai", "gpt-6-luna")
    assert analysis.usage == spent


def test_a_missing_recording_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(RecordingMissing, match="XOM 45d 98 put"):
        Analyst(RecordedModel()).analyse(candidate(), facts(), conditions())
    analyst = Analyst(OfflineModel())
    author(tmp_path / "day.yaml", [(analyst.request(candidate(), facts(), conditions()), INVENTED)])
    with pytest.raises(RecordingMissing):  # its correction was never recorded
        Analyst(RecordedModel(tmp_path / "day.yaml")).analyse(candidate(), facts(), conditions())


def recorded_chain(path: Path, first: dict[str, Any], second: dict[str, Any] | None = None) -> Chain:
    analyst = Analyst(OfflineModel())
    question = analyst.request(candidate(), facts(), conditions())
    answers = [(question, first)]
    if second is not None:
        grounding = check(narrative(parse_answer(json.dumps(first))), facts_of(question.brief))
        answers.append((analyst.correction(question, grounding), second))
    author(path, answers)
    return Chain(recorded=RecordedModel(path), configured=None, offline=OfflineModel())


def test_in_a_chain_a_recorded_answer_keeps_its_label_and_is_never_corrected_by_another(tmp_path: Path) -> None:
    path = tmp_path / "day.yaml"

    def analysed(chain: Chain) -> Analysis:
        return Analyst(chain).analyse(candidate(), facts(), conditions())

    good = analysed(recorded_chain(path, GOOD))
    assert (good.source, good.grounded) == (AnalysisSource.AUTHORED, True)
    corrected = analysed(recorded_chain(path, INVENTED, GOOD))
    assert (corrected.source, corrected.grounded) == (AnalysisSource.AUTHORED, True)
    alone = analysed(recorded_chain(path, INVENTED))
    assert (alone.source, alone.grounded) == (AnalysisSource.AUTHORED, False)
    assert "No recorded answer" in alone.problem


def test_in_a_chain_an_unknown_day_gets_the_template(tmp_path: Path) -> None:
    chain = recorded_chain(tmp_path / "day.yaml", GOOD)
    analysis = Analyst(chain).analyse(candidate(credit=1.5), facts(), conditions())
    assert analysis.source is AnalysisSource.OFFLINE


@pytest.mark.parametrize("mode", sorted(Mode))
def test_whatever_the_provider_does_there_is_an_analysis(mode: Mode, anthropic_server: AnthropicServer) -> None:
    anthropic_server.otherwise = mode
    live = AnthropicModel(api_key="sk-canary", base_url=anthropic_server.url, timeout=0.5)
    analysis = Analyst(live).analyse(candidate(), facts(), conditions())
    usable = mode in {Mode.OK, Mode.NO_USAGE, Mode.DEAR}  # what it costs is for the caps to judge
    assert (analysis.rationale is None) == (not usable)
    assert bool(analysis.problem) == (not usable)
    assert analysis.usage.calls in (1, 2)
    assert "canary" not in analysis.model_dump_json()
