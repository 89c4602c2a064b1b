"""What an account may lose, from its positions to one value that every surface shows.

positions ─→ exposures ─→ standing against every limit
          └→ holdings · assets ─→ VaR (exact law of δ and γ, drawn paths) · ES · stresses · what breaks it
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from pipeline.risk_file import Asked
from tools.calendar.trading_time import Clock
from tools.domain.decision import LimitResult
from tools.portfolio.positions import Positions, read_positions
from tools.portfolio.tails import columns
from tools.risk.case import Case
from tools.risk.catalyst import RULES, Active, of_account, under
from tools.risk.profile import LimitProfile
from tools.risk.standing import NOTHING, Tails, standing
from tools.risk.tail import quadratic
from tools.risk.tail.historical import past_moves
from tools.risk.tail.holdings import Assets, FloatArray, Holdings
from tools.risk.tail.monte_carlo import PATHS, SESSIONS, drawn
from tools.risk.tail.revalue import revalue
from tools.risk.tail.reverse import Breaking, smallest_loss
from tools.risk.tail.scenario import scenario
from tools.risk.tail.shortfall import components, expected_shortfall, standard_error, value_at_risk
from tools.risk.tail.stress import Stressed, stressed, stresses

SEED = 20_000
BREAKING = 0.10
"""F11's reverse stress: the share of NAV whose loss is looked for."""


@dataclass(frozen=True)
class Risk:
    """Money with losses positive; `nan` unknown, `unknown` says why by the name of what is.

    var           95 %, one day, by method; var_error is the Monte Carlo's own
    es            by (horizon, level)
    parts         (m,) each position's part of the one-day ES 97.5 %
    catalysts     those that are on for every trade; `limits` are held against the profile they leave of `before`
    """

    positions: Positions
    limits: tuple[LimitResult, ...]
    var: Mapping[str, float]
    var_error: float
    es: Mapping[tuple[str, float], float]
    parts: FloatArray
    stresses: tuple[Stressed, ...]
    breaking: Breaking
    greeks: Mapping[str, float]
    catalysts: tuple[Active, ...]
    before: LimitProfile
    assumptions: tuple[str, ...] = ()
    unknown: Mapping[str, str] = field(default_factory=dict)


def read(asked: Asked, profile: LimitProfile) -> tuple[Positions, Holdings, Assets]:
    """The positions, and the columns that tails are measured on."""
    snapshot = asked.snapshot
    found = read_positions(
        asked.account, snapshot, clock=Clock.CALENDAR_365, gap=profile.overnight, vols=asked.vols
    )
    if asked.brokers:
        at = zip(found.exposures, asked.brokers, strict=True)
        found = replace(found, exposures=tuple(replace(each, broker=broker) for each, broker in at))
    return found, *columns(found, snapshot.facts, asked.moves, as_of=snapshot.as_of)


def measured_stresses(asked: Asked, profile: LimitProfile) -> tuple[Positions, tuple[Stressed, ...]]:
    """What each named stress would cost."""
    positions, holdings, assets = read(asked, profile)
    return positions, stressed(holdings, assets, stresses())


def play(
    asked: Asked, profile: LimitProfile, *, spots: Sequence[float], vols: Sequence[float], days: int
) -> tuple[Positions, FloatArray]:
    """Gains by position over a grid of index moves and vols, shares of themselves, after some days."""
    positions, holdings, assets = read(asked, profile)
    return positions, scenario(holdings, assets, spots=spots, vols=vols, days=days)


def measure(asked: Asked, profile: LimitProfile, *, seed: int = SEED, paths: int = PATHS) -> Risk:
    """All of it; `InputError` for correlations that are none, too few paths."""
    positions, holdings, assets = read(asked, profile)
    snapshot = asked.snapshot
    active = of_account(snapshot, vix_high=profile.vix_high)
    gains = {name: _gains(holdings, assets, seed, paths, sessions) for name, sessions in SESSIONS.items()}
    book = {name: each.sum(axis=0) for name, each in gains.items()}
    es = {
        (name, level): expected_shortfall(each, level=level)
        for name, each in book.items()
        for level in (0.975, 0.99)
    }
    delta, gamma = _by_asset(holdings, positions, assets)
    var = {
        "delta_gamma": quadratic.value_at_risk(
            delta=delta, gamma=gamma, vol=assets.daily_vol, correlation=assets.correlation
        ),
        "monte_carlo": value_at_risk(book["1d"], level=0.95),
        "historical": math.nan if asked.past is None else _dealt(holdings, assets, asked.past),
    }
    case = Case(
        nav=positions.nav,
        held=positions.exposures,
        proposal=NOTHING,
        profile=under(profile, active),
        conditions=snapshot.conditions,
        open_underlyings=positions.optioned,
        opening=False,
        missing=positions.missing,
        day_opened_max_loss=asked.opened_today,
    )
    found = stressed(holdings, assets, stresses())
    return Risk(
        positions=positions,
        limits=standing(case, Tails(var_95_1d=var["monte_carlo"], es_975_1w=es["1w", 0.975])),
        var=var,
        var_error=standard_error(book["1d"], level=0.95),
        es=es,
        parts=components(gains["1d"], level=0.975),
        stresses=found,
        breaking=smallest_loss(holdings, assets, loss=BREAKING * positions.nav),
        greeks=_greeks(positions, assets, holdings),
        catalysts=active,
        before=profile,
        assumptions=asked.assumptions,
        unknown=_unknown(positions, holdings, assets, var, found),
    )


