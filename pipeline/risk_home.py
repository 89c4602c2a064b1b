"""The account of a home, asked about its risk: its positions on its market, and how they are known to move.

facts of the snapshot ─→ a day's vol from the realised vol · correlations as betas to the index imply them
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

from pipeline.home import Home
from pipeline.risk_file import Asked
from pipeline.settings import Settings
from pipeline.wiring import open_ledger, open_market
from tools.domain.errors import InputError
from tools.domain.market import Snapshot, UnderlyingFacts
from tools.portfolio.tails import Moves

INDEX = "SPY"
"""What betas are to."""

SESSIONS_PER_YEAR = 252
MOST = 0.99
"""Two names are never one, whatever their betas say."""


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
    return Asked(
        account,
        snapshot,
        vols={},
        moves=_moves(snapshot),
        opened_today=account.opened_today_max_loss,
        assumptions=ASSUMPTIONS,
    )


ASSUMPTIONS = (
    "Shocks are instantaneous: no time passes, and no decay is counted as a gain.",
    "A day's vol is the realised vol over √252, and volatilities stand still in VaR and ES.",
    f"Correlations are those that betas to {INDEX} imply, with nothing in common beside it.",
)


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
