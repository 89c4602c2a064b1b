"""Records the embedded day: the answers that a person wrote become the cassette that the demo replays.

    embedded market → screen → questions ─┐
                                          ├→ pair by label → every number grounded → agents/recordings
    evals/embedded_day/*.yaml → answers ──┘

    python -m evals.record_embedded_day                      write the cassette, or say what does not fit
    python -m evals.record_embedded_day "XOM 34d 113 put"    show what is asked about one candidate

A change of the embedded market, the pricing, a book, the brief or the prompt changes the questions, and a changed
question is not found in the cassette. Then this program runs again. It writes nothing as long as a question lacks
its answer, an answer lacks its question, or an answer states a number that its brief does not hold.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
import yaml

from agents.analyst import Analyst
from agents.grounding import check, facts_of
from agents.model import ModelRequest
from agents.recorded import EMBEDDED_DAY, RecordedModel, author
from agents.schemas import narrative, parse_answer
from pipeline.settings import BookSettings
from tools.books.load import shipped_book
from tools.data.simulated import EmbeddedMarket, demo_account
from tools.desk.scan import screen_market
from tools.domain.errors import ConfigError, ModelError, ThetagateError
from tools.domain.value import canonical
from tools.risk.profile import LimitProfile

ANSWERS = Path(__file__).parent / "embedded_day"

# What the prompt asks of a model is asked of a person too.
MAX_WORDS = 260

Answer = Mapping[str, Any]


def questions() -> list[ModelRequest]:
    """What the analyst is asked on the embedded day about every candidate of the shipped books, by label."""
    snapshot = EmbeddedMarket().snapshot()
    found = screen_market(
        snapshot,
        demo_account(snapshot),
        [shipped_book(name) for name in BookSettings().enabled],
        profile=LimitProfile(),
        progress=_quietly,
    )
    analyst = Analyst(RecordedModel())
    asked = [
        analyst.request(candidate, snapshot.facts[candidate.underlying], snapshot.conditions)
        for candidate in found.candidates
    ]
    return sorted(asked, key=lambda request: request.label)


def answers(folder: Path = ANSWERS) -> dict[str, Answer]:
    """What a person wrote, by the label of the candidate; `ConfigError` names a file that cannot be used."""
    written: dict[str, Answer] = {}
    for file in sorted(folder.glob("*.yaml")):
        try:
            content = yaml.safe_load(file.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
            raise ConfigError(f"{file.name} cannot be read: {error}.") from error
        if not isinstance(content, dict) or not all(isinstance(answer, dict) for answer in content.values()):
            raise ConfigError(f"{file.name} holds no answers; each stands under the label of its candidate.")
        twice = sorted(written.keys() & content.keys())
        if twice:
            raise ConfigError(f"{file.name} answers {', '.join(twice)} a second time; keep one answer.")
        written |= content
    return written


def record(cassette: Path, folder: Path = ANSWERS) -> int:
    """Write the cassette and say how many answers it holds; `ConfigError` lists whatever does not fit."""
    asked, written = questions(), answers(folder)
    found = misfits(asked, written)
    if found:
        raise ConfigError("\n  ".join(["The answers do not fit the embedded day; nothing was recorded.", *found]))
    author(cassette, [(request, written[request.label]) for request in asked])
    return len(asked)


def misfits(asked: Sequence[ModelRequest], written: Mapping[str, Answer]) -> list[str]:
    """Why these answers cannot be recorded for these questions, one line each; empty when all fit."""
    labels = {request.label for request in asked}
    return [
        *(f"{label}: no answer is written." for label in sorted(labels - written.keys())),
        *(f"{label}: this is no candidate of the day." for label in sorted(written.keys() - labels)),
        *(
            f"{request.label}: {fault}"
            for request in asked
            if request.label in written
            for fault in _faults(request, written[request.label])
        ),
    ]


def _faults(request: ModelRequest, answer: Answer) -> Iterator[str]:
    try:
        text = narrative(parse_answer(canonical(answer)))
    except (ModelError, TypeError, ValueError) as error:
        yield str(error)
        return
    words = len(text.split())
    if words >= MAX_WORDS:
        yield f"{words} words are too many; stay under {MAX_WORDS}."
    for miss in check(text, facts_of(request.brief)).misses:
        yield f"{miss.number!r}: {miss.reason}."


def _quietly(step: str, done: int, total: int) -> None:
    """Two books take less time than a progress bar."""


def main(label: Annotated[str, typer.Argument(help="Show what is asked about this candidate.")] = "") -> None:
    """Record the answers of the embedded day, or show one of its questions."""
    try:
        if label:
            typer.echo(_prompt(label))
        else:
            typer.echo(f"{record(EMBEDDED_DAY)} answers recorded in {EMBEDDED_DAY.name}.")
    except ThetagateError as error:
        typer.echo(str(error), err=True)
        sys.exit(1)


def _prompt(label: str) -> str:
    asked = {request.label: request.prompt for request in questions()}
    if label not in asked:
        raise ConfigError(f"{label!r} is no candidate of the embedded day; choose one of: {', '.join(asked)}.")
    return asked[label]


if __name__ == "__main__":
    typer.run(main)
