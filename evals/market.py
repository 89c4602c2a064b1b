"""The embedded day with something changed: facts, conditions, quotes, events, corporate actions, halts.

embedded snapshot → only these underlyings → changes, each by its name → snapshot with a fingerprint of its own

vix, average_correlation   a number, or {unknown: reason}
events                     list of {name, start, end}, or {unknown: reason}
facts                      {SYMBOL: {fact: value | {unknown: …} | {not_applicable: …}}}
quotes                     {SYMBOL: {width: factor, volume: n, open_interest: n}}; null is unknown
adjusted                   {SYMBOL: first day on which its contracts are adjusted}
halted                     [SYMBOL]
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from functools import lru_cache
from typing import Any

import numpy as np

from evals.compact import conditions_of, fact_of, written_conditions
from tools.data.simulated import EmbeddedMarket
from tools.domain.chain import Chain, FloatArray
from tools.domain.errors import ConfigError
from tools.domain.market import Snapshot
from tools.domain.value import digest


def changed_market(symbols: tuple[str, ...], changes: Mapping[str, Any]) -> Snapshot:
    """The embedded day with these underlyings alone and these changes; `ConfigError` for what it does not know."""
    day = embedded_day()
    missing = sorted(set(symbols) - day.chains.keys())
    odd = sorted(changes.keys() - CHANGES.keys())
    if missing or odd:
        raise ConfigError(f"The embedded day knows no {', '.join(missing + odd)}.")
    snapshot = replace(day, chains={symbol: day.chains[symbol] for symbol in symbols}, embedded=False)
    for name, change in changes.items():
        snapshot = CHANGES[name](snapshot, change)
    return replace(snapshot, fingerprint=digest([day.fingerprint, symbols, dict(changes)]))


@lru_cache(maxsize=1)
def embedded_day() -> Snapshot:
    return EmbeddedMarket().snapshot()


def _conditions(name: str) -> Callable[[Snapshot, Any], Snapshot]:
    def change(snapshot: Snapshot, value: Any) -> Snapshot:
        written = written_conditions(snapshot.conditions, until=date.max) | {name: value}
        return replace(snapshot, conditions=conditions_of(written, as_of=snapshot.as_of))

    return change


def _facts(snapshot: Snapshot, changes: Mapping[str, Mapping[str, Any]]) -> Snapshot:
    facts = dict(snapshot.facts)
    for symbol, told in changes.items():
        known = facts[symbol]
        fresh = {name: fact_of(name, value, snapshot.as_of) for name, value in told.items()}
        facts[symbol] = known.model_copy(update=fresh)
    return replace(snapshot, facts=facts)


def _quotes(snapshot: Snapshot, changes: Mapping[str, Mapping[str, Any]]) -> Snapshot:
    chains = {symbol: _quoted(chain, changes.get(symbol, {})) for symbol, chain in snapshot.chains.items()}
    return replace(snapshot, chains=chains)


def _quoted(chain: Chain, told: Mapping[str, Any]) -> Chain:
    if "width" in told:
        middle, half = (chain.bid + chain.ask) / 2, (chain.ask - chain.bid) / 2 * told["width"]
        bid, ask = np.round(np.maximum(middle - half, 0.01), 2), np.round(middle + half, 2)
        chain = replace(chain, bid=bid, ask=ask)
    if "volume" in told:
        chain = replace(chain, volume=_count(told["volume"], len(chain)))
    if "open_interest" in told:
        chain = replace(chain, open_interest=_count(told["open_interest"], len(chain)))
    return chain


def _count(told: float | None, rows: int) -> FloatArray:
    return np.full(rows, np.nan if told is None else float(told))


def _adjusted(snapshot: Snapshot, days: Mapping[str, str]) -> Snapshot:
    return replace(snapshot, adjustments={symbol: date.fromisoformat(day) for symbol, day in days.items()})


def _halted(snapshot: Snapshot, symbols: list[str]) -> Snapshot:
    return replace(snapshot, halted=frozenset(symbols))


CHANGES: dict[str, Callable[[Snapshot, Any], Snapshot]] = {
    "vix": _conditions("vix"),
    "average_correlation": _conditions("average_correlation"),
    "events": _conditions("events"),
    "facts": _facts,
    "quotes": _quotes,
    "adjusted": _adjusted,
    "halted": _halted,
}
