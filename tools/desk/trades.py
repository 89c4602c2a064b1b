"""How fills make a trade, move it and end it: the one fold behind the ledger's open trades and the engine's.

candidate, fills of the entry → opened ─→ rolled (tools.portfolio.rolls) ─→ reduced ──→ nothing left
                                                     what settled without an order ─→ broken, or nothing left
                                                     a split ─→ the same trade on other legs, at the same money
record → the same, from its parts                    shares that were delivered    ─→ a trade of their own
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from itertools import groupby
from typing import Any

from tools.books.manage import Close, Roll
from tools.domain.activity import Booking
from tools.domain.candidate import Candidate
from tools.domain.chain import new_york_date
from tools.domain.contract import OptionContract, ShareContract, is_occ, parse_occ, shares_of
from tools.domain.decision import DecisionRecord, Ending
from tools.domain.market import Snapshot
from tools.domain.order import Fill, Purpose
from tools.domain.structure import Leg, StructureKind
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


def settled(trade: Trade, changes: Mapping[str, int]) -> Trade | None:
    """What is left of it after some of its legs ended, by so much of each symbol; None for nothing.

    Legs that all shrank alike are fewer units of the same trade. Else it is broken: one that keeps its units where
    they divide what is left, or one of fewer.
    """
    left = {leg: leg.quantity * trade.contracts + changes.get(leg.contract.occ, 0) for leg in trade.legs}
    held = {leg: quantity for leg, quantity in left.items() if quantity}
    if not held:
        return None
    units = [Fraction(quantity, leg.quantity) for leg, quantity in left.items()]
    if len(set(units)) == 1 and units[0].denominator == 1:
        return trade.model_copy(update={"contracts": int(units[0])})
    whole = trade.contracts if not any(n % trade.contracts for n in held.values()) else math.gcd(*held.values())
    legs = tuple(leg.model_copy(update={"quantity": quantity // whole}) for leg, quantity in held.items())
    share = trade.contracts / whole
    money = {"credit": trade.credit * share, "carried": trade.carried * share}
    return trade.model_copy(update={"legs": legs, "contracts": whole, "broken": True, **money})


def restated(trade: Trade, lines: Iterable[Booking]) -> Trade | None:
    """The trade after a split of its legs: n times the units at an nth of the money, on the new contracts.

    Broken where some of its legs are as they were, or deliver something that is not traded here.
    """
    told = {line.activity.symbol: line for line in lines}
    held: dict[Leg, int] = {}
    each = set[Fraction]()
    for leg in trade.legs:
        line = told.get(leg.contract.occ)
        before, got = leg.quantity * trade.contracts, None if line is None else line.delivered
        quantity = before if got is None else got.quantity
        each.add(Fraction(quantity, before))
        new = leg.contract if got is None else named(leg.contract, got.symbol)
        held[leg.model_copy(update={"contract": new})] = quantity
    grown = max(each)
    units = grown * trade.contracts
    if len(each) == 1 and units.denominator == 1 and units > 0:
        whole, legs = int(units), tuple(held)
    else:
        whole = math.gcd(*held.values())
        if not whole:
            return None
        legs = tuple(leg.model_copy(update={"quantity": n // whole}) for leg, n in held.items() if n)
    share, spot = trade.contracts / whole, trade.entry.spot
    entry = trade.entry.model_copy(update={"spot": None if spot is None else float(spot / grown)})
    money = {"credit": trade.credit * share, "carried": trade.carried * share, "entry": entry}
    broken = trade.broken or len(each) > 1 or any(leg.contract.is_adjusted for leg in legs)
    return trade.model_copy(update={"legs": legs, "contracts": whole, "broken": broken, **money})


def named(contract: OptionContract, symbol: str) -> OptionContract:
    """The contract that another one became, by its symbol; shares stay what they are."""
    if isinstance(contract, ShareContract):
        return contract
    root, expiry, right, strike = parse_occ(symbol)
    return contract.model_copy(update={"root": root, "expiry": expiry, "right": right, "strike": strike})


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
    for _, step in sorted(_steps(record), key=lambda each: each[0]):
        if trade is None:
            break
        match step:
            case Ending():
                trade = _after(trade, step)
            case tuple():
                trade = restated(trade, step)
            case _:
                trade = settled(trade, step)
    return trade


def delivered_of(record: DecisionRecord) -> Trade | None:
    """Shares that assignment or exercise left with a decision, to be closed; None where there are none.

    Of the first delivery on; a book that goes on with its shares has none here.
    """
    got = [each for each in record.settlements if each.delivered is not None and not (each.kept or each.restates)]
    shares = Counter[str]()
    for each in got:
        if each.delivered is not None:
            shares[each.delivered.symbol] += each.delivered.quantity
    for each in record.settlements:
        if each.delivered is not None and each.restates and _of_delivered(record, each):
            shares[each.delivered.symbol] += each.quantity + each.delivered.quantity
    for ending in record.endings:
        if _of_delivery(record, ending):
            for fill in ending.fills:
                shares[fill.symbol] += fill.quantity
    for symbol, quantity in shares.items():
        if quantity:
            leg = Leg(contract=shares_of(symbol), quantity=1 if quantity > 0 else -1)
            return Trade(
                id=record.id,
                book=record.candidate.book,
                underlying=symbol,
                structure=StructureKind.LONG_SHARES,
                legs=(leg,),
                contracts=abs(quantity),
                multiplier=1,
                opened_at=got[0].activity.at,
                legs_at=got[-1].activity.at,
                credit=0.0,
                broken=True,
            )
    return None


Step = Ending | tuple[Booking, ...] | Mapping[str, int]
"""An order that ended or moved a trade, a split of its legs, or by how much they changed without an order."""


def _steps(record: DecisionRecord) -> Iterator[tuple[datetime, Step]]:
    """What changed the trade after its entry, each with its time; what settled at one time settled together.

    What was restated on one day was restated together, however a broker stamps its legs.
    """
    for ending in record.endings:
        if ending.fills and not _of_delivery(record, ending):
            yield max(fill.at for fill in ending.fills), ending
    split = [each for each in record.settlements if each.restates and not _of_delivered(record, each)]
    for _, lines in groupby(split, key=lambda each: new_york_date(each.activity.at)):
        together = tuple(lines)
        yield together[-1].activity.at, together
    for at, ended in groupby(
        (each for each in record.settlements if each.quantity and not each.restates),
        key=lambda each: each.activity.at,
    ):
        changes = Counter[str]()
        for each in ended:
            changes[each.activity.symbol] += each.quantity
        yield at, changes


def _of_delivered(record: DecisionRecord, line: Booking) -> bool:
    """Whether a split is of shares that the trade itself was never of."""
    return not is_occ(line.activity.symbol) and record.candidate.structure is not StructureKind.LONG_SHARES


def _of_delivery(record: DecisionRecord, ending: Ending) -> bool:
    """Whether it sold what was delivered: shares that the trade itself was never of."""
    shares = all(isinstance(leg.contract, ShareContract) for leg in ending.intent.legs)
    return shares and record.candidate.structure is not StructureKind.LONG_SHARES


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
