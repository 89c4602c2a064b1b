"""What was measured, as a table for people and as one JSON object for machines."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.measurement import Kind, Measurement
from bench.promise import Promise
from bench.race import Line, Race

SCHEMA = "thetagate.bench/1"
WIDTH = 140  # of a table that no terminal bounds


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


def heading(race: Race) -> str:
    """The task, how much faster ours is than the base's, whether that is enough, and why not."""
    return f"\n[bold]{race.title}[/bold]: {race.ratio:.1f} × {race.base}, bar {race.bar:g} × {verdict(race.gap)}"


def promised(promise: Promise) -> str:
    """The figure beside its bar, whether it is kept, and why not."""
    limit = f"{'≥' if promise.least else '≤'} {promise.bar:g} {promise.unit}"
    return f"{promise.name}: {promise.value:.3g} {promise.unit}, bar {limit} {verdict(promise.gap)}"


def verdict(gap: str) -> str:
    return f"[red]gap[/red]: {gap}" if gap else "[green]met[/green]"


def race_table(race: Race) -> Table:
    """One line per library: its speed, that over the base's, ours over it, and its accuracy."""
    drawn = Table(box=None, pad_edge=False, header_style="bold")
    drawn.add_column("library", no_wrap=True)
    for title in ("rows timed", "rows per second", "ratio", "of ours"):
        drawn.add_column(title, justify="right")
    drawn.add_column("accuracy")
    base, mine = race.line(race.base), race.lines[0]
    for line in race.lines:
        ratio = f"{base.per_row / line.per_row:.1f}" if base else "-"
        share = f"1/{line.per_row / mine.per_row:.0f}" if line.per_row > mine.per_row else "1"
        drawn.add_row(line.library, f"{line.rows:,}", speed(line), ratio, share, line.accuracy.words)
    return drawn


def speed(line: Line) -> str:
    rate = 1.0 / line.per_row
    return f"{rate / 1e6:.2f} M" if rate >= 1e6 else f"{rate / 1e3:.4g} k"


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


def as_json(machine: Mapping[str, Any], found: Iterable[Measurement | Race]) -> dict[str, Any]:
    measurements, races = apart(found)
    return {
        "schema": SCHEMA,
        "machine": dict(machine),
        "measurements": [_one(each) for each in measurements],
        "races": [_race(each) for each in races],
    }


def print_table(machine: Mapping[str, Any], found: Iterable[Measurement | Race]) -> None:
    console = Console(width=None if sys.stdout.isatty() else WIDTH)
    measurements, races = apart(found)
    if measurements:
        console.print(table(measurements))
    for each in measurements:
        if each.note:
            console.print(f"{each.name}: {each.note}", style="dim", highlight=False)
        if each.gap:
            console.print(f"{each.name}: {verdict(each.gap)}", highlight=False)
    for race in races:
        console.print(heading(race))
        console.print(race_table(race))
        for promise in race.promises:
            console.print(promised(promise), highlight=False)
        for note in race.notes:
            console.print(note, style="dim", highlight=False)
    console.print(machine_line(machine), style="dim", highlight=False)


def apart(found: Iterable[Measurement | Race]) -> tuple[list[Measurement], list[Race]]:
    every = tuple(found)
    races = [each for each in every if isinstance(each, Race)]
    return [each for each in every if isinstance(each, Measurement)], races


def _race(each: Race) -> dict[str, Any]:
    base = each.line(each.base)
    return {
        "title": each.title,
        "base": each.base,
        "bar": each.bar,
        "ratio": each.ratio if base else None,
        "met": each.met,
        "gap": each.gap or None,
        "promises": [_promise(promise) for promise in each.promises],
        "notes": list(each.notes),
        "lines": [
            {
                "library": line.library,
                "rows": line.rows,
                "seconds": list(line.seconds),
                "error": line.accuracy.error,
                "accuracy": line.accuracy.words,
            }
            for line in each.lines
        ],
    }


def _promise(each: Promise) -> dict[str, Any]:
    return {
        "name": each.name,
        "value": each.value,
        "unit": each.unit,
        "bar": each.bar,
        "least": each.least,
        "met": each.met,
        "gap": each.gap or None,
    }


def _one(each: Measurement) -> dict[str, Any]:
    return {
        "name": each.name,
        "note": each.note,
        "base": {"label": each.base.label, "median": each.base.median, "seconds": list(each.base.seconds)},
        "real": {"label": each.real.label, "median": each.real.median, "seconds": list(each.real.seconds)},
        "ratio": each.ratio,
        "bar": {"kind": each.bar.kind.value, "limit": each.bar.limit},
        "met": each.met,
        "gap": each.gap or None,
    }
