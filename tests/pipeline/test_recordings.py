"""Recorded answers over history: the live question, an answer that decides as it does live, and its label."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest

from agents.analyst import Analyst
from agents.cassette import read_cassette, write_cassette
from agents.chain import Chain
from agents.grounding import check, facts_of
from agents.offline import OfflineModel
from agents.recorded import RecordedModel, author
from agents.schemas import narrative, parse_answer
from pipeline.market import DriverName, MarketChoice
from pipeline.model_settings import AnthropicSettings, ModelSettings
from pipeline.past import simulated_past
from pipeline.recordings import open_recordings
from pipeline.settings import Settings
from tests.agents.examples import answer as good_answer
from tests.agents.examples import candidate, conditions, facts
from tests.pipeline.conftest import Verb
from tests.pipeline.parity import plan_of, side_by_side
from tests.pipeline.recording import INVENTED, answer, as_if_live, record
from tools.backtest.engine import backtest
from tools.backtest.hindsight import Hindsight
from tools.backtest.journal import Journal
from tools.backtest.opinions import Opinion
from tools.backtest.simulated import SimulatedHistory
from tools.domain.decision import Outcome
from tools.domain.rationale import AnalysisSource
from tools.domain.value import canonical

SEED, SYMBOLS = 23, ("SPY", "IWM")
FIRST, LAST = date(2008, 9, 15), date(2008, 9, 19)
PLAN = plan_of("primary", "cash_secured_put", first=FIRST, last=LAST)
RUN = (
    *("backtest", "--book", "primary", "--book", "cash_secured_put", "--symbols", ",".join(SYMBOLS)),
    *("--seed", str(SEED), "--from", str(FIRST), "--to", str(LAST)),
)
HINDSIGHT = "The model's part of the score may be hindsight"


@lru_cache(maxsize=1)
def market() -> SimulatedHistory:
    choice = MarketChoice(driver=DriverName.INVENTED, seed=SEED)
    return SimulatedHistory(simulated_past(choice, symbols=SYMBOLS))


@pytest.fixture(autouse=True)
def invented(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THETAGATE_MARKET__DRIVER", "invented")


@pytest.fixture(scope="module")
def authored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every candidate of the week, answered by a person."""
    path = tmp_path_factory.mktemp("recordings") / "week.yaml"
    assert record(path, market(), PLAN) > 5
    return path


@pytest.fixture
def cassette(authored: Path, tmp_path: Path) -> Path:
    path = tmp_path / "week.yaml"
    path.write_bytes(authored.read_bytes())
    return path


def replay(*paths: Path, settings: Settings | None = None) -> Journal:
    analyst = open_recordings(settings or Settings(), paths, confidence=PLAN.confidence)
    return backtest(market(), PLAN, analyst=analyst)


def test_each_candidate_is_answered_with_its_own_recording(cassette: Path) -> None:
    journal = replay(cassette)
    heard = journal.opinions
    assert heard.answered == heard.sources[AnalysisSource.AUTHORED] == heard.hindsight[Hindsight.UNKNOWN] > 5
    assert heard.assumed == 0
    analysed = [each.analysis for each in journal.decisions if each.analysis is not None]
    assert len({analysis.confidence for analysis in analysed}) > 3
    assert {analysis.provider for analysis in analysed} == {"recorded"}
    declined = [each for each in journal.decisions if "verdict" in {reason.rule for reason in each.gate.reasons}]
    assert declined
    assert Outcome.APPROVED not in {each.outcome for each in declined}


def test_live_and_history_say_the_same_of_the_same_answer(cassette: Path, tmp_path: Path) -> None:
    """Score, gate, analysis with its grounding, fit and order of rank, decision by decision."""
    live = Analyst(Chain(recorded=RecordedModel(cassette), configured=None, offline=OfflineModel()))
    replayed = open_recordings(Settings(), [cassette], confidence=PLAN.confidence)
    decided, _ = side_by_side(tmp_path, market(), PLAN, asked=live, replayed=replayed)
    assert decided > 5


def test_an_invented_number_is_a_doubt_as_it_is_live(cassette: Path) -> None:
    doubted = [each for each in replay(cassette).decisions if each.analysis and not each.analysis.grounded]
    assert doubted
    for each in doubted:
        assert each.analysis is not None
        assert "could not be asked again" in each.analysis.problem
        assert each.outcome is not Outcome.APPROVED


def test_what_nobody_recorded_is_assumed_and_counted(tmp_path: Path) -> None:
    path = tmp_path / "monday.yaml"
    monday = record(path, market(), PLAN.model_copy(update={"last": FIRST}))
    journal = replay(path)
    assert journal.opinions.answered == monday > 0
    assert journal.opinions.assumed > 0
    why = "candidates that no recording answers, confidence assumed: its facts differ from those recorded"
    assert journal.counts[why] == journal.opinions.assumed
    later = [each.analysis for each in journal.decisions if each.analysis and each.candidate.as_of.date() > FIRST]
    assert {analysis.source for analysis in later} == {AnalysisSource.ASSUMED}
    assert {analysis.confidence for analysis in later} == {PLAN.confidence}


