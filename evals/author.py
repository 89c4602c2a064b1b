"""Writes every recording anew: cases are asked, authored answers are given, cassettes hold both.

    cases → the real analyst asks → authored answers (evals/answers) → evals/recordings/TASK/GROUP.yaml.gz

    python -m evals.author               all tasks, and the embedded day that the demo replays
    python -m evals.author analyst       one task

A change of a prompt, the brief, the schema or a case changes questions, and a changed question finds no recording.
Then this runs again, the difference is looked at, and the baseline is accepted with `thetagate eval run --accept`.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from agents.analyst import Analyst
from agents.anthropic import completion
from agents.cassette import Recording, write_cassette
from agents.grounding import check, facts_of
from agents.model import Completion, ModelRequest
from agents.recorded import EMBEDDED_DAY, NO_MODEL, RecordedModel, authored
from agents.schemas import narrative, parse_answer
from evals import record_embedded_day
from evals.answering import Answering, Quality, Said, answers, load_answers
from evals.case import AnalystCase, CycleCase, Task
from evals.dataset import load_cases
from evals.exchanges import ENDING, RECORDINGS
from tools.domain.errors import ConfigError, ThetagateError
from tools.domain.rationale import AnalysisSource, Verdict
from tools.domain.value import canonical, digest

OUTSIDE = "<outside>"
"""What a question holds that weighs texts of others."""

USUAL = Answering(quality=Quality.GOOD, verdict=Verdict.APPROVE, confidence=7.0)
"""How the analyst answers where a day says nothing of it."""


class Author:
    """Stands in for a model while it is recorded: answers as told, and keeps what was asked and said.

    `alone` is how the case of the same facts without texts is answered: the same question has one answer.
    """

    provider, model = "recorded", NO_MODEL

    def __init__(self, how: Answering, *, alone: Answering | None = None) -> None:
        self._how, self._alone = how, alone
        self.recordings: list[Recording] = []

    def complete(self, request: ModelRequest) -> Completion:
        if self._alone is not None and OUTSIDE not in request.prompt:
            return self._said(request, self._alone, again=request.correction_of is not None)
        return self._said(request, self._how, again=self._alone is None and request.correction_of is not None)

    def _said(self, request: ModelRequest, how: Answering, *, again: bool) -> Completion:
        first, second = answers(how, request.brief)
        said = second if again else first
        if said is None:
            raise ConfigError(f"{request.label} was asked again, and {how.quality} says nothing to that.")
        recording = authored(request, said.text, stop=said.stop)
        self.recordings.append(recording)
        return _by_a_person(recording)


def author_analyst(folder: Path = RECORDINGS) -> int:
    """Write the analyst's cassettes, one per structure; how many calls they hold."""
    how = load_answers(Task.ANALYST.value)
    groups: dict[str, list[Recording]] = {}
    cases = [case for case in load_cases(Task.ANALYST) if isinstance(case, AnalystCase)]
    _refuse_strays(how, {case.id for case in cases})
    for case in cases:
        if case.id not in how:
            raise ConfigError(f"{case.id}: no answer is written in evals/answers.")
        author = Author(how[case.id], alone=how[case.expect.twin] if case.expect.twin else None)
        Analyst(author).analyse(case.candidate, case.underlying, case.conditions, texts=case.texts)
        groups.setdefault(case.group, []).extend(author.recordings)
    return replace(folder / Task.ANALYST.value, groups)


class DayAuthor:
    """Answers a whole day: as the case says, else what a person wrote for the embedded day, else by rule."""

    provider, model = "recorded", NO_MODEL

    def __init__(self, case: CycleCase, written: Mapping[str, Mapping[str, Any]]) -> None:
        self._how, self._written = case.answers, written
        self._recordings: dict[str, Recording] = {}

    @property
    def recordings(self) -> list[Recording]:
        return [self._recordings[key] for key in sorted(self._recordings)]

    def complete(self, request: ModelRequest) -> Completion:
        said = self._said(request)
        recording = authored(request, said.text, stop=said.stop)
        self._recordings[digest(recording.request)] = recording
        return _by_a_person(recording)

    def _said(self, request: ModelRequest) -> Said:
        how = self._how.get(request.label)
        if how is None and request.label in self._written:
            text = canonical(self._written[request.label])
            if check(narrative(parse_answer(text)), facts_of(request.brief)).grounded:
                return Said(text=text)
        first, second = answers(how or USUAL, request.brief)
        return second if request.correction_of is not None and second is not None else first


def author_cycle(folder: Path = RECORDINGS) -> int:
    """Write the cycle's cassettes, one per day on which anything is asked; how many calls they hold."""
    from evals.tasks.cycle import live

    written = record_embedded_day.answers()
    groups: dict[str, list[Recording]] = {}
    for case in load_cases(Task.CYCLE):
        assert isinstance(case, CycleCase)
        author = DayAuthor(case, written)
        live(case, author)
        if author.recordings:
            groups[case.id] = author.recordings
    return replace(folder / Task.CYCLE.value, groups)


def _by_a_person(recording: Recording) -> Completion:
    """What a replay will make of it: the words of no model."""
    answer = completion(recording.reply, source=AnalysisSource.AUTHORED, seconds=None)
    return answer.model_copy(update={"provider": RecordedModel.provider, "model": NO_MODEL})


def _refuse_strays(how: Mapping[str, Answering], cases: set[str]) -> None:
    strays = sorted(how.keys() - cases)
    if strays:
        raise ConfigError(f"There is no case {', '.join(strays[:3])}; drop its answer.")


def replace(folder: Path, groups: Mapping[str, list[Recording]]) -> int:
    """The cassettes of a task are exactly these; how many calls they hold."""
    for old in folder.glob(f"*{ENDING}"):
        if old.name.removesuffix(ENDING) not in groups:
            old.unlink()
    for name, recordings in groups.items():
        write_cassette(folder / f"{name}{ENDING}", recordings)
    return sum(len(each) for each in groups.values())


def main(task: Annotated[str, typer.Argument(help="analyst, reviewer or cycle; all by default.")] = "") -> None:
    """Write the recordings of all tasks anew, or of one."""
    try:
        if not task:
            typer.echo(f"embedded day: {record_embedded_day.record(EMBEDDED_DAY)} answers")
        for name, write in AUTHORS.items():
            if task in ("", name.value):
                typer.echo(f"{name.value}: {write()} calls")
    except ThetagateError as error:
        typer.echo(str(error), err=True)
        sys.exit(1)


def author_reviewer(folder: Path = RECORDINGS) -> int:
    """Write the conversations, about decisions of days that were recorded before; how many steps they hold."""
    from evals.reviewing import author_conversations

    return replace(folder / Task.REVIEWER.value, author_conversations(folder))


# The reviewer speaks about the cycle's days: they are written before it.
AUTHORS = {Task.ANALYST: author_analyst, Task.CYCLE: author_cycle, Task.REVIEWER: author_reviewer}

if __name__ == "__main__":
    typer.run(main)
