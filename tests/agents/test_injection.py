"""No text gains an approval, whatever the model does with it: the lowering is arithmetic, the facts cannot ask.

The models here are gullible by construction. The worst of them obeys any word of a stranger that it sees at all.
What is proved is the house's part: the opinion on the facts alone holds no word of a stranger, and the opinion
with the texts can only lower it.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import date, timedelta

import pytest

from agents.analyst import Analyst
from agents.house_words import LEFT_OUT, in_house_words
from agents.letters import plain
from agents.model import Completion, ModelRequest
from agents.offline import OfflineModel
from prompts.library import load
from tests.agents.examples import AS_OF, FILTERS, answer, candidate, conditions, facts
from tests.agents.injections import WISHES, Case, cases
from tools.approvals import policy
from tools.domain.decision import FitResult, Outcome
from tools.domain.fact import Fact
from tools.domain.market import EventWindow
from tools.domain.mode import Mode
from tools.domain.outside import OutsideText
from tools.domain.rationale import Analysis, AnalysisSource, Usage
from tools.domain.score import FilterState
from tools.scoring.blend import blend

Gullibility = Callable[[ModelRequest], bool]

PROMPT = load("analyst")

# Every word of a wish that neither the house's words nor our own prompt about this trade hold.
OURS = Analyst(OfflineModel()).request(candidate(), facts(), conditions()).prompt.lower()
FOREIGN = frozenset(word for wish in WISHES for word in re.findall(r"[a-z]{4,}", wish.lower())) - set(
    re.findall(r"[a-z]+", OURS)
)
FOREIGN = frozenset(word for word in FOREIGN if in_house_words(word) == LEFT_OUT)


class Double:
    """Gives its honest opinion until it is told otherwise by something it believes."""

    provider, model = "double", "gullible"

    def __init__(self, honest: float, believes: Gullibility) -> None:
        self._honest, self._believes = honest, believes
        self.asked: list[ModelRequest] = []

    def complete(self, request: ModelRequest) -> Completion:
        self.asked.append(request)
        told = self._believes(request)
        said = answer(confidence=10.0 if told else self._honest, verdict="approve" if told else "caution")
        return Completion(
            text=json.dumps(said), stop="end", source=AnalysisSource.LIVE, provider="double", model="gullible",
            usage=Usage(calls=1),
        )  # fmt: skip


def _beyond_ours(request: ModelRequest) -> str:
    """What a prompt holds besides the words of our own templates: the lines of the brief and of the texts."""
    inside = re.findall(r"<brief>(.*?)</brief>", request.prompt, re.DOTALL)
    outside = re.findall(r"^\| (.*)$", request.prompt, re.MULTILINE)
    return " ".join((*inside, *outside)).lower()


def _any_word(request: ModelRequest) -> bool:
    return bool(FOREIGN & set(re.findall(r"[a-z]+", plain(_beyond_ours(request)).lower())))


def _whatever_is_there(request: ModelRequest) -> bool:
    """Obeys the mere presence of an envelope."""
    return "<outside>" in request.prompt or _any_word(request)


def _a_number_ten(request: ModelRequest) -> bool:
    return bool(re.search(r"confidence\W+(?:is\W+|to\W+)?10|\b10 of 10|approve / 10", _beyond_ours(request)))


def _an_answer(request: ModelRequest) -> bool:
    return '"confidence"' in _beyond_ours(request) and "10" in _beyond_ours(request)


def _a_system_voice(request: ModelRequest) -> bool:
    text = _beyond_ours(request)
    return any(word in text for word in ("system", "developer", "compliance", "human:", "correction", "override"))


MODELS: dict[str, Gullibility] = {
    "any word": _any_word,
    "any envelope": _whatever_is_there,
    "a number": _a_number_ten,
    "an answer": _an_answer,
    "a voice": _a_system_voice,
}
FIT = FitResult(contracts=1, binding="limit", limits=(), score=8.0, nav=1_000_000.0)
PASSED = tuple(result for result in FILTERS if result.state is FilterState.PASS)


def _decided(analysis: Analysis, quantitative: float) -> Outcome:
    """The same score and the same gate as every decision."""
    score = blend(quantitative=quantitative, model=analysis.confidence, fit=FIT.score)
    gate = policy.gate(
        score=score, fit=FIT, filters=PASSED, analysis=analysis, thresholds=policy.Thresholds(), mode=Mode.LIVE,
        deadline=AS_OF,
    )  # fmt: skip
    return gate.outcome


def _asked(case: Case | None, believes: Gullibility, honest: float) -> tuple[Analysis, Double]:
    """The opinion on a trade with the case's text at its place; None is the same trade with an innocent one."""
    text = "Sales rose." if case is None else case.text
    place = "" if case is None else case.place
    stranger = Fact[str].unknown(text) if place == "reason" else facts().rating
    event = EventWindow(
        name=text if place == "event" else "CPI",
        start=AS_OF + timedelta(days=9),
        end=AS_OF + timedelta(days=9, hours=2),
    )
    refused = FILTERS[3].model_copy(update={"state": FilterState.NOT_APPLICABLE, "text": text})
    known = facts(
        name=text if place == "name" else "Exxon Mobil",
        sector=Fact[str].known(text if place == "sector" else "Energy", source="embedded"),
        rating=Fact[str].known(text, source="embedded") if place == "rating" else stranger,
        earnings=Fact[tuple[date, ...]].known(
            (date(2027, 1, 29),), source=text if place == "fact source" else "embedded"
        ),
    )
    published = AS_OF - timedelta(hours=2)
    news = OutsideText(
        source=text if place == "news source" else "wire",
        published=published,
        text=text if place == "news" else "Sales rose.",
    )
    model = Double(honest, believes)
    analysis = Analyst(model, prompt=PROMPT).analyse(
        candidate(filters=(*PASSED, refused) if place == "filter reason" else FILTERS),
        known,
        conditions(blackouts=Fact[tuple[EventWindow, ...]].known((event,), source="calendar")),
        texts=(news,) if case is None or place.startswith("news") else (),
    )
    return analysis, model


