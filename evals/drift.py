"""Drift: the canaries, a few cases whose answers a model has given before, are asked live again.

    recorded by a model? → asked again → verdict the same, confidence within a point?

Needs a key; asks at most one case per structure. Answers that a person wrote are no measure of a model's drift.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from agents.analyst import Analyst
from agents.anthropic import AnthropicModel
from agents.recorded import RecordedModel
from evals.case import AnalystCase, Task
from evals.dataset import load_cases
from evals.exchanges import RECORDINGS, cassettes
from evals.recording import live_model
from pipeline.cli import tables
from pipeline.cli.exits import Exit
from pipeline.cli.opening import open_home, print_json
from tools.domain.errors import ConfigError
from tools.domain.rationale import Analysis, AnalysisSource

MOST = 1.0  # points of confidence


@dataclass(frozen=True)
class Canary:
    """One case then and now."""

    case: str
    then: Analysis
    now: Analysis

    @property
    def drifted(self) -> bool:
        old, new = self.then.rationale, self.now.rationale
        if old is None or new is None:
            return (old is None) != (new is None)
        return old.verdict is not new.verdict or abs(old.confidence - new.confidence) > MOST


def canaries() -> list[AnalystCase]:
    """The first case of each structure that nothing was planted in."""
    first: dict[str, AnalystCase] = {}
    for case in load_cases(Task.ANALYST):
        if isinstance(case, AnalystCase) and case.expect.clear_cut:
            first.setdefault(case.group, case)
    return list(first.values())


def drift(live: AnthropicModel, folder: Path = RECORDINGS) -> list[Canary]:
    """The canaries asked again; `ConfigError` where no model ever answered them."""
    model = RecordedModel(*cassettes(Task.ANALYST, folder))
    recorded, asked = Analyst(model), Analyst(live)
    pairs = [
        (case, recorded.analyse(case.candidate, case.underlying, case.conditions))
        for case in canaries()
        if model.holds(recorded.request(case.candidate, case.underlying, case.conditions))
    ]
    known = [(case, then) for case, then in pairs if then.source is AnalysisSource.RECORDED]
    if not known:
        raise ConfigError("The canaries' answers are authored; `thetagate eval record` asks a model first.")
    return [
        Canary(case.id, then, asked.analyse(case.candidate, case.underlying, case.conditions))
        for case, then in known
    ]


def tell(option: Path | None, *, as_json: bool) -> int:
    """Exit 6 where a canary drifted."""
    _, settings = open_home(option)
    found = drift(live_model(settings))
    drifted = [each for each in found if each.drifted]
    if as_json:
        rows = [{"case": e.case, "then": _said(e.then), "now": _said(e.now), "drifted": e.drifted} for e in found]
        print_json({"schema": "thetagate.eval-drift/1", "canaries": rows})
    else:
        table = tables.plain_table("canary", "then", "now")
        for each in found:
            table.add_row(each.case, _said(each.then), _said(each.now), style="red" if each.drifted else "")
        out = tables.console()
        out.print(table)
        out.print(f"{len(drifted)} of {len(found)} canaries drifted.")
    return Exit.EVAL_GATE if drifted else Exit.OK


def _said(analysis: Analysis) -> str:
    rationale = analysis.rationale
    return analysis.problem if rationale is None else f"{rationale.verdict.value} {rationale.confidence:g}"