def test_another_model_is_another_question(cassette: Path) -> None:
    asked = Settings(model=ModelSettings(anthropic=AnthropicSettings(name="claude-sonnet-5-5")))
    journal = replay(cassette, settings=asked)
    assert journal.opinions.answered == 0
    assert any(name.endswith("the prompt, schema, model or effort changed since") for name in journal.counts)


CALLS: dict[str, tuple[datetime | None, str, set[Hindsight]]] = {
    "as it happened": (datetime(2008, 9, 15, 19, 45, tzinfo=UTC), "claude-haiku-5-5", {Hindsight.NONE}),
    "in the midst of it": (datetime(2008, 9, 22, tzinfo=UTC), "claude-haiku-5-5", {Hindsight.PART}),
    "years later": (datetime(2026, 10, 7, tzinfo=UTC), "claude-haiku-5-5", {Hindsight.WHOLE}),
    "years later, taught until 2025": (datetime(2026, 10, 7, tzinfo=UTC), "claude-haiku-4-5", {Hindsight.WHOLE}),
    "without a date": (None, "claude-haiku-4-5", {Hindsight.UNKNOWN}),
}


@pytest.mark.parametrize(("at", "model", "expected"), CALLS.values(), ids=CALLS.keys())
def test_what_a_model_could_know(cassette: Path, at: datetime | None, model: str, expected: set[Hindsight]) -> None:
    as_if_live(cassette, at=at, model=model)
    heard = replay(cassette).opinions
    assert heard.sources.keys() == {AnalysisSource.RECORDED}
    assert {label for label, count in heard.hindsight.items() if count} == expected


NOVEMBER = candidate()  # of 3 November 2026, it ends on 18 December
EVENING, LONG_AFTER = NOVEMBER.as_of + timedelta(hours=2), NOVEMBER.as_of + timedelta(days=300)


def said_of_november(path: Path, calls: list[tuple[datetime, str, dict[str, Any]]]) -> Opinion:
    """What is replayed where a model was asked once, or once more about its numbers, in order."""
    asker, recordings = Analyst(RecordedModel()), []
    request = asker.request(NOVEMBER, facts(), conditions())
    for at, model, text in calls:
        author(path, [(request, text)])
        as_if_live(path, at=at, model=model)
        recordings += read_cassette(path)
        request = asker.correction(
            request, check(narrative(parse_answer(canonical(text))), facts_of(request.brief))
        )
    write_cassette(path, recordings)
    analyst = open_recordings(Settings(), [path], confidence=7.0)
    assert analyst is not None
    look = next(iter(market().looks(FIRST, FIRST)))
    return analyst.opinion(NOVEMBER, replace(look, facts={"XOM": facts()}, conditions=conditions()))


@pytest.mark.parametrize(
    ("model", "expected"), [("claude-haiku-4-5-20251001", Hindsight.NONE), ("claude-haiku-5-5", Hindsight.WHOLE)]
)
def test_a_model_knows_nothing_after_it_was_taught(tmp_path: Path, model: str, expected: Hindsight) -> None:
    opinion = said_of_november(tmp_path / "november.yaml", [(LONG_AFTER, model, good_answer())])
    assert (opinion.analysis.source, opinion.analysis.grounded) == (AnalysisSource.RECORDED, True)
    assert opinion.hindsight is expected


def test_an_answer_that_was_corrected_knows_what_the_correction_could(tmp_path: Path) -> None:
    bad = good_answer(rationale=INVENTED)
    calls = [(EVENING, "claude-haiku-5-5", bad), (LONG_AFTER, "claude-haiku-5-5", good_answer())]
    opinion = said_of_november(tmp_path / "november.yaml", calls)
    assert (opinion.analysis.grounded, opinion.analysis.usage.calls) == (True, 2)
    assert opinion.hindsight is Hindsight.WHOLE
    assert said_of_november(tmp_path / "first.yaml", calls[:1]).hindsight is Hindsight.NONE


def model_of(data: dict[str, Any]) -> dict[str, Any]:
    """The contract's part on the model; whatever is answered is counted once by source and once by label."""
    part: dict[str, Any] = data["model"]
    assert sum(part["hindsight"].values()) == part["answered"]
    assert sum(part["sources"].values()) == part["answered"] + part["assumed"]
    return part


