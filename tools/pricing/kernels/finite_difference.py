"""American options with cash dividends by finite differences, many at a time side by side in lanes.

payoff → steps back to an ex-date → a grid of its own for the stretch before: value at S - D, or exercise → … → today

Spot model: at its ex-date a dividend D takes the spot from S to S - D; between ex-dates the spot is lognormal.
A call is carried as the put that it mirrors (McDonald & Schroder 1998): V·K/S is a put on X = K²/S, rate and yield
exchanged; the grid thus follows the measure in which the call's value is bounded. A grid drifts with the forward, so
that what is left of the Black-Scholes equation is the heat equation of the forward value w = V·e^(rτ): every option
of one expiry then shares the same tridiagonal system. It is uniform in ln X and as wide as a stretch needs: near
now around today's spot, which is its middle node, near expiry around the strike, half-way between two nodes. In space
Crandall's compact scheme of fourth order (Crandall 1955; Douglas 1956), kinks rounded to match; in time
Crank-Nicolson after implicit Euler half-steps (Rannacher 1984), its steps growing away from expiry and ex-dates.
Brennan & Schwartz (1977): the elimination runs towards the money, the substitution away from it and exercises.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from tools.pricing.kernels.black_scholes import log_ratio
from tools.pricing.kernels.option import Dividends

FloatArray = npt.NDArray[np.float64]

REACH = 5.0  # deviations that a grid extends beyond the spots that matter
EULER = 2  # first steps of a stretch, taken as two implicit half-steps each
GROWTH = 2.0  # the power of its number that the time of a step follows
LEAST = 0.2  # of the steps: those of the shortest stretch
FINER = 1.3  # from here on a later grid shows more than the nodes of an earlier can see
NEAR = 0.25  # of the years to a stretch's end: what must be left for its grid to be laid out from expiry
FLOOR = 0.05  # of the spot: what dividends are taken to leave of it when a grid is laid out

SPOT, STRIKE, YEARS, RATE, INCOME, VOL = 1, 2, 3, 4, 5, 6  # columns


class Grid(NamedTuple):
    """Per lane (L): strike, rate, drift of ln X, vol, rise of X to the next node; (n, L) X at the later end."""

    strike: FloatArray
    rate: FloatArray
    drift: FloatArray
    vol: FloatArray
    rise: FloatArray
    spots: FloatArray


class Walls(NamedTuple):
    """What exercise pays, as a forward value: cash - asset·spot at the later end's nodes, per lane."""

    asset: FloatArray
    cash: FloatArray


class Work(NamedTuple):
    """Room for one lane at an ex-date: X and values after it; X, what waiting is worth, what exercise adds before."""

    spots: FloatArray
    held: FloatArray
    nodes: FloatArray
    after: FloatArray
    gain: FloatArray


class Stretch(NamedTuple):
    """From one ex-date (or now) to the next (or expiry): years from now to its ends, and the cash paid by then.

    A grid spans the spots that can be reached from today's, or those from which the strike can be, whichever are
    fewer: `root` is the root of the years for which that is.
    """

    start: float
    end: float
    paid: float
    due: float
    from_expiry: bool
    root: float


@njit(cache=True, nogil=True, error_model="numpy")
def stretch(k: int, years: float, dividends: Dividends) -> Stretch:
    """The stretch after `k` dividends."""
    count = len(dividends.years)
    start = dividends.years[k - 1] if k > 0 else 0.0
    end = dividends.years[k] if k < count else years
    from_expiry = k == count or (k > 0 and years - start < NEAR * end)
    root = math.sqrt(years - start if from_expiry else end)
    return Stretch(start, end, dividends.cash[:k].sum(), dividends.cash[k:].sum(), from_expiry, root)


@njit(cache=True, nogil=True, error_model="numpy")
def span(column: FloatArray, part: Stretch) -> tuple[float, float]:
    """Lowest and highest ln S of a grid."""
    right, spot, rate, income, vol = column[0], column[SPOT], column[RATE], column[INCOME], column[VOL]
    reach, spread = REACH * vol * part.root, REACH * vol * math.sqrt(part.end)
    middle = (rate - income + 0.5 * right * vol * vol) * part.end
    low, high = spot * math.exp(middle - spread), spot * math.exp(middle + spread)
    low, high = math.log(max(low - part.paid, FLOOR * low)), math.log(max(high - part.paid, FLOOR * high))
    if part.from_expiry:
        near = math.log(column[STRIKE]) - reach
        ruin = math.log(part.due) - reach if right < 0.0 and part.due > 0.0 else near
        return min(near, max(ruin, low)), math.log(column[STRIKE] * math.exp(reach) + part.due)
    return low, high


