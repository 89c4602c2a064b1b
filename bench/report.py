"""What was measured, as a table for people and as one JSON object for machines."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.measurement import Kind, Measurement

SCHEMA = "thetagate.bench/1"


def table(measurements: Iterable[Measurement]) -> Table:
    """One line per measurement: medians of both sides, the ratio, and the bar."""
    drawn = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("measurement", "base", "real"):
        drawn.add_column(title)
    drawn.add_column("ratio", justify="right")
    drawn.add_column("bar", justify="right")
    drawn.add_column("")
    for each in measurements:
        drawn.add_row(
            each.name,
            f"{duration(each.base.median)}\n[dim]{each.base.label}[/dim]",
            f"{duration(each.real.median)}\n[dim]{each.real.label}[/dim]",
            f"{each.ratio:.2f}",
            bar(each),
            "[green]met[/green]" if each.met else "[red]gap[/red]",
        )
    return drawn


def bar(measurement: Measurement) -> str:
    limit = measurement.bar.limit
    return f"≤ {limit:g} ×" if measurement.bar.kind is Kind.RATIO else f"≤ {limit:g} s"


def duration(seconds: float) -> str:
    return f"{seconds:.2f} s" if seconds >= 1 else f"{1e3 * seconds:.1f} ms"


def machine_line(machine: Mapping[str, Any]) -> str:
    return (
        f"{machine['processor']}, {machine['cores']} cores, load {machine['load']}, {machine['system']}, "
        f"Python {machine['python']}, {machine['commit_ms']} ms per durable commit"
    )


def as_json(machine: Mapping[str, Any], measurements: Iterable[Measurement]) -> dict[str, Any]:
    return {"schema": SCHEMA, "machine": dict(machine), "measurements": [_one(each) for each in measurements]}


def print_table(machine: Mapping[str, Any], measurements: Iterable[Measurement]) -> None:
    console = Console()
    found = tuple(measurements)
    console.print(table(found))
    for each in found:
        if each.note:
            console.print(f"{each.name}: {each.note}", style="dim", highlight=False)
    console.print(machine_line(machine), style="dim", highlight=False)


def _one(each: Measurement) -> dict[str, Any]:
    return {
        "name": each.name,
        "note": each.note,
        "base": {"label": each.base.label, "median": each.base.median, "seconds": list(each.base.seconds)},
        "real": {"label": each.real.label, "median": each.real.median, "seconds": list(each.real.seconds)},
        "ratio": each.ratio,
        "bar": {"kind": each.bar.kind.value, "limit": each.bar.limit},
        "met": each.met,
    }
