"""The spend ledger on every database: exact sums, New York's days, and caps that hold for processes together."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from tests.tools.ledger.conftest import Clock
from tests.tools.ledger.forking import in_child
from tools.domain.errors import LedgerError
from tools.domain.rationale import Usage
from tools.domain.spending import CallOutcome, Caps, Intended, Settlement, Shortfall
from tools.ledger.store import Ledger

AT = datetime(2026, 11, 3, 20, 45, tzinfo=UTC)
DAY = date(2026, 11, 3)
CAPS = Caps(per_candidate=0.01, per_day=0.03, per_month=0.05)
USED = Usage(input_tokens=4321, output_tokens=612, cached_tokens=2310, cost_usd=0.000756, seconds=3.25, calls=1)


def intended(candidate: str = "d-1", worst: float = 0.004) -> Intended:
    return Intended(candidate=candidate, provider="anthropic", model="claude-haiku-5-5", worst=worst)


def settled(charged: float = 0.000756, usage: Usage = USED, reason: str = "") -> Settlement:
    outcome = CallOutcome.UNUSABLE if reason else CallOutcome.ANSWERED
    return Settlement(outcome=outcome, usage=usage, charged=charged, reason=reason)


def number(found: int | Shortfall) -> int:
    assert isinstance(found, int)
    return found


def test_a_call_is_written_before_it_is_made_and_told_when_it_ended(ledger: Ledger) -> None:
    spending = ledger.spending
    first = number(spending.set_aside(intended(), CAPS, at=AT))
    assert spending.spent(on=DAY) == 0.004
    assert [call.outcome for call in spending.calls(month=DAY)] == [CallOutcome.ASKED]
    spending.settle(first, settled(reason="The model refused."))
    spending.settle(first, settled(reason="The model refused."))  # told again, the same
    (call,) = spending.calls(month=DAY)
    assert (call.number, call.at, call.candidate, call.model) == (1, AT, "d-1", "claude-haiku-5-5")
    assert (call.outcome, call.usage, call.reason) == (CallOutcome.UNUSABLE, USED, "The model refused.")
    assert call.charged == spending.spent(candidate="d-1") == 0.000756
    with pytest.raises(LedgerError, match="call 7 was never set aside"):
        spending.settle(7, settled())


def test_sums_are_exact_and_never_too_small(ledger: Ledger) -> None:
    for _ in range(10):
        ticket = number(ledger.spending.set_aside(intended(worst=0.000_000_1), CAPS, at=AT))
        ledger.spending.settle(ticket, settled(charged=0.000_100_1))
    assert ledger.spending.spent() == 0.001_01, "each is rounded up to a millionth of a dollar"


@pytest.mark.parametrize(
    ("worsts", "candidates", "shortfall"),
    [
        ([0.004, 0.004, 0.004], ["a", "a", "a"], Shortfall("this candidate", 0.008, 0.01)),
        ([0.01, 0.01, 0.01, 0.001], ["a", "b", "c", "d"], Shortfall("today", 0.03, 0.03)),
        ([float("inf")], ["a"], Shortfall("this candidate", 0.0, 0.01)),
    ],
)
def test_the_first_cap_that_stands_against_it_is_named_and_nothing_is_written(
    tmp_path: Path, clock: Clock, worsts: list[float], candidates: list[str], shortfall: Shortfall
) -> None:
    ledger = Ledger.open(f"sqlite:///{tmp_path / 'ledger.sqlite'}", now=clock)
    calls = [Intended.model_construct(candidate=who, provider="p", model="m", worst=worst)
             for who, worst in zip(candidates, worsts, strict=True)]  # fmt: skip
    found = [ledger.spending.set_aside(call, CAPS, at=AT) for call in calls]
    assert found[-1] == shortfall
    assert len(ledger.spending.calls(month=DAY)) == len(calls) - 1
    ledger.close()


def test_days_and_months_are_new_york_s(ledger: Ledger) -> None:
    """The evening of 31 October in New York is November in UTC; clocks go back on 1 November 2026."""
    spending = ledger.spending
    for at in (
        datetime(2026, 11, 1, 3, 59, 59, tzinfo=UTC),  # 23:59:59 on 31 October
        datetime(2026, 11, 1, 4, 0, tzinfo=UTC),  # midnight, the first of November
        datetime(2026, 11, 2, 4, 59, tzinfo=UTC),  # an hour longer than a day later, still the first
        datetime(2026, 11, 2, 5, 0, tzinfo=UTC),
    ):
        number(spending.set_aside(intended(str(at), worst=0.01), CAPS, at=at))
    assert spending.spent(month=date(2026, 10, 9)) == 0.01
    assert spending.spent(on=date(2026, 11, 1)) == 0.02
    assert spending.spent(month=date(2026, 11, 30)) == 0.03
    for who in "xy":
        number(spending.set_aside(intended(who, worst=0.01), CAPS, at=AT))
    assert spending.set_aside(intended("z", worst=0.005), CAPS, at=AT) == Shortfall("this month", 0.05, 0.05)
    number(spending.set_aside(intended("z", worst=0.005), CAPS, at=AT + timedelta(days=30)))


def test_processes_side_by_side_pass_no_cap_together(
    open_ledger: Callable[[], Ledger], url: str, clock: Clock
) -> None:
    """Two ask ten times each for what fits ten times into the day; all the while nothing is settled."""
    open_ledger().close()
    caps = Caps(per_candidate=1, per_day=0.0105, per_month=1)

    def asks(who: int) -> Callable[[], int]:
        def job() -> int:
            ledger = Ledger.open(url, now=clock)
            found = [ledger.spending.set_aside(intended(f"{who}", 0.001), caps, at=AT) for _ in range(10)]
            ledger.close()
            return sum(isinstance(each, int) for each in found)

        return job

    granted = in_child(*(asks(who) for who in range(2)))
    ledger = open_ledger()
    assert sum(granted) == len(ledger.spending.calls(month=DAY)) == 10
    assert ledger.spending.spent(on=DAY) == pytest.approx(0.010)


def test_a_call_whose_process_died_counts_at_its_worst(tmp_path: Path, clock: Clock) -> None:
    url = f"sqlite:///{tmp_path / 'ledger.sqlite'}"

    def dies() -> int:
        ledger = Ledger.open(url, now=clock)
        ledger.spending.set_aside(intended(worst=0.009), CAPS, at=AT)
        os.kill(os.getpid(), signal.SIGKILL)
        return 0

    assert in_child(dies) == [-signal.SIGKILL]
    ledger = Ledger.open(url, now=clock)
    assert [call.outcome for call in ledger.spending.calls(month=DAY)] == [CallOutcome.ASKED]
    refused = ledger.spending.set_aside(intended(worst=0.004), CAPS, at=AT)
    assert refused == Shortfall("this candidate", 0.009, 0.01)
    ledger.close()
