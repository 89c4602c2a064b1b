"""The cycle's cases: a changed day through the whole pipeline in a folder of its own, with recorded answers.

    case → market, settings, account → session (ledger, simulated broker, graph) → run_cycle → records, orders

Nothing is stood in for but the model: the graph, the ledger, the fit, the gate and the broker are those of a run.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic_settings import BaseSettings, PydanticBaseSettingsSource

from agents.analyst import Analyst
from agents.model import Model
from evals.case import CycleCase, Task
from evals.market import changed_market
from evals.results import CaseResult
from evals.scorers.day import Lived
from evals.scorers.registry import CYCLE
from pipeline.home import Home
from pipeline.market import MarketChoice
from pipeline.settings import Settings
from prompts.library import Prompt
from tools.desk.scan import quiet
from tools.domain.errors import RecordingMissing
from tools.domain.halt import Halt
from tools.domain.rationale import AnalysisSource
from tools.execution import halt_file

if TYPE_CHECKING:
    from evals.days import Days
    from tools.domain.decision import DecisionRecord


class CaseSettings(Settings):
    """Settings of a case alone: nothing of the environment it runs in."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return (init_settings,)


def live(case: CycleCase, model: Model, *, prompt: Prompt | None = None) -> tuple[tuple[DecisionRecord, ...], int]:
    """Run the day of a case with this model as its analyst: its decisions, and how many orders the broker took."""
    from pipeline.cycle import run_cycle
    from pipeline.wiring import open_session

    snapshot = changed_market(case.symbols, case.market)
    settings = CaseSettings.model_validate({"model": {"provider": "offline"}, **case.settings})
    with tempfile.TemporaryDirectory(prefix="thetagate-eval-") as folder:
        home = Home(Path(folder))
        portfolio = home.root / "account.json"
        portfolio.write_text(json.dumps(case.account), encoding="utf-8")
        if case.halt is not None:
            halt_file.write(home.halt, Halt(strength=case.halt, by="a case", reason=case.id, at=snapshot.as_of))
        records: tuple[DecisionRecord, ...] = ()
        orders = 0
        for turn in range(1 + case.again):
            opening = None if turn else portfolio
            with open_session(home, settings, MarketChoice(), portfolio=opening, at_hand=snapshot) as session:
                services = replace(session.services, analyst=Analyst(model, prompt=prompt))
                records = run_cycle(services, session.graph, session.choice, send=True, progress=quiet).records
                orders = len(services.broker.orders())
    return records, orders


def run_cycles(cases: Sequence[CycleCase], days: Days) -> list[CaseResult]:
    """The results in the order of the cases."""
    return [_result(case, days) for case in cases]


def _result(case: CycleCase, days: Days) -> CaseResult:
    try:
        day = days.lived(case.id)
    except RecordingMissing as error:
        return CaseResult(id=case.id, task=Task.CYCLE, tags=case.tags, missing=str(error))
    lived = Lived(case=case, records=day.records, orders=day.orders, seconds=day.seconds)
    scores = {scorer.name: scorer.score(lived) for scorer in CYCLE}
    return CaseResult(
        id=case.id,
        task=Task.CYCLE,
        tags=case.tags,
        authored=all(each.source is AnalysisSource.AUTHORED for each in day.exchanges),
        plants=case.plants,
        said=case.story,
        decision=decided(day.records),
        safety=True,
        scores={name: score for name, score in scores.items() if score is not None},
        exchanges=day.exchanges,
    )


def decided(records: Sequence[DecisionRecord]) -> str:
    """`IWM 34d 231 put approved; …`, in the order of the labels."""
    told: Mapping[str, str] = {record.candidate.label: record.state.value for record in records}
    return "; ".join(f"{label} {told[label]}" for label in sorted(told)) or "nothing proposed"
