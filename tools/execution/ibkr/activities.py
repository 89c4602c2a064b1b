"""What happened to holdings without an order, derived: TWS's API tells of no assignment, exercise or expiry.

    holdings at the last look + executions since ─→ expected ─┐
    holdings now ─────────────────────────────────────────────┴→ what is left over, by underlying
                                                                  │
    options gone, and shares come or gone that exactly some of them deliver ─→ assigned, exercised
    options gone after their last day, without shares ───────────────────────→ expired
    several ways to explain it, or none ─────────────────────────────────────→ nothing: a person must look
    options come that nobody bought or sold ─────────────────────────────────→ nothing: they were restated

Only options that deliver shares are derived. What an index option paid, and every dividend, split, fee and
interest, moves cash or positions that nobody explains here; reconciliation shows them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, time, timedelta
from decimal import Decimal
from itertools import product

from tools.calendar.sessions import NEW_YORK
from tools.domain.activity import Activity, ActivityKind, Delivery
from tools.domain.contract import parse_occ
from tools.execution.ibkr.journal import Held, Seen
from tools.execution.ibkr.told import Execution

SHARES = 100  # one standard equity option delivers (OCC by-laws, article I: unit of trading)
MOST_TOGETHER = 8
"""More options of one underlying that end at once are left to a person."""

PATIENCE = timedelta(days=7)
_CLOSE = time(16)


def derived(
    before: Seen, now: Mapping[str, Held], executions: Iterable[Execution], *, at: datetime
) -> tuple[Seen, tuple[Activity, ...]]:
    """What is seen from now on, and what happened since.

    Options that are gone and have no explanation yet stay expected, and so do the shares they deliver, so that a
    later look, when the rest has come, may still find it; a week after their last day they are given up.
    """
    done = {each.key: each for each in executions}
    expected = {symbol: held.quantity for symbol, held in before.holdings.items()}
    for each in done.values():
        if each.key not in before.executions:
            expected[each.symbol] = expected.get(each.symbol, 0) + each.quantity
    found: list[Activity] = []
    holdings = dict(now)
    for ticker in sorted({held.delivers for held in before.holdings.values()} - {""}):
        gone = {
            symbol: ended
            for symbol, held in sorted(before.holdings.items())
            if held.delivers == ticker and (ended := _ended(expected[symbol], _quantity(now, symbol)))
        }
        if any(each.delivers == ticker and symbol not in expected for symbol, each in now.items()):
            continue
        told = tuple(_explained(ticker, gone, _quantity(now, ticker) - expected.get(ticker, 0), at))
        found += told
        if not told and any(not _is_past(symbol, at - PATIENCE) for symbol in gone):
            holdings |= {symbol: Held(expected[symbol], ticker) for symbol in gone}
            holdings[ticker] = Held(expected.get(ticker, 0))
    return Seen(holdings, frozenset(done) | before.executions), tuple(found)


def _quantity(holdings: Mapping[str, Held], symbol: str) -> int:
    return holdings[symbol].quantity if symbol in holdings else 0


def _ended(expected: int, now: int) -> int:
    """The part of a holding that is gone, signed like it; 0 where it has grown or turned."""
    gone = expected - now
    return gone if gone * expected > 0 and now * expected >= 0 else 0


def _explained(ticker: str, gone: Mapping[str, int], extra: int, at: datetime) -> Iterator[Activity]:
    """The one way in which these options ended, if there is exactly one."""
    if not gone or len(gone) > MOST_TOGETHER:
        return
    ways = [
        way
        for way in product((True, False), repeat=len(gone))
        if sum(_shares(symbol, held) for (symbol, held), turned in zip(gone.items(), way, strict=True) if turned)
        == extra
        and all(turned or _is_past(symbol, at) for symbol, turned in zip(gone, way, strict=True))
    ]
    if len(ways) != 1:
        return
    for (symbol, held), turned in zip(gone.items(), ways[0], strict=True):
        yield _turned(ticker, symbol, held, at) if turned else _expired(symbol, held)


def _shares(symbol: str, held: int) -> int:
    """Shares that an option brings: a put that was sold makes its writer buy."""
    _, _, right, _ = parse_occ(symbol)
    return held * right.sign * SHARES


def _is_past(symbol: str, at: datetime) -> bool:
    """From the day after, when what was exercised has come too."""
    _, expiry, _, _ = parse_occ(symbol)
    return at.astimezone(NEW_YORK).date() > expiry


def _turned(ticker: str, symbol: str, held: int, at: datetime) -> Activity:
    _, _, _, strike = parse_occ(symbol)
    shares, price = _shares(symbol, held), Decimal(repr(strike)).normalize()
    kind = ActivityKind.ASSIGNED if held < 0 else ActivityKind.EXERCISED
    return Activity(
        activity_id=_key(kind, symbol, at),
        kind=kind,
        symbol=symbol,
        quantity=-held,
        delivered=Delivery(symbol=ticker, quantity=shares, price=price),
        cash=-shares * price,
        at=at,
        text="derived from positions: TWS tells no assignments",
    )


def _expired(symbol: str, held: int) -> Activity:
    _, expiry, _, _ = parse_occ(symbol)
    at = datetime.combine(expiry, _CLOSE, tzinfo=NEW_YORK)
    return Activity(
        activity_id=_key(ActivityKind.EXPIRED, symbol, at),
        kind=ActivityKind.EXPIRED,
        symbol=symbol,
        quantity=-held,
        value=Decimal(0),
        at=at,
        text="derived from positions: TWS tells no expiries",
    )


def _key(kind: ActivityKind, symbol: str, at: datetime) -> str:
    return f"ibkr/{kind.value}/{symbol}/{at.astimezone(NEW_YORK):%Y%m%dT%H%M%S}"
