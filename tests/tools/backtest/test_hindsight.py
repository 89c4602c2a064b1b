"""What an answer could know of its trade: a table of instants, and laws over all of them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.agents.examples import candidate
from tools.backtest.hindsight import Hindsight, gravest, hindsight
from tools.domain.contract import shares_of
from tools.domain.structure import Leg, StructureKind

# Looked at on 3 November 2026, 15:45 in New York; settled on 18 December at 16:00, 21:00 UTC.
TRADE = candidate()
LOOK, END = TRADE.as_of, datetime(2026, 12, 18, 21, tzinfo=UTC)
MINUTE = timedelta(minutes=1)

CASES: dict[str, tuple[datetime | None, date | None, Hindsight]] = {
    "before the look": (LOOK - timedelta(days=90), None, Hindsight.NONE),
    "at the look": (LOOK, None, Hindsight.NONE),
    "in its evening": (LOOK + timedelta(hours=6), None, Hindsight.NONE),
    "the next morning": (LOOK + timedelta(hours=18), None, Hindsight.PART),
    "a minute before it settles": (END - MINUTE, None, Hindsight.PART),
    "as it settles": (END, None, Hindsight.WHOLE),
    "years later": (END + timedelta(days=900), None, Hindsight.WHOLE),
    "nobody knows when": (None, None, Hindsight.UNKNOWN),
    "nobody knows when, taught long before": (None, date(2025, 7, 31), Hindsight.UNKNOWN),
    "years later, taught before the look": (END + timedelta(days=900), date(2026, 6, 30), Hindsight.NONE),
    "years later, taught to the day before": (END + timedelta(days=900), date(2026, 11, 2), Hindsight.NONE),
    "years later, taught into the trade": (END + timedelta(days=900), date(2026, 11, 30), Hindsight.PART),
    "years later, taught past its end": (END + timedelta(days=900), date(2026, 12, 31), Hindsight.WHOLE),
    "a cutoff after the call says nothing": (LOOK, date(2027, 6, 30), Hindsight.NONE),
}


@pytest.mark.parametrize(("asked_at", "cutoff", "expected"), CASES.values(), ids=CASES.keys())
def test_what_could_be_known(asked_at: datetime | None, cutoff: date | None, expected: Hindsight) -> None:
    assert hindsight(TRADE, asked_at=asked_at, cutoff=cutoff) is expected


def test_a_trade_of_its_last_day_is_over_that_evening() -> None:
    last = candidate(expiry=LOOK.date(), dte=0)
    assert hindsight(last, asked_at=LOOK + 10 * MINUTE) is Hindsight.NONE
    assert hindsight(last, asked_at=LOOK + timedelta(hours=2)) is Hindsight.WHOLE


def test_the_end_of_shares_is_never_known() -> None:
    contract = shares_of("XOM")
    shares = candidate(structure=StructureKind.LONG_SHARES, legs=(Leg(contract=contract, quantity=1),))
    assert hindsight(shares, asked_at=END + timedelta(days=900)) is Hindsight.PART


def test_of_several_calls_the_gravest_counts() -> None:
    assert gravest([Hindsight.NONE, Hindsight.PART]) is Hindsight.PART
    assert gravest([Hindsight.UNKNOWN, Hindsight.PART]) is Hindsight.UNKNOWN
    assert gravest([Hindsight.WHOLE, Hindsight.UNKNOWN, Hindsight.NONE]) is Hindsight.WHOLE


INSTANTS = st.integers(-1_000_000, 1_500_000).map(lambda minutes: LOOK + minutes * MINUTE)
CUTOFFS = st.none() | st.dates(date(2024, 1, 1), date(2028, 12, 31))


@given(INSTANTS, INSTANTS, CUTOFFS)
def test_a_later_call_never_knows_less(one: datetime, other: datetime, cutoff: date | None) -> None:
    labels = [hindsight(TRADE, asked_at=each, cutoff=cutoff) for each in sorted((one, other))]
    assert gravest(labels) is labels[1]


@given(INSTANTS, CUTOFFS)
def test_a_cutoff_never_adds_knowledge(asked_at: datetime, cutoff: date | None) -> None:
    bare = hindsight(TRADE, asked_at=asked_at)
    assert gravest([bare, hindsight(TRADE, asked_at=asked_at, cutoff=cutoff)]) is bare
