"""The trades of an account that are over, as a candidate is compared with them, from their decision records.

ended trades + their records → how each was entered · what it brought · what ended it → PastTrades
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from tools.desk.trades import filled_units
from tools.domain.activity import ActivityKind
from tools.domain.decision import DecisionRecord
from tools.domain.market import Conditions, UnderlyingFacts
from tools.domain.mode import Mode
from tools.domain.order import Purpose
from tools.domain.past_trade import PastTrade
from tools.ledger.profits import EndedTrade
from tools.portfolio.similar import PastTrades, entry_features

TOLD = {"underlying", "conditions", "simulated"}
"""What a record has to tell of its market to be compared with."""

_DELIVERED = frozenset({ActivityKind.ASSIGNED, ActivityKind.EXERCISED})


def past_trades(
    ended: Iterable[EndedTrade], records: Iterable[DecisionRecord], modes: Mapping[str, Mode]
) -> PastTrades:
    """Those of `ended` that an entry order opened on facts that were kept, in their order.

    modes  by decision, where its orders went
    """
    by_id = {record.id: record for record in records}
    return PastTrades(
        tuple(
            past_trade(by_id[each.decision_id], each, mode=modes[each.decision_id])
            for each in ended
            if by_id[each.decision_id].fills and by_id[each.decision_id].facts.keys() >= TOLD
        )
    )


def past_trade(record: DecisionRecord, ended: EndedTrade, *, mode: Mode) -> PastTrade:
    candidate = record.candidate
    facts = UnderlyingFacts.model_validate(record.facts["underlying"])
    conditions = Conditions.model_validate(record.facts["conditions"])
    return PastTrade(
        id=record.id,
        label=candidate.label,
        features=entry_features(candidate, facts, conditions),
        opened_at=ended.opened_at,
        closed_at=ended.closed_at,
        contracts=filled_units(record.fills, candidate.legs),
        pnl=float(ended.pnl),
        collateral=candidate.collateral,
        ended_by=ended_by(record),
        mode=mode,
        simulated=bool(record.facts["simulated"]),
    )


def ended_by(record: DecisionRecord) -> str:
    """What ended the trade, in words: assignment before all, else the last of its exits and settlements."""
    settled = [each.activity for each in record.settlements if each.quantity]
    delivered = next((each for each in settled if each.kind in _DELIVERED), None)
    if delivered is not None:
        return delivered.kind.value
    closed = [each for each in record.endings if each.fills and each.intent.purpose is Purpose.CLOSE]
    last_close = max((fill.at for each in closed for fill in each.fills), default=None)
    if settled and (last_close is None or settled[-1].at >= last_close):
        return settled[-1].kind.value
    return _exit(closed[-1].action) if closed else "closed"


def _exit(action: Mapping[str, object]) -> str:
    """The rule that names the reason; a close that no rule asked for is only closed."""
    body = action.get("action")
    signals = body.get("signals") if isinstance(body, dict) else None
    return str(signals[0]["rule"]).replace("_", " ") if signals else "closed"
