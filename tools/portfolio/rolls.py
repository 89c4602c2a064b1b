"""Rolling instead of closing: the same count of contracts, other strikes and expiries, in one order (spec E3).

    view, chain → choices of each side → every combination → |net delta| falls, floor kept, no rule breached again
                → ranked by balance restored per unit of cost → the first that every limit of the account admits

Balance is that of the structure: the size of its own net delta per share, shares beneath a covered call not
counted. Cost is what the order gives away: a debit at the mid, half the spreads it crosses, commissions. A credit
received is no gain of the roll, it pays for risk taken on.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Self

import numpy as np
from pydantic import Field, model_validator

from tools.calendar.trading_time import Clock
from tools.domain.chain import BoolArray, Chain, FloatArray, IntArray
from tools.domain.contract import OptionContract
from tools.domain.structure import Leg
from tools.domain.trade import EntryMarks, Trade
from tools.domain.value import Value
from tools.portfolio.exit_rules import ROLLABLE, ExitRule, ExitRules
from tools.portfolio.roll_limits import Change, Desk, change_of, refusals
from tools.portfolio.roll_sides import Choices, Side, choices_of, read_sides
from tools.portfolio.trade_view import TradeView
from tools.screening.impossible import Problem, refuse

# The smallest step of an order of several legs (Cboe Rule 5.4(b)): nothing costs less to balance.
STEP = 0.01
# Below this a change of delta is noise of the quotes.
LEAST_RESTORED = 1e-6
# Limits are asked about so many of the best: what is vetoed next to each other is vetoed for the same reason.
TRIED = 24

Days = Annotated[int, Field(ge=0)]


class RollRules(Value):
    """When a trade is rolled instead of closed, and to what.

    on            exits that are answered by a roll; a trade that has reached any other exit as well is closed
    delta         what new short legs are nearest to, as the size of their delta
    nearest       how many strikes of each expiry and right are tried
    dte           (least, most) calendar days to the new expiries
    credit_floor  the least a roll may bring at the mid as a share of the credit of the legs it rolls; negative is
                  a bounded debit (spec E3)
    spread        the widest (ask - bid) / mid of a leg that is opened (spec F9)
    most          rolls in a row; after so many the trade is closed
    rebalance     whether it is also rolled where the whole account leans beyond F3, as the day's last step (spec J)
    """

    on: tuple[ExitRule, ...] = ()
    delta: Annotated[float, Field(gt=0, lt=1)] | None = None
    nearest: int = Field(default=5, ge=1, le=25)
    dte: tuple[Days, Days] | None = None
    credit_floor: float = Field(default=0.0, ge=-5, le=5)
    spread: float = Field(default=0.05, gt=0)
    most: int = Field(default=2, ge=1)
    rebalance: bool = False

    @model_validator(mode="after")
    def _possible(self) -> Self:
        problems = list(_problems(self))
        if problems:
            refuse(type(self).__name__, problems)
        return self


def _problems(rules: RollRules) -> Iterator[Problem]:
    for rule in rules.on:
        if rule not in ROLLABLE:
            yield ("on",), f"names {rule.value!r}, which ends a trade; {', '.join(sorted(ROLLABLE))} can be rolled"
    stray = sorted(rules.model_fields_set - {"on"})
    if not rules.on and stray:
        yield (stray[0],), "has no meaning where no exit is rolled; name exits in on"
    if rules.on and rules.delta is None:
        yield ("delta",), "is missing; it is what new short legs are chosen by"
    if rules.on and rules.dte is None:
        yield ("dte",), "is missing; it is how far away new expiries may be, least and most days"
    if rules.dte is not None and rules.dte[0] > rules.dte[1]:
        yield ("dte",), f"must rise, least before most; it is {list(rules.dte)}"


class RollProposal(Value):
    """One roll, as one order. Money per share of a unit, credit positive; deltas of the unit held.

    legs          the unit afterwards
    order         what changes hands per unit: legs closed and opened, netted
    contracts     units, as many as before
    mid, natural  what the order brings at the mid, and at once
    worst         the least that may be accepted: at once, and never below the book's floor
    credit        what the legs held afterwards would bring if all were opened at the mid
    cost          given away: a debit at the mid, half the spreads crossed, commissions
    restored      by how much the size of the net delta falls
    rolls         in a row, this one counted
    """

    legs: tuple[Leg, ...]
    order: tuple[Leg, ...]
    contracts: int
    mid: float
    natural: float
    worst: float
    credit: float
    delta_before: float
    delta_after: float
    cost: float
    restored: float
    rolls: int


@dataclass(frozen=True, slots=True)
class RollSearch:
    """Proposals, best first; where there is none, why. `changes` is what each would do to the account."""

    proposals: tuple[RollProposal, ...] = ()
    changes: tuple[Change, ...] = ()
    reason: str = ""


def propose_rolls(
    view: TradeView,
    *,
    chain: Chain,
    desk: Desk,
    rules: RollRules,
    exits: ExitRules,
    commission: float = 0.0,
    best: int = 1,
) -> RollSearch:
    """The `best` rolls of a priced trade; `commission` per contract in account currency."""
    if reason := _unable(view, rules):
        return RollSearch(reason=reason)
    ranked = _ranked(view, chain, clock=desk.clock, rules=rules, exits=exits, commission=commission)
    if isinstance(ranked, str):
        return RollSearch(reason=ranked)
    return _admitted((ranked.proposal(place, view, chain, rules) for place in range(len(ranked))), view, desk, best)


def rolled(trade: Trade, proposal: RollProposal, *, price: float, at: datetime, entry: EntryMarks) -> Trade:
    """The trade once the order was filled at `price` (credit per share of a unit).

    Money is kept: credit and carried together grow by `price`. What the fill missed of the mid is the new legs'.
    """
    credit = proposal.credit + price - proposal.mid
    return trade.model_copy(
        update={
            "legs": proposal.legs,
            "legs_at": at,
            "credit": credit,
            "carried": trade.carried + trade.credit + price - credit,
            "rolls": proposal.rolls,
            "entry": entry,
        }
    )


def _unable(view: TradeView, rules: RollRules) -> str:
    """Why nothing is searched for at all; empty where it may be."""
    trade = view.trade
    if trade.rolls >= rules.most:
        return f"it was rolled {trade.rolls} times in a row (at most {rules.most})"
    if trade.credit <= 0:
        return "its legs were not sold for a credit"
    if view.natural is None:
        return f"it waits for a quote: {view.missing['natural']}"
    if view.net_delta is None:
        return f"its delta is unknown: {view.missing.get('greeks', 'the legs are not priced')}"
    return ""


@dataclass(frozen=True, slots=True, eq=False)
class _Ranked:
    """Accepted combinations, best first: rows of each side's choices, and their figures."""

    sides: tuple[Side, ...]
    choices: tuple[Choices, ...]
    place: tuple[IntArray, ...]
    mid: FloatArray
    natural: FloatArray
    delta: FloatArray
    cost: FloatArray
    value: FloatArray

    def __len__(self) -> int:
        return len(self.mid)

    def proposal(self, row: int, view: TradeView, chain: Chain, rules: RollRules) -> RollProposal:
        trade, before = view.trade, view.net_delta or 0.0
        legs = self._legs(row, chain, trade)
        natural, after = float(self.natural[row]), float(self.delta[row])
        return RollProposal(
            legs=legs,
            order=_netted(trade.legs, legs),
            contracts=trade.contracts,
            mid=float(self.mid[row]),
            natural=natural,
            worst=max(natural, rules.credit_floor * trade.credit),
            credit=float(self.value[row]),
            delta_before=before,
            delta_after=after,
            cost=float(self.cost[row]),
            restored=abs(before) - abs(after),
            rolls=trade.rolls + 1,
        )

    def _legs(self, row: int, chain: Chain, trade: Trade) -> tuple[Leg, ...]:
        """The unit's legs in the order they had, each with the contract it has moved to."""
        moved: dict[OptionContract, OptionContract] = {}
        for side, choices, place in zip(self.sides, self.choices, self.place, strict=True):
            at = int(place[row])
            moved[side.short.leg.contract] = chain.contract(int(choices.short[at]))
            if side.long is not None:
                moved[side.long.leg.contract] = chain.contract(int(choices.long[at]))
        return tuple(Leg(contract=moved[leg.contract], quantity=leg.quantity) for leg in trade.legs)


