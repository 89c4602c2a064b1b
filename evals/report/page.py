"""A run on one page, beside its baseline.

Run, baseline, gate ─→ tiles · metrics with intervals · reliability plot · every case ─→ template ─→ one HTML file

Nothing is loaded from anywhere: style, script and data are inside. Texts of models are data there: they are put
into the page as JSON and shown as text, never as markup.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from evals.case import Task
from evals.metrics import Metric, calibration, clear_cut, metrics
from evals.report.reliability import reliability_plot
from evals.report.strip import strip
from evals.results import CaseResult, Run
from evals.scorers.registry import scorers_of
from evals.scorers.scorer import Unit
from evals.telling import shown
from tools.domain.rationale import AnalysisSource

if TYPE_CHECKING:
    from jinja2 import Environment, Template

    from evals.gate import Difference, Verdict

DASH = "–"
TASKS = {
    Task.ANALYST: "Analyst: one candidate, one answer, one decision of the gate",
    Task.REVIEWER: "Reviewer: conversations about a decision",
    Task.CYCLE: "Whole cycles: a changed day through the real pipeline",
}


def page(run: Run, baseline: Run | None, verdict: Verdict | None) -> str:
    """One HTML document; the same run gives the same bytes."""
    found = metrics(run)
    return _template().render(
        run=run,
        counts={task.value: sum(case.task is task for case in run.cases) for task in Task},
        verdict=verdict,
        baseline=baseline,
        authored=sum(case.authored for case in run.cases),
        by_rule=sum(_by_rule(case) for case in run.cases),
        tiles=_tiles(run, found),
        tables=[(TASKS[task], rows) for task in Task if (rows := _rows(found, task, verdict))],
        calibration=(told := calibration(run.cases)),
        plot=reliability_plot(told.bins) if told else "",
        spending=_spending(run),
        scorers=_scorers(),
        tags=sorted({tag for case in run.cases for tag in case.tags}),
        data=_json(_data(run, baseline)),
    )


def _by_rule(case: CaseResult) -> bool:
    """Whether the answers are those of the house's own rules."""
    return any(each.source is AnalysisSource.OFFLINE for each in case.exchanges)


def _tiles(run: Run, found: Iterable[Metric]) -> list[dict[str, str]]:
    told = list(found)
    planted, hit = sum(each.planted for each in told), sum(each.found for each in told)
    alarms = sum(each.false_alarms for each in told)
    safety = [case for case in run.cases if "safety" in case.scores]
    unsafe = [case for case in safety if case.scores["safety"].fault]
    expected = sum("safety" in case.plants for case in unsafe)
    agreed, clear = clear_cut(run.cases)
    return [
        {"name": "planted faults found", "big": f"{hit} of {planted}", "note": f"{alarms} false alarms"},
        {
            "name": "orders that left and may not",
            "big": f"{len(unsafe)} of {len(safety)}",
            "note": f"{expected} of them from answers written to get there" if unsafe else "no safety case failed",
            "tone": "loss" if len(unsafe) > expected else "amber" if unsafe else "gain",
        },
        {
            "name": "verdicts on clear-cut cases",
            "big": f"{agreed / clear:.0%}" if clear else DASH,
            "note": f"{agreed} of {clear}; wrong ones are among them on purpose",
        },
        {
            "name": "replayed",
            "big": f"{run.seconds:.0f} s",
            "note": f"{len(run.cases)} cases, {run.blocked} network calls",
        },
    ]


def _rows(found: Iterable[Metric], task: Task, verdict: Verdict | None) -> list[dict[str, Any]]:
    differences = {(each.task, each.name): each for each in verdict.differences} if verdict else {}
    return [_row(each, differences.get((task, each.name))) for each in found if each.task is task and each.count]


