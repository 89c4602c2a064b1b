"""One structured opinion on one candidate, with its provenance, or the reason why there is none.

    candidate → brief → prompt → model → rationale (schema) → numbers (grounding) → Analysis
                                   ↑                                   │
                                   └── once more, naming the misses ◄──┘

    texts from outside, where they can matter → the same question with them → confidence and verdict lowered

Whatever goes wrong with a model (outage, refusal, junk, an invented number twice) is said in the analysis and
keeps its usage. Two errors leave here, and both mean that the house itself is broken: `RecordingMissing` when a
replay meets a question nobody recorded, and `ConfigError` when a prompt cannot be rendered.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from agents.brief import brief
from agents.claims import check_answer
from agents.grounding import Grounding
from agents.model import Completion, Model, ModelRequest
from agents.outside import admit, lowered
from agents.schemas import NAME, answer_schema, parse_answer
from prompts.library import Prompt, PromptError, load
from tools.domain.candidate import Candidate
from tools.domain.errors import ConfigError, ModelError, RecordingMissing
from tools.domain.market import Conditions, UnderlyingFacts
from tools.domain.outside import Heard, OutsideText
from tools.domain.past_trade import SimilarTrade
from tools.domain.rationale import Analysis, AnalysisSource, Rationale, Usage
from tools.domain.value import digest

MISSES_NAMED = 12
CANNOT_MATTER = "the opinion on the facts alone could not approve"
NO_READER = "the offline template reads no texts"


class Analyst:
    """Asks one model about candidates. Holds no state of a question; safe to share between threads.

    `max_output_tokens` is three times what an answer takes, so that only a runaway is cut off.
    """

    def __init__(self, model: Model, *, prompt: Prompt | None = None, max_output_tokens: int = 2000) -> None:
        self._model = model
        self._prompt = _shipped() if prompt is None else prompt
        self._max_output_tokens = max_output_tokens
        self._schema = answer_schema()

    @property
    def prompt_fingerprint(self) -> str:
        return self._prompt.fingerprint

    def analyse(
        self,
        candidate: Candidate,
        facts: UnderlyingFacts,
        conditions: Conditions,
        *,
        similar: Sequence[SimilarTrade] = (),
        texts: Sequence[OutsideText] = (),
        matters: Callable[[Analysis], bool] = lambda analysis: True,
    ) -> Analysis:
        """The opinion on one candidate, told of `similar` past trades; no failure of a model raises.

        `texts` are weighed in a second question, where `matters` says of the opinion on the facts alone that a
        lower one could change what happens.
        """
        request = self.request(candidate, facts, conditions, similar=similar)
        alone = self._on_facts(request)
        if not texts:
            return alone
        admitted = admit(texts, as_of=candidate.as_of)
        if not admitted.texts or alone.rationale is None or not matters(alone):
            return alone.model_copy(update={"outside": _unread(admitted.heard, CANNOT_MATTER)})
        if alone.source is AnalysisSource.OFFLINE:
            return alone.model_copy(update={"outside": _unread(admitted.heard, NO_READER)})
        prompt = self._render("outside", question=request.prompt, texts=admitted.texts)
        question = request.model_copy(update={"prompt": prompt, "correction_of": request})
        return self._weighed(alone, question, admitted.heard)

    def _weighed(self, alone: Analysis, question: ModelRequest, heard: tuple[Heard, ...]) -> Analysis:
        """The opinion lowered by a second answer; where that is unusable, the texts are marked as not weighed."""
        kept: dict[str, Any] = {"outside": heard, "facts_alone": alone.confidence}
        try:
            second = self._model.complete(question)
        except RecordingMissing:
            raise
        except ModelError as error:
            kept |= {"unheard": str(error), "usage": _sum(alone.usage, error.usage)}
            return alone.model_copy(update=kept)
        kept["usage"] = _sum(alone.usage, second.usage)
        answer = _read(second)
        if isinstance(answer, str):
            return alone.model_copy(update={**kept, "unheard": answer})
        if alone.rationale is not None:
            kept["rationale"] = lowered(alone.rationale, answer)
        return alone.model_copy(update=kept)

    def _on_facts(self, request: ModelRequest) -> Analysis:
        try:
            first = self._model.complete(request)
        except RecordingMissing:
            raise
        except ModelError as error:
            return self._none(request, error)
        answer = _read(first)
        if isinstance(answer, str):
            return _analysis(request, first, None, problem=answer)
        grounding = check_answer(answer, request.brief)
        if grounding.grounded:
            return _analysis(request, first, answer)
        return self._again(request, first, answer, grounding)

    def request(
        self,
        candidate: Candidate,
        facts: UnderlyingFacts,
        conditions: Conditions,
        *,
        similar: Sequence[SimilarTrade] = (),
    ) -> ModelRequest:
        """The question about a candidate, as it is asked, recorded and replayed."""
        given = brief(candidate, facts, conditions, similar)
        return ModelRequest(
            system=self._render("system"),
            prompt=self._render("brief", brief=given),
            schema_name=NAME,
            answer_schema=self._schema,
            prompt_fingerprint=self._prompt.fingerprint,
            brief=given,
            candidate=candidate.id,
            max_output_tokens=self._max_output_tokens,
        )

    def correction(self, request: ModelRequest, grounding: Grounding) -> ModelRequest:
        """The second question: the first one, followed by the numbers that its answer may not use."""
        misses = [{"number": miss.number, "reason": miss.reason} for miss in grounding.misses[:MISSES_NAMED]]
        prompt = self._render("correction", question=request.prompt, misses=misses)
        return request.model_copy(update={"prompt": prompt, "correction_of": request})

    def _render(self, part: str, **inputs: Any) -> str:
        try:
            return self._prompt[part].render(**inputs)
        except PromptError as error:
            raise ConfigError(str(error)) from error

    def _again(self, request: ModelRequest, first: Completion, answer: Rationale, grounding: Grounding) -> Analysis:
        """The re-ask. Where it brings nothing usable the first answer stands, marked as not grounded."""
        try:
            second = self._model.complete(self.correction(request, grounding))
        except RecordingMissing:
            raise
        except ModelError as error:
            usage = _sum(first.usage, error.usage)
            problem = f"The numbers could not be asked again: {error}"
            return _analysis(request, first, answer, problem=problem, grounding=grounding, usage=usage)
        usage = _sum(first.usage, second.usage)
        corrected = _read(second)
        if isinstance(corrected, str):
            problem = f"Asked again about its numbers: {corrected}"
            return _analysis(request, first, answer, problem=problem, grounding=grounding, usage=usage)
        grounding = check_answer(corrected, request.brief)
        return _analysis(request, second, corrected, grounding=grounding, usage=usage)

    def _none(self, request: ModelRequest, error: ModelError) -> Analysis:
        return Analysis(
            rationale=None,
            problem=str(error),
            source=AnalysisSource.LIVE,  # recordings and templates cannot fail to answer
            provider=error.provider or self._model.provider,
            model=error.model or self._model.model,
            prompt_fingerprint=request.prompt_fingerprint,
            brief_digest=digest(request.brief),
            grounded=False,
            usage=error.usage or Usage(),
        )


def _unread(heard: tuple[Heard, ...], reason: str) -> tuple[Heard, ...]:
    """The record of texts that nobody was asked about."""
    return tuple(each if each.left_out else each.model_copy(update={"left_out": reason}) for each in heard)


def _shipped() -> Prompt:
    try:
        return load("analyst")
    except PromptError as error:
        raise ConfigError(str(error)) from error


def _read(completion: Completion) -> Rationale | str:
    """The rationale, or one sentence why there is none."""
    if completion.problem:
        return completion.problem
    try:
        return parse_answer(completion.text)
    except ModelError as error:
        return str(error)


def _analysis(
    request: ModelRequest,
    completion: Completion,
    rationale: Rationale | None,
    *,
    problem: str = "",
    grounding: Grounding | None = None,
    usage: Usage | None = None,
) -> Analysis:
    misses = () if grounding is None else grounding.misses
    return Analysis(
        rationale=rationale,
        problem=problem,
        source=completion.source,
        provider=completion.provider,
        model=completion.model,
        prompt_fingerprint=request.prompt_fingerprint,
        brief_digest=digest(request.brief),
        grounded=rationale is not None and not misses,
        misses=tuple(f"{miss.number}: {miss.reason}" for miss in misses),
        usage=completion.usage if usage is None else usage,
    )


def _sum(first: Usage, second: Usage | None) -> Usage:
    """Both calls together, where there was a second one."""
    return first if second is None else first + second
