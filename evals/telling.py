"""What the verbs do and say: run and gate, record, compare, report."""

from __future__ import annotations

import math
import webbrowser
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evals.case import Task
from evals.results import Run, baseline_of, read_run, write_run
from evals.running import BASELINE
from pipeline.cli import tables
from pipeline.cli.exits import Exit
from pipeline.cli.opening import home_of, open_home, print_json
from tools.domain.errors import InputError

if TYPE_CHECKING:
    from evals.gate import Verdict
    from evals.metrics import Calibration, Metric

AUTHORED = (
    "authored: no model produced these answers; they show what scorers and house find, and no model's quality"
)
DRIFT = "drift"


def run(
    option: Path | None,
    tasks: Sequence[str],
    *,
    accept: bool,
    out: Path | None,
    html: Path | None,
    open_: bool,
    as_json: bool,
) -> int:
    if DRIFT in tasks:
        from evals.drift import tell

        return tell(option, as_json=as_json)
    from evals.running import run as replay

    chosen = _tasks(tasks)
    notes = tables.console(to_stderr=True)
    done = replay(
        chosen, progress=lambda name, at, of: None if as_json else notes.print(f"{name} {at}/{of}", style="dim")
    )
    write_run(_last(option), done)
    if out is not None:
        write_run(out, done)
    if accept:
        _accept(done, chosen)
    verdict = _verdict(done, BASELINE)
    path = _page(done, verdict, html or (_page_path(option) if open_ else None), open_=open_)
    if as_json:
        print_json(contract(done, verdict))
    else:
        _tell(done, verdict, path)
    return Exit.OK if verdict is not None and verdict.passed else Exit.EVAL_GATE


def compare(option: Path | None, results: Path | None, against: Path | None, *, as_json: bool) -> int:
    done = read_run(results or _last(option))
    verdict = _verdict(done, against or BASELINE)
    if verdict is None:
        raise InputError("There is no baseline yet; `thetagate eval run --accept` makes one.")
    if as_json:
        print_json(contract(done, verdict))
    else:
        _tell_verdict(verdict)
    return Exit.OK if verdict.passed else Exit.EVAL_GATE


def report(option: Path | None, results: Path | None, *, html: Path | None, open_: bool, as_json: bool) -> int:
    done = read_run(results or _last(option))
    path = _page(done, _verdict(done, BASELINE), html or _page_path(option), open_=open_)
    if as_json:
        print_json({"schema": "thetagate.eval-report/1", "path": str(path)})
    else:
        tables.console().print(f"report: {path}", soft_wrap=True)
    return Exit.OK


def record(option: Path | None, cases: Sequence[str], *, most: float, to: Path | None, as_json: bool) -> int:
    from evals.exchanges import RECORDINGS
    from evals.recording import live_model, record_analyst

    _, settings = open_home(option)
    found = record_analyst(live_model(settings), wanted=cases, most=most, folder=to or RECORDINGS)
    if as_json:
        print_json({
            "schema": "thetagate.eval-record/1",
            "usd": found.usd,
            "cases": [{"case": each.case, "before": each.before, "after": each.after} for each in found.recorded],
            "stopped": found.stopped,
        })  # fmt: skip
        return Exit.OK
    table = tables.plain_table("case", "was", "is now")
    for each in found.recorded:
        table.add_row(each.case, each.before, each.after)
    out = tables.console()
    out.print(table)
    other = sum(each.before != each.after for each in found.recorded)
    out.print(f"{len(found.recorded)} recorded, {other} answered otherwise, ${found.usd:.4f} spent.")
    if found.stopped:
        out.print(found.stopped)
    return Exit.OK


def contract(done: Run, verdict: Verdict | None) -> dict[str, Any]:
    """The JSON of `eval run` and `eval compare`."""
    from evals.metrics import metrics

    return {
        "schema": "thetagate.eval/1",
        "dataset": done.identity.hash,
        "code": done.identity.code,
        "cases": {task.value: sum(case.task is task for case in done.cases) for task in Task},
        "authored": sum(case.authored for case in done.cases),
        "seconds": round(done.seconds, 2),
        "work_seconds": round(done.work, 2),
        "metrics": [
            {
                "task": each.task.value, "name": each.name, "unit": each.unit.value, "better": each.better,
                "count": each.count, "value": _known(each.value),
                "low": _known(each.low), "high": _known(each.high), "faults": each.faults,
                "planted": each.planted, "found": each.found, "false_alarms": each.false_alarms,
            }
            for each in metrics(done)
        ],
        "gate": None if verdict is None else {
            "passed": verdict.passed, "reasons": list(verdict.reasons), "notes": list(verdict.notes),
        },
    }  # fmt: skip


def _known(value: float) -> float | None:
    return None if math.isnan(value) else value


