"""What becomes of positions between two looks: the simulated broker's clearing house.

    for each session since:  opening ─→ splits · dividends on what was held · series that settle at the open
                             close   ─→ series that settle then · short options their holders would exercise

The rules are the engine's own (`tools.portfolio.settlement`, `early_assignment`). What no price is known of stays
as it is and is asked for again. Cash earns no interest here.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from tools.calendar.expiries import Settlement, expiration
from tools.calendar.sessions import last_session, next_session, session_close, session_open, sessions_between
from tools.domain.activity import Activity, ActivityKind, Delivery
from tools.domain.chain import Chain, new_york_date
from tools.domain.contract import OptionContract, Right, is_occ
from tools.domain.holding import NOTHING
from tools.domain.market import Snapshot
from tools.domain.money import exact
from tools.execution.restating import restatements
from tools.portfolio.early_assignment import Close, early_assignments
from tools.portfolio.fixings import Fixings
from tools.portfolio.held import held_options
from tools.portfolio.income import dividends
from tools.portfolio.quoting import mid_at, row_of
from tools.portfolio.settlement import End, Ended, settle_expired
from tools.portfolio.statement import Line

KINDS = {
    End.WORTHLESS: ActivityKind.EXPIRED,
    End.CASH: ActivityKind.SETTLED,
    End.ASSIGNED: ActivityKind.ASSIGNED,
    End.EXERCISED: ActivityKind.EXERCISED,
}


@dataclass(frozen=True)
class Clearing:
    """`snapshot` is of now: what it says of held contracts names their multiplier and style."""

    market: Fixings
    snapshot: Snapshot

    def between(self, held: Mapping[str, int], *, after: datetime, until: datetime) -> tuple[Activity, ...]:
        """All that happened to holdings of (`after`, `until`] in which nothing was traded, oldest first."""
        left = Counter(held)
        told: list[Activity] = []
        for day in sessions_between(new_york_date(after), new_york_date(until)):
            for instant, events in ((session_open(day), self._morning), (session_close(day), self._evening)):
                if after < instant <= until:
                    for activity in events(day, left):
                        told.append(activity)
                        _apply(activity, left)
        return tuple(told)

    def _morning(self, day: date, held: Mapping[str, int]) -> Iterator[Activity]:
        yield from tuple(self._split(day, held))
        yield from self._paid(day, held)
        yield from self._settled(day, held, Settlement.AM)

    def _evening(self, day: date, held: Mapping[str, int]) -> Iterator[Activity]:
        ended = tuple(self._settled(day, held, Settlement.PM))
        yield from ended
        gone = {each.symbol for each in ended}
        yield from self._assigned(day, {symbol: n for symbol, n in held.items() if symbol not in gone})

    def _split(self, day: date, held: Mapping[str, int]) -> Iterator[Activity]:
        contracts = held_options({each: n for each, n in held.items() if n and is_occ(each)}, self.snapshot)
        before = last_session(day - timedelta(days=1))
        for symbol in sorted({each.underlying for each in contracts.values()} | set(held)):
            for ratio in self.market.splits(symbol, after=before, until=day):
                close = self.market.close(symbol, before)
                yield from restatements(symbol, ratio, held, contracts=contracts, close=close, at=session_open(day))

    def _paid(self, day: date, held: Mapping[str, int]) -> Iterator[Activity]:
        shares = [symbol for symbol, quantity in held.items() if quantity and not is_occ(symbol)]
        told = {symbol: self.market.going_ex(symbol, day) for symbol in sorted(shares)}
        payments = {symbol: cash for symbol, cash in told.items() if not math.isnan(cash)}
        for movement in dividends(_lines(held, {}), payments=payments, ex_date=day, at=session_open(day)):
            symbol = movement.reference.split()[0]
            yield Activity(
                activity_id=f"{day}/dividend/{symbol}",
                kind=ActivityKind.DIVIDEND,
                symbol=symbol,
                cash=movement.amount,
                at=movement.at,
                text=f"{payments[symbol]:g} a share",
            )

    def _settled(self, day: date, held: Mapping[str, int], settlement: Settlement) -> Iterator[Activity]:
        contracts = held_options(held, self.snapshot)
        due = {symbol: held[symbol] for symbol, each in contracts.items() if _is_due(each, day, settlement)}
        series = {(contracts[symbol].underlying, contracts[symbol].expiry) for symbol in due if due[symbol]}
        prices = {key: self.market.expiry_prices(*key) for key in sorted(series)}
        settled = settle_expired(_lines(due, contracts), contracts=contracts, prices=prices, today=day)
        for ended in settled.ended:
            contract = contracts[ended.line.symbol]
            yield _activity(ended, contract, at=expiration(contract.root, contract.expiry).settles_at)

    def _assigned(self, day: date, held: Mapping[str, int]) -> Iterator[Activity]:
        short = {symbol: quantity for symbol, quantity in held.items() if quantity < 0 and is_occ(symbol)}
        contracts = held_options(short, self.snapshot)
        after = next_session(day)
        closes = {
            name: Close(price=self.market.close(name, day), dividend=self.market.going_ex(name, after))
            for name in sorted({each.underlying for each in contracts.values()})
        }
        known = {name: each for name, each in closes.items() if not math.isnan(each.price + each.dividend)}
        asked = {each.underlying for each in contracts.values() if _may_be_called(each, known)}
        chains = self.market.chains(day, sorted(asked)) if asked else {}
        if not chains:
            return
        judged = early_assignments(
            _lines(short, contracts),
            contracts=contracts,
            closes=known,
            marks=_mids(chains, contracts),
            rate=next(iter(chains.values())).rate,
            session=day,
        )
        for ended in judged.ended:
            yield _activity(ended, contracts[ended.line.symbol], at=session_close(day))


def _mids(chains: Mapping[str, Chain], contracts: Mapping[str, OptionContract]) -> dict[str, float]:
    """Of the options that are quoted there, by symbol."""
    found = {
        symbol: mid_at(chains[each.underlying], row_of(chains[each.underlying], each))
        for symbol, each in contracts.items()
        if each.underlying in chains
    }
    return {symbol: mid for symbol, mid in found.items() if mid is not None}


def _lines(held: Mapping[str, int], contracts: Mapping[str, OptionContract]) -> tuple[Line, ...]:
    return tuple(
        Line("", "", symbol, quantity, contracts[symbol].multiplier if symbol in contracts else 1)
        for symbol, quantity in sorted(held.items())
        if quantity
    )


def _is_due(contract: OptionContract, day: date, settlement: Settlement) -> bool:
    end = expiration(contract.root, contract.expiry)
    return end.session < day or (end.session == day and end.settlement is settlement)


def _may_be_called(contract: OptionContract, closes: Mapping[str, Close]) -> bool:
    """In the money, with something to be had from not waiting."""
    close = closes.get(contract.underlying)
    if close is None or (close.price - contract.strike) * contract.right.sign <= 0:
        return False
    return contract.right is Right.PUT or close.dividend > 0


def _activity(ended: Ended, contract: OptionContract, *, at: datetime) -> Activity:
    line, delivers = ended.line, ended.end in {End.ASSIGNED, End.EXERCISED}
    shares = line.quantity * contract.right.sign * line.multiplier
    strike = exact(contract.strike)
    return Activity(
        activity_id=f"{new_york_date(at)}/{KINDS[ended.end].value}/{line.symbol}",
        kind=KINDS[ended.end],
        symbol=line.symbol,
        quantity=-line.quantity,
        value=ended.value,
        delivered=Delivery(symbol=contract.underlying, quantity=shares, price=strike) if delivers else None,
        cash=-shares * strike if delivers else line.quantity * line.multiplier * ended.value + NOTHING,
        at=at,
        text=f"{contract.underlying} at {ended.price}",
    )


def _apply(activity: Activity, held: Counter[str]) -> None:
    held[activity.symbol] += activity.quantity
    if activity.delivered is not None:
        held[activity.delivered.symbol] += activity.delivered.quantity


def moved(activities: Iterable[Activity]) -> Counter[str]:
    """By how much each holding changed."""
    change = Counter[str]()
    for each in activities:
        _apply(each, change)
    return change


def received(activities: Iterable[Activity]) -> Decimal:
    return sum((each.cash for each in activities), NOTHING)
