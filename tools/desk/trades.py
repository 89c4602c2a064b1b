"""How fills make a trade, move it and end it: the one fold behind the ledger's open trades and the engine's.

candidate, fills of the entry → opened ─→ rolled (tools.portfolio.rolls) ─→ reduced ─→ nothing left
record → the same, from its parts
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from tools.books.manage import Close, Roll
from tools.domain.candidate import Candidate
from tools.domain.decision import DecisionRecord, Ending
from tools.domain.market import Snapshot
from tools.domain.order import Fill, Purpose
from tools.domain.structure import Leg
from tools.domain.trade import EntryMarks, Trade
from tools.portfolio.rolls import rolled


def opened(
    candidate: Candidate, fills: Iterable[Fill], *, decision_id: str, units: int, vix: float | None
) -> Trade:
    """The trade that the fills of an entry order make; its marks are what it was screened at."""
    executed = tuple(fills)
    at = min(fill.at for fill in executed)
    return Trade(
        id=decision_id,
        book=candidate.book,
        underlying=candidate.underlying,
        structure=candidate.structure,
        legs=candidate.legs,
        contracts=units,
        multiplier=candidate.multiplier,
        opened_at=at,
        legs_at=at,
        credit=float(received(executed) / units),
        entry=EntryMarks(spot=candidate.spot, vix=vix, iv=candidate.iv, spread=candidate.spread),
    )


def reduced(trade: Trade, units: int) -> Trade | None:
    """What is left after `units` of it were closed; None for nothing."""
    left = trade.contracts - units
    return trade.model_copy(update={"contracts": left}) if left > 0 else None


def moved(action: Roll, fills: Iterable[Fill], *, entry: EntryMarks) -> Trade:
    """The trade on its new legs, after a roll of all of it."""
    executed = tuple(fills)
    price = float(received(executed) / action.proposal.contracts)
    return rolled(action.trade, action.proposal, price=price, at=max(fill.at for fill in executed), entry=entry)


def marks_of_roll(action: Roll, snapshot: Snapshot) -> EntryMarks:
    """What stands when a roll is ordered, as far as its new legs' quotes are not needed for it."""
    chain, vix = snapshot.chains.get(action.trade.underlying), snapshot.conditions.vix
    return EntryMarks(spot=None if chain is None else chain.spot, vix=None if vix.is_unknown else vix.value)


def trade_of(record: DecisionRecord) -> Trade | None:
    """The open trade of a decision, folded from its fills; None where nothing is open."""
    if not record.fills:
        return None
    conditions = record.facts.get("conditions", {})
    trade: Trade | None = opened(
        record.candidate,
        record.fills,
        decision_id=record.id,
        units=filled_units(record.fills, record.candidate.legs),
        vix=conditions.get("vix", {}).get("value"),
    )
    for ending in record.endings:
        if trade is not None and ending.fills:
            trade = _after(trade, ending)
    return trade


def story_of(action: Close | Roll, snapshot: Snapshot) -> dict[str, Any]:
    """What the record keeps of an action, and all that `trade_of` needs of it."""
    entry = marks_of_roll(action, snapshot) if isinstance(action, Roll) else EntryMarks()
    return {
        "action": action.model_dump(mode="json"),
        "snapshot": snapshot.fingerprint,
        "entry": entry.model_dump(mode="json"),
    }


def filled_units(fills: Iterable[Fill], legs: tuple[Leg, ...]) -> int:
    """Whole units of a leg set that were executed."""
    done: dict[str, int] = {}
    for fill in fills:
        done[fill.symbol] = done.get(fill.symbol, 0) + fill.quantity
    return min(done.get(leg.contract.occ, 0) // leg.quantity for leg in legs)


def received(fills: Iterable[Fill]) -> Decimal:
    """Σ -quantity·price per share: what the executions brought, before commissions."""
    return sum((-fill.quantity * fill.price for fill in fills), Decimal(0))


def _after(trade: Trade, ending: Ending) -> Trade | None:
    if ending.intent.purpose is Purpose.CLOSE:
        return reduced(trade, filled_units(ending.fills, ending.intent.legs))
    action = Roll.model_validate(ending.action["action"])
    return moved(action, ending.fills, entry=EntryMarks.model_validate(ending.action["entry"]))
