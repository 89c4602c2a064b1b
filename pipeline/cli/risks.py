"""What the terminal shows of risk: where limits stand, what may be lost, what named days would cost."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.cli import tables
from pipeline.cli.exits import Exit
from pipeline.cli.opening import print_json

if TYPE_CHECKING:
    from pipeline.risk_file import Asked
    from pipeline.risking import Risk
    from tools.domain.decision import LimitResult
    from tools.risk.profile import LimitProfile

WORST = 5
"""Parts of ES and of a stress that are named."""


def asked(option: Path | None, snapshot: Path | None) -> tuple[Asked, LimitProfile]:
    """The account of a home, or a book on file with the limits of the settings."""
    from pipeline.cli.opening import home_of, open_home
    from pipeline.risk_file import read_book
    from pipeline.risk_home import ask
    from pipeline.settings import load_settings

    if snapshot is not None:
        return read_book(snapshot), load_settings(home_of(option).root).risk
    home, settings = open_home(option)
    return ask(home, settings), settings.risk


def risk(option: Path | None, *, snapshot: Path | None, seed: int | None, paths: int | None, as_json: bool) -> int:
    from pipeline.risking import SEED, contract, measure
    from tools.risk.catalyst import RULES
    from tools.risk.tail.monte_carlo import PATHS

    book, profile = asked(option, snapshot)
    found = measure(book, profile, seed=SEED if seed is None else seed, paths=PATHS if paths is None else paths)
    if as_json:
        print_json(contract(found))
        return Exit.OK
    out = tables.console()
    held = len(found.positions.priced)
    out.print(f"{tables.stamp(book.snapshot.as_of)} · {book.snapshot.source} · {held} positions")
    out.print(_head(found))
    out.print(_limits(found.limits))
    for each in found.catalysts:
        moved = ", ".join(dict.fromkeys(RULES[move.setting] for move in each.catalyst.moves))
        out.print(f"catalyst: {each.catalyst.name}: {each.because}; moves {moved}")
    out.print(_tails(found))
    out.print(_worst(found))
    for said in found.assumptions:
        out.print(f"assumed: {said}", style="dim")
    for name, why in sorted(found.unknown.items()):
        out.print(f"unknown: {name}: {why}", style="dim")
    return Exit.OK


def stress(option: Path | None, *, snapshot: Path | None, as_json: bool) -> int:
    from pipeline.risking import measured_stresses

    book, profile = asked(option, snapshot)
    read, found = measured_stresses(book, profile)
    nav = read.nav if read.nav > 0 else math.nan
    if as_json:
        print_json(
            {
                "schema": "thetagate.stress/1",
                "nav": _known(read.nav),
                "stresses": [
                    {
                        "name": each.stress.name,
                        "says": each.stress.says,
                        "loss": _known(each.loss),
                        "share": _known(each.loss / nav),
                        "because": each.because,
                        "positions": [
                            {"symbol": one.held.symbol, "book": one.held.book, "loss": _known(-float(gain))}
                            for one, gain in zip(read.priced, each.by_position, strict=True)
                        ],
                    }
                    for each in found
                ],
            }
        )
        return Exit.OK
    table = tables.plain_table("stress", "what it was", ">loss $", ">of NAV", "most of it from")
    for each in sorted(found, key=lambda one: -one.loss if one.loss == one.loss else math.inf):
        losses = sorted(zip(-each.by_position, read.priced, strict=True), key=lambda pair: -pair[0])
        most = losses[0][1].held.symbol if losses and losses[0][0] > 0 else ""
        table.add_row(
            each.stress.name,
            each.stress.says,
            _money(each.loss),
            _share(each.loss / nav),
            each.because or most,
        )
    tables.console().print(table)
    return Exit.OK


SPOTS = (-0.20, -0.10, -0.05, 0.0, 0.05, 0.10)
VOLS = (-0.25, 0.0, 0.25, 0.5, 1.0)


def scenario(
    option: Path | None, *, snapshot: Path | None, spot: float, vol: float, days: int, as_json: bool
) -> int:
    from pipeline.risking import play
    from tools.domain.errors import InputError

    if not -99 < spot <= 1000 or not -99 < vol <= 1000:
        raise InputError("--spot and --vol are percent and lie between -99 and 1000.")
    book, profile = asked(option, snapshot)
    read, gains = play(book, profile, spots=(spot / 100, *SPOTS), vols=(vol / 100, *VOLS), days=days)
    grid = gains[:, 1:, 1:].sum(axis=0)
    if as_json:
        print_json(
            {
                "schema": "thetagate.scenario/1",
                "spot": spot / 100,
                "vol": vol / 100,
                "days": days,
                "nav": _known(read.nav),
                "gain": _known(float(gains[:, 0, 0].sum())),
                "positions": [
                    {"symbol": each.held.symbol, "book": each.held.book, "gain": _known(float(gain))}
                    for each, gain in zip(read.priced, gains[:, 0, 0], strict=True)
                ],
                "grid": {
                    "spots": list(SPOTS),
                    "vols": list(VOLS),
                    "gains": [[_known(float(cell)) for cell in row] for row in grid],
                },
            }
        )
        return Exit.OK
    out = tables.console()
    total = float(gains[:, 0, 0].sum())
    out.print(
        f"index {_signed(spot)} %, vols {_signed(vol)} %, {days} days: "
        f"{_money(total)} $ of NAV {_money(read.nav)} $"
    )
    table = tables.plain_table("index", *(f">vols {_signed(100 * each)} %" for each in VOLS))
    worst = grid.min() if not math.isnan(float(grid.min())) else None
    for move, row in zip(SPOTS, grid.tolist(), strict=True):
        cells = (f"[{_money(cell)}]" if cell == worst else _money(cell) for cell in row)
        table.add_row(f"{_signed(100 * move)} %", *cells)
    out.print(table, markup=False)
    return Exit.OK


def _head(found: Risk) -> str:
    greeks = {name: _share(value) for name, value in found.greeks.items()}
    theta = _money(found.greeks["theta_per_day"])
    return (
        f"NAV {_money(found.positions.nav)} · delta {greeks['delta_fraction']} of NAV, beta-weighted "
        f"{greeks['beta_delta_fraction']} · gamma {greeks['gamma_fraction']} per 1 % · vega "
        f"{greeks['vega_fraction']} per point · theta {theta} $ a day"
    )


def _limits(limits: tuple[LimitResult, ...]) -> Any:
    table = tables.plain_table("rule", "limit", ">now", ">bound", ">alert", "state", "set by")
    for each in limits:
        table.add_row(
            each.rule,
            each.name,
            _measure(each.after, each.unit),
            _measure(each.limit, each.unit),
            _measure(each.alert, each.unit) if each.alert is not None else "",
            each.state.value,
            each.source,
        )
    return table


def _tails(found: Risk) -> Any:
    nav = found.positions.nav
    table = tables.plain_table("may be lost", ">1 day", ">1 week", ">1 month", ">1 day of NAV")
    for name, key in (("exact law of delta and gamma", "delta_gamma"), ("drawn paths", "monte_carlo")):
        table.add_row(f"VaR 95 %, {name}", _money(found.var[key]), "", "", _share(found.var[key] / nav))
    for level in (0.975, 0.99):
        row = [found.es[horizon, level] for horizon in ("1d", "1w", "1m")]
        table.add_row(f"ES {100 * level:g} %", *map(_money, row), _share(row[0] / nav))
    return table


def _worst(found: Risk) -> Any:
    nav = found.positions.nav
    table = tables.plain_table("the worst of the named days", ">loss $", ">of NAV")
    known = [each for each in found.stresses if not math.isnan(each.loss)]
    for each in sorted(known, key=lambda one: -one.loss)[:WORST]:
        table.add_row(f"{each.stress.name}, {each.stress.says}", _money(each.loss), _share(each.loss / nav))
    if not math.isnan(found.breaking.move):
        move = _signed(100 * found.breaking.move)
        table.add_row(f"the nearest index move that loses a tenth: {move} %", _money(found.breaking.loss), "")
    return table


def _known(value: float) -> float | None:
    return None if math.isnan(value) else value


def _money(value: float) -> str:
    return "unknown" if math.isnan(value) else tables.money(value)


def _share(value: float) -> str:
    return "unknown" if math.isnan(value) else f"{100 * value:.2f} %".replace("-", tables.MINUS)


def _signed(value: float) -> str:
    return f"{value:+g}".replace("-", tables.MINUS)


def _measure(value: float | None, unit: str) -> str:
    if value is None:
        return "unknown"
    return f"{value:g}" if unit == "underlyings" else _share(value)
