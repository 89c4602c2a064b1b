"""The reviewer's cases: a decision of a recorded day is talked about, by rule or with recorded answers.

case → its day is lived again → record → RuleReviewer or Reviewer (recordings), turn by turn → scorers → CaseResult
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from agents.conversation import Asked, Returned, Said, Talk, Talker
from agents.review_by_rule import RuleReviewer
from agents.reviewer import Again, Reply, Reviewer, Turn
from evals.case import ReviewerCase, Task
from evals.exchanges import Exchange, spoken
from evals.results import CaseResult
from evals.scorers.conversation import Talked
from evals.scorers.registry import REVIEWER
from prompts.library import Prompt
from tools.approvals.policy import Thresholds, gate
from tools.domain.decision import DecisionRecord, Gate
from tools.domain.errors import NotFound, RecordingMissing
from tools.domain.rationale import AnalysisSource
from tools.review.toolbox import Toolbox
from tools.review.what_if import Judged as Supposed

NO_DEADLINE = datetime.max.replace(tzinfo=UTC)

Records = Callable[[str], Sequence[DecisionRecord]]
"""From the id of a day to what was decided on it; `RecordingMissing` where it cannot be lived again."""


class Overheard:
    """A talker whose steps are kept."""

    def __init__(self, talker: Talker) -> None:
        self._talker = talker
        self.provider, self.model = talker.provider, talker.model
        self.steps: list[Exchange] = []

    def talk(self, talk: Talk) -> Iterator[str | Said]:
        for piece in self._talker.talk(talk):
            if isinstance(piece, Said):
                self.steps.append(spoken(_last(talk), piece))
            yield piece


@dataclass(frozen=True)
class Day:
    """The decisions of one day, as the tools look for others."""

    records: Sequence[DecisionRecord]

    def record(self, wanted: str) -> DecisionRecord:
        found = [each for each in self.records if each.id.startswith(wanted)]
        if len(found) != 1:
            raise NotFound(f"{len(found)} decisions of this day begin with {wanted!r}.")
        return found[0]

    def of_scan(self, snapshot: str) -> Iterable[DecisionRecord]:
        return [each for each in self.records if each.candidate.snapshot == snapshot]

    def labelled(self, label: str) -> DecisionRecord:
        return next(each for each in self.records if each.candidate.label == label)


def run_reviewer(
    cases: Sequence[ReviewerCase],
    talker: Callable[[ReviewerCase], Talker],
    records: Records,
    *,
    plants: Callable[[str], tuple[str, ...]],
    prompt: Prompt | None = None,
) -> list[CaseResult]:
    """The results in the order of the cases.

    `talker` opens what was recorded of one conversation, and of no other; `plants` tells what was planted in it.
    """
    return [_result(case, talker(case), records, plants, prompt) for case in cases]


def toolbox(day: Day) -> Toolbox:
    return Toolbox(judge=_judge, others=day)


def _judge(supposed: Supposed) -> Gate:
    """The desk's own gate; when it would close is nothing that is supposed."""
    return gate(
        score=supposed.score,
        fit=supposed.fit,
        filters=supposed.filters,
        analysis=supposed.analysis,
        thresholds=Thresholds(automatic=supposed.automatic, human=supposed.human),
        mode=supposed.mode,
        deadline=NO_DEADLINE,
    )


def _result(
    case: ReviewerCase,
    talker: Talker,
    records: Records,
    plants: Callable[[str], tuple[str, ...]],
    prompt: Prompt | None,
) -> CaseResult:
    overheard = Overheard(talker)
    try:
        day = Day(records(case.day))
        record = day.labelled(case.label)
        turns, again = converse(case, record, day, overheard, prompt)
    except RecordingMissing as error:
        return CaseResult(id=case.id, task=Task.REVIEWER, tags=(*case.tags, case.by), missing=str(error))
    talked = Talked(case=case, replies=tuple(turn.reply for turn in turns), again=again)
    scores = {scorer.name: scorer.score(talked) for scorer in REVIEWER}
    authored = any(turn.reply.source is AnalysisSource.AUTHORED for turn in turns)
    return CaseResult(
        id=case.id,
        task=Task.REVIEWER,
        tags=(*case.tags, case.by),
        authored=authored,
        plants=plants(case.id) if authored else (),
        said=turns[-1].reply.text or turns[-1].reply.problem,
        decision=f"{case.label} {record.state.value}",
        scores={name: score for name, score in scores.items() if score is not None},
        exchanges=tuple(overheard.steps) or tuple(_by_rule(turn) for turn in turns),
    )


def converse(
    case: ReviewerCase, record: DecisionRecord, day: Day, talker: Talker, prompt: Prompt | None = None
) -> tuple[list[Turn], int]:
    """The turns of a conversation, and how often an answer had to be asked again."""
    tools = toolbox(day)
    reviewer = RuleReviewer(tools=tools) if case.by == "rules" else Reviewer(talker, tools=tools, prompt=prompt)
    turns: list[Turn] = []
    again = 0
    for turn in case.turns:
        for chunk in reviewer.ask(record, turn.question, turns):
            again += isinstance(chunk, Again)
            if isinstance(chunk, Reply):
                turns.append(Turn(question=turn.question, reply=chunk))
    return turns, again


def _last(talk: Talk) -> str:
    """What is to be answered: a question, or what the tools said."""
    last = talk.exchanges[-1]
    if isinstance(last, Asked):
        return last.text
    assert isinstance(last, Returned)
    return "\n".join(answer.text for answer in last.answers)


def _by_rule(turn: Turn) -> Exchange:
    reply = turn.reply
    return Exchange(
        prompt=turn.question,
        answer=reply.text,
        stop="end",
        source=reply.source,
        model=reply.model,
        usage=reply.usage,
        worst_usd=0.0,
    )
