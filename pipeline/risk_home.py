"""The account of a home, asked about its risk: its positions on its market, and how they are known to move.

daily history of the home ─→ returns of the last year ─→ vols, correlations, past days to deal again
facts of the snapshot     ─→ where no history is: vols from realised vols, correlations as betas imply them
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from pipeline.home import Home
from pipeline.risk_file import Asked
from pipeline.settings import Settings
from pipeline.wiring import open_ledger, open_market
from tools.domain.errors import InputError
from tools.domain.market import Snapshot, UnderlyingFacts
from tools.portfolio.held import read_held
from tools.portfolio.tails import Moves
from tools.risk.correlation import correlations

FloatArray = npt.NDArray[np.float64]

INDEX = "SPY"
"""What betas are to."""

SESSIONS_PER_YEAR = 252
MOST = 0.99
"""Two names are never one, whatever their betas say."""

STILL = "Shocks are instantaneous: no time passes, and no decay is counted as a gain."
FROM_HISTORY = "A day's vol and correlations are those of the last 252 sessions, correlations shrunk (Ledoit-Wolf)."
FROM_FACTS = (
    "A day's vol is the realised vol over √252, and volatilities stand still in VaR and ES.",
    f"Correlations are those that betas to {INDEX} imply, with nothing in common beside it.",
)


def ask(home: Home, settings: Settings) -> Asked:
    """`InputError` where nothing has run yet."""
    market = home.read_market()
    if market is None or not home.is_initialised:
        raise InputError(
            f"Nothing is held: nothing has run in {home.root} yet. Start with `thetagate demo`, or name a book on "
            "file with --snapshot."
        )
    snapshot = open_market(market, settings, home)
    with open_ledger(home, account=settings.account.name) as ledger:
        account = ledger.account()
    account = replace(account, positions=tuple(held for held in account.positions if held.quantity))
    underlyings = tuple(dict.fromkeys(each.underlying for each in read_held(account, snapshot)))
    past = _returns(home, underlyings, snapshot)
    return Asked(
        account,
        snapshot,
        vols={},
        moves=_moves(snapshot) if past is None else _measured(past, underlyings),
        past=past,
        opened_today=account.opened_today_max_loss,
        assumptions=(STILL, *(FROM_FACTS if past is None else (FROM_HISTORY,))),
    )


def _returns(home: Home, symbols: Sequence[str], snapshot: Snapshot) -> FloatArray | None:
    """(t, n) log returns on the days that all of them closed on; None where one has no year of them here."""
    if snapshot.simulated or not symbols or not home.history.is_dir():
        return None
    from tools.data.store.history import History

    with History.open(home.history) as history:
        bars = [history.daily.bars(symbol, until=snapshot.as_of) for symbol in symbols]
    closes = [dict(zip(each.days.tolist(), each.split_adjusted, strict=True)) for each in bars if each is not None]
    if len(closes) < len(symbols):
        return None
    days = sorted(set.intersection(*(set(each) for each in closes)))
    levels = np.array([[each[day] for each in closes] for day in days])
    return np.diff(np.log(levels), axis=0) if len(days) > SESSIONS_PER_YEAR else None


def _measured(past: FloatArray, symbols: tuple[str, ...]) -> Moves:
    found = correlations(past, symbols)
    pairs = {
        (a, b): float(found.shrunk[i, j]) for i, a in enumerate(symbols) for j, b in enumerate(symbols) if i < j
    }
    daily = past[-SESSIONS_PER_YEAR:].std(axis=0)
    return Moves(daily_vol=dict(zip(symbols, daily.tolist(), strict=True)), correlation=pairs)


def _moves(snapshot: Snapshot) -> Moves:
    daily = {
        symbol: facts.realised_vol.value / math.sqrt(SESSIONS_PER_YEAR)
        for symbol, facts in snapshot.facts.items()
        if facts.realised_vol.value
    }
    loads = {symbol: load for symbol, facts in snapshot.facts.items() if (load := _load(facts, daily)) is not None}
    pairs = {(a, b): loads[a] * loads[b] for a in loads for b in loads if a < b}
    return Moves(daily_vol=daily, correlation=pairs)


def _load(facts: UnderlyingFacts, daily: Mapping[str, float]) -> float | None:
    """Correlation with the index: beta·σ(index)/σ; None where one of the three is unknown."""
    if facts.symbol not in daily or INDEX not in daily or facts.beta.value is None:
        return None
    return max(-MOST, min(MOST, facts.beta.value * daily[INDEX] / daily[facts.symbol]))