def test_the_contract_and_the_page_say_whose_answers_they_are(verb: Verb, cassette: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    said = verb(*RUN, "--recordings", cassette, "--confidence", "8", "--json", "--html", page)
    assert (said.code, said.err) == (0, "")
    part = model_of(said.json)
    assert (part["kind"], part["confidence"], part["recordings"]) == ("recorded", 8, ["week.yaml"])
    assert part["answered"] > 5
    assert part["assumed"] == 0  # interest moves the account, and no question tells of the account
    assert part["hindsight"]["unknown"] == part["sources"]["authored"] == part["answered"]
    told = " ".join(said.json["cannot_tell"])
    assert "were written by a person; no model produced them" in told
    assert HINDSIGHT not in told
    assert "week.yaml" in said.json["provenance"]["recordings"]
    text = page.read_text(encoding="utf-8")
    assert "were written by a person" in text
    assert f"authored {part['answered']}" in text
    again = verb(*RUN, "--recordings", cassette, "--confidence", "8", "--json").json
    assert {**again, "html": None} == {**said.json, "html": None}  # days that were kept ask the same questions


def test_answers_that_could_know_the_end_are_called_hindsight(verb: Verb, cassette: Path, tmp_path: Path) -> None:
    as_if_live(cassette, at=datetime(2026, 10, 7, tzinfo=UTC), model="claude-haiku-5-5")
    page = tmp_path / "page.html"
    said = verb(*RUN, "--recordings", cassette, "--html", page)
    assert said.code == 0
    assert HINDSIGHT in said.out
    assert "the model: recorded" in said.out
    assert HINDSIGHT in page.read_text(encoding="utf-8").replace("&#39;", "'")


def test_a_run_without_recordings_says_that_nobody_was_asked(verb: Verb) -> None:
    data = verb(*RUN, "--json").json
    part = model_of(data)
    assert (part["kind"], part["recordings"], part["answered"]) == ("assumed", [], 0)
    assert part["assumed"] > 5
    assert "recordings" not in data["provenance"]
    assert any(sentence.startswith("No analyst was asked") for sentence in data["cannot_tell"])


def test_recordings_that_answer_nothing_are_told(verb: Verb, tmp_path: Path) -> None:
    path = tmp_path / "other.yaml"
    record(path, market(), PLAN.model_copy(update={"first": date(2008, 10, 1), "last": date(2008, 10, 1)}))
    data = verb(*RUN, "--recordings", path, "--json").json
    part = model_of(data)
    assert (part["kind"], part["answered"]) == ("recorded", 0)
    assert any(f"answer none of {part['assumed']} candidates" in each for each in data["cannot_tell"])
    assert any("no recording answers" in name for name in data["counts"])
    assert data["pnl"] == verb(*RUN, "--json").json["pnl"]


def test_both_sides_of_a_comparison_are_answered(verb: Verb, cassette: Path) -> None:
    window = ("--seed", str(SEED), "--from", str(FIRST), "--to", str(LAST), "--symbols", ",".join(SYMBOLS))
    said = verb("compare", "primary", "cash_secured_put", *window, "--recordings", cassette, "--json")
    assert (said.code, said.err) == (0, "")
    for side in said.json["sides"]:
        assert model_of(side)["kind"] == "recorded"
        assert side["model"]["answered"] > 0


BROKEN = {
    "missing": (None, "gone.yaml cannot be read"),
    "a book": ('title = "A book"\n', "gone.yaml is no cassette of model calls"),
    "another yaml": ("interactions: 3\n", "gone.yaml is no cassette of model calls"),
    "bytes": (b"\xff\xfe\x00", "gone.yaml cannot be read"),
}


@pytest.mark.parametrize(("content", "words"), BROKEN.values(), ids=BROKEN.keys())
@pytest.mark.parametrize(
    "start", [RUN, ("compare", "primary", "cash_secured_put", *RUN[7:])], ids=lambda run: run[0]
)
def test_what_is_no_cassette_is_one_sentence(
    verb: Verb, tmp_path: Path, start: tuple[str, ...], content: str | bytes | None, words: str
) -> None:
    path = tmp_path / "gone.yaml"
    if content is not None:
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    said = verb(*start, "--recordings", path)
    assert said.code != 0
    assert said.out == ""
    assert len(said.err.splitlines()) == 1
    assert words in said.err


def test_cassettes_against_each_other_are_refused(verb: Verb, cassette: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.yaml"
    rule = lambda request: answer(request) | {"confidence": 1.0}  # noqa: E731
    record(other, market(), PLAN.model_copy(update={"last": FIRST}), rule=rule)
    said = verb(*RUN, "--recordings", cassette, "--recordings", other)
    assert (said.code != 0, said.out) == (True, "")
    assert "a second time, and differently" in said.err
    assert verb(*RUN, "--recordings", cassette, "--recordings", cassette, "--json").code == 0