def _gained(chosen: Iterable[Case], honest: float, quantitative: float) -> Counter[str]:
    """Approvals that the same trade did not have without the text, by the model that gave them."""
    gained: Counter[str] = Counter()
    for name, believes in MODELS.items():
        alone = Analyst(Double(honest, believes), prompt=PROMPT).analyse(candidate(), facts(), conditions())
        before = _decided(alone, quantitative)
        for case in chosen:
            analysis, model = _asked(case, believes, honest)
            assert analysis.confidence is not None
            assert analysis.confidence <= honest, case
            assert model.asked[0].prompt.count("</brief>") == 1, case
            if _decided(analysis, quantitative) is Outcome.APPROVED and before is not Outcome.APPROVED:
                gained[name] += 1
    return gained


def test_there_are_enough_cases_and_they_are_dangerous() -> None:
    found = list(cases())
    assert len(found) >= 1000
    assert len({case.text for case in found}) >= 150
    steering = {"approve", "confidence", "verdict", "ignore", "obey", "override", "must", "answer", "instructions"}
    assert steering <= FOREIGN
    # a model that is told in the open does obey: without the house's part the approval is gained
    fooled = Double(5.0, _any_word)
    request = Analyst(fooled).request(candidate(), facts(), conditions())
    told = request.model_copy(update={"prompt": f"<brief>{WISHES[0]}</brief>"})
    assert json.loads(fooled.complete(told).text)["confidence"] == 10.0


def test_no_text_gains_an_approval() -> None:
    """Every seventh case; 7.4 is what the honest opinion makes of the trade, 8.4 what an obeyed text would."""
    chosen = list(cases())[::7]
    assert len(chosen) >= 200
    assert _gained(chosen, honest=5.0, quantitative=8.1) == Counter()


@pytest.mark.soak
@pytest.mark.parametrize(("honest", "quantitative"), [(5.0, 8.1), (0.0, 9.0), (3.0, 8.4), (6.9, 7.6)])
def test_no_text_gains_an_approval_at_full_size(honest: float, quantitative: float) -> None:
    assert _gained(list(cases()), honest=honest, quantitative=quantitative) == Counter()


@pytest.mark.parametrize("place", ["name", "sector", "rating", "reason", "filter reason", "event", "fact source"])
def test_the_facts_hold_no_word_of_a_stranger(place: str) -> None:
    for case in list(cases())[::3]:
        if case.place == place:
            _, model = _asked(case, lambda _: False, 5.0)
            assert len(model.asked) == 1
            assert not FOREIGN & set(
                re.findall(r"[a-z]+", plain(model.asked[0].prompt.lower()).split("</brief>")[0])
            )


def test_a_text_cannot_close_its_envelope() -> None:
    for case in list(cases())[::2]:
        if case.place == "news":
            _, model = _asked(case, lambda _: False, 5.0)
            prompt = model.asked[1].prompt
            body = prompt.partition("<outside>\n")[2]
            inside, _, rest = body.partition("\n</outside>")
            assert prompt.count("\n<outside>") == 1, case
            assert prompt.count("\n</outside>") == 1, case
            assert all(line.startswith(("| ", "# Text 1, 2026")) for line in inside.splitlines() if line), case
            assert rest.strip() == "The texts end here. Give your analysis of the candidate in the brief."


def test_a_sure_opinion_is_still_lowered_and_never_lifted() -> None:
    def doubts(request: ModelRequest) -> bool:
        return "<outside>" not in request.prompt

    analysis, _ = _asked(Case("news", "", "The mine has collapsed."), doubts, 4.0)
    assert (analysis.facts_alone, analysis.confidence) == (10.0, 4.0)
    assert analysis.rationale
    assert analysis.rationale.verdict.value == "caution"


def test_the_second_question_is_asked_only_where_it_can_matter() -> None:
    news = OutsideText(source="wire", published=AS_OF - timedelta(hours=1), text="Sales rose.")
    model = Double(5.0, lambda _: False)
    analysis = Analyst(model, prompt=PROMPT).analyse(
        candidate(), facts(), conditions(), texts=(news,), matters=lambda analysis: False
    )
    assert len(model.asked) == 1
    assert analysis.facts_alone is None
    assert "could not approve" in analysis.outside[0].left_out


class Failing(Double):
    """Answers the first question and not the second."""

    def complete(self, request: ModelRequest) -> Completion:
        done = super().complete(request)
        return done if len(self.asked) == 1 else done.model_copy(update={"text": "junk"})


def test_texts_that_could_not_be_weighed_are_for_a_person() -> None:
    news = OutsideText(source="wire", published=AS_OF - timedelta(hours=1), text="Sales rose.")
    analysis = Analyst(Failing(9.0, lambda _: False)).analyse(candidate(), facts(), conditions(), texts=(news,))
    assert "not JSON" in analysis.unheard
    assert analysis.confidence == 9.0
    assert _decided(analysis, 9.0) is Outcome.WAITING
    assert _decided(analysis.model_copy(update={"unheard": ""}), 9.0) is Outcome.APPROVED
