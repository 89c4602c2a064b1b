"""How fills make a trade, roll it and end it: the one fold behind the ledger's open trades and the engine's."""

from __future__ import annotations

import math
from collections.abc import Iterable
from decimal import Decimal

from tools.calendar.trading_time import Clock
from tools.domain.candidate import Candidate
from tools.domain.market import Snapshot
from tools.domain.order import Fill
from tools.domain.structure import Leg
from tools.domain.trade import EntryMarks, Trade
from tools.portfolio.quoting import leg_set_greeks, marks, spread_of


def opened(
    candidate: Candidate, fills: Iterable[Fill], *, decision_id: str, units: int, entry: EntryMarks
) -> Trade:
    """The trade that the fills of an entry order make."""
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
        credit=float(_received(executed) / units),
        entry=entry,
    )


def reduced(trade: Trade, units: int) -> Trade | None:
    """What is left after `units` of it were closed; None for nothing."""
    left = trade.contracts - units
    return trade.model_copy(update={"contracts": left}) if left > 0 else None


def rolled(
    trade: Trade, legs: tuple[Leg, ...], fills: Iterable[Fill], *, units: int, entry: EntryMarks, snapshot: Snapshot
) -> tuple[Trade, Trade | None]:
    """(the trade on its new legs, what is left on the old ones) after `units` of it were rolled.

    `credit` is what the new legs brought, a leg that stayed at its mark of the moment; the rest of what the
    trade has brought so far is `carried`, so that the two always sum to the cash received per unit.
    """
    executed = tuple(fills)
    received = trade.credit + trade.carried + float(_received(executed) / units)
    prices = {fill.symbol: float(fill.price) for fill in executed}
    stayed = marks(snapshot, (leg.contract.occ for leg in legs if leg.contract.occ not in prices))
    credit = -math.fsum(leg.quantity * (prices | stayed).get(leg.contract.occ, 0.0) for leg in legs)
    new = trade.model_copy(
        update={
            "legs": legs,
            "contracts": units,
            "legs_at": max(fill.at for fill in executed),
            "credit": credit,
            "carried": received - credit,
            "rolls": trade.rolls + 1,
            "entry": entry,
        }
    )
    return new, reduced(trade, units)


def entry_marks(snapshot: Snapshot, legs: tuple[Leg, ...], *, clock: Clock) -> EntryMarks:
    """What stands at a fill; what the snapshot does not tell is None."""
    chain = snapshot.chains.get(legs[0].contract.underlying)
    vix, spread = snapshot.conditions.vix, spread_of(snapshot, legs)
    iv, _ = leg_set_greeks(snapshot, legs, clock=clock)
    return EntryMarks(
        spot=None if chain is None else chain.spot,
        vix=None if vix.is_unknown else vix.value,
        iv=iv,
        spread=None if math.isnan(spread) else spread,
    )


def _received(fills: tuple[Fill, ...]) -> Decimal:
    """Σ -quantity·price per share: what the executions brought, before commissions."""
    return sum((-fill.quantity * fill.price for fill in fills), Decimal(0))
