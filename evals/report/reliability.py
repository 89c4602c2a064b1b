"""The reliability plot as SVG: what was stated against how often it came, with Wilson's 95 %."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from tools.performance.calibration import Bin

SIZE, EDGE = 300, 54


def reliability_plot(bins: Sequence[Bin]) -> Markup:
    """One dot a bin, its area by the cases in it; the diagonal is a confidence that keeps its word."""
    most = max(each.count for each in bins)
    parts = [
        f'<svg viewBox="0 0 {SIZE + EDGE + 14} {SIZE + EDGE + 8}" role="img" class="plot">'
        "<title>Stated confidence against the share of trades that made money</title>",
        *(_grid(level / 4) for level in range(5)),
        f'<line x1="{_x(0)}" y1="{_y(0)}" x2="{_x(1)}" y2="{_y(1)}" class="diagonal"/>',
    ]
    for each in bins:
        radius = 4 + 6 * (each.count / most) ** 0.5
        x, y = _x(each.said), _y(each.came)
        parts.append(
            f'<line x1="{x}" y1="{_y(each.low)}" x2="{x}" y2="{_y(each.high)}" class="whisker"/>'
            f'<circle cx="{x}" cy="{y}" r="{radius:.1f}" class="dot">'
            f"<title>{each.count} cases: said {each.said:.2f}, came {each.came:.2f} "
            f"({each.low:.2f} to {each.high:.2f})</title></circle>"
            f'<text x="{x + radius + 3:.1f}" y="{y + 4:.1f}" class="count">{each.count}</text>'
        )
    parts.append(
        f'<text x="{_x(0.5)}" y="{SIZE + EDGE + 2}" text-anchor="middle">confidence stated, of 1</text>'
        f'<text transform="rotate(-90)" x="{-_y(0.5)}" y="12" text-anchor="middle">'
        "share that made money</text></svg>"
    )
    return Markup("".join(parts))


def _grid(level: float) -> str:
    return (
        f'<line x1="{_x(0)}" y1="{_y(level)}" x2="{_x(1)}" y2="{_y(level)}" class="grid"/>'
        f'<text x="{EDGE - 6}" y="{_y(level) + 4}" text-anchor="end">{level:g}</text>'
        f'<text x="{_x(level)}" y="{SIZE + 20}" text-anchor="middle">{level:g}</text>'
    )


def _x(share: float) -> float:
    return round(EDGE + share * SIZE, 1)


def _y(share: float) -> float:
    return round(6 + (1 - share) * (SIZE - 6), 1)