def _gains(holdings: Holdings, assets: Assets, seed: int, paths: int, sessions: float) -> FloatArray:
    if not len(holdings):
        return np.zeros((0, paths))
    return revalue(holdings, assets, drawn(assets, seed=seed, paths=paths, sessions=sessions))


def _dealt(holdings: Holdings, assets: Assets, past: FloatArray) -> float:
    """Historical VaR, each past day in the vol of now."""
    gains = revalue(holdings, assets, past_moves(past, filtered=True))
    return value_at_risk(gains.sum(axis=0), level=0.95)


def _by_asset(holdings: Holdings, read: Positions, assets: Assets) -> tuple[FloatArray, FloatArray]:
    """Money per unit of log return, and per its square: d²V/dx² = γS² + δS."""
    delta, gamma = np.zeros(len(assets)), np.zeros(len(assets))
    for row, exposure in zip(holdings.asset, read.exposures, strict=True):
        delta[row] += exposure.dollar_delta
        gamma[row] += exposure.gamma_1pct * 100
    return delta, gamma


def _greeks(read: Positions, assets: Assets, holdings: Holdings) -> dict[str, float]:
    nav = read.nav if read.nav > 0 else math.nan
    total = {
        name: math.fsum(getattr(each, name) for each in read.exposures)
        for name in ("dollar_delta", "gamma_1pct", "vega_point", "theta_day")
    }
    leaning = [
        exposure.dollar_delta * assets.beta[row] if exposure.dollar_delta else 0.0
        for row, exposure in zip(holdings.asset, read.exposures, strict=True)
    ]
    return {
        "delta_fraction": total["dollar_delta"] / nav,
        "gamma_fraction": total["gamma_1pct"] / nav,
        "vega_fraction": total["vega_point"] / nav,
        "theta_per_day": total["theta_day"],
        "beta_delta_fraction": math.fsum(leaning) / nav,
    }


def _unknown(
    read: Positions, holdings: Holdings, assets: Assets, var: Mapping[str, float], found: tuple[Stressed, ...]
) -> dict[str, str]:
    """Why what is unknown is so, by the name it has in the contract."""
    told = dict(read.missing)
    if math.isnan(var["historical"]):
        told["var_95_1d.historical"] = "no daily history of the underlyings is at hand"
    if math.isnan(var["monte_carlo"]):
        why = read.missing.get("dollar_delta") or _moves_unknown(holdings, assets)
        told |= dict.fromkeys(("var_95_1d.delta_gamma", "var_95_1d.monte_carlo", "es_1d"), why)
    if read.nav <= 0:
        told["greeks"] = f"net asset value is {read.nav:,.0f}, and nothing can be a share of it"
    return told | {f"stresses.{each.stress.name}": each.because for each in found if each.because}


def _moves_unknown(holdings: Holdings, assets: Assets) -> str:
    for row in dict.fromkeys(holdings.asset.tolist()):
        if math.isnan(assets.daily_vol[row]):
            return f"the daily volatility of {assets.symbols[row]} is unknown"
    pairs = np.argwhere(np.isnan(assets.correlation))
    if len(pairs):
        one, other = (assets.symbols[each] for each in pairs[0])
        return f"the correlation of {one} and {other} is unknown"
    return "a price is unknown"


def contract(risk: Risk) -> dict[str, Any]:
    """thetagate.risk/1; what is unknown is null."""
    return {
        "schema": "thetagate.risk/1",
        "nav": known(risk.positions.nav),
        "greeks": {name: known(value) for name, value in risk.greeks.items()},
        "limits": [
            {
                "rule": each.rule,
                "name": each.name,
                "value": each.after,
                "limit": each.limit,
                "alert": each.alert,
                "state": each.state.value,
                "source": each.source,
            }
            for each in risk.limits
        ],
        "var_95_1d": {name: known(value) for name, value in risk.var.items()},
        "var_95_1d_error": known(risk.var_error),
        "es_1d": {"97.5": known(risk.es["1d", 0.975]), "99": known(risk.es["1d", 0.99])},
        "es_1w": {"97.5": known(risk.es["1w", 0.975]), "99": known(risk.es["1w", 0.99])},
        "es_1m": {"97.5": known(risk.es["1m", 0.975]), "99": known(risk.es["1m", 0.99])},
        "es_parts": [
            {"symbol": each.held.symbol, "book": each.held.book, "part": known(float(part))}
            for each, part in zip(risk.positions.priced, risk.parts, strict=True)
        ],
        "stresses": [{"name": each.stress.name, "loss": known(each.loss)} for each in risk.stresses],
        "reverse_stress": {"share": BREAKING, "move": known(risk.breaking.move), "loss": known(risk.breaking.loss)},
        "catalysts": [_catalyst(each, risk.before) for each in risk.catalysts],
        "assumptions": list(risk.assumptions),
        "unknown": dict(sorted(risk.unknown.items())),
    }


def _catalyst(active: Active, before: LimitProfile) -> dict[str, Any]:
    """What is on, since when, and the limits it moves from the profile's numbers to its own."""
    return {
        "name": active.catalyst.name,
        "since": None if active.since is None else str(active.since),
        "because": active.because,
        "moves": [
            {
                "rule": RULES[move.setting],
                "from": getattr(before, move.setting),
                "to": move.applied(getattr(before, move.setting)),
            }
            for move in active.catalyst.moves
        ],
    }


def known(value: float) -> float | None:
    return None if math.isnan(value) else value
