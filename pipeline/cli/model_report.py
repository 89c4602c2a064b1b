"""The verb `model-report`: whether the model earns its place, each figure with its interval or what it lacks."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.cli import tables
from pipeline.cli.exits import Exit
from pipeline.cli.opening import open_home, print_json
from pipeline.cli.windows import sessions_on_terminal
from tools.domain.errors import InputError
from tools.domain.rationale import AnalysisSource

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from pipeline.planning import Request
    from tools.desk.model_report import ModelReport
    from tools.performance.ablation import Twin
    from tools.performance.agreement import Agreement
    from tools.performance.confidence import Calibration
    from tools.performance.intervals import Interval

LEDGER = "the decisions of this account"
SHOWN = 20


def of_ledger(option: Path | None, sources: Sequence[str], *, as_json: bool) -> int:
    wanted = _sources(sources)
    home, settings = open_home(option)
    from pipeline import model_report
    from tools.desk.model_report import A_MODELS

    report = model_report.of_ledger(home, settings, sources=wanted or A_MODELS)
    return _show(report, basis=LEDGER, notes=(), as_json=as_json)


def of_history(option: Path | None, sources: Sequence[str], request: Request, *, as_json: bool) -> int:
    wanted = _sources(sources)
    home, settings = open_home(option)
    from pipeline import model_report
    from tools.desk.model_report import A_MODELS

    with sessions_on_terminal(quiet=as_json) as progress:
        report, heard = model_report.of_history(
            home, settings, request, sources=wanted or A_MODELS, progress=progress
        )
    basis = f"{', '.join(request.books)} from {request.first} to {request.last}"
    return _show(report, basis=basis, notes=heard.sentences, as_json=as_json)


def _show(report: ModelReport, *, basis: str, notes: Sequence[str], as_json: bool) -> int:
    from pipeline.model_report import contract

    if as_json:
        print_json(contract(report, basis=basis, notes=notes))
    else:
        tell(report, basis=basis, notes=notes)
    return Exit.OK


def _sources(names: Sequence[str]) -> frozenset[AnalysisSource]:
    known = {source.value: source for source in AnalysisSource}
    odd = [name for name in names if name not in known]
    if odd:
        raise InputError(f"--source {odd[0]!r} is no source of answers; choose of {', '.join(known)}.")
    return frozenset(known[name] for name in names)


def tell(report: ModelReport, *, basis: str, notes: Sequence[str]) -> None:
    out = tables.console()
    out.print(f"Does the model earn its place? Measured on {basis}.")
    for note in notes:
        out.print(note, style="dim")
    _answers(out, report)
    out.print("\nAgreement", style="bold")
    out.print("  " + _agreement(report.agreement))
    out.print("\nCalibration", style="bold")
    if isinstance(report.calibration, str):
        out.print(f"  unknown: {report.calibration}")
    else:
        _calibration(out, report.calibration)
    out.print("\nAblation", style="bold")
    _ablation(out, report)


def _answers(out: Console, report: ModelReport) -> None:
    counted = set(report.sources)
    aside = [f"{count:,} {source.value}" for source, count in report.by_source if source not in counted]
    names = " or ".join(source.value for source in report.sources)
    told = f"{report.answers:,} usable answers that are {names}"
    told += f"; {report.unusable:,} could not be used" if report.unusable else ""
    told += f"; left aside: {', '.join(aside)}" if aside else ""
    out.print(told)
    for name, prompt, count in report.models:
        out.print(f"  {name}, prompt {prompt[:12]}: {count:,}", style="dim")
    if report.models:
        cost = "unknown" if report.cost_usd is None else f"${report.cost_usd:,.4f}"
        out.print(f"  they cost {cost}", style="dim")


def _agreement(found: Agreement) -> str:
    if not found.cases:
        return f"unknown: no clear-cut case; {found.needed} that agree would show 85 %"
    share = f"{found.agreed:,} of {found.cases:,} clear-cut cases, {_percent(found.share)}"
    if found.meets_target is not None:
        return f"{share}: {'at least' if found.meets_target else 'below'} the 85 % that are wanted"
    return f"{share}: whether that is 85 % cannot be told; {found.needed:,} more that agree would show it"


def _calibration(out: Console, found: Calibration) -> None:
    error = found.error
    sure = "more than chance explains" if error.estimate > found.error_by_chance else "no more than chance"
    out.print(f"  {found.count:,} outcomes, {found.base:.0%} won; confidence of ten read as the chance of a profit")
    out.print(
        f"  Brier score {_plain(found.brier)} = reliability {_plain(found.reliability)} "
        f"- resolution {_plain(found.resolution)} + uncertainty {_plain(found.uncertainty)} + within bins"
    )
    out.print(f"  skill over the base rate {_plain(found.skill)}".replace("-", tables.MINUS))
    out.print(
        f"  calibration error {_plain(error)}: {sure} (95 % of perfect ones stay below {found.error_by_chance:.3f})"
    )
    table = tables.plain_table(">said", ">came", ">95 %", ">outcomes")
    for line in found.table:
        table.add_row(
            f"{line.said:.0%}", f"{line.came:.0%}", f"{line.low:.0%} to {line.high:.0%}", f"{line.count:,}"
        )
    out.print(table)


def _ablation(out: Console, report: ModelReport) -> None:
    found = report.ablation
    out.print(f"  {found.sentence}")
    if report.mean is not None:
        out.print(f"  every confidence replaced by their mean, {report.mean:.2f}", style="dim")
    if report.left_out:
        out.print(f"  {report.left_out:,} decisions are left out: not their score settled them", style="dim")
    if found.changed:
        for name, side in (("let in by the model", found.let_in), ("kept out by it", found.kept_out)):
            out.print(
                f"  {name}: {side.count:,}, of which {side.known:,} with a result, {tables.money(side.pnl)} in all"
            )
        out.print(_changed(found.changed[-SHOWN:]))


def _changed(twins: Iterable[Twin]) -> Table:
    table = tables.plain_table("id", "trade", "day", "with the model", "without", ">result")
    for twin in twins:
        result = "unknown" if twin.pnl is None else tables.money(twin.pnl)
        words = ["taken" if taken else "not taken" for taken in (twin.with_model, twin.without)]
        table.add_row(twin.id, twin.label, twin.day.isoformat(), *words, result)
    return table


def _plain(found: Interval) -> str:
    if math.isnan(found.estimate):
        return "unknown"
    return f"{found.estimate:.3f} ({found.low:.3f} to {found.high:.3f})"


def _percent(found: Interval) -> str:
    return f"{found.estimate:.0%} (95 %: {found.low:.0%} to {found.high:.0%})"
