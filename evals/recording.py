"""Records the analyst's cases anew from the real provider, and tells what is different.

    cases → the real analyst asks → AnthropicModel → reply ─┬→ cassettes (live, dated, timed; no key in them)
                                                            └→ verdict and confidence beside those recorded before

Nothing is written of a case whose calls failed, and nothing more is asked once the next call could pass the cap.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from agents.analyst import Analyst
from agents.anthropic import DEFAULT_EFFORT, DEFAULT_MODEL, DEFAULT_URL, AnthropicModel, completion, wire_body
from agents.cassette import Origin, Recording, read_cassette
from agents.model import Completion, ModelRequest
from agents.price import ceiling
from agents.recorded import RecordedModel
from evals.author import replace
from evals.case import AnalystCase, Task
from evals.dataset import load_cases
from evals.exchanges import ENDING, cassettes
from pipeline.settings import Settings, read_keys
from tools.domain.errors import ConfigError, InputError, ModelError
from tools.domain.rationale import Analysis, AnalysisSource
from tools.domain.value import digest


@dataclass(frozen=True)
class Recorded:
    """One case: what was recorded of it before, and what was answered now."""

    case: str
    before: str
    after: str


@dataclass(frozen=True)
class Session:
    """What a recording came to; `stopped` says why not everything was asked."""

    recorded: tuple[Recorded, ...]
    usd: float
    stopped: str


def live_model(settings: Settings) -> AnthropicModel:
    """The provider with the user's key; `ConfigError` where there is none."""
    key = read_keys().anthropic.get_secret_value()
    if not key:
        raise ConfigError("Recording asks a real model: set ANTHROPIC_API_KEY, or keep the recordings that ship.")
    address, timeout = settings.model.anthropic.base_url or DEFAULT_URL, settings.model.timeout_seconds
    return AnthropicModel(api_key=key, base_url=address, timeout=timeout)


class Tape:
    """A live model whose raw replies are kept as recordings, under a cap in dollars."""

    provider = AnthropicModel.provider

    def __init__(self, live: AnthropicModel, *, most: float, now: Callable[[], datetime]) -> None:
        self.model = live.model
        self.spent = 0.0
        self._live, self._most, self._now = live, most, now
        self.recordings: list[Recording] = []

    def affords(self, request: ModelRequest) -> bool:
        """Whether a question and its correction stay under the cap, at their worst."""
        worst = ceiling(self.provider, self.model, request)
        return worst is not None and self.spent + 2 * worst <= self._most

    def complete(self, request: ModelRequest) -> Completion:
        reply, at = self._live.exchange(request), self._now()
        answer = completion(reply.body, source=AnalysisSource.LIVE, seconds=reply.seconds, calls=reply.calls, at=at)
        self.spent += answer.usage.cost_usd or ceiling(self.provider, self.model, request) or 0.0
        body = wire_body(request, model=self.model, effort=DEFAULT_EFFORT)
        self.recordings.append(
            Recording(request=body, reply=reply.body, origin=Origin.LIVE, seconds=reply.seconds, at=at)
        )
        return answer


def record_analyst(
    live: AnthropicModel,
    *,
    wanted: Sequence[str] = (),
    most: float,
    folder: Path,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Session:
    """Ask the cases (by id or tag; all by default) anew and put the answers in the place of those before."""
    if live.model != DEFAULT_MODEL:
        raise InputError(f"Recordings are of {DEFAULT_MODEL}, not of {live.model}; leave model.name out.")
    cases = _chosen(wanted)
    tape = Tape(live, most=most, now=now)
    before = RecordedModel(*cassettes(Task.ANALYST, folder))
    told: list[Recorded] = []
    fresh: dict[str, list[Recording]] = {}
    stopped = ""
    for case in cases:
        request = Analyst(before).request(case.candidate, case.underlying, case.conditions)
        if not tape.affords(request):
            stopped = f"Stopped before {case.id}: another call could pass --max-usd {most:g}."
            break
        tape.recordings = []
        analysis = Analyst(tape).analyse(case.candidate, case.underlying, case.conditions)
        if not tape.recordings:
            stopped = f"Stopped at {case.id}: {analysis.problem}"
            break
        fresh.setdefault(case.group, []).extend(tape.recordings)
        told.append(Recorded(case.id, _said_before(before, case), _said(analysis)))
    _write(folder / Task.ANALYST.value, fresh)
    return Session(tuple(told), tape.spent, stopped)


def _chosen(wanted: Sequence[str]) -> list[AnalystCase]:
    cases = [case for case in load_cases(Task.ANALYST) if isinstance(case, AnalystCase)]
    known = {case.id for case in cases} | {tag for case in cases for tag in case.tags}
    odd = [name for name in wanted if name not in known]
    if odd:
        raise InputError(f"No case is named or tagged {odd[0]!r}.")
    return [case for case in cases if not wanted or case.id in wanted or set(case.tags) & set(wanted)]


def _write(folder: Path, fresh: dict[str, list[Recording]]) -> None:
    """Each question that was asked anew loses its old answer, and with it the old answer's correction."""
    asked = {digest(each.request): each for own in fresh.values() for each in own}
    starts = {_question(each) for each in asked.values()}
    groups: dict[str, list[Recording]] = {name: [] for name in fresh}
    for path in sorted(folder.glob(f"*{ENDING}")):
        kept = [each for each in read_cassette(path) if not any(_question(each).startswith(own) for own in starts)]
        groups.setdefault(path.name.removesuffix(ENDING), []).extend(kept)
    for name, own in fresh.items():
        groups[name] += own
    replace(folder, groups)


def _question(recording: Recording) -> str:
    return str(recording.request["messages"][0]["content"])


def _said_before(before: RecordedModel, case: AnalystCase) -> str:
    try:
        analysis = Analyst(before).analyse(case.candidate, case.underlying, case.conditions)
    except ModelError:
        return "not recorded"
    return f"{_said(analysis)} ({analysis.source.value})"


def _said(analysis: Analysis) -> str:
    rationale = analysis.rationale
    if rationale is None:
        return analysis.problem
    return f"{rationale.verdict.value} {rationale.confidence:g}{'' if analysis.grounded else ', not grounded'}"