def _row(each: Metric, against: Difference | None) -> dict[str, Any]:
    between = "" if math.isnan(each.low) else f"{shown(each, each.low)} to {shown(each, each.high)}"
    row: dict[str, Any] = {
        "name": each.name,
        "title": each.title,
        "better": "↑" if each.better == "higher" else "↓",
        "count": each.count,
        "value": shown(each, each.value),
        "between": between,
        "strip": strip(each, None if against is None else against.before) if each.unit is Unit.SHARE else "",
        "faults": each.faults,
        "planted": f"{each.found} / {each.planted}" if each.planted else "",
        "alarms": each.false_alarms or "",
        "before": DASH,
        "points": DASH,
        "fails": False,
    }
    if against is not None:
        bounds = f" ({_signed(against.low)} to {_signed(against.high)})" if against.low != against.high else ""
        row |= {
            "before": shown(each, against.before),
            "points": f"{_signed(against.points)}{bounds}",
            "fails": against.fails,
        }
    return row


def _signed(points: float) -> str:
    return f"{points:+.1f}".replace("-", "−") if abs(points) >= 0.05 else "0"


def _spending(run: Run) -> list[tuple[str, str]]:
    """What the analyst's answers took, and what nobody can know of those that no model gave."""
    cases = [case for case in run.cases if case.task is Task.ANALYST and not case.missing]
    measured = [case for case in cases if "tokens" in case.scores]
    told = [("answers a model gave, so that tokens and dollars are known", f"{len(measured)} of {len(cases)}")]
    for name, title in (("tokens", "tokens each"), ("cost", "dollars each"), ("latency", "seconds each")):
        values = sorted(case.scores[name].value for case in measured if name in case.scores)
        told.append((title, f"{values[len(values) // 2]:g} median" if values else "unknown: no model was asked"))
    worst = sorted(case.scores["worst_cost"].value for case in cases if "worst_cost" in case.scores)
    if worst:
        told.append(("most that a candidate can cost, its second question included", f"${worst[-1]:.4f}"))
    house = sorted(case.scores["house_time"].value for case in cases if "house_time" in case.scores)
    if house:
        told.append(("all but the model, per candidate", f"{house[len(house) // 2] * 1000:.1f} ms median"))
    return told


def _scorers() -> list[str]:
    return list(dict.fromkeys(scorer.name for task in Task for scorer in scorers_of(task)))


def _data(run: Run, baseline: Run | None) -> dict[str, Any]:
    old = {} if baseline is None else baseline.by_id
    return {"systems": run.systems, "cases": [_case(case, old.get(case.id)) for case in run.cases]}


def _case(case: CaseResult, old: CaseResult | None) -> dict[str, Any]:
    told: dict[str, Any] = {
        "id": case.id, "task": case.task.value, "tags": case.tags, "said": case.missing or case.said,
        "decision": case.decision, "authored": case.authored, "plants": case.plants, "missing": bool(case.missing),
        "scores": {name: [each.value, each.fault, each.note] for name, each in case.scores.items()},
        "turns": [
            {
                "prompt": each.prompt, "answer": each.answer, "stop": each.stop, "model": each.model,
                "source": each.source.value, "in": each.usage.input_tokens, "out": each.usage.output_tokens,
                "usd": each.usage.cost_usd, "seconds": each.usage.seconds,
            }
            for each in case.exchanges
        ],
    }  # fmt: skip
    if old is None:
        return told | {"old": None}
    before: Mapping[str, Any] = {
        "said": old.missing or old.said,
        "decision": old.decision,
        "scores": {name: [each.value, each.fault] for name, each in old.scores.items()},
        "answers": [each.answer for each in old.exchanges],
    }
    return told | {"old": before}


def _json(data: Any) -> str:
    """JSON that stays data inside a page, whatever a model wrote."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


@lru_cache(maxsize=1)
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

    return Environment(
        loader=PackageLoader("evals.report"),
        undefined=StrictUndefined,
        autoescape=select_autoescape(["html", "j2"]),
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _template() -> Template:
    return _environment().get_template("report.html.j2")
