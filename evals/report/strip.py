"""A share with its interval on a strip from 0 to 1, and a tick where the baseline was."""

from __future__ import annotations

import math

from markupsafe import Markup

from evals.metrics import Metric

WIDTH, HEIGHT = 120, 14


def strip(metric: Metric, before: float | None) -> Markup:
    low, high = (metric.value if math.isnan(each) else each for each in (metric.low, metric.high))
    tick = (
        ""
        if before is None
        else f'<line x1="{_x(before)}" y1="1" x2="{_x(before)}" y2="{HEIGHT - 1}" class="was"/>'
    )
    return Markup(
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" class="strip" aria-hidden="true">'
        f'<line x1="2" y1="7" x2="{WIDTH - 2}" y2="7" class="axis"/>'
        f'<line x1="{_x(low)}" y1="7" x2="{_x(high)}" y2="7" class="range"/>{tick}'
        f'<circle cx="{_x(metric.value)}" cy="7" r="3.6" class="dot"/></svg>'
    )


def _x(share: float) -> float:
    return round(2 + min(max(share, 0.0), 1.0) * (WIDTH - 4), 1)
