"""The simulated broker's clearing house on the embedded market: what ends, is delivered and is paid, and when."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from tools.calendar.sessions import NEW_YORK, session_close
from tools.data.simulated import EMBEDDED_AS_OF, EmbeddedFixings, EmbeddedMarket
from tools.domain.account import Position
from tools.domain.activity import Activity, ActivityKind, Delivery
from tools.domain.chain import Chain
from tools.execution.clearing import Clearing, moved, received
from tools.execution.simulated import SimulatedBroker

FRIDAY = date(2026, 11, 27)  # a half day
BEFORE = datetime(2026, 11, 27, 12, 45, tzinfo=NEW_YORK)
AFTER = datetime(2026, 11, 30, 9, 45, tzinfo=NEW_YORK)


@cache
def clearing() -> Clearing:
    market = EmbeddedMarket()
    return Clearing(EmbeddedFixings(market), market.snapshot())


def put(strike: float, *, day: str = "261127") -> str:
    return f"SPY{day}P{round(strike * 1000):08d}"


def cleared(held: dict[str, int], *, after: datetime = BEFORE, until: datetime = AFTER) -> tuple[Activity, ...]:
    return clearing().between(held, after=after, until=until)


def close() -> Decimal:
    return Decimal(str(EmbeddedFixings(EmbeddedMarket()).close("SPY", FRIDAY)))


def test_out_of_the_money_expires_worthless_at_the_half_days_close() -> None:
    (told,) = cleared({put(500): -2, put(510, day="261204"): -1})
    assert (told.kind, told.symbol, told.quantity, told.cash) == (ActivityKind.EXPIRED, put(500), 2, 0)
    assert told.at == session_close(FRIDAY) == datetime(2026, 11, 27, 13, 0, tzinfo=NEW_YORK)


def test_in_the_money_changes_hands_at_the_strike() -> None:
    short, long = cleared({put(800): -2, "SPY261127C00500000": 1})[::-1]
    assert (short.kind, short.quantity, short.cash) == (ActivityKind.ASSIGNED, 2, Decimal(-160_000))
    assert short.delivered == Delivery(symbol="SPY", quantity=200, price=Decimal(800))
    assert short.value == 800 - close()
    assert (long.kind, long.quantity, long.cash) == (ActivityKind.EXERCISED, -1, Decimal(-50_000))
    assert long.delivered == Delivery(symbol="SPY", quantity=100, price=Decimal(500))


def test_nothing_happens_twice_and_nothing_before_its_time() -> None:
    held = {put(500): -2, "SPY": 100}
    assert cleared(held, until=datetime(2026, 11, 27, 12, 59, tzinfo=NEW_YORK)) == ()
    first = cleared(held)
    assert cleared(held | dict(moved(first)), after=AFTER, until=AFTER) == ()
    assert len(cleared(held, until=session_close(FRIDAY))) == 1


def test_what_was_missed_is_settled_at_its_own_close() -> None:
    late = cleared({put(800): -1}, after=AFTER, until=datetime(2026, 12, 1, 9, 45, tzinfo=NEW_YORK))
    assert [each.value for each in late] == [800 - close()]


def test_shares_are_paid_their_dividend_and_short_ones_pay_it() -> None:
    day = date(2026, 12, 18)
    assert EmbeddedFixings(EmbeddedMarket()).going_ex("SPY", day) == pytest.approx(1.95)
    before, after = session_close(date(2026, 12, 17)), datetime(2026, 12, 18, 9, 30, tzinfo=NEW_YORK)
    for shares in (100, -100):
        (paid,) = cleared({"SPY": shares}, after=before, until=after)
        assert (paid.kind, paid.cash) == (ActivityKind.DIVIDEND, Decimal("1.95") * shares)


def test_a_call_is_exercised_for_the_dividend_it_would_miss() -> None:
    deep, near = "SPY261231C00600000", "SPY261231C00686000"
    eve = date(2026, 12, 17)
    told = cleared(
        {deep: -1, near: -1}, after=datetime(2026, 12, 17, 15, 45, tzinfo=NEW_YORK), until=session_close(eve)
    )
    assert [(each.kind, each.symbol) for each in told] == [(ActivityKind.ASSIGNED, deep)]
    assert told[0].delivered == Delivery(symbol="SPY", quantity=-100, price=Decimal(600))


def test_only_the_chain_of_what_may_be_exercised_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """A deep put: its holder may want the strike now, so its time value is looked at, and no other chain is."""
    deep, eve = put(900, day="261231"), date(2026, 12, 17)
    asked: list[tuple[str, ...]] = []
    real = EmbeddedFixings.chains

    def chains(market: EmbeddedFixings, day: date, symbols: Iterable[str]) -> dict[str, Chain]:
        asked.append(tuple(symbols))
        return real(market, day, asked[-1])

    monkeypatch.setattr(EmbeddedFixings, "chains", chains)
    monkeypatch.setattr(EmbeddedFixings, "looks", None)
    held = {deep: -1, "QQQ261231P00300000": -1, "XLE": 100}
    cleared(held, after=datetime(2026, 12, 17, 15, 45, tzinfo=NEW_YORK), until=session_close(eve))
    assert asked == [("SPY",)]


def test_a_chain_alone_is_the_chain_of_the_snapshot() -> None:
    market = EmbeddedFixings(EmbeddedMarket())
    (look,) = market.looks(FRIDAY, FRIDAY)
    (alone,) = market.chains(FRIDAY, ["SPY", "ZZZ"]).values()
    whole = look.chains["SPY"]
    assert len(alone) == len(whole)
    assert (alone.mid == whole.mid)[~np.isnan(whole.mid)].all()
    assert market.chains(date(2026, 11, 28), ["SPY"]) == {}


def test_an_unknown_market_settles_nothing() -> None:
    assert cleared({"ZZZ261127P00050000": -1, "ZZZ": 100}) == ()


def test_the_broker_lives_through_the_time_between_its_openings_once(tmp_path: Path) -> None:
    path, now = tmp_path / "broker.sqlite", EMBEDDED_AS_OF

    def opened() -> SimulatedBroker:
        return SimulatedBroker.open(
            path,
            quote=lambda legs: None,
            now=lambda: now,
            cash=1000,
            positions=(
                Position(symbol=put(800), quantity=-1, price=None),
                Position(symbol="SPY", quantity=10, price=None),
            ),
            clearing=clearing(),
        )

    assert opened().activities(since=EMBEDDED_AS_OF.date()) == ()
    now = AFTER
    for _ in range(2):
        broker = opened()
        told = broker.activities(since=EMBEDDED_AS_OF.date())
        assert [each.kind for each in told] == [ActivityKind.ASSIGNED]
        assert broker.cash() == Decimal(1000) + received(told) == Decimal(-79_000)
        assert {each.symbol: each.quantity for each in broker.positions()} == {"SPY": 110}
        assert broker.activities(since=date(2026, 11, 28)) == ()
        broker.close()
