"""Who answers in an evaluation: recordings alone, with every question and answer kept for whoever scores them.

question → recordings (a miss is an error) → answer ─→ Exchange (prompt, answer, usage)
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from agents.anthropic import DEFAULT_MODEL
from agents.conversation import Said
from agents.model import Completion, Model, ModelRequest
from agents.price import ceiling
from agents.recorded import RecordedModel
from evals.case import Task
from tools.domain.rationale import AnalysisSource, Usage
from tools.domain.value import Value, canonical

RECORDINGS = Path(__file__).parent / "recordings"
ENDING = ".yaml.gz"


class Exchange(Value):
    """One question and what came back. `worst_usd` is the most such a call can cost, known without calling."""

    prompt: str
    answer: str
    stop: str
    problem: str = ""
    source: AnalysisSource
    model: str
    usage: Usage
    worst_usd: float | None


def cassettes(task: Task, folder: Path = RECORDINGS) -> tuple[Path, ...]:
    return tuple(sorted((folder / task.value).glob(f"*{ENDING}")))


def own_cassette(task: Task, case: str, folder: Path = RECORDINGS) -> list[Path]:
    """The cassette of one case; none where it asks nothing, or was never recorded."""
    return [path for path in cassettes(task, folder) if path.name == f"{case}{ENDING}"]


def replaying(paths: Iterable[Path]) -> Heard:
    return Heard(RecordedModel(*paths))


def spoken(prompt: str, said: Said) -> Exchange:
    """A step of a conversation: what was asked last, and what was said to it."""
    called = "".join(f"\n→ {call.name}({canonical(call.arguments)})" for call in said.answered.calls)
    return Exchange(
        prompt=prompt,
        answer=(said.answered.text + called).strip(),
        stop=said.stop,
        problem=said.problem,
        source=said.source,
        model=said.model,
        usage=said.usage,
        worst_usd=None,
    )


class Heard:
    """A model whose exchanges are kept until they are taken. For one question after the other."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self.provider, self.model = model.provider, model.model
        self._kept: list[Exchange] = []

    def complete(self, request: ModelRequest) -> Completion:
        completion = self._model.complete(request)
        self._kept.append(exchange(request, completion))
        return completion

    def take(self) -> tuple[Exchange, ...]:
        """What was asked and answered since the last time."""
        kept, self._kept = tuple(self._kept), []
        return kept


def exchange(request: ModelRequest, completion: Completion) -> Exchange:
    return Exchange(
        prompt=request.prompt,
        answer=completion.text,
        stop=completion.stop,
        problem=completion.problem,
        source=completion.source,
        model=completion.model,
        usage=completion.usage,
        worst_usd=ceiling("anthropic", DEFAULT_MODEL, request),
    )