def _tasks(names: Sequence[str]) -> tuple[Task, ...]:
    known = [task.value for task in Task]
    odd = [name for name in names if name not in known]
    if odd:
        raise InputError(f"There is no task {odd[0]!r}; choose of {', '.join([*known, DRIFT])}.")
    return tuple(Task(name) for name in names) or tuple(Task)


def _accept(done: Run, chosen: tuple[Task, ...]) -> None:
    """The tasks that ran replace theirs in the baseline; the others stay."""
    fresh = baseline_of(done)
    rest = tuple(task for task in Task if task not in chosen)
    if rest and BASELINE.exists():
        kept = read_run(BASELINE).only(rest)
        cases = {**kept.identity.cases, **fresh.identity.cases}
        identity = fresh.identity.model_copy(update={"cases": dict(sorted(cases.items()))})
        fresh = fresh.model_copy(update={"cases": (*kept.cases, *fresh.cases), "identity": identity})
    write_run(BASELINE, fresh)


def _verdict(done: Run, baseline: Path) -> Verdict | None:
    from evals.gate import compare as against

    return against(done, read_run(baseline)) if baseline.exists() else None


def _last(option: Path | None) -> Path:
    return home_of(option).create().root / "evals" / "last.json"


def _page_path(option: Path | None) -> Path:
    return _last(option).with_name("report.html")


def _page(done: Run, verdict: Verdict | None, path: Path | None, *, open_: bool) -> Path | None:
    if path is None:
        return None
    from evals.report.page import page

    baseline = read_run(BASELINE) if BASELINE.exists() else None
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(page(done, baseline, verdict), encoding="utf-8")
    if open_:
        webbrowser.open(path.resolve().as_uri())
    return path


def _tell(done: Run, verdict: Verdict | None, path: Path | None) -> None:
    from evals.metrics import calibration, clear_cut, metrics

    out = tables.console()
    counts = ", ".join(f"{sum(c.task is task for c in done.cases)} {task.value}" for task in Task)
    took = f"{done.seconds:.1f} s, {done.work:.1f} s of them at work"
    out.print(f"{counts} · data set {done.identity.hash} · code {done.identity.code[:8]} · {took}")
    if any(case.authored for case in done.cases):
        written = sum(case.authored for case in done.cases)
        out.print(f"{written} of {len(done.cases)} {AUTHORED}", style="bold yellow")
    table = tables.plain_table(
        "task", "scorer", ">cases", ">value", ">95 %", ">faults", ">planted", ">found", ">alarms"
    )
    for each in metrics(done):
        if each.count:
            between = "" if math.isnan(each.low) else f"{shown(each, each.low)} to {shown(each, each.high)}"
            planted = (str(each.planted or ""), str(each.found or ""), str(each.false_alarms or ""))
            table.add_row(
                each.task.value,
                each.name,
                str(each.count),
                shown(each, each.value),
                between,
                str(each.faults),
                *planted,
            )
    out.print(table)
    agreed, clear = clear_cut(done.cases)
    if clear:
        out.print(f"clear-cut cases: {agreed} of {clear} verdicts agree ({agreed / clear:.1%})")
    _tell_calibration(calibration(done.cases))
    _tell_verdict(verdict)
    if path is not None:
        out.print(f"report: {path}", soft_wrap=True)


def _tell_calibration(found: Calibration | None) -> None:
    if found is not None:
        tables.console().print(
            f"calibration of {found.count} trades that ended: Brier {found.brier:.3f}, expected calibration error "
            f"{found.error:.3f} (luck alone stays below {found.by_chance:.3f} in 95 % of cases)"
        )


def _tell_verdict(verdict: Verdict | None) -> None:
    out = tables.console()
    if verdict is None:
        out.print("gate: there is no baseline; `thetagate eval run --accept` makes this run one")
        return
    for reason in verdict.reasons:
        out.print(f"gate: {reason}", style="red")
    for note in verdict.notes:
        out.print(f"note: {note}", style="dim")
    if verdict.passed:
        lowest = min((each.low for each in verdict.differences), default=0.0)
        out.print(f"gate: passed; {len(verdict.differences)} metrics, none worse than {lowest:+.1f} points")


def shown(metric: Metric, value: float) -> str:
    """A figure in its unit."""
    from evals.scorers.scorer import Unit

    match metric.unit:
        case Unit.SHARE:
            return f"{value:.1%}"
        case Unit.DOLLARS:
            return f"${value:.4f}"
        case Unit.TOKENS:
            return f"{value:,.0f}"
        case Unit.SECONDS:
            return f"{value * 1000:.1f} ms" if abs(value) < 1 else f"{value:.2f} s"
        case _:
            return f"{value:.3f}"