@njit(cache=True, nogil=True, error_model="numpy")
def as_puts(columns: FloatArray) -> FloatArray:
    """`columns` with every call as the put that it mirrors."""
    puts = columns.copy()
    for lane in range(columns.shape[1]):
        if columns[0, lane] > 0.0:
            puts[SPOT, lane] = columns[STRIKE, lane] * (columns[STRIKE, lane] / columns[SPOT, lane])
            puts[RATE, lane], puts[INCOME, lane] = columns[INCOME, lane], columns[RATE, lane]
    return puts


@njit(cache=True, nogil=True, error_model="numpy")
def lay_out(columns: FloatArray, puts: FloatArray, middle: FloatArray, mesh: float, size: int) -> Grid:
    """The grid of every lane with ln(X / strike) = `middle` at the later end of its node (size - 1) / 2."""
    lanes = columns.shape[1]
    strike, rate, drift = puts[STRIKE].copy(), puts[RATE].copy(), np.empty(lanes)
    rise, spots = np.empty(lanes), np.empty((size, lanes))
    for lane in range(lanes):
        vol = puts[VOL, lane]
        drift[lane] = rate[lane] - puts[INCOME, lane] - 0.5 * vol * vol
        rise[lane] = math.expm1(vol * mesh)
        spots[0, lane] = strike[lane] * math.exp(middle[lane] - 0.5 * (size - 1) * vol * mesh)
        for j in range(1, size):
            spots[j, lane] = spots[j - 1, lane] * (1.0 + rise[lane])
    return Grid(strike, rate, drift, puts[VOL].copy(), rise, spots)


@njit(cache=True, nogil=True, error_model="numpy")
def walls_after(grid: Grid, elapsed: float) -> Walls:
    """Exercise `elapsed` years before the later end, when a node's X is that of then less the drift."""
    return Walls(np.exp((grid.rate - grid.drift) * elapsed), grid.strike * np.exp(grid.rate * elapsed))


@njit(cache=True, nogil=True, error_model="numpy")
def eliminate_row(
    lower: FloatArray,
    here: FloatArray,
    upper: FloatArray,
    new: FloatArray,
    following: FloatArray,
    off: float,
    carried: float,
) -> None:
    """Right-hand side of one node, the following node eliminated. Rows of their own, so that the loop has lanes."""
    middle = 1.0 - 2.0 * off
    for lane in range(len(new)):
        new[lane] = off * (lower[lane] + upper[lane]) + middle * here[lane] - carried * following[lane]


@njit(cache=True, nogil=True, error_model="numpy")
def substitute_row(
    new: FloatArray, former: FloatArray, spots: FloatArray, walls: Walls, pivot: float, carried: float
) -> None:
    """The value of one node from the one before it, or exercise."""
    asset, cash = walls.asset, walls.cash
    for lane in range(len(new)):
        held = pivot * new[lane] - carried * former[lane]
        wall = cash[lane] - asset[lane] * spots[lane]
        new[lane] = held if held > wall else wall


@njit(cache=True, nogil=True, error_model="numpy")
def edge_rows(grid: Grid, walls: Walls, step: float, old: FloatArray, new: FloatArray) -> None:
    """Node 0, where values are linear in X, or exercise; far out of the money the forward value stays."""
    for lane in range(new.shape[1]):
        vol = grid.vol[lane]
        held = old[0, lane] + (old[1, lane] - old[0, lane]) * math.expm1(0.5 * vol * vol * step) / grid.rise[lane]
        new[0, lane] = max(held, walls.cash[lane] - walls.asset[lane] * grid.spots[0, lane])
        new[-1, lane] = old[-1, lane]


@njit(cache=True, nogil=True, error_model="numpy")
def back_step(
    grid: Grid, walls: Walls, mesh: float, step: float, implicit: float, old: FloatArray, new: FloatArray
) -> None:
    """`new` becomes the values one `step` before `old`."""
    last, spread = len(old) - 1, 0.5 * step / (mesh * mesh)
    a, b = 1.0 / 12.0 - implicit * spread, 1.0 / 12.0 + (1.0 - implicit) * spread
    pivots = np.empty(last)
    edge_rows(grid, walls, step, old, new)
    pivot = 0.0
    for j in range(last - 1, 0, -1):
        carried = a * pivot
        eliminate_row(old[j - 1], old[j], old[j + 1], new[j], new[j + 1], b, carried)
        pivot = 1.0 / (1.0 - 2.0 * a - a * carried)
        pivots[j] = pivot
    for j in range(1, last):
        substitute_row(new[j], new[j - 1], grid.spots[j], walls, pivots[j], a * pivots[j])