def _ranked(
    view: TradeView, chain: Chain, *, clock: Clock, rules: RollRules, exits: ExitRules, commission: float
) -> _Ranked | str:
    sides = read_sides(view, chain)
    if not sides or rules.delta is None or rules.dte is None:
        return "its legs do not pair up to sides that could be rolled"
    choices = choices_of(
        sides, view, chain, clock=clock, target=rules.delta, nearest=rules.nearest, dte=rules.dte,
        spread=rules.spread,
    )  # fmt: skip
    place = _combinations([len(each) for each in choices])
    taken = tuple(each.take(rows) for each, rows in zip(choices, place, strict=True))
    mid, natural, delta, value = (
        np.sum([getattr(each, name) for each in taken], axis=0) for name in ("mid", "natural", "delta", "value")
    )
    traded = np.sum([each.traded for each in taken], axis=0)
    restored = abs(view.net_delta or 0.0) - np.abs(delta)
    stands = np.any([each.moved for each in taken], axis=0) & _at_rest(taken, delta, exits)
    mends, kept = restored > LEAST_RESTORED, mid >= rules.credit_floor * view.trade.credit - STEP / 1000
    for mask, reason in (
        (stands, f"no strike near delta {rules.delta:g} is quoted {rules.dte[0]} to {rules.dte[1]} days away"),
        (stands & mends, "no roll at equal count brings its net delta down"),
        (stands & mends & kept, f"no roll brings the credit asked for ({rules.credit_floor:+.0%} of the old one)"),
    ):
        if not mask.any():
            return reason
    cost = np.maximum(0.0, -mid) + (mid - natural) + commission * traded / view.trade.multiplier
    merit = restored / np.maximum(cost, STEP)
    rows = np.flatnonzero(stands & mends & kept)
    rows = rows[np.lexsort((rows, -mid[rows], -merit[rows]))]
    return _Ranked(
        sides, choices, tuple(each[rows] for each in place), mid[rows], natural[rows], delta[rows], cost[rows],
        value[rows],
    )  # fmt: skip


