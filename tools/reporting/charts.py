"""Charts as inline SVG: lines over days, an area below zero, bars to either side of it.

The page decides the colours by class, in light and in dark; what is drawn carries those of light paper itself, for
readers without style sheets. A chart has a title for who cannot see it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape
from itertools import pairwise

import numpy as np

from tools.domain.chain import FloatArray
from tools.performance.statistics import Days
from tools.reporting.axis import Scale, day_ticks, round_ticks
from tools.reporting.wording import tone

WIDTH = 960
LEFT, RIGHT, TOP, BOTTOM = 74, 14, 12, 26
LOOKS = {
    "equity": 'fill="none" stroke="#1d2327" stroke-width="1.6"',
    "benchmark": 'fill="none" stroke="#8b979e" stroke-width="1.2"',
    "area": 'fill="#c2410c" fill-opacity="0.28" stroke="#c2410c"',
    "gain": 'fill="#0f766e"',
    "loss": 'fill="#c2410c"',
    "": 'fill="#8b979e"',
    "grid": 'stroke="#e3e6e7"',
    "zero": 'stroke="#68737a"',
    "scale": 'font-size="11.5" fill="#68737a"',
    "name": 'font-size="13" fill="#1d2327"',
}
POINTS = 900
"""More points than a chart is wide show nothing more."""

Written = Callable[[float], str]


def lines(
    days: Days,
    series: Sequence[tuple[str, FloatArray]],
    *,
    title: str,
    written: Written,
    height: int = 300,
    width: int = WIDTH,
) -> str:
    """One line per series, `(class, values)`, over the same days."""
    ticks = round_ticks(min(values.min() for _, values in series), max(values.max() for _, values in series))
    across, up = _scales(days, ticks, width=width, height=height)
    drawn = [_grid(days, ticks, across, up, written=written, width=width, height=height)]
    for name, values in series:
        kept = _thinned(values, keep="last")
        points = _points(days[kept], values[kept], across, up)
        drawn.append(f'<polyline class="line {name}" {LOOKS[name]} points="{points}"/>')
    return _svg(drawn, title=title, width=width, height=height)


def below_zero(days: Days, values: FloatArray, *, title: str, written: Written, height: int = 170) -> str:
    """An area from zero down to values that are 0 or negative."""
    ticks = round_ticks(min(float(values.min()), -1e-4), 0.0, most=4)
    across, up = _scales(days, ticks, width=WIDTH, height=height)
    kept = _thinned(values, keep="least")
    base = float(up.at(0.0))
    first, last = (float(across.at(_numbers(days)[row])) for row in (kept[0], kept[-1]))
    points = f"{first:.1f},{base:.1f} {_points(days[kept], values[kept], across, up)} {last:.1f},{base:.1f}"
    grid, area = _grid(days, ticks, across, up, written=written, width=WIDTH, height=height), LOOKS["area"]
    return _svg(
        [grid, f'<polygon class="area" {area} points="{points}"/>'], title=title, width=WIDTH, height=height
    )


def either_side(rows: Sequence[tuple[str, float]], *, title: str, written: Written) -> str:
    """A horizontal bar per row, to the right for a gain and to the left for a loss, its value beside it."""
    pitch, names, room, width = 26, 110, 110, WIDTH
    most = max((abs(value) for _, value in rows), default=0.0) or 1.0
    height = pitch * len(rows) + 8
    middle = names + room + (width - names - 2 * room) / 2
    reach = (width - names - 2 * room) / 2
    drawn = [_rule("zero", (middle, 0.0), (middle, float(height)))]
    for place, (name, value) in enumerate(rows):
        y, length, kind = 4 + place * pitch, abs(value) / most * reach, tone(value)
        x, beside, anchor = (middle, middle + length + 6, "start")
        if value < 0:
            x, beside, anchor = (middle - length, middle - length - 6, "end")
        size = f'width="{max(length, 0.5):.1f}" height="16"'
        drawn.append(f'<rect class="bar {kind}" {LOOKS[kind]} x="{x:.1f}" y="{y + 3}" {size}/>')
        drawn += [_text(name, "name", names, y + 16, "end"), _text(written(value), "name", beside, y + 16, anchor)]
    return _svg(drawn, title=title, width=width, height=height)


def _scales(days: Days, ticks: Sequence[float], *, width: int, height: int) -> tuple[Scale, Scale]:
    numbers = _numbers(days)
    last = numbers[-1] if numbers[-1] > numbers[0] else numbers[0] + 1
    return (
        Scale(float(numbers[0]), float(last), LEFT, width - RIGHT),
        Scale(ticks[0], ticks[-1], height - BOTTOM, TOP),
    )


def _grid(
    days: Days, ticks: Sequence[float], across: Scale, up: Scale, *, written: Written, width: int, height: int
) -> str:
    drawn = []
    for tick in ticks:
        y, kind = float(up.at(tick)), "zero" if tick == 0 else "grid"
        drawn.append(_rule(kind, (LEFT, y), (width - RIGHT, y)))
        drawn.append(_text(written(tick), "scale", LEFT - 8, y + 4, "end"))
    for day, name in day_ticks(days, most=max(2, width // 90)):
        x = float(across.at(float(day.astype(np.int64))))
        drawn.append(_rule("grid", (x, TOP), (x, height - BOTTOM)))
        drawn.append(_text(name, "scale", x, height - 8, "middle"))
    return "".join(drawn)


def _rule(kind: str, start: tuple[float, float], end: tuple[float, float]) -> str:
    (x1, y1), (x2, y2) = start, end
    return f'<line class="{kind}" {LOOKS[kind]} x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>'


def _text(said: str, kind: str, x: float, y: float, anchor: str) -> str:
    look = LOOKS[kind]
    return f'<text class="{kind}" {look} x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(said)}</text>'


def _points(days: Days, values: FloatArray, across: Scale, up: Scale) -> str:
    pairs = zip(across.at(_numbers(days)), up.at(values), strict=True)
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in pairs)


def _numbers(days: Days) -> FloatArray:
    return days.astype("datetime64[D]").astype(np.int64).astype(np.float64)


def _thinned(values: FloatArray, *, keep: str) -> np.ndarray:
    """Places of at most about `POINTS` values: the last of each bucket, or its least; both ends always."""
    count = len(values)
    if count <= POINTS:
        return np.arange(count)
    edges = np.linspace(0, count, POINTS + 1).astype(np.int64)
    if keep == "last":
        inner = edges[1:] - 1
    else:
        inner = np.array([low + int(values[low:high].argmin()) for low, high in pairwise(edges.tolist())])
    return np.unique(np.concatenate(([0], inner, [count - 1])))


def _svg(drawn: Sequence[str], *, title: str, width: int, height: int) -> str:
    size, said = f'viewBox="0 0 {width} {height}" width="{width}" height="{height}"', escape(title)
    return f'<svg {size} role="img" aria-label="{said}"><title>{said}</title>{"".join(drawn)}</svg>'