@njit(cache=True, nogil=True, error_model="numpy")
def march(
    grid: Grid, mesh: float, years: float, steps: int, old: FloatArray, new: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Carry the values over a stretch of `years`; (values at its earlier end as of its later, scratch)."""
    done = 0.0
    for k in range(steps):
        until = years * ((k + 1.0) / steps) ** GROWTH
        parts, implicit = (2, 1.0) if k < EULER else (1, 0.5)
        step = (until - done) / parts
        for part in range(parts):
            walls = walls_after(grid, done + (part + 1) * step)
            back_step(grid, walls, mesh, step, implicit, old, new)
            old, new = new, old
        done = until
    return old, new


@njit(cache=True, nogil=True, error_model="numpy")
def between(held: FloatArray, i: int, share: float) -> float:
    """Values at `share` of the way from node i to the next, cubic."""
    first = min(max(i - 1, 0), len(held) - 4)
    a = share + (i - first)
    b, c, d = a - 1.0, a - 2.0, a - 3.0
    outer = b * c * (a * held[first + 3] - d * held[first]) * (1.0 / 6.0)
    return float(outer + a * d * (c * held[first + 1] - b * held[first + 2]) * 0.5)


@njit(cache=True, nogil=True, error_model="numpy")
def short_log(ratio: float) -> float:
    """ln of a ratio near 1 by the series of the area hyperbolic tangent, elsewhere as it is."""
    w = (ratio - 1.0) / (ratio + 1.0)
    if abs(w) > 0.03:
        return math.log(ratio)
    square = w * w
    return 2.0 * w * (1.0 + square * (1.0 / 3.0 + square * (0.2 + square * (1.0 / 7.0))))


@njit(cache=True, nogil=True, error_model="numpy")
def rounding(d: float) -> float:
    """What a kink of slope 1 at 0 adds to a node at d, both in nodes, beyond max(d, 0).

    The hat's average over the kink, less the twelfth of its second difference by which a smooth curve would gain.
    """
    near, below, above = max(1.0 - abs(d), 0.0), max(1.0 - abs(d - 1.0), 0.0), max(1.0 - abs(d + 1.0), 0.0)
    return near**3 / 6.0 - (near + (below**3 - 2.0 * near**3 + above**3) / 6.0) / 12.0


@njit(cache=True, nogil=True, error_model="numpy")
def interpolate(spots: FloatArray, held: FloatArray, asked: FloatArray, found: FloatArray) -> None:
    """`found`[j] = the value at asked[j]; both run upwards. Beyond the grid it is linear."""
    last, i = len(spots) - 1, 0
    per_gap = 1.0 / math.log(spots[1] / spots[0])
    below = (held[1] - held[0]) / (spots[1] - spots[0])
    above = (held[last] - held[last - 1]) / (spots[last] - spots[last - 1])
    for j in range(len(asked)):
        x = asked[j]
        if x <= spots[0]:
            value = held[0] + below * (x - spots[0])
        elif x >= spots[last]:
            value = held[last] + above * (x - spots[last]) if above < 0.0 else held[last]
        else:
            while spots[i + 1] < x:
                i += 1
            value = between(held, i, short_log(x / spots[i]) * per_gap)
        found[j] = max(value, 0.0)


@njit(cache=True, nogil=True, error_model="numpy")
def before_dividend(
    right: float,
    strike: float,
    cash: float,
    ceiling: float,
    spots: FloatArray,
    held: FloatArray,
    nodes: FloatArray,
    after: FloatArray,
    gain: FloatArray,
) -> None:
    """At X = `nodes` before an ex-date: what waiting is worth, of `held` at X = `spots`, and what exercise adds."""
    for j in range(len(nodes)):
        if right > 0.0:
            left = strike * (strike / nodes[j]) - cash
            gain[j] = strike * (strike / left) if left > 0.0 else math.inf
        else:
            gain[j] = max(nodes[j] - cash, 0.0)
    interpolate(spots, held, gain, after)
    for j in range(len(nodes)):
        if gain[j] < spots[0]:
            after[j] = min(max(after[j], strike - gain[j]), ceiling)
        if right > 0.0:
            after[j] *= nodes[j] / gain[j]
        gain[j] = strike - nodes[j] - after[j]


@njit(cache=True, nogil=True, error_model="numpy")
def add_exercise(after: FloatArray, gain: FloatArray) -> None:
    """`after` becomes the better of waiting and exercise, the kinks between them rounded."""
    n = len(after)
    for j in range(n):
        after[j] += max(gain[j], 0.0)
    for j in range(n - 1):
        rise = gain[j + 1] - gain[j]
        if (gain[j] > 0.0) != (gain[j + 1] > 0.0):
            kink = j - gain[j] / rise
            for node in range(max(j - 1, 0), min(j + 3, n)):
                after[node] += abs(rise) * rounding(node - kink)


@njit(cache=True, nogil=True, error_model="numpy")
def shift_lane(
    lane: int,
    right: float,
    cash: float,
    years: float,
    left: float,
    later: Grid,
    held: FloatArray,
    grid: Grid,
    values: FloatArray,
    work: Work,
) -> None:
    """Carry a lane over an ex-date, from a stretch of `years`: the value at S is that at S - cash, or exercise."""
    n, strike = len(values), grid.strike[lane]
    discount, moved = math.exp(-later.rate[lane] * years), math.exp(-later.drift[lane] * years)
    spots, known, nodes, after, gain = work
    for j in range(n):
        spots[j], known[j], nodes[j] = later.spots[j, lane] * moved, held[j, lane] * discount, grid.spots[j, lane]
    ceiling = strike * max(1.0, math.exp(-later.rate[lane] * left))
    before_dividend(right, strike, cash, ceiling, spots, known, nodes, after, gain)
    add_exercise(after, gain)
    finer = grid.rise[lane] / later.rise[lane]
    if finer > FINER:
        average(right, strike, cash, ceiling, spots, known, nodes, math.ceil(finer), after)
    for j in range(n):
        values[j, lane] = after[j]


@njit(cache=True, nogil=True, error_model="numpy")
def average(
    right: float,
    strike: float,
    cash: float,
    ceiling: float,
    spots: FloatArray,
    held: FloatArray,
    nodes: FloatArray,
    parts: int,
    after: FloatArray,
) -> None:
    """Replace what nodes see of a much finer grid by averages over the hat around each, as in `rounding`."""
    n, asked = len(nodes), nodes.copy()
    first, last = n, -1
    for j in range(n):
        if right > 0.0:
            left = strike * (strike / nodes[j]) - cash
            x = strike * (strike / left) if left > 0.0 else math.inf
        else:
            x = nodes[j] - cash
        if spots[0] < x < spots[-1]:
            first, last = min(first, j), max(last, j)
    if last < 0:
        middle = 0.5 * (spots[0] + spots[-1])
        first, last = n, n
        for j in range(n):
            if right > 0.0:
                left = strike * (strike / nodes[j]) - cash
                x = strike * (strike / left) if left > 0.0 else math.inf
            else:
                x = nodes[j] - cash
            if x > middle:
                first, last = j - 1, j
                break
        if first >= n or first < 0:
            return
    first, last = max(first - 2, 2), min(last + 2, n - 3)
    if last < first:
        return
    cells = last - first + 4
    fine, value, more = np.empty(cells * parts + 1), np.empty(cells * parts + 1), np.empty(cells * parts + 1)
    growth = (nodes[1] / nodes[0]) ** (1.0 / parts)
    for c in range(cells):
        fine[c * parts] = nodes[first - 2 + c]
        for i in range(1, parts):
            fine[c * parts + i] = fine[c * parts + i - 1] * growth
    fine[cells * parts] = nodes[last + 2]
    before_dividend(right, strike, cash, ceiling, spots, held, fine, value, more)
    for i in range(len(value)):
        value[i] += max(more[i], 0.0)
    hats = np.empty(cells + 1)
    for c in range(1, cells):
        total = 0.0
        for i in range(1 - parts, parts):
            total += (parts - abs(i)) * value[c * parts + i]
        hats[c] = total / (parts * parts)
    share = (1.0 - 1.0 / (parts * parts)) / 12.0
    for j in range(first, last + 1):
        c = j - first + 2
        if 1 < c < cells - 1:
            after[j] = hats[c] - share * (hats[c - 1] - 2.0 * hats[c] + hats[c + 1])


@njit(cache=True, nogil=True, error_model="numpy")
def polynomial(x: float) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Weights of nodes 0 to 4 for the value, slope and bend at x (Lagrange)."""
    value, slope, bend = np.empty(5), np.empty(5), np.empty(5)
    for a in range(5):
        v, first, second, scale = 1.0, 0.0, 0.0, 1.0
        for b in range(5):
            if b != a:
                second = second * (x - b) + 2.0 * first
                first = first * (x - b) + v
                v *= x - b
                scale *= a - b
        value[a], slope[a], bend[a] = v / scale, first / scale, second / scale
    return value, slope, bend


@njit(cache=True, nogil=True, error_model="numpy")
def read(columns: FloatArray, grid: Grid, years: float, mesh: float, values: FloatArray, out: FloatArray) -> None:
    """`out` (4, L): price, delta, gamma of the middle node by a polynomial in ln X that keeps off exercised nodes.

    The last is 1 where the node itself is exercised.
    """
    middle, walls = len(values) // 2, walls_after(grid, years)
    for lane in range(values.shape[1]):
        right, spot, strike = columns[0, lane], columns[SPOT, lane], columns[STRIKE, lane]
        gap, first = mesh * columns[VOL, lane], middle - 2
        while (
            first < middle and values[first, lane] <= walls.cash[lane] - walls.asset[lane] * grid.spots[first, lane]
        ):
            first += 1
        _, slopes, bends = polynomial(float(middle - first))
        discount = math.exp(-grid.rate[lane] * years)
        price, slope, bend = values[middle, lane] * discount, 0.0, 0.0
        for a in range(5):
            held = values[first + a, lane] * discount
            slope += slopes[a] * held / gap
            bend += bends[a] * held / (gap * gap)
        wall = walls.cash[lane] - walls.asset[lane] * grid.spots[middle, lane]
        out[3, lane] = 1.0 if values[middle, lane] <= wall else 0.0
        if right > 0.0:
            share = spot / strike
            price, slope, bend = share * price, share * (price - slope), share * (bend - slope)
        else:
            bend -= slope
        out[0, lane], out[1, lane], out[2, lane] = price, slope / spot, bend / (spot * spot)


@njit(cache=True, nogil=True, error_model="numpy")
def middles(columns: FloatArray, part: Stretch, mesh: float) -> FloatArray:
    """ln(X / strike) in the middle of the grid of each lane; half-way between two nodes at expiry."""
    middle = np.empty(columns.shape[1])
    for lane in range(columns.shape[1]):
        low, high = span(columns[:, lane], part)
        away = 0.5 * (low + high) - math.log(columns[STRIKE, lane])
        middle[lane] = -away if columns[0, lane] > 0.0 else away
        if part.end == columns[YEARS, lane]:
            middle[lane] = 0.5 * mesh * columns[VOL, lane]
    return middle


@njit(cache=True, nogil=True, error_model="numpy")
def payoff(grid: Grid, values: FloatArray) -> None:
    """Values at expiry; the strike lies half-way between the middle node and the one before."""
    size = len(values)
    for j in range(size):
        kink = rounding(j - 0.5 * size + 1.0) * grid.strike * grid.rise
        values[j] = np.maximum(grid.strike - grid.spots[j], 0.0) + kink


@njit(cache=True, nogil=True, error_model="numpy")
def on_grid(
    columns: FloatArray, dividends: Dividends, width: float, size: int, steps: int, out: FloatArray
) -> None:
    """Value the lanes `columns` (7, L) of one expiry on grids of `size` nodes; `out` (4, L) as in `read`.

    `width` is that of a grid over √years; `steps` are those of a life without dividends; `dividends` those before
    expiry, one or more.
    """
    years, lanes, puts = columns[YEARS, 0], columns.shape[1], as_puts(columns)
    old, new = np.empty((size, lanes)), np.empty((size, lanes))
    work = Work(np.empty(size), np.empty(size), np.empty(size), np.empty(size), np.empty(size))
    part = stretch(len(dividends.years), years, dividends)
    mesh = width * part.root / (size - 1)
    grid = lay_out(columns, puts, middles(columns, part, mesh), mesh, size)
    payoff(grid, old)
    for k in range(len(dividends.years), -1, -1):
        lasts = part.end - part.start
        count = math.ceil(steps * max(LEAST, math.sqrt(lasts / years)))
        old, new = march(grid, mesh, lasts, count, old, new)
        if k > 0:
            part = stretch(k - 1, years, dividends)
            mesh = width * part.root / (size - 1)
            earlier = lay_out(columns, puts, middles(columns, part, mesh), mesh, size)
            for lane in range(lanes):
                shift_lane(
                    lane,
                    columns[0, lane],
                    dividends.cash[k - 1],
                    lasts,
                    years - part.end,
                    grid,
                    old,
                    earlier,
                    new,
                    work,
                )
            grid, old, new = earlier, new, old
    read(columns, grid, part.end, mesh, old, out)