def _combinations(lengths: list[int]) -> tuple[IntArray, ...]:
    """Rows of every side for each combination of their choices."""
    return tuple(each.ravel() for each in np.meshgrid(*map(np.arange, lengths), indexing="ij"))


def _at_rest(taken: tuple[Choices, ...], delta: FloatArray, exits: ExitRules) -> BoolArray:
    """Whether none of the rules that a roll can answer would ask again at once; unknown deltas are not at rest."""
    short = np.max([each.short_delta for each in taken], axis=0)
    dte = np.min([each.dte for each in taken], axis=0)
    least = max(0 if exits.expiry_day else -1, -1 if exits.time_stop is None else exits.time_stop)
    rests: BoolArray = np.isfinite(delta) & np.isfinite(short) & (dte > least)
    if exits.delta is not None:
        rests &= short <= exits.delta
    if exits.net_delta is not None:
        rests &= np.abs(delta) <= exits.net_delta
    return rests


def _netted(before: tuple[Leg, ...], after: tuple[Leg, ...]) -> tuple[Leg, ...]:
    """The legs of the one order: what is closed and what is opened; what stays is not traded."""
    change: Counter[OptionContract] = Counter()
    for sign, legs in ((-1, before), (1, after)):
        for leg in legs:
            change[leg.contract] += sign * leg.quantity
    return tuple(Leg(contract=contract, quantity=quantity) for contract, quantity in change.items() if quantity)


def _admitted(proposals: Iterator[RollProposal], view: TradeView, desk: Desk, best: int) -> RollSearch:
    """The first `best` that every limit admits, each held against the account by itself."""
    admitted: list[tuple[RollProposal, Change]] = []
    vetoed = ""
    for _, proposal in zip(range(TRIED), proposals, strict=False):
        change = change_of(view.trade, proposal.legs, credit=proposal.worst, desk=desk)
        against = refusals(view.trade, change, desk=desk)
        if against:
            vetoed = vetoed or against[0].text
            continue
        admitted.append((proposal, change))
        if len(admitted) == best:
            break
    if not admitted:
        return RollSearch(reason=vetoed)
    return RollSearch(tuple(each for each, _ in admitted), tuple(change for _, change in admitted))
